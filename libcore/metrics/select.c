/* SPDX-License-Identifier: MIT */
/* What is chosen of the table. */
#include "row.h"

#include <string.h>

_Static_assert(VMG_ROW_COUNT <= VMG_ROWS_MAX, "a set of rows holds all");

static size_t row_of(const struct vmg_metric *metric)
{
	return (size_t)(metric - vmg_metric_at(0));
}

static bool rows_has_row(const struct vmg_rows *rows, size_t row)
{
	return rows->bits[row / 64] >> row % 64 & 1;
}

bool vmg_rows_has(const struct vmg_rows *rows, const struct vmg_metric *metric)
{
	return rows_has_row(rows, row_of(metric));
}

bool vmg_rows_add(struct vmg_rows *rows, const struct vmg_metric *metric)
{
	size_t row = row_of(metric);

	if (rows_has_row(rows, row))
		return false;
	rows->bits[row / 64] |= 1ull << row % 64;
	return true;
}

size_t vmg_rows_count(const struct vmg_rows *rows)
{
	size_t count = 0;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		count += rows_has_row(rows, i);
	return count;
}

static bool rows_are_none(const struct vmg_rows *rows)
{
	uint64_t any = 0;

	for (size_t i = 0; i < sizeof rows->bits / sizeof rows->bits[0]; i++)
		any |= rows->bits[i];
	return any == 0;
}

bool vmg_row_is_host_info(enum vmg_row row)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	return metric->ids[0] >= 21 && metric->ids[0] <= 30;
}

static bool is_selectable(const struct vmg_metric *metric)
{
	return metric->area != VMG_AREA_SESSION;
}

bool vmg_rows_add_name(struct vmg_rows *rows, const char *name)
{
	const struct vmg_metric *metric;
	char row_name[VMG_NAME_SIZE];
	bool found = false;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!is_selectable(metric))
			continue;
		vmg_metric_name(metric, row_name);
		if (strcmp(name, row_name) != 0 &&
		    strcmp(name, vmg_area_name(metric->area)) != 0)
			continue;
		vmg_rows_add(rows, metric);
		found = true;
	}
	return found;
}

/* True of the first row of its area. */
static bool row_begins_area(size_t row)
{
	return row == 0 ||
	       vmg_metric_at(row - 1)->area != vmg_metric_at(row)->area;
}

/* True if an earlier row has the same name. */
static bool row_repeats_name(size_t row)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	for (size_t i = 0; i < row; i++)
		if (vmg_metric_at(i)->area == metric->area &&
		    strcmp(vmg_metric_at(i)->stem, metric->stem) == 0)
			return true;
	return false;
}

bool vmg_rows_name(size_t index, char name[VMG_NAME_SIZE])
{
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!is_selectable(metric) || !row_begins_area(i) ||
		    index-- > 0)
			continue;
		strcpy(name, vmg_area_name(metric->area));
		return true;
	}
	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!is_selectable(metric) || row_repeats_name(i) ||
		    index-- > 0)
			continue;
		vmg_metric_name(metric, name);
		return true;
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
	if (rows_has_row(&selection->without, row))
		return false;
	return rows_are_none(&selection->only) ||
	       rows_has_row(&selection->only, row);
}
