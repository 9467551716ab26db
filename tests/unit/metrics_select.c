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

Test(select, takes_single_disks_and_cards)
{
	selection.extended = VMG_SET_VSCSI | VMG_SET_VNET;
	cr_assert(vmg_choice_add(&selection.only, "vscsi/scsi0:1"));
	cr_assert(vmg_choice_add(&selection.only, "vnet/00:0C:29:00:00:0a"));
	cr_expect(vmg_selection_has_instance(
		&selection, VMG_ROW_VSCSI_READ_BYTES, "scsi0:1"));
	cr_expect(not(vmg_selection_has_instance(
		&selection, VMG_ROW_VSCSI_READ_BYTES, "scsi0:10")));
	cr_expect(not(vmg_selection_has_instance(
		&selection, VMG_ROW_VSCSI_READ_BYTES, "SCSI0:1")));
	cr_expect(vmg_selection_has_instance(&selection, VMG_ROW_VNET_LIMIT,
					     "00:0c:29:00:00:0A"));
	cr_expect(not(vmg_selection_has_instance(&selection, VMG_ROW_VNET_LIMIT,
						 "00:0c:29:00:00:0")));
	cr_expect(not(vmg_selection_has_instance(&selection, VMG_ROW_VNET_LIMIT,
						 "scsi0:1")));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_CPU_USED)));
	/* And all of one kind besides. */
	cr_assert(vmg_choice_add(&selection.only, "vscsi_read"));
	cr_expect(vmg_selection_has_instance(
		&selection, VMG_ROW_VSCSI_READ_BYTES, "scsi0:10"));
	cr_expect(not(vmg_selection_has_instance(
		&selection, VMG_ROW_VSCSI_WRITE_BYTES, "scsi0:10")));
}

Test(select, leaves_out_single_disks)
{
	selection.extended = VMG_SET_VSCSI;
	cr_assert(vmg_choice_add(&selection.without, "vscsi/scsi0:1"));
	cr_expect(not(vmg_selection_has_instance(
		&selection, VMG_ROW_VSCSI_READ_BYTES, "scsi0:1")));
	cr_expect(vmg_selection_has_instance(
		&selection, VMG_ROW_VSCSI_READ_BYTES, "scsi0:0"));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_CPU_USED));
}

Test(select, refuses_instances_that_cannot_be)
{
	struct vmg_choice choice = { 0 };
	char name[6 + VMG_INSTANCE_SIZE + 1] = "vscsi/";

	cr_expect(not(vmg_choice_add(&choice, "vscsi/")));
	cr_expect(not(vmg_choice_add(&choice, "cpu/0")));
	cr_expect(not(vmg_choice_add(&choice, "disk/scsi0:0")));
	memset(name + 6, 'x', VMG_INSTANCE_SIZE);
	cr_expect(not(vmg_choice_add(&choice, name)));
	cr_expect(eq(sz, choice.instance_count, 0));
	name[6 + VMG_INSTANCE_SIZE - 1] = '\0';
	for (int i = 0; i < VMG_CHOICE_INSTANCES; i++)
		cr_expect(vmg_choice_add(&choice, name));
	cr_expect(not(vmg_choice_add(&choice, "vscsi/scsi0:0")));
	cr_expect(eq(sz, choice.instance_count, VMG_CHOICE_INSTANCES));
}

Test(select, says_which_set_a_name_lacks)
{
	static const struct {
		const char *name;
		unsigned sets;
	} cases[] = {
		{ "cpu", 0 },
		{ "memory", 0 },
		{ "host", 0 },
		{ "cpu_used", 0 },
		{ "cpu_contention", VMG_SET_RESOURCES },
		{ "memory_numa_local", VMG_SET_RESOURCES },
		{ "host_cpu_cores_per_package", VMG_SET_HOST },
		{ "vscsi", VMG_SET_VSCSI },
		{ "vscsi_write", VMG_SET_VSCSI },
		{ "vscsi/x", VMG_SET_VSCSI },
		{ "vnet", VMG_SET_VNET },
		{ "vnet/x", VMG_SET_VNET },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int without = 0; without <= 1; without++) {
			selection = (struct vmg_selection){ 0 };
			cr_assert(vmg_choice_add(without ? &selection.without
							 : &selection.only,
						 cases[i].name));
			cr_expect(eq(uint, vmg_selection_lacks(&selection),
				     cases[i].sets),
				  "%s", cases[i].name);
			selection.extended = cases[i].sets;
			cr_expect(eq(uint, vmg_selection_lacks(&selection), 0),
				  "%s", cases[i].name);
		}
}

Test(select, spells_sets)
{
	char text[VMG_SETS_SIZE];
	unsigned sets = 0;

	cr_expect(vmg_sets_add(&sets, "none"));
	cr_expect(not(vmg_sets_add(&sets, "Vscsi")));
	cr_expect(not(vmg_sets_add(&sets, "cpu")));
	cr_expect(eq(uint, sets, 0));
	vmg_sets_text(sets, ", ", text);
	cr_expect(eq(str, text, (char *)""));
	cr_expect(vmg_sets_add(&sets, "vnet"));
	cr_expect(vmg_sets_add(&sets, "host"));
	vmg_sets_text(sets, ", ", text);
	cr_expect(eq(str, text, (char *)"host, vnet"));
	cr_expect(vmg_sets_add(&sets, "all"));
	vmg_sets_text(sets, ", ", text);
	cr_expect(
		eq(str, text, (char *)"session, host, resources, vscsi, vnet"));
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
