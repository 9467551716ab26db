/* SPDX-License-Identifier: MIT */
/* The totals of a sample, kept for the next one. */
#ifndef VMG_STAT_TOTALS_H
#define VMG_STAT_TOTALS_H

#include "metrics.h"

struct total {
	const struct vmg_metric *metric;
	char instance[VMG_INSTANCE_SIZE];
	uint64_t number;
};

/* All zero is an empty one. */
struct totals {
	uint64_t session, extended_us; /* as the sample has them */
	struct total *list;
	size_t count, room;
};

/* Replaces what was there. Without memory it has fewer: rates are then not
 * known. */
void totals_take(struct totals *totals, const struct vmg_sample *sample);

/* NULL: it has none. */
const struct total *totals_find(const struct totals *totals,
				const struct vmg_metric *metric,
				const char *instance);

void totals_release(struct totals *totals);

#endif
