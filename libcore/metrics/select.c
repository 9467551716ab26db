/* SPDX-License-Identifier: MIT */
/* What is chosen of the table. */
#include "row.h"

#include <ctype.h>
#include <stdio.h>
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

enum vmg_row vmg_area_first(enum vmg_area area)
{
	enum vmg_row row = 0;

	while (vmg_metric_at(row)->area != area)
		row++;
	return row;
}

enum vmg_row vmg_area_end(enum vmg_area area)
{
	enum vmg_row row = vmg_area_first(area);

	while (row < VMG_ROW_COUNT && vmg_metric_at(row)->area == area)
		row++;
	return row;
}

bool vmg_row_is_host_info(enum vmg_row row)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	return metric->ids[0] >= 21 && metric->ids[0] <= 30;
}

static const char *const sets[] = { "session", "host", "resources", "vscsi",
				    "vnet" };

#define SET_COUNT (sizeof sets / sizeof sets[0])

/* 0: there is none. */
static unsigned set_by_name(const char *name)
{
	for (size_t i = 0; i < SET_COUNT; i++)
		if (strcmp(name, sets[i]) == 0)
			return 1u << i;
	return 0;
}

bool vmg_sets_add(unsigned *added, const char *name)
{
	unsigned set = set_by_name(name);

	if (strcmp(name, "all") == 0)
		set = (1u << SET_COUNT) - 1;
	*added |= set;
	return set || strcmp(name, "none") == 0;
}

void vmg_sets_text(unsigned of, const char *separator, char text[VMG_SETS_SIZE])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < SET_COUNT; i++)
		if (of >> i & 1)
			len += (size_t)snprintf(
				text + len, VMG_SETS_SIZE - len, "%s%s",
				len > 0 ? separator : "", sets[i]);
}

/* What is not has an option of its own, is always there, or goes with others. */
static bool is_selectable(const struct vmg_metric *metric)
{
	return metric->area != VMG_AREA_SESSION &&
	       metric->source != VMG_SOURCE_GUEST;
}

static bool name_is_of(const char *name, const struct vmg_metric *metric)
{
	char row_name[VMG_NAME_SIZE];

	vmg_metric_name(metric, row_name);
	return strcmp(name, row_name) == 0 ||
	       strcmp(name, vmg_area_name(metric->area)) == 0;
}

static bool rows_name_add(struct vmg_choice *choice, const char *name)
{
	const struct vmg_metric *metric;
	bool found = false, of_none = false;
	unsigned of = 0;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!is_selectable(metric) || !name_is_of(name, metric))
			continue;
		vmg_rows_add(&choice->rows, metric);
		of |= metric->set;
		of_none |= metric->set == 0;
		found = true;
	}
	if (!of_none)
		choice->sets |= of;
	return found;
}

/* Sets with instances are called like their areas. */
static bool instance_add(struct vmg_choice *choice, enum vmg_area area,
			 const char *name)
{
	struct vmg_chosen_instance *chosen;

	if (name[0] == '\0' || strlen(name) >= VMG_INSTANCE_SIZE ||
	    choice->instance_count == VMG_CHOICE_INSTANCES)
		return false;
	chosen = &choice->instances[choice->instance_count++];
	chosen->area = (uint8_t)area;
	strcpy(chosen->name, name);
	choice->sets |= set_by_name(vmg_area_name(area));
	return true;
}

bool vmg_choice_add(struct vmg_choice *choice, const char *name)
{
	for (int area = 0; area < VMG_AREA_COUNT; area++) {
		size_t len = strlen(vmg_area_name(area));

		if (vmg_area_instance_key(area) &&
		    strncmp(name, vmg_area_name(area), len) == 0 &&
		    name[len] == '/')
			return instance_add(choice, area, name + len + 1);
	}
	return rows_name_add(choice, name);
}

/* True of the first row of its area that can be selected. */
static bool row_begins_area(size_t row)
{
	for (size_t i = vmg_area_first(vmg_metric_at(row)->area); i < row; i++)
		if (is_selectable(vmg_metric_at(i)))
			return false;
	return true;
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

bool vmg_choice_name(size_t index, char name[VMG_NAME_SIZE])
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

unsigned vmg_selection_lacks(const struct vmg_selection *selection)
{
	return (selection->only.sets | selection->without.sets) &
	       ~selection->extended;
}

static bool letters_are_same(const char *one, const char *other)
{
	while (*one &&
	       tolower((unsigned char)*one) == tolower((unsigned char)*other)) {
		one++;
		other++;
	}
	return *one == *other;
}

/* The address of a network card is written in either case. */
static bool instance_is(const struct vmg_chosen_instance *chosen,
			enum vmg_area area, const char *name)
{
	if (chosen->area != area)
		return false;
	return area == VMG_AREA_VNET ? letters_are_same(chosen->name, name)
				     : strcmp(chosen->name, name) == 0;
}

static bool choice_has(const struct vmg_choice *choice, enum vmg_row row,
		       const char *instance)
{
	if (rows_has_row(&choice->rows, row))
		return true;
	for (size_t i = 0; i < choice->instance_count; i++)
		if (instance_is(&choice->instances[i], vmg_metric_at(row)->area,
				instance))
			return true;
	return false;
}

static bool choice_is_empty(const struct vmg_choice *choice)
{
	uint64_t any = choice->instance_count;

	for (size_t i = 0; i < VMG_ROWS_MAX / 64; i++)
		any |= choice->rows.bits[i];
	return any == 0;
}

bool vmg_selection_has_instance(const struct vmg_selection *selection,
				enum vmg_row row, const char *instance)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	if (metric->set & ~selection->extended)
		return false;
	if (row == VMG_ROW_RESOURCE_POOL)
		return selection->resource_pool;
	if (!is_selectable(metric))
		return true;
	if (metric->source == VMG_SOURCE_DERIVED && selection->no_derived)
		return false;
	if (vmg_row_is_host_info(row) && selection->no_host)
		return false;
	if (choice_has(&selection->without, row, instance))
		return false;
	return choice_is_empty(&selection->only) ||
	       choice_has(&selection->only, row, instance);
}

bool vmg_selection_has(const struct vmg_selection *selection, enum vmg_row row)
{
	return vmg_selection_has_instance(selection, row, "");
}
