/* SPDX-License-Identifier: MIT */
#include "derive.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#define UNLIMITED 0xFFFFFFFFu

/* Two reads of one session, ten seconds apart, on 4 vCPUs of 2500 MHz: 16 s of
 * 40 used, 2 s stolen. */
static struct vmg_reading before, now;
static struct vmg_guest guest;
static struct vmg_result results[VMG_ROW_COUNT];

static void put(struct vmg_reading *read, enum vmg_row row, uint64_t value)
{
	read->cells[row] = (struct vmg_stat_value){ value, VMG_STATE_VALUE };
}

static void take_away(struct vmg_reading *read, enum vmg_row row)
{
	read->cells[row] = (struct vmg_stat_value){ 0, VMG_STATE_NOT_VALID };
}

static void setup(void)
{
	before.session = now.session = 7;
	guest = (struct vmg_guest){ .vcpus = 4, .memory_mb = 8192 };
	put(&before, VMG_ROW_CPU_USED_TIME, 100000);
	put(&before, VMG_ROW_CPU_STOLEN_TIME, 5000);
	put(&before, VMG_ROW_ELAPSED, 1000000);
	put(&now, VMG_ROW_CPU_USED_TIME, 116000);
	put(&now, VMG_ROW_CPU_STOLEN_TIME, 7000);
	put(&now, VMG_ROW_ELAPSED, 1010000);
	put(&now, VMG_ROW_HOST_CPU, 2500);
	put(&now, VMG_ROW_CPU_LIMIT, 5000);
	put(&now, VMG_ROW_CPU_RESERVATION, 1000);
	put(&now, VMG_ROW_MEMORY_LIMIT, 4096);
	put(&now, VMG_ROW_MEMORY_ACTIVE, 2048);
	put(&now, VMG_ROW_MEMORY_BALLOONED, 1024);
	put(&now, VMG_ROW_MEMORY_SWAPPED, 100);
	put(&now, VMG_ROW_MEMORY_ZIPPED, 10);
	put(&now, VMG_ROW_MEMORY_BALLOON_MAX, 5120);

	/* 4 s of 40 contended, 0.4 s for memory; 100 reads took 0.5 s, 10
	 * writes 0.2 s. */
	before.uptime_us = 1000000000;
	now.uptime_us = 1010000000;
	put(&before, VMG_ROW_CPU_CONTENTION_TIME, 70000000);
	put(&now, VMG_ROW_CPU_CONTENTION_TIME, 74000000);
	put(&before, VMG_ROW_CPU_CONTENTION_MEMORY_TIME, 1000000);
	put(&now, VMG_ROW_CPU_CONTENTION_MEMORY_TIME, 1400000);
	put(&now, VMG_ROW_MEMORY_NUMA_LOCAL, 6000);
	put(&now, VMG_ROW_MEMORY_NUMA_REMOTE, 2000);
	put(&before, VMG_ROW_VSCSI_READ_OPERATIONS, 4197);
	put(&now, VMG_ROW_VSCSI_READ_OPERATIONS, 4297);
	put(&before, VMG_ROW_VSCSI_READ_TIME, 27897419);
	put(&now, VMG_ROW_VSCSI_READ_TIME, 28397419);
	put(&before, VMG_ROW_VSCSI_WRITE_OPERATIONS, 10);
	put(&now, VMG_ROW_VSCSI_WRITE_OPERATIONS, 20);
	put(&before, VMG_ROW_VSCSI_WRITE_TIME, 0);
	put(&now, VMG_ROW_VSCSI_WRITE_TIME, 200000);
}

TestSuite(derive, .init = setup);

static void derive(void)
{
	vmg_derive(&now, &before, &guest, results);
}

static void expect_real(enum vmg_row row, double value)
{
	cr_expect(results[row].present, "%s", vmg_metric_at(row)->what);
	cr_expect(fabs(results[row].value.real - value) < 1e-9,
		  "%s: %.17g not %.17g", vmg_metric_at(row)->what,
		  results[row].value.real, value);
}

static void expect_whole(enum vmg_row row, uint64_t value)
{
	cr_expect(results[row].present, "%s", vmg_metric_at(row)->what);
	cr_expect(eq(u64, results[row].value.whole, value), "%s",
		  vmg_metric_at(row)->what);
}

static void expect_absent(enum vmg_row row)
{
	cr_expect(not(results[row].present), "%s", vmg_metric_at(row)->what);
}

