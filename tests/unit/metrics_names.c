/* SPDX-License-Identifier: MIT */
/* Names are a promise: what has been released is neither changed nor reused.
 * These lists are written by hand, not made from the table. */
#include "row.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static const char *const influx_names[] = {
	"vmguest_cpu.reservation_mhz",
	"vmguest_cpu.limit_mhz",
	"vmguest_cpu.limited",
	"vmguest_cpu.shares",
	"vmguest_cpu.used_ms",
	"vmguest_host.cpu_mhz",
	"vmguest_memory.reservation_bytes",
	"vmguest_memory.limit_bytes",
	"vmguest_memory.limited",
	"vmguest_memory.shares",
	"vmguest_memory.mapped_bytes",
	"vmguest_memory.active_bytes",
	"vmguest_memory.overhead_bytes",
	"vmguest_memory.ballooned_bytes",
	"vmguest_memory.swapped_bytes",
	"vmguest_memory.shared_bytes",
	"vmguest_memory.shared_saved_bytes",
	"vmguest_memory.used_bytes",
	"vmguest_cpu.elapsed_ms",
	"vmguest_cpu.stolen_ms",
	"vmguest_memory.target_bytes",
	"vmguest_host.cpu_cores",
	"vmguest_host.cpu_used_ms",
	"vmguest_host.memory_swapped_bytes",
	"vmguest_host.memory_shared_bytes",
	"vmguest_host.memory_used_bytes",
	"vmguest_host.memory_total_bytes",
	"vmguest_host.memory_free_bytes",
	"vmguest_host.memory_kernel_overhead_bytes",
	"vmguest_host.memory_mapped_bytes",
	"vmguest_host.memory_unmapped_bytes",
	"vmguest_memory.zipped_bytes",
	"vmguest_memory.zip_saved_bytes",
	"vmguest_memory.ll_swapped_bytes",
	"vmguest_memory.swap_target_bytes",
	"vmguest_memory.balloon_target_bytes",
	"vmguest_memory.balloon_max_bytes",
	"vmguest_session.resource_pool",
	"vmguest_session.id",
	"vmguest_cpu.used_percent",
	"vmguest_cpu.stolen_percent",
	"vmguest_cpu.effective_mhz",
	"vmguest_cpu.used_of_limit_percent",
	"vmguest_cpu.used_of_reservation_percent",
	"vmguest_cpu.limit_binding",
	"vmguest_memory.limit_binding",
	"vmguest_cpu.vcpus",
	"vmguest_memory.active_percent",
	"vmguest_memory.ballooned_percent",
	"vmguest_memory.balloon_of_max_percent",
	"vmguest_memory.reclaimed_bytes",
	"vmguest_session.changes",
	"vmguest_session.up",
	"vmguest_session.unavailable",
	"vmguest_session.channel_reopens",
	"vmguest_session.read_seconds",
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

static bool influx_name(const struct vmg_metric *metric, char name[128])
{
	char measurement[VMG_NAME_SIZE], field[VMG_NAME_SIZE];

	vmg_metric_measurement(metric, measurement);
	if (!vmg_metric_field(metric, field))
		return false;
	snprintf(name, 128, "%s.%s", measurement, field);
	return true;
}

Test(names, of_influx_are_the_released_ones)
{
	const size_t count = ARRAY_LEN(influx_names);
	const struct vmg_metric *metric;
	unsigned seen[ARRAY_LEN(influx_names) + 1] = { 0 };
	char name[128];
	size_t at;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!influx_name(metric, name))
			continue;
		for (at = 0; at < count && strcmp(influx_names[at], name) != 0;
		     at++)
			;
		cr_expect(at < count, "%s is not a released name", name);
		seen[at]++;
	}
	for (at = 0; at < count; at++)
		cr_expect(seen[at] == 1, "%s is there %u times",
			  influx_names[at], seen[at]);
}

Test(names, cover_every_statistic_of_the_wire_once)
{
	unsigned seen[64] = { 0 };
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++)
		if (metric->source == VMG_SOURCE_WIRE)
			for (size_t k = 0; k < 2; k++)
				seen[metric->ids[k]]++;
	for (unsigned id = 1; id <= 38; id++)
		cr_expect(eq(uint, seen[id], 1), "id %u", id);
}

Test(names, have_a_sentence)
{
	const struct vmg_metric *metric;
	size_t len;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		len = strlen(metric->what);
		cr_expect(len > 10 && metric->what[len - 1] == '.', "%s",
			  metric->stem);
	}
	cr_expect(eq(ptr, (void *)vmg_metric_at(VMG_ROW_COUNT), NULL));
}

