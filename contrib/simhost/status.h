/* SPDX-License-Identifier: MIT */
#ifndef SIM_STATUS_H
#define SIM_STATUS_H

/* Exit statuses of our own; the reason is then on standard error. */
enum {
	SIM_EXIT_USAGE = 2,	 /* option or scenario */
	SIM_EXIT_FORBIDDEN = 3,	 /* tracing is not allowed here, or fails */
	SIM_EXIT_REAL_HOST = 4,	 /* the port already answers */
	SIM_EXIT_NOT_RUN = 126,	 /* the program is there but does not start */
	SIM_EXIT_NOT_FOUND = 127 /* the program is not there */
};

#endif
