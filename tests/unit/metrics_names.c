/* SPDX-License-Identifier: MIT */
/* Names are a promise: what has been released is neither changed nor reused.
 * These lists are written by hand, not made from the table. */
#include "metrics.h"

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

static const char *const prometheus_names[] = {
	"vmguest_cpu_reservation_hertz",
	"vmguest_cpu_limit_hertz",
	"vmguest_cpu_limited",
	"vmguest_cpu_shares",
	"vmguest_cpu_used_seconds_total",
	"vmguest_host_cpu_frequency_hertz",
	"vmguest_memory_reservation_bytes",
	"vmguest_memory_limit_bytes",
	"vmguest_memory_limited",
	"vmguest_memory_shares",
	"vmguest_memory_mapped_bytes",
	"vmguest_memory_active_bytes",
	"vmguest_memory_overhead_bytes",
	"vmguest_memory_ballooned_bytes",
	"vmguest_memory_swapped_bytes",
	"vmguest_memory_shared_bytes",
	"vmguest_memory_shared_saved_bytes",
	"vmguest_memory_used_bytes",
	"vmguest_elapsed_seconds_total",
	"vmguest_cpu_stolen_seconds_total",
	"vmguest_memory_target_bytes",
	"vmguest_host_cpu_cores",
	"vmguest_host_cpu_used_seconds_total",
	"vmguest_host_memory_swapped_bytes",
	"vmguest_host_memory_shared_bytes",
	"vmguest_host_memory_used_bytes",
	"vmguest_host_memory_total_bytes",
	"vmguest_host_memory_free_bytes",
	"vmguest_host_memory_kernel_overhead_bytes",
	"vmguest_host_memory_mapped_bytes",
	"vmguest_host_memory_unmapped_bytes",
	"vmguest_memory_zipped_bytes",
	"vmguest_memory_zip_saved_bytes",
	"vmguest_memory_ll_swapped_bytes",
	"vmguest_memory_swap_target_bytes",
	"vmguest_memory_balloon_target_bytes",
	"vmguest_memory_balloon_max_bytes",
	"vmguest_info",
	"vmguest_cpu_used_ratio",
	"vmguest_cpu_stolen_ratio",
	"vmguest_cpu_effective_hertz",
	"vmguest_cpu_used_of_limit_ratio",
	"vmguest_cpu_used_of_reservation_ratio",
	"vmguest_cpu_limit_binding",
	"vmguest_memory_limit_binding",
	"vmguest_vcpus",
	"vmguest_memory_active_ratio",
	"vmguest_memory_ballooned_ratio",
	"vmguest_memory_balloon_of_max_ratio",
	"vmguest_memory_reclaimed_bytes",
	"vmguest_session_changes_total",
	"vmguest_up",
	"vmguest_unavailable_statistics",
	"vmguest_channel_reopens_total",
	"vmguest_read_seconds",
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

typedef bool name_fn(const struct vmg_metric *metric, char name[128]);

static bool influx_name(const struct vmg_metric *metric, char name[128])
{
	char measurement[VMG_NAME_SIZE], field[VMG_NAME_SIZE];

	vmg_metric_measurement(metric, measurement);
	if (!vmg_metric_field(metric, field))
		return false;
	snprintf(name, 128, "%s.%s", measurement, field);
	return true;
}

static bool prometheus_name(const struct vmg_metric *metric, char name[128])
{
	return vmg_metric_prometheus(metric, name);
}

static void expect_exactly(name_fn *make, const char *const *names,
			   size_t count)
{
	const struct vmg_metric *metric;
	unsigned seen[128] = { 0 };
	char name[128];
	size_t at;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!make(metric, name))
			continue;
		for (at = 0; at < count && strcmp(names[at], name) != 0; at++)
			;
		cr_expect(at < count, "%s is not a released name", name);
		seen[at]++;
	}
	for (at = 0; at < count; at++)
		cr_expect(seen[at] == 1, "%s is there %u times", names[at],
			  seen[at]);
}

Test(names, of_influx_are_the_released_ones)
{
	expect_exactly(influx_name, influx_names, ARRAY_LEN(influx_names));
}

Test(names, of_prometheus_are_the_released_ones)
{
	expect_exactly(prometheus_name, prometheus_names,
		       ARRAY_LEN(prometheus_names));
}

/* Prometheus demands it, and the table must not say otherwise. */
Test(names, of_prometheus_end_in_total_when_they_are_counters)
{
	const struct vmg_metric *metric;
	char name[VMG_NAME_SIZE];
	size_t len;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!vmg_metric_prometheus(metric, name))
			continue;
		len = strlen(name);
		cr_expect(eq(int, metric->kind == VMG_KIND_COUNTER,
			     len > 6 && strcmp(name + len - 6, "_total") == 0),
			  "%s", name);
	}
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

Test(names, have_a_sentence_and_a_fitting_number)
{
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		size_t len = strlen(metric->what);

		cr_expect(len > 10 && metric->what[len - 1] == '.', "%s",
			  metric->stem);
		cr_expect(eq(int, metric->unit == VMG_METRIC_TEXT,
			     metric->number == VMG_NUMBER_TEXT));
		if (metric->unit == VMG_METRIC_FLAG ||
		    metric->kind == VMG_KIND_COUNTER)
			cr_expect(eq(int, metric->number, VMG_NUMBER_WHOLE),
				  "%s", metric->stem);
		if (metric->unit == VMG_METRIC_SHARE ||
		    metric->unit == VMG_METRIC_RATIO)
			cr_expect(eq(int, metric->number, VMG_NUMBER_REAL),
				  "%s", metric->stem);
	}
	cr_expect(eq(ptr, (void *)vmg_metric_at(VMG_ROW_COUNT), NULL));
}

Test(names, may_differ_from_the_rule_in_each_format)
{
	struct vmg_metric metric = *vmg_metric_at(VMG_ROW_CPU_USED_TIME);
	char name[VMG_NAME_SIZE];

	metric.influx = "burnt";
	metric.prometheus = "vmguest_burnt_total";
	cr_expect(vmg_metric_field(&metric, name));
	cr_expect(eq(str, name, (char *)"burnt"));
	cr_expect(vmg_metric_prometheus(&metric, name));
	cr_expect(eq(str, name, (char *)"vmguest_burnt_total"));
}

Test(names, stand_for_a_number_whatever_it_is_held_in)
{
	const struct vmg_reading whole = { .whole = 5000 },
				 real = { .real = 0.25 },
				 text = { .text = "/pool" };

	cr_expect(vmg_reading_number(vmg_metric_at(VMG_ROW_CPU_LIMIT),
				     &whole) == 5000);
	cr_expect(vmg_reading_number(vmg_metric_at(VMG_ROW_CPU_USED), &real) ==
		  0.25);
	cr_expect(vmg_reading_number(vmg_metric_at(VMG_ROW_RESOURCE_POOL),
				     &text) == 0);
}

Test(names, of_sessions_have_sixteen_digits)
{
	char text[VMG_SESSION_SIZE];

	vmg_session_text(0xABC, text);
	cr_expect(eq(str, text, (char *)"0x0000000000000abc"));
	vmg_session_text(UINT64_MAX, text);
	cr_expect(eq(str, text, (char *)"0xffffffffffffffff"));
}
