/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <string.h>

static const enum vmg_area selectable_areas[] = {
	VMG_AREA_CPU,
	VMG_AREA_MEMORY,
	VMG_AREA_HOST,
};

#define AREA_COUNT (sizeof selectable_areas / sizeof selectable_areas[0])

bool vmg_row_is_host_info(enum vmg_row row)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	return metric->ids[0] >= 21 && metric->ids[0] <= 30;
}

static bool row_is_selectable(const struct vmg_metric *metric)
{
	return metric->area != VMG_AREA_SESSION;
}

static void mark(struct vmg_marks *marks, size_t row)
{
	marks->count += !marks->row[row];
	marks->row[row] = true;
}

bool vmg_marks_add(struct vmg_marks *marks, const char *name)
{
	const struct vmg_metric *metric;
	char row_name[VMG_NAME_SIZE];
	bool found = false;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!row_is_selectable(metric))
			continue;
		vmg_metric_name(metric, row_name);
		if (strcmp(name, row_name) != 0 &&
		    strcmp(name, vmg_area_name(metric->area)) != 0)
			continue;
		mark(marks, i);
		found = true;
	}
	return found;
}

/* True if an earlier row has the same name. */
static bool row_repeats(size_t row)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	for (size_t i = 0; i < row; i++)
		if (vmg_metric_at(i)->area == metric->area &&
		    strcmp(vmg_metric_at(i)->stem, metric->stem) == 0)
			return true;
	return false;
}

bool vmg_marks_name(size_t index, char name[VMG_NAME_SIZE])
{
	const struct vmg_metric *metric;

	if (index < AREA_COUNT) {
		strcpy(name, vmg_area_name(selectable_areas[index]));
		return true;
	}
	index -= AREA_COUNT;
	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!row_is_selectable(metric) || row_repeats(i))
			continue;
		if (index-- == 0) {
			vmg_metric_name(metric, name);
			return true;
		}
	}
	return false;
}

bool vmg_selection_has(const struct vmg_selection *selection, enum vmg_row row)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	if (metric->source == VMG_SOURCE_SELF)
		return true;
	if (row == VMG_ROW_RESOURCE_POOL)
		return selection->resource_pool;
	if (metric->source == VMG_SOURCE_DERIVED && selection->no_derived)
		return false;
	if (vmg_row_is_host_info(row) && selection->no_host)
		return false;
	if (selection->without.row[row])
		return false;
	return selection->only.count == 0 || selection->only.row[row];
}
