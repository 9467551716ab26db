/* SPDX-License-Identifier: MIT */
/* The extended statistics over the simulated host: its numbers, moves in the
 * middle of the questions, hosts without them, damage. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "simulated.h"
#include "stats.h"

#define OK VMGUESTLIB_ERROR_SUCCESS
#define ALL 31u /* every set */
#define ALL_VALUES (5 + 2 + 18 + 2 * 6 + 6)

#define FIXED                                                              \
	"\"disks\":[\"scsi0:0\",\"nvme0:1\"],"                               \
	"\"nics\":[\"00:50:56:9a:2b:10\"],\"fixed\":{"                       \
	"\"vm.cpu.used\":11,\"vm.cpu.limit\":-1,\"num.reads\":12,"           \
	"\"size.rx\":\"0x7fffffffffffffff\",\"host.cpu.coresPerPkg\":14}"

static VMGuestLibHandle handle;
static struct vmg_extended_value value;

static void begin(const char *scenario)
{
	simulated_begin(scenario);
	cr_assert(eq(int, (int)vmg_open(&handle, NULL), OK));
}

static void end(void)
{
	cr_expect(eq(int, (int)VMGuestLib_CloseHandle(handle), OK));
	cr_expect(eq(u32, simulated_channels(), 0));
	simhost_close(simulated);
	simulated = NULL;
}

TestSuite(extended_simulated, .fini = end);

static size_t count(void)
{
	size_t i = 0;

	while (!vmg_extended_at(handle, i, &value, sizeof value))
		i++;
	return i;
}

static uint64_t number(const char *instance, const char *name)
{
	for (size_t i = 0; !vmg_extended_at(handle, i, &value, sizeof value);
	     i++)
		if (strcmp(value.instance, instance) == 0 &&
		    strcmp(value.name, name) == 0)
			return value.number;
	cr_fatal("no %s of %s", name, instance);
	return 0;
}

static enum vmg_cause cause(unsigned sets)
{
	struct vmg_failure failure;

	vmg_extended_failure(handle, sets, &failure);
	return failure.cause;
}

