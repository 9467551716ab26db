/* SPDX-License-Identifier: MIT */
/* One line for a monitoring system. */
#ifndef VMG_STAT_CHECK_H
#define VMG_STAT_CHECK_H

#include "accepted.h"
#include "range.h"

enum check_form {
	CHECK_PLUGIN,
	CHECK_CHECKMK,
	CHECK_NPD,
};

/* In the order of the performance data. */
enum check_label {
	CHECK_STOLEN,
	CHECK_CONTENTION,
	CHECK_USED,
	CHECK_LIMIT,
	CHECK_BALLOONED,
	CHECK_SWAPPED,
	CHECK_COMPRESSED,
	CHECK_MEMORY_WAIT,
	CHECK_LABEL_COUNT
};

struct check_options {
	enum check_form form;
	struct {
		bool has_warning, has_critical;
		struct range warning, critical;
		const char *warning_text, *critical_text;
	} ranges[CHECK_LABEL_COUNT];
	struct accepted accepted;
	bool absent_ok; /* no VMware host is no problem */
	bool verbose;
	unsigned timeout_s;
};

/* "stolen=5". False: no such label, or no range. */
bool check_range_add(struct check_options *options, const char *text,
		     bool critical);

/* All labels, with ", " between them. */
const char *check_labels(void);

/* Returns the exit status. */
int check_run(const struct check_options *options, struct vmg_sampler *sampler);

#endif
