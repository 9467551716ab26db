/* SPDX-License-Identifier: MIT */
#include "row.h"
#include "values.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The daemon's own list of types says the same as the rules. */
Test(values, use_types_of_collectds_own_list)
{
	const struct vmg_metric *metric;
	char line[1024], type[64], source[64];
	struct vmg_number_of_type number;
	union vmg_value zero = { .whole = 0 };
	FILE *types = fopen("/usr/share/collectd/types.db", "r");
	bool found[VMG_ROW_COUNT] = { false };
	struct vmg_identity id;

	if (!types)
		cr_skip_test("collectd's types.db is not here");
	while (fgets(line, sizeof line, types)) {
		if (sscanf(line, "%63s %63s", type, source) != 2)
			continue;
		for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
			if (!vmg_identity_make(metric, "", &id) ||
			    strcmp(id.type, type) != 0)
				continue;
			found[i] = true;
			vmg_number_make(&(struct vmg_point){ metric, "", zero },
					&number);
			cr_expect(eq(int, number.is_derive,
				     strstr(source, ":DERIVE:") ? 1 : 0),
				  "%s", id.type);
			cr_expect(strchr(source, ',') == NULL, "%s", id.type);
		}
	}
	fclose(types);
	for (size_t i = 0; (metric = vmg_metric_at(i)); i++)
		cr_expect(eq(int, found[i], vmg_identity_make(metric, "", &id)),
			  "%s", metric->stem);
}

static struct vmg_number_of_type number;

static bool make_whole(enum vmg_row row, uint64_t whole)
{
	const struct vmg_point point = { vmg_metric_at(row),
					 "",
					 { .whole = whole } };

	return vmg_number_make(&point, &number);
}

static bool make_real(enum vmg_row row, double real)
{
	const struct vmg_point point = { vmg_metric_at(row),
					 "",
					 { .real = real } };

	return vmg_number_make(&point, &number);
}

/* Written by hand: a value of 5000, or 0.25, of each unit. */
static const struct {
	enum vmg_metric_unit unit;
	const char *type;
	double value;
} units[] = {
	{ VMG_METRIC_MHZ, "frequency", 5e9 },
	{ VMG_METRIC_SPEED, "frequency", 250000 },
	{ VMG_METRIC_MBPS, "gauge", 5000 },
	{ VMG_METRIC_MB, "memory", 5242880000 },
	{ VMG_METRIC_KB, "memory", 5120000 },
	{ VMG_METRIC_BYTES, "memory", 5000 },
	{ VMG_METRIC_COUNT, "count", 5000 },
	{ VMG_METRIC_SHARE, "percent", 25 },
	{ VMG_METRIC_RATIO, "gauge", 0.25 },
	{ VMG_METRIC_FLAG, "gauge", 5000 },
	{ VMG_METRIC_SECONDS, "duration", 0.25 },
	{ VMG_METRIC_AGE, "uptime", 0.25 },
	{ VMG_METRIC_LATENCY, "response_time", 0.25 },
	{ VMG_METRIC_MS_TOTAL, "total_time_in_ms", 5000 },
	{ VMG_METRIC_US_TOTAL, "total_time_in_ms", 5 },
	{ VMG_METRIC_KB_TOTAL, "total_bytes", 5120000 },
	{ VMG_METRIC_BYTES_TOTAL, "total_bytes", 5000 },
	{ VMG_METRIC_OPERATIONS, "total_operations", 5000 },
	{ VMG_METRIC_PACKETS, "packets", 5000 },
	{ VMG_METRIC_EVENTS, "derive", 5000 },
};

Test(values, have_a_rule_for_each_unit)
{
	struct vmg_identity id;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		const struct vmg_metric metric = { .stem = "x",
						   .collectd = "",
						   .unit = units[i].unit };
		struct vmg_point point = { &metric, "", { .whole = 5000 } };

		if (vmg_metric_number(&metric) == VMG_NUMBER_REAL)
			point.value.real = 0.25;
		cr_assert(vmg_identity_make(&metric, "", &id));
		cr_expect(eq(str, (char *)id.type, (char *)units[i].type));
		cr_assert(vmg_number_make(&point, &number));
		cr_expect(eq(dbl,
			     number.is_derive ? (double)number.derive
					      : number.gauge,
			     units[i].value),
			  "%s", units[i].type);
	}
	/* All but texts. */
	cr_expect(eq(sz, sizeof units / sizeof units[0],
		     VMG_METRIC_UNIT_COUNT - 1));
}

