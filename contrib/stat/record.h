/* SPDX-License-Identifier: MIT */
/* Readings into files, one a day, of which only so many days are kept. */
#ifndef VMG_STAT_RECORD_H
#define VMG_STAT_RECORD_H

#include "metrics.h"

struct record_options {
	const char *folder;
	const char *host; /* the name of this machine */
	double interval_s;
	unsigned long keep_s;
	unsigned long count; /* 0: until it is ended */
};

/* Returns the exit status. A disk that is full loses readings, and the program
 * goes on; the folder has to be there. */
int record_run(const struct record_options *options,
	       struct vmg_sampler *sampler);

#endif
