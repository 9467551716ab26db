/* SPDX-License-Identifier: MIT */
#include "totals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool room_make(struct totals *totals, size_t room)
{
	struct total *larger;

	if (room <= totals->room)
		return true;
	larger = realloc(totals->list, room * sizeof *larger);
	if (!larger)
		return false;
	totals->list = larger;
	totals->room = room;
	return true;
}

void totals_take(struct totals *totals, const struct vmg_sample *sample)
{
	totals->count = 0;
	totals->session = sample->session;
	totals->extended_us = sample->extended_us;
	if (!room_make(totals, sample->point_count))
		return;
	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];
		struct total *total = &totals->list[totals->count];

		if (vmg_metric_kind(point->metric) != VMG_KIND_COUNTER)
			continue;
		total->metric = point->metric;
		total->number = point->value.whole;
		snprintf(total->instance, sizeof total->instance, "%s",
			 point->instance);
		totals->count++;
	}
}

const struct total *totals_find(const struct totals *totals,
				const struct vmg_metric *metric,
				const char *instance)
{
	for (size_t i = 0; i < totals->count; i++)
		if (totals->list[i].metric == metric &&
		    strcmp(totals->list[i].instance, instance) == 0)
			return &totals->list[i];
	return NULL;
}

void totals_release(struct totals *totals)
{
	free(totals->list);
	*totals = (struct totals){ 0 };
}