Test(values, of_disks_and_cards_have_an_instance_of_their_own)
{
	const struct vmg_metric metric = { .stem = "read",
					   .collectd = "",
					   .area = VMG_AREA_VSCSI,
					   .unit = VMG_METRIC_OPERATIONS };
	struct vmg_identity id;

	cr_assert(vmg_identity_make(&metric, "scsi0:0", &id));
	cr_expect(eq(str, id.instance, (char *)"vscsi_scsi0:0"));
	cr_expect(eq(str, id.type_instance, (char *)"read"));
	cr_assert(vmg_identity_make(&metric, "a/b", &id));
	cr_expect(eq(str, id.instance, (char *)"vscsi_a_b"));
}

Test(values, are_in_the_types_own_unit)
{
	cr_assert(make_whole(VMG_ROW_HOST_CPU, 2593));
	cr_expect(eq(dbl, number.gauge, 2593e6));
	cr_assert(make_whole(VMG_ROW_MEMORY_BALLOONED, 3));
	cr_expect(eq(dbl, number.gauge, 3 * 1048576.0));
	cr_assert(make_whole(VMG_ROW_CPU_USED_TIME, 123456));
	cr_expect(number.is_derive);
	cr_expect(eq(i64, number.derive, 123456));
	cr_assert(make_whole(VMG_ROW_CPU_SHARES, 4000));
	cr_expect(not(number.is_derive));
	cr_expect(eq(dbl, number.gauge, 4000));
	cr_assert(make_real(VMG_ROW_CPU_EFFECTIVE, 1234.5));
	cr_expect(eq(dbl, number.gauge, 1234.5e6));
	cr_assert(make_real(VMG_ROW_CPU_USED, 0.25));
	cr_expect(eq(dbl, number.gauge, 25));
	cr_assert(make_real(VMG_ROW_CPU_USED_OF_RESERVATION, 4.5));
	cr_expect(eq(dbl, number.gauge, 4.5));
	cr_assert(make_real(VMG_ROW_SESSION_UPTIME, 12.5));
	cr_expect(eq(dbl, number.gauge, 12.5));
	cr_assert(make_whole(VMG_ROW_UP, 1));
	cr_expect(eq(dbl, number.gauge, 1));
	cr_assert(make_real(VMG_ROW_READ, 0.001));
	cr_expect(eq(dbl, number.gauge, 0.001));
}

Test(values, of_percent_end_at_a_hundred)
{
	cr_assert(make_real(VMG_ROW_CPU_USED, 1.23));
	cr_expect(eq(dbl, number.gauge, 100));
	cr_assert(make_real(VMG_ROW_CPU_USED_OF_LIMIT, 1e30));
	cr_expect(eq(dbl, number.gauge, 100));
	cr_assert(make_real(VMG_ROW_CPU_USED_OF_RESERVATION, 1e3));
	cr_expect(eq(dbl, number.gauge, 1e3));
}

Test(values, are_left_out_when_they_do_not_fit)
{
	cr_expect(make_whole(VMG_ROW_CPU_USED_TIME, INT64_MAX));
	cr_expect(not(make_whole(VMG_ROW_CPU_USED_TIME, 1ull << 63)));
	cr_expect(make_whole(VMG_ROW_MEMORY_USED, UINT64_MAX));
	cr_expect(not(make_real(VMG_ROW_CPU_EFFECTIVE, (double)NAN)));
	cr_expect(not(make_real(VMG_ROW_CPU_EFFECTIVE, (double)INFINITY)));
	cr_expect(not(make_real(VMG_ROW_CPU_USED, (double)NAN)));
	cr_expect(not(make_whole(VMG_ROW_RESOURCE_POOL, 1)));
}
