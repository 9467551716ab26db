/* SPDX-License-Identifier: MIT */
#include "row.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct vmg_selection selection;

static size_t selected_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		count += vmg_selection_has(&selection, i);
	return count;
}

static void expect_area(enum vmg_area area, bool selected)
{
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (vmg_metric_at(i)->area == area &&
		    vmg_metric_at(i)->set == 0)
			cr_expect(eq(int, vmg_selection_has(&selection, i),
				     selected),
				  "row %zu", i);
}

Test(select, is_everything_but_the_pool_by_default)
{
	size_t extended = 0;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		extended += vmg_metric_at(i)->set != 0;
	cr_expect(eq(sz, extended, 32));
	cr_expect(eq(sz, selected_count(), VMG_ROW_COUNT - extended - 1));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_RESOURCE_POOL)));
	selection.resource_pool = true;
	cr_expect(eq(sz, selected_count(), VMG_ROW_COUNT - extended));
	selection.extended = VMG_SET_SESSION | VMG_SET_HOST |
			     VMG_SET_RESOURCES | VMG_SET_VSCSI | VMG_SET_VNET;
	cr_expect(eq(sz, selected_count(), VMG_ROW_COUNT));
}

Test(select, takes_areas)
{
	cr_assert(vmg_choice_add(&selection.only, "memory"));
	expect_area(VMG_AREA_MEMORY, true);
	expect_area(VMG_AREA_CPU, false);
	expect_area(VMG_AREA_HOST, false);
	cr_assert(vmg_choice_add(&selection.only, "host"));
	expect_area(VMG_AREA_HOST, true);
	cr_assert(vmg_choice_add(&selection.only, "cpu"));
	expect_area(VMG_AREA_CPU, true);
}

Test(select, takes_every_row_of_a_name)
{
	cr_assert(vmg_choice_add(&selection.only, "cpu_used"));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_CPU_USED_TIME));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_CPU_USED));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_CPU_STOLEN)));
	cr_expect(
		not(vmg_selection_has(&selection, VMG_ROW_CPU_USED_OF_LIMIT)));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_MEMORY_USED)));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_HOST_CPU_USED)));
	cr_expect(eq(sz, vmg_rows_count(&selection.only.rows), 2));
}

Test(select, keeps_the_self_metrics_whatever_is_named)
{
	cr_assert(vmg_choice_add(&selection.only, "cpu_stolen"));
	cr_assert(vmg_choice_add(&selection.without, "cpu_stolen"));
	cr_expect(eq(sz, selected_count(), 8));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_UP));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_UNAVAILABLE));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_SESSION_CHANGES));
}

Test(select, leaves_out_what_is_named_without)
{
	cr_assert(vmg_choice_add(&selection.without, "host"));
	cr_assert(vmg_choice_add(&selection.without, "memory_ballooned"));
	expect_area(VMG_AREA_HOST, false);
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_MEMORY_BALLOONED)));
	cr_expect(not(
		vmg_selection_has(&selection, VMG_ROW_MEMORY_BALLOONED_SHARE)));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_MEMORY_ACTIVE));
}

Test(select, drops_derived_rows_but_not_restated_ones)
{
	selection.no_derived = true;
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_CPU_USED)));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_VCPUS)));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_MEMORY_RECLAIMED)));
	cr_expect(
		not(vmg_selection_has(&selection, VMG_ROW_CPU_LIMIT_BINDING)));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_CPU_USED_TIME));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_CPU_LIMITED));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_MEMORY_LIMITED));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_SESSION_UPTIME));
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (vmg_metric_at(i)->source == VMG_SOURCE_DERIVED)
			cr_expect(not(vmg_selection_has(&selection, i)),
				  "row %zu", i);
}

Test(select, drops_the_host_but_not_its_speed)
{
	selection.no_host = true;
	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		const struct vmg_metric *metric = vmg_metric_at(i);
		bool host = metric->area == VMG_AREA_HOST;

		if (i == VMG_ROW_RESOURCE_POOL || metric->set)
			continue;
		cr_expect(eq(int, vmg_selection_has(&selection, i),
			     !host || i == VMG_ROW_HOST_CPU),
			  "row %zu", i);
	}
}

Test(select, refuses_names_that_stand_for_nothing)
{
	static const char *const bad[] = {
		"",	      "cpu_",
		"cpu_usedd",  "used",
		"CPU",	      "memory_cpu",
		"session",    "session_up",
		"host_",      "session_resource_pool",
		"session_id", "vmguest_cpu",
	};
	struct vmg_choice choice = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect(not(vmg_choice_add(&choice, bad[i])), "%s", bad[i]);
	cr_expect(eq(sz, vmg_rows_count(&choice.rows), 0));
}

Test(select, lists_each_name_once_and_takes_it)
{
	char name[VMG_NAME_SIZE], other[VMG_NAME_SIZE];
	struct vmg_choice all = { 0 };
	size_t count = 0;

	for (; vmg_choice_name(count, name); count++) {
		struct vmg_choice choice = { 0 };

		cr_expect(vmg_choice_add(&choice, name), "%s", name);
		cr_expect(vmg_choice_add(&all, name), "%s", name);
		for (size_t i = 0; i < count; i++) {
			vmg_choice_name(i, other);
			cr_expect(strcmp(name, other) != 0, "%s", name);
		}
	}
	/* All rows but the self-metrics, the pool, the host's version, the
	 * UUID, and the devices. */
	cr_expect(eq(sz, vmg_rows_count(&all.rows), VMG_ROW_COUNT - 8 - 5));
}

Test(select, keeps_a_set_of_rows)
{
	const struct vmg_metric *first = vmg_metric_at(0);
	const struct vmg_metric *last = vmg_metric_at(VMG_ROW_COUNT - 1);
	struct vmg_rows rows = { 0 };

	cr_expect(not(vmg_rows_has(&rows, first)));
	cr_expect(vmg_rows_add(&rows, first));
	cr_expect(not(vmg_rows_add(&rows, first)));
	cr_expect(vmg_rows_add(&rows, last));
	cr_expect(vmg_rows_has(&rows, first));
	cr_expect(vmg_rows_has(&rows, last));
	cr_expect(not(vmg_rows_has(&rows, vmg_metric_at(1))));
	cr_expect(eq(sz, vmg_rows_count(&rows), 2));
}