Test(extended_simulated, gives_the_numbers_of_the_host)
{
	begin("{" FIXED "}");
	cr_assert(eq(int, (int)vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(u64, count(), ALL_VALUES));
	cr_expect(eq(u64, number("", "vm.cpu.used"), 11));
	cr_expect(eq(u64, number("nvme0:1", "num.reads"), 12));
	cr_expect(eq(u64, number("00:50:56:9a:2b:10", "size.rx"), INT64_MAX));
	cr_expect(eq(u64, number("", "host.cpu.coresPerPkg"), 14));
	cr_expect(eq(u64, value.session, simhost_session(simulated)));
	number("", "vm.cpu.limit");
	cr_expect(eq(int, value.unlimited, 1));
}

Test(extended_simulated, costs_5_operations_a_request_with_the_bulk_port)
{
	begin("{" FIXED "}");
	vmg_extended_update(handle, ALL);
	simulated_operations();
	/* Two for the session, host, resources, two disks, a NIC. */
	cr_assert(eq(int, (int)vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(u64, simulated_operations(), 7 * 5 + 2));
}

Test(extended_simulated, shares_a_channel_with_updates_that_keep_theirs)
{
	begin("{" FIXED "}");
	for (int i = 0; i < 3; i++) {
		simulated_clock_ms += 1000;
		simulated_operations();
		cr_assert(eq(int, (int)VMGuestLib_UpdateInfo(handle), OK));
		cr_assert(eq(int, (int)vmg_extended_update(handle, ALL), OK));
	}
	cr_expect(eq(u64, simulated_operations(), 5 + 7 * 5));
	/* Seldom updates close theirs: each of the two opens one. */
	simulated_clock_ms += 10000;
	VMGuestLib_UpdateInfo(handle);
	vmg_extended_update(handle, VMG_SET_RESOURCES);
	simulated_clock_ms += 10000;
	simulated_operations();
	cr_assert(eq(int, (int)VMGuestLib_UpdateInfo(handle), OK));
	cr_assert(eq(int, (int)vmg_extended_update(handle, VMG_SET_RESOURCES),
		     OK));
	cr_expect(eq(u64, simulated_operations(), 5 + 2 + 3 * 5 + 2));
}

static unsigned exchanges, move_at, moves;

static void move(void)
{
	if (++exchanges < move_at || moves == 0)
		return;
	moves--;
	move_at += 45;
	simhost_set_time(simulated, 1000 + 10 * (3 - moves));
}

#define MOVES                                                              \
	"{\"disks\":[\"scsi0:0\",\"nvme0:1\"],\"events\":["                    \
	"{\"at\":1010,\"do\":\"vmotion\"},{\"at\":1020,\"do\":\"vmotion\"},"   \
	"{\"at\":1030,\"do\":\"vmotion\"}]}"

/* A counter of each set that has one; they restart with the session. */
static const char *const counters[][2] = {
	{ "", "uptime" },
	{ "", "vm.cpu.used" },
	{ "scsi0:0", "size.reads" },
	{ "nvme0:1", "size.writes" },
	{ "00:50:56:9a:2b:10", "size.tx" },
};
#define COUNTERS (sizeof counters / sizeof counters[0])

static void one_session_expect(unsigned at, VMSessionId old,
			       const uint64_t before[COUNTERS])
{
	for (size_t i = 0; i < COUNTERS; i++) {
		uint64_t now = number(counters[i][0], counters[i][1]);

		cr_assert(eq(u64, value.session, simhost_session(simulated)),
			  "move at %u", at);
		cr_assert(value.session == old ? now >= before[i] :
						 now < before[i],
			  "move at %u: %s", at, counters[i][1]);
	}
}

/* Whatever is given is of one session, and of the one that the host has then. 36
 * operations are an OPEN and seven requests; the 37th closes the channel. */
static void moved_expect(unsigned at, unsigned n)
{
	uint64_t before[COUNTERS];
	VMGuestLibError error;
	VMSessionId old;

	begin(MOVES);
	simhost_set_time(simulated, 1000);
	cr_assert(eq(int, (int)vmg_extended_update(handle, ALL), OK));
	old = simhost_session(simulated);
	for (size_t i = 0; i < COUNTERS; i++) {
		before[i] = number(counters[i][0], counters[i][1]);
		cr_assert(before[i] > 0);
	}
	exchanges = 0;
	move_at = at;
	moves = n;
	simulated_before = move;
	error = vmg_extended_update(handle, ALL);
	simulated_before = NULL;
	cr_assert(eq(u64, count(), error ? 0 : ALL_VALUES), "move at %u", at);
	if (!error)
		one_session_expect(at, old, before);
	else
		cr_expect(n > 1, "one move at %u", at);
	cr_expect(eq(int, (int)vmg_extended_update(handle, ALL), OK));
}

Test(extended_simulated, mixes_no_sessions_wherever_the_machine_moves)
{
	for (unsigned at = 1; at <= 36; at++)
		for (unsigned n = 1; n <= 3; n++) {
			moved_expect(at, n);
			if (at < 36 || n < 3)
				end();
		}
}

Test(extended_simulated, says_that_workstation_has_none)
{
	struct vmg_failure failure;

	begin("{\"host\":{\"product\":\"workstation\"}}");
	cr_expect(eq(int, (int)vmg_extended_update(handle, ALL),
		     VMGUESTLIB_ERROR_NOT_AVAILABLE));
	vmg_extended_failure(handle, VMG_SET_VNET, &failure);
	cr_expect(eq(int, failure.cause, VMG_CAUSE_UNKNOWN_COMMAND));
	cr_expect(eq(str, failure.host_said, "Unknown command"));
}

Test(extended_simulated, works_without_the_bulk_port_and_by_the_threads_handle)
{
	VMGuestLibHandle own;

	begin("{\"host\":{\"high_bandwidth\":false}}");
	cr_assert(eq(int, (int)vmg_thread_handle(&own, NULL), OK));
	cr_assert(eq(int, (int)vmg_extended_update(own, ALL), OK));
	cr_expect(eq(u32, simulated_channels(), 0));
	cr_expect(eq(int, (int)vmg_extended_at(own, 0, &value, sizeof value),
		     OK));
	VMGuestLib_CloseHandle(own);
}

Test(extended_simulated, leaves_values_out_that_the_host_does_not_give)
{
	begin("{\"fixed\":{\"vm.numa.local\":null,\"vm.numa.remote\":null}}");
	cr_assert(eq(int, (int)vmg_extended_update(handle, VMG_SET_RESOURCES),
		     OK));
	cr_expect(eq(u64, count(), 16));
	cr_expect(eq(int, cause(VMG_SET_RESOURCES), VMG_CAUSE_NONE));
}
