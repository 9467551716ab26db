/* SPDX-License-Identifier: MIT */
#ifndef SIM_TRACER_H
#define SIM_TRACER_H

#include "simhost.h"

/* Runs argv and all its descendants, serving the port to each, until the last
 * of them has ended. Returns the exit status of argv itself, as a shell counts
 * it (128 + n after signal n), or one of these; what went wrong is then on
 * standard error already. */
enum {
	SIM_EXIT_USAGE = 2,	 /* option or scenario */
	SIM_EXIT_FORBIDDEN = 3,	 /* tracing is not allowed here, or fails */
	SIM_EXIT_REAL_HOST = 4,	 /* the port already answers */
	SIM_EXIT_NOT_RUN = 126,	 /* argv is there but does not start */
	SIM_EXIT_NOT_FOUND = 127 /* argv is not there */
};

int sim_trace(struct simhost *sim, char **argv);

#endif
