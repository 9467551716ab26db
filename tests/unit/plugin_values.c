/* SPDX-License-Identifier: MIT */
/* Identifiers are a promise, and this list is written by hand. */
#include "row.h"
#include "values.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	"vmguest-vm/frequency-cpu_reservation",
	"vmguest-vm/frequency-cpu_limit",
	"vmguest-vm/gauge-cpu_limited",
	"vmguest-vm/count-cpu_shares",
	"vmguest-vm/total_time_in_ms-cpu_used",
	"vmguest-host/frequency-cpu",
	"vmguest-vm/memory-reservation",
	"vmguest-vm/memory-limit",
	"vmguest-vm/gauge-memory_limited",
	"vmguest-vm/count-memory_shares",
	"vmguest-vm/memory-mapped",
	"vmguest-vm/memory-active",
	"vmguest-vm/memory-overhead",
	"vmguest-vm/memory-ballooned",
	"vmguest-vm/memory-swapped",
	"vmguest-vm/memory-shared",
	"vmguest-vm/memory-shared_saved",
	"vmguest-vm/memory-used",
	"vmguest-vm/total_time_in_ms-elapsed",
	"vmguest-vm/uptime-session",
	"vmguest-vm/total_time_in_ms-cpu_stolen",
	"vmguest-vm/memory-target",
	"vmguest-host/count-cpu_cores",
	"vmguest-host/total_time_in_ms-cpu_used",
	"vmguest-host/memory-swapped",
	"vmguest-host/memory-shared",
	"vmguest-host/memory-used",
	"vmguest-host/memory-total",
	"vmguest-host/memory-free",
	"vmguest-host/memory-kernel_overhead",
	"vmguest-host/memory-mapped",
	"vmguest-host/memory-unmapped",
	"vmguest-vm/memory-zipped",
	"vmguest-vm/memory-zip_saved",
	"vmguest-vm/memory-ll_swapped",
	"vmguest-vm/memory-swap_target",
	"vmguest-vm/memory-balloon_target",
	"vmguest-vm/memory-balloon_max",
	"vmguest-vm/percent-cpu_used",
	"vmguest-vm/percent-cpu_stolen",
	"vmguest-vm/frequency-cpu_effective",
	"vmguest-vm/percent-cpu_used_of_limit",
	"vmguest-vm/gauge-cpu_used_of_reservation",
	"vmguest-vm/gauge-cpu_limit_binding",
	"vmguest-vm/gauge-memory_limit_binding",
	"vmguest-vm/count-vcpus",
	"vmguest-vm/percent-memory_active",
	"vmguest-vm/percent-memory_ballooned",
	"vmguest-vm/percent-memory_balloon_of_max",
	"vmguest-vm/memory-reclaimed",
	"vmguest-vm/derive-session_changes",
	"vmguest-vm/gauge-up",
	"vmguest-vm/count-unavailable",
	"vmguest-vm/derive-channel_reopens",
	"vmguest-vm/duration-read",
};

#define NAME_COUNT (sizeof names / sizeof names[0])

Test(values, have_the_released_identifiers)
{
	const struct vmg_metric *metric;
	unsigned seen[NAME_COUNT + 1] = { 0 };
	struct vmg_identity id;
	char name[256];
	size_t at;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!vmg_identity_make(metric, "", &id))
			continue;
		snprintf(name, sizeof name, "vmguest-%s/%s-%s", id.instance,
			 id.type, id.type_instance);
		for (at = 0; at < NAME_COUNT && strcmp(names[at], name); at++)
			;
		cr_expect(at < NAME_COUNT, "%s is not a released name", name);
		seen[at]++;
	}
	for (at = 0; at < NAME_COUNT; at++)
		cr_expect(seen[at] == 1, "%s is there %u times", names[at],
			  seen[at]);
}

/* Three sources: the names, the rules and the daemon's own list of types. */
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
	const struct vmg_point point = { vmg_metric_at(row), "",
					 { .whole = whole } };

	return vmg_number_make(&point, &number);
}

static bool make_real(enum vmg_row row, double real)
{
	const struct vmg_point point = { vmg_metric_at(row), "",
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
			     number.is_derive ? (double)number.derive :
						number.gauge,
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
