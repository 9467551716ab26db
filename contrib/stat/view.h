/* SPDX-License-Identifier: MIT */
/* One line a reading, as vmstat has them. */
#ifndef VMG_STAT_VIEW_H
#define VMG_STAT_VIEW_H

#include "group.h"
#include "metrics.h"

enum view_form {
	VIEW_TABLE,
	VIEW_JSON,
	VIEW_CSV,
};

struct view_options {
	double interval_s;
	unsigned long count; /* 0: until it is ended */
	unsigned groups;
	enum view_form form;
	bool no_first; /* without the average since the session began */
	bool time, utc;
	bool header_once;
	bool wide;
	bool colour;
	unsigned scale; /* MiB are shown in 2^scale MiB; as a letter: */
	char scale_letter;
	const char *host;
};

/* Returns the exit status. */
int view_run(const struct view_options *options, struct vmg_sampler *sampler);

#endif