Test(derive, computes_each_formula)
{
	derive();
	expect_real(VMG_ROW_CPU_USED, 0.4);
	expect_real(VMG_ROW_CPU_STOLEN, 0.05);
	expect_real(VMG_ROW_CPU_EFFECTIVE, 4000);
	expect_real(VMG_ROW_CPU_USED_OF_LIMIT, 0.8);
	expect_real(VMG_ROW_CPU_USED_OF_RESERVATION, 4);
	expect_whole(VMG_ROW_CPU_LIMIT_BINDING, 1);
	expect_whole(VMG_ROW_VCPUS, 4);
	expect_real(VMG_ROW_MEMORY_ACTIVE_SHARE, 0.25);
	expect_real(VMG_ROW_MEMORY_BALLOONED_SHARE, 0.125);
	expect_real(VMG_ROW_MEMORY_BALLOON_OF_MAX, 0.2);
	expect_whole(VMG_ROW_MEMORY_LIMIT_BINDING, 1);
	expect_whole(VMG_ROW_MEMORY_RECLAIMED, 1134);
	expect_real(VMG_ROW_SESSION_UPTIME, 1010);
	expect_real(VMG_ROW_CPU_CONTENTION, 0.1);
	expect_real(VMG_ROW_CPU_CONTENTION_MEMORY, 0.01);
	expect_real(VMG_ROW_MEMORY_NUMA_LOCAL_SHARE, 0.75);
	expect_real(VMG_ROW_VSCSI_READ_LATENCY, 0.005);
	expect_real(VMG_ROW_VSCSI_WRITE_LATENCY, 0.02);
}

Test(derive, passes_the_wire_on_and_invents_nothing)
{
	put(&now, VMG_ROW_MEMORY_SHARED, 0);
	take_away(&now, VMG_ROW_MEMORY_TARGET);
	derive();
	expect_whole(VMG_ROW_CPU_USED_TIME, 116000);
	expect_whole(VMG_ROW_HOST_CPU, 2500);
	expect_whole(VMG_ROW_MEMORY_SHARED, 0); /* zero is a value */
	expect_absent(VMG_ROW_MEMORY_TARGET);
	expect_absent(VMG_ROW_MEMORY_USED); /* not sent */
}

static void expect_no_differences(void)
{
	expect_absent(VMG_ROW_CPU_USED);
	expect_absent(VMG_ROW_CPU_STOLEN);
	expect_absent(VMG_ROW_CPU_EFFECTIVE);
	expect_absent(VMG_ROW_CPU_USED_OF_LIMIT);
	expect_absent(VMG_ROW_CPU_USED_OF_RESERVATION);
}

static void expect_no_extended_differences(void)
{
	expect_absent(VMG_ROW_CPU_CONTENTION);
	expect_absent(VMG_ROW_CPU_CONTENTION_MEMORY);
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY);
	expect_absent(VMG_ROW_VSCSI_WRITE_LATENCY);
}

/* Written by hand: what each row is computed from. */
static const struct {
	enum vmg_row row;
	enum vmg_row takes[4];
	size_t count;
} taken[] = {
	{ VMG_ROW_SESSION_UPTIME, { VMG_ROW_ELAPSED }, 1 },
	{ VMG_ROW_CPU_LIMITED, { VMG_ROW_CPU_LIMIT }, 1 },
	{ VMG_ROW_MEMORY_LIMITED, { VMG_ROW_MEMORY_LIMIT }, 1 },
	{ VMG_ROW_CPU_USED, { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME }, 2 },
	{ VMG_ROW_CPU_STOLEN, { VMG_ROW_ELAPSED, VMG_ROW_CPU_STOLEN_TIME }, 2 },
	{ VMG_ROW_CPU_EFFECTIVE,
	  { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU },
	  3 },
	{ VMG_ROW_CPU_USED_OF_LIMIT,
	  { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU,
	    VMG_ROW_CPU_LIMIT },
	  4 },
	{ VMG_ROW_CPU_USED_OF_RESERVATION,
	  { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU,
	    VMG_ROW_CPU_RESERVATION },
	  4 },
	{ VMG_ROW_CPU_LIMIT_BINDING,
	  { VMG_ROW_CPU_LIMIT, VMG_ROW_HOST_CPU },
	  2 },
	{ VMG_ROW_VCPUS, { 0 }, 0 },
	{ VMG_ROW_MEMORY_ACTIVE_SHARE, { VMG_ROW_MEMORY_ACTIVE }, 1 },
	{ VMG_ROW_MEMORY_BALLOONED_SHARE, { VMG_ROW_MEMORY_BALLOONED }, 1 },
	{ VMG_ROW_MEMORY_BALLOON_OF_MAX,
	  { VMG_ROW_MEMORY_BALLOONED, VMG_ROW_MEMORY_BALLOON_MAX },
	  2 },
	{ VMG_ROW_MEMORY_LIMIT_BINDING, { VMG_ROW_MEMORY_LIMIT }, 1 },
	{ VMG_ROW_MEMORY_RECLAIMED,
	  { VMG_ROW_MEMORY_BALLOONED, VMG_ROW_MEMORY_SWAPPED,
	    VMG_ROW_MEMORY_ZIPPED },
	  3 },
	{ VMG_ROW_CPU_CONTENTION, { VMG_ROW_CPU_CONTENTION_TIME }, 1 },
	{ VMG_ROW_CPU_CONTENTION_MEMORY,
	  { VMG_ROW_CPU_CONTENTION_MEMORY_TIME },
	  1 },
	{ VMG_ROW_MEMORY_NUMA_LOCAL_SHARE,
	  { VMG_ROW_MEMORY_NUMA_LOCAL, VMG_ROW_MEMORY_NUMA_REMOTE },
	  2 },
	{ VMG_ROW_VSCSI_READ_LATENCY,
	  { VMG_ROW_VSCSI_READ_OPERATIONS, VMG_ROW_VSCSI_READ_TIME },
	  2 },
	{ VMG_ROW_VSCSI_WRITE_LATENCY,
	  { VMG_ROW_VSCSI_WRITE_OPERATIONS, VMG_ROW_VSCSI_WRITE_TIME },
	  2 },
};

