/* SPDX-License-Identifier: MIT */
/* Ranges as monitoring plugins have them: [@]start:end. */
#ifndef VMG_STAT_RANGE_H
#define VMG_STAT_RANGE_H

#include <stdbool.h>

struct range {
	double start, end; /* infinite: open */
	bool inside;	   /* alert inside, not outside */
};

/* False: it is none. */
bool range_read(struct range *range, const char *text);

bool range_alerts(const struct range *range, double value);

#endif
