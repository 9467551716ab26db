/* SPDX-License-Identifier: MIT */
#include "derive.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#define UNLIMITED 0xFFFFFFFFu

/* Two reads of one session, ten seconds apart, on 4 vCPUs of 2500 MHz: 16 s of
 * 40 used, 2 s stolen. */
static struct vmg_read before, now;
static struct vmg_guest guest;
static struct vmg_reading readings[VMG_ROW_COUNT];

static void put(struct vmg_read *read, enum vmg_row row, uint64_t value)
{
	read->cells[row] = (struct vmg_cell){ VMG_GIVEN_VALUE, value };
}

static void take_away(struct vmg_read *read, enum vmg_row row)
{
	read->cells[row] = (struct vmg_cell){ VMG_GIVEN_NOT_VALID, 0 };
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
}

TestSuite(derive, .init = setup);

static void derive(void)
{
	vmg_derive(&now, &before, &guest, readings);
}

static void expect_real(enum vmg_row row, double value)
{
	cr_expect(readings[row].present, "%s", vmg_metric_at(row)->what);
	cr_expect(fabs(readings[row].real - value) < 1e-9,
		  "%s: %.17g not %.17g", vmg_metric_at(row)->what,
		  readings[row].real, value);
}

static void expect_whole(enum vmg_row row, uint64_t value)
{
	cr_expect(readings[row].present, "%s", vmg_metric_at(row)->what);
	cr_expect(eq(u64, readings[row].whole, value), "%s",
		  vmg_metric_at(row)->what);
}

static void expect_absent(enum vmg_row row)
{
	cr_expect(not(readings[row].present), "%s", vmg_metric_at(row)->what);
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

/* The table of what the formulae take says the same as the formulae. */
Test(derive, knows_what_each_formula_takes)
{
	const struct vmg_read all = now;
	const struct vmg_metric *metric;

	for (size_t taken = 0; taken < VMG_ROW_COUNT; taken++) {
		now = all;
		take_away(&now, taken);
		derive();
		for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
			bool lacks = vmg_derived_lacks(&now, i) == taken;

			if (metric->source != VMG_SOURCE_DERIVED)
				cr_expect(not(lacks), "%s", metric->what);
			else
				cr_expect(eq(int, readings[i].present, !lacks),
					  "%s without %s", metric->what,
					  vmg_metric_at(taken)->what);
		}
	}
	now = all;
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		cr_expect(eq(int, vmg_derived_lacks(&now, i), VMG_ROW_COUNT));
}

Test(derive, waits_for_a_second_read)
{
	vmg_derive(&now, NULL, &guest, readings);
	expect_no_differences();
	expect_real(VMG_ROW_MEMORY_BALLOONED_SHARE, 0.125);
	expect_whole(VMG_ROW_CPU_LIMIT_BINDING, 1);
}

Test(derive, computes_nothing_across_sessions)
{
	now.session = 8;
	derive();
	expect_no_differences();
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
	derive();
	expect_real(VMG_ROW_CPU_USED, 1);
	expect_absent(VMG_ROW_MEMORY_RECLAIMED); /* would not fit */
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (vmg_metric_at(i)->number == VMG_NUMBER_REAL &&
		    readings[i].present)
			cr_expect(isfinite(readings[i].real), "row %zu", i);
}

Test(derive, forgets_what_the_readings_held)
{
	derive();
	vmg_derive(&(struct vmg_read){ 0 }, NULL, &(struct vmg_guest){ 0 },
		   readings);
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		expect_absent(i);
}