#define TAKEN (sizeof taken / sizeof taken[0])

static bool is_taken(size_t which, enum vmg_row row)
{
	for (size_t i = 0; i < taken[which].count; i++)
		if (taken[which].takes[i] == row)
			return true;
	return false;
}

Test(derive, takes_just_what_a_formula_needs)
{
	const struct vmg_reading all = now;
	size_t computed = 0;

	for (size_t which = 0; which < TAKEN; which++)
		for (size_t row = 0; row < VMG_ROW_COUNT; row++) {
			bool lacks = is_taken(which, row);

			now = all;
			take_away(&now, row);
			derive();
			cr_expect(eq(int, results[taken[which].row].present,
				     !lacks),
				  "%s without %s",
				  vmg_metric_at(taken[which].row)->what,
				  vmg_metric_at(row)->what);
			cr_expect(eq(int,
				     vmg_derive_lacks(&now, taken[which].row) ==
					     row,
				     lacks));
		}
	for (size_t row = 0; row < VMG_ROW_COUNT; row++)
		computed += vmg_metric_at(row)->source == VMG_SOURCE_DERIVED ||
			    vmg_metric_at(row)->source == VMG_SOURCE_RESTATED;
	cr_expect(eq(sz, computed, TAKEN));
	cr_expect(eq(int, vmg_derive_lacks(&now, VMG_ROW_CPU_LIMIT),
		     VMG_ROW_COUNT));
}

Test(derive, needs_the_guest_only_for_what_is_selected)
{
	struct vmg_selection selection = { 0 };

	cr_expect(vmg_derive_needs_vcpus(&selection));
	cr_expect(vmg_derive_needs_memory(&selection));
	vmg_choice_add(&selection.only, "cpu_effective");
	vmg_choice_add(&selection.only, "memory_reclaimed");
	cr_expect(not(vmg_derive_needs_vcpus(&selection)));
	cr_expect(not(vmg_derive_needs_memory(&selection)));
	vmg_choice_add(&selection.only, "cpu_limit_binding");
	cr_expect(vmg_derive_needs_vcpus(&selection));
	vmg_choice_add(&selection.only, "memory_limit_binding");
	cr_expect(vmg_derive_needs_memory(&selection));
	selection.no_derived = true;
	cr_expect(not(vmg_derive_needs_vcpus(&selection)));
	cr_expect(not(vmg_derive_needs_memory(&selection)));
}

Test(derive, waits_for_a_second_read)
{
	vmg_derive(&now, NULL, &guest, results);
	expect_no_differences();
	expect_no_extended_differences();
	expect_real(VMG_ROW_MEMORY_BALLOONED_SHARE, 0.125);
	expect_whole(VMG_ROW_CPU_LIMIT_BINDING, 1);
}

Test(derive, computes_nothing_across_sessions)
{
	now.session = 8;
	derive();
	expect_no_differences();
	expect_no_extended_differences();
}