/* Points come in the order of the table, and a line ends with its area. */
Test(names, stand_in_the_order_of_areas)
{
	for (size_t i = 1; i < VMG_ROW_COUNT; i++)
		cr_expect(ge(int, vmg_metric_at(i)->area,
			     vmg_metric_at(i - 1)->area),
			  "row %zu", i);
}

Test(names, of_areas_with_instances_have_a_key)
{
	static const struct {
		const char *name, *key;
	} areas[VMG_AREA_COUNT] = {
		{ "cpu", NULL },	{ "memory", NULL },
		{ "host", NULL },	{ "session", NULL },
		{ "vscsi", "disk" },	{ "vnet", "nic" },
	};

	for (int area = 0; area < VMG_AREA_COUNT; area++) {
		const char *key = vmg_area_instance_key(area);

		cr_expect(eq(str, (char *)vmg_area_name(area),
			     (char *)areas[area].name));
		cr_expect(eq(int, key != NULL, areas[area].key != NULL));
		if (key)
			cr_expect(eq(str, (char *)key,
				     (char *)areas[area].key));
	}
}

/* What a database keeps for ever: by unit alone, written down by hand. */
Test(units, have_a_kind_and_a_number)
{
	static const enum vmg_metric_unit counters[] = {
		VMG_METRIC_MS_TOTAL,	VMG_METRIC_US_TOTAL,
		VMG_METRIC_KB_TOTAL,	VMG_METRIC_BYTES_TOTAL,
		VMG_METRIC_OPERATIONS,	VMG_METRIC_PACKETS,
		VMG_METRIC_EVENTS,
	};
	static const enum vmg_metric_unit reals[] = {
		VMG_METRIC_SPEED,   VMG_METRIC_SHARE, VMG_METRIC_RATIO,
		VMG_METRIC_SECONDS, VMG_METRIC_AGE,   VMG_METRIC_LATENCY,
	};

	for (int unit = 0; unit < VMG_METRIC_UNIT_COUNT; unit++) {
		const struct vmg_metric metric = { .unit = (uint8_t)unit };
		bool text = unit == VMG_METRIC_TEXT, counter = false;
		bool real = false;

		for (size_t i = 0; i < ARRAY_LEN(counters); i++)
			counter |= (int)counters[i] == unit;
		for (size_t i = 0; i < ARRAY_LEN(reals); i++)
			real |= (int)reals[i] == unit;
		cr_expect(eq(int, vmg_metric_kind(&metric),
			     text    ? VMG_KIND_TEXT :
			     counter ? VMG_KIND_COUNTER :
				       VMG_KIND_GAUGE),
			  "unit %d", unit);
		cr_expect(eq(int, vmg_metric_number(&metric),
			     text ? VMG_NUMBER_TEXT :
			     real ? VMG_NUMBER_REAL :
				    VMG_NUMBER_WHOLE),
			  "unit %d", unit);
	}
}

Test(names, may_differ_from_the_rule)
{
	struct vmg_metric metric = *vmg_metric_at(VMG_ROW_CPU_USED_TIME);
	char name[VMG_NAME_SIZE];

	metric.influx = "burnt";
	cr_expect(vmg_metric_field(&metric, name));
	cr_expect(eq(str, name, (char *)"burnt"));
}

Test(names, stand_for_a_number_whatever_it_is_held_in)
{
	const struct vmg_point whole = { vmg_metric_at(VMG_ROW_CPU_LIMIT), "",
					 { .whole = 5000 } },
			       real = { vmg_metric_at(VMG_ROW_CPU_USED), "",
					{ .real = 0.25 } },
			       text = { vmg_metric_at(VMG_ROW_RESOURCE_POOL),
					"", { .text = "/pool" } };

	cr_expect(vmg_point_number(&whole) == 5000);
	cr_expect(vmg_point_number(&real) == 0.25);
	cr_expect(vmg_point_number(&text) == 0);
}

Test(names, of_sessions_have_sixteen_digits)
{
	char text[VMG_SESSION_SIZE];

	vmg_session_text(0xABC, text);
	cr_expect(eq(str, text, (char *)"0x0000000000000abc"));
	vmg_session_text(UINT64_MAX, text);
	cr_expect(eq(str, text, (char *)"0xffffffffffffffff"));
}
