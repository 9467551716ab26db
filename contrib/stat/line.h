/* SPDX-License-Identifier: MIT */
/* The numbers of a line of the view. */
#ifndef VMG_STAT_LINE_H
#define VMG_STAT_LINE_H

#include "group.h"
#include "row.h"
#include "totals.h"

/* A sample and the totals before it. */
struct line {
	const struct vmg_sample *sample;
	const struct totals *before;
	bool first; /* the average since the session began */
};

/* The value of a metric; NAN: it has none. */
double line_value(const struct line *line, enum vmg_row row,
		  const char *instance);

/* How much a total grew, and that a second by the host's clock; NAN: not known. On
 * the first line it is since the session began. */
double line_growth(const struct line *line, enum vmg_row row,
		   const char *instance);
double line_rate(const struct line *line, enum vmg_row row,
		 const char *instance);

struct column {
	const char *name, *key; /* in the table; in JSON and CSV */
	int width, decimals;
	unsigned group;
	bool wide, memory; /* memory: in the chosen scale */
	double (*value)(const struct line *line);
};

/* Unknown is NAN, unlimited INFINITY. NULL past the end. */
const struct column *column_at(size_t index);
size_t column_count(void);

#endif