Test(derive, computes_nothing_while_the_clock_stands)
{
	put(&now, VMG_ROW_ELAPSED, 1000000);
	derive();
	expect_no_differences();
}

Test(derive, computes_nothing_when_the_clock_fell)
{
	put(&now, VMG_ROW_ELAPSED, 999999);
	derive();
	expect_no_differences();
}

/* Which concerns contention alone: its clock is another. */
Test(derive, computes_no_contention_without_its_clock)
{
	static const struct {
		uint64_t before_us, now_us;
	} clocks[] = { { 0, 5 }, { 5, 0 }, { 5, 5 }, { 6, 5 } };

	for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		before.uptime_us = clocks[i].before_us;
		now.uptime_us = clocks[i].now_us;
		derive();
		expect_absent(VMG_ROW_CPU_CONTENTION);
		expect_absent(VMG_ROW_CPU_CONTENTION_MEMORY);
		expect_real(VMG_ROW_CPU_STOLEN, 0.05);
		expect_real(VMG_ROW_VSCSI_READ_LATENCY, 0.005);
	}
}

Test(derive, has_no_latency_of_an_idle_disk)
{
	put(&now, VMG_ROW_VSCSI_READ_OPERATIONS, 4197);
	derive();
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY);
	expect_real(VMG_ROW_VSCSI_WRITE_LATENCY, 0.02);
}

Test(derive, has_no_share_of_no_memory)
{
	put(&now, VMG_ROW_MEMORY_NUMA_LOCAL, 0);
	put(&now, VMG_ROW_MEMORY_NUMA_REMOTE, 0);
	derive();
	expect_absent(VMG_ROW_MEMORY_NUMA_LOCAL_SHARE);
	put(&now, VMG_ROW_MEMORY_NUMA_REMOTE, 1);
	derive();
	expect_real(VMG_ROW_MEMORY_NUMA_LOCAL_SHARE, 0);
}

Test(derive, leaves_out_only_the_counter_that_fell)
{
	put(&now, VMG_ROW_CPU_USED_TIME, 99999);
	derive();
	expect_absent(VMG_ROW_CPU_USED);
	expect_absent(VMG_ROW_CPU_EFFECTIVE);
	expect_real(VMG_ROW_CPU_STOLEN, 0.05);
}

Test(derive, leaves_out_what_lacks_a_value_before_or_now)
{
	take_away(&before, VMG_ROW_CPU_STOLEN_TIME);
	take_away(&now, VMG_ROW_CPU_USED_TIME);
	derive();
	expect_no_differences();
}

Test(derive, goes_beyond_the_whole_where_the_host_does)
{
	put(&now, VMG_ROW_CPU_USED_TIME, 100000 + 49200);
	derive();
	expect_real(VMG_ROW_CPU_USED, 1.23);
	expect_real(VMG_ROW_CPU_EFFECTIVE, 12300);
}

Test(derive, shows_unlimited_as_a_flag_and_no_number)
{
	put(&now, VMG_ROW_CPU_LIMIT, UNLIMITED);
	put(&now, VMG_ROW_MEMORY_LIMIT, UNLIMITED);
	derive();
	expect_absent(VMG_ROW_CPU_USED_OF_LIMIT);
	take_away(&now, VMG_ROW_HOST_CPU);
	guest.memory_mb = 0;
	derive();
	expect_absent(VMG_ROW_CPU_LIMIT);
	expect_absent(VMG_ROW_MEMORY_LIMIT);
	expect_absent(VMG_ROW_CPU_USED_OF_LIMIT);
	expect_whole(VMG_ROW_CPU_LIMITED, 0);
	expect_whole(VMG_ROW_MEMORY_LIMITED, 0);
	expect_whole(VMG_ROW_CPU_LIMIT_BINDING, 0);
	expect_whole(VMG_ROW_MEMORY_LIMIT_BINDING, 0);
}

Test(derive, shows_a_limit_as_a_flag_and_a_number)
{
	derive();
	expect_whole(VMG_ROW_CPU_LIMIT, 5000);
	expect_whole(VMG_ROW_MEMORY_LIMIT, 4096);
	expect_whole(VMG_ROW_CPU_LIMITED, 1);
	expect_whole(VMG_ROW_MEMORY_LIMITED, 1);
}

