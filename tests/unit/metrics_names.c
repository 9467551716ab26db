/* SPDX-License-Identifier: MIT */
/* What the table promises beside the names themselves, which tests/docs holds. */
#include "row.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

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
		{ "cpu", NULL },     { "memory", NULL }, { "host", NULL },
		{ "vscsi", "disk" }, { "vnet", "nic" },	 { "session", NULL },
	};

	for (int area = 0; area < VMG_AREA_COUNT; area++) {
		const char *key = vmg_area_instance_key(area);

		cr_expect(eq(str, (char *)vmg_area_name(area),
			     (char *)areas[area].name));
		cr_expect(eq(int, key != NULL, areas[area].key != NULL));
		if (key)
			cr_expect(
				eq(str, (char *)key, (char *)areas[area].key));
	}
}

/* What a database keeps for ever: by unit alone, written down by hand. */
Test(units, have_a_kind_and_a_number)
{
	static const enum vmg_metric_unit counters[] = {
		VMG_METRIC_MS_TOTAL,   VMG_METRIC_US_TOTAL,
		VMG_METRIC_KB_TOTAL,   VMG_METRIC_BYTES_TOTAL,
		VMG_METRIC_OPERATIONS, VMG_METRIC_PACKETS,
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
			     text      ? VMG_KIND_TEXT
			     : counter ? VMG_KIND_COUNTER
				       : VMG_KIND_GAUGE),
			  "unit %d", unit);
		cr_expect(eq(int, vmg_metric_number(&metric),
			     text   ? VMG_NUMBER_TEXT
			     : real ? VMG_NUMBER_REAL
				    : VMG_NUMBER_WHOLE),
			  "unit %d", unit);
	}
}

Test(names, are_made_of_area_stem_and_unit)
{
	const struct vmg_metric *metric =
		vmg_metric_at(VMG_ROW_MEMORY_BALLOONED);
	char name[VMG_NAME_SIZE];

	vmg_metric_name(metric, name);
	cr_expect(eq(str, name, (char *)"memory_ballooned"));
	vmg_metric_measurement(metric, name);
	cr_expect(eq(str, name, (char *)"vmguest_memory"));
	cr_expect(vmg_metric_field(metric, name));
	cr_expect(eq(str, name, (char *)"ballooned_bytes"));
	metric = vmg_metric_at(VMG_ROW_SESSION_UPTIME);
	cr_expect(not(vmg_metric_field(metric, name)));
	cr_expect(eq(str, name, (char *)""));
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
	const struct vmg_point whole = { vmg_metric_at(VMG_ROW_CPU_LIMIT),
					 "",
					 { .whole = 5000 } },
			       real = { vmg_metric_at(VMG_ROW_CPU_USED),
					"",
					{ .real = 0.25 } },
			       text = { vmg_metric_at(VMG_ROW_RESOURCE_POOL),
					"",
					{ .text = "/pool" } };

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
