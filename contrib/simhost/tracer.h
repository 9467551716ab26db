/* SPDX-License-Identifier: MIT */
#ifndef SIM_TRACER_H
#define SIM_TRACER_H

#include "simhost.h"

/* Runs argv and all its descendants, serving the port to each, until the last
 * of them has ended. Returns the exit status of argv itself, as a shell counts
 * it (128 + n after signal n), or one of status.h. */
int sim_trace(struct simhost *sim, char **argv);

#endif