Test(derive, says_nothing_of_a_limit_that_is_missing)
{
	take_away(&now, VMG_ROW_CPU_LIMIT);
	take_away(&now, VMG_ROW_MEMORY_LIMIT);
	derive();
	expect_absent(VMG_ROW_CPU_LIMITED);
	expect_absent(VMG_ROW_CPU_LIMIT_BINDING);
	expect_absent(VMG_ROW_CPU_USED_OF_LIMIT);
	expect_absent(VMG_ROW_MEMORY_LIMITED);
	expect_absent(VMG_ROW_MEMORY_LIMIT_BINDING);
}

Test(derive, calls_a_limit_binding_below_what_can_be_used)
{
	put(&now, VMG_ROW_CPU_LIMIT, 4 * 2500);
	put(&now, VMG_ROW_MEMORY_LIMIT, 8192);
	derive();
	expect_whole(VMG_ROW_CPU_LIMIT_BINDING, 0);
	expect_whole(VMG_ROW_MEMORY_LIMIT_BINDING, 0);
	put(&now, VMG_ROW_CPU_LIMIT, 4 * 2500 - 1);
	put(&now, VMG_ROW_MEMORY_LIMIT, 8191);
	derive();
	expect_whole(VMG_ROW_CPU_LIMIT_BINDING, 1);
	expect_whole(VMG_ROW_MEMORY_LIMIT_BINDING, 1);
	/* ESXi 6.0 showed this on a machine without a limit. */
	put(&now, VMG_ROW_MEMORY_LIMIT, 3145727);
	derive();
	expect_whole(VMG_ROW_MEMORY_LIMIT_BINDING, 0);
}

Test(derive, does_not_judge_a_limit_without_what_it_is_held_against)
{
	guest = (struct vmg_guest){ 0 };
	derive();
	expect_absent(VMG_ROW_CPU_LIMIT_BINDING);
	expect_absent(VMG_ROW_MEMORY_LIMIT_BINDING);
	guest.vcpus = 4;
	put(&now, VMG_ROW_HOST_CPU, 0);
	derive();
	expect_absent(VMG_ROW_CPU_LIMIT_BINDING);
	expect_absent(VMG_ROW_CPU_EFFECTIVE);
}

Test(derive, divides_by_nothing_that_is_zero)
{
	guest = (struct vmg_guest){ 0 };
	put(&now, VMG_ROW_CPU_LIMIT, 0);
	put(&now, VMG_ROW_CPU_RESERVATION, 0);
	put(&now, VMG_ROW_MEMORY_BALLOON_MAX, 0);
	derive();
	expect_absent(VMG_ROW_CPU_USED);
	expect_absent(VMG_ROW_CPU_STOLEN);
	expect_absent(VMG_ROW_VCPUS);
	expect_absent(VMG_ROW_CPU_USED_OF_LIMIT);
	expect_absent(VMG_ROW_CPU_USED_OF_RESERVATION);
	expect_absent(VMG_ROW_MEMORY_ACTIVE_SHARE);
	expect_absent(VMG_ROW_MEMORY_BALLOONED_SHARE);
	expect_absent(VMG_ROW_MEMORY_BALLOON_OF_MAX);
	expect_whole(VMG_ROW_CPU_LIMIT, 0);
	expect_whole(VMG_ROW_CPU_LIMITED, 1);
}

Test(derive, reclaims_only_with_all_three)
{
	static const enum vmg_row parts[] = {
		VMG_ROW_MEMORY_BALLOONED,
		VMG_ROW_MEMORY_SWAPPED,
		VMG_ROW_MEMORY_ZIPPED,
	};

	for (size_t i = 0; i < 3; i++) {
		setup();
		take_away(&now, parts[i]);
		derive();
		expect_absent(VMG_ROW_MEMORY_RECLAIMED);
	}
}

Test(derive, stays_sane_with_the_largest_counters)
{
	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		put(&before, i, 0);
		put(&now, i, UINT64_MAX);
	}
	guest = (struct vmg_guest){ 1, 1 };
	before.uptime_us = 1;
	now.uptime_us = UINT64_MAX;
	derive();
	expect_real(VMG_ROW_CPU_USED, 1);
	expect_absent(VMG_ROW_MEMORY_RECLAIMED); /* would not fit */
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (vmg_metric_number(vmg_metric_at(i)) == VMG_NUMBER_REAL &&
		    results[i].present)
			cr_expect(isfinite(results[i].value.real), "row %zu",
				  i);
}

Test(derive, forgets_what_the_readings_held)
{
	derive();
	vmg_derive(&(struct vmg_reading){ 0 }, NULL, &(struct vmg_guest){ 0 },
		   results);
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		expect_absent(i);
}
