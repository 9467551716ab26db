/* SPDX-License-Identifier: MIT */
/* What contrib/bench measures, one case a call:
 *
 *	bench-guest CASE LIBRARY [ARGUMENT]...
 *
 * prints lines of a name and numbers. The host is the canned one, in this
 * process, for all cases but open, which takes whatever host there is, and
 * start. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canned.h"
#include "counts.h"
#include "guest.h"
#include "times.h"
#include "trap.h"

#define SKIPPED 77

static void host_set(bool no_bulk)
{
	canned_set(&(struct canned_reply){ .session = CANNED_SESSION,
					   .no_bulk = no_bulk });
}

static unsigned long number_at(char *const *argv, int at,
			       unsigned long otherwise)
{
	for (int i = 0; i <= at; i++)
		if (!argv[i])
			return otherwise;
	return strtoul(argv[at], NULL, 10);
}

/* Rounds for callgrind to look at. */
static int case_rounds(const struct guest *guest, char **argv)
{
	unsigned long count = number_at(argv, 0, 1);
	VMGuestLibHandle handle = guest_polling(guest);

	for (unsigned long i = 0; i < count; i++)
		guest_round(guest, handle);
	return 0;
}

/* The same with a bulk read. */
static int case_bulk_rounds(const struct guest *guest, char **argv)
{
	unsigned long count = number_at(argv, 0, 1);
	VMGuestLibHandle handle = guest_polling(guest);

	for (unsigned long i = 0; i < count; i++)
		guest_bulk_round(guest, handle);
	return 0;
}

static int case_extended_rounds(const struct guest *guest, char **argv)
{
	unsigned long count = number_at(argv, 0, 1);
	VMGuestLibHandle handle = guest_polling(guest);

	for (unsigned long i = 0; i < count; i++)
		guest_extended(guest, handle);
	return 0;
}

static int case_extended(const struct guest *guest, char **argv)
{
	struct extended_cost cost = count_extended_operations(guest);
	long calls = count_system_calls(guest, guest_extended);

	(void)argv;
	printf("per_request %lu\nbesides %lu\n", cost.per_request,
	       cost.besides);
	printf("allocations %lu\n", count_allocations(guest, guest_extended));
	if (calls >= 0)
		printf("system_calls %ld\n", calls);
	return 0;
}

static int case_operations(const struct guest *guest, char **argv)
{
	(void)argv;
	printf("polled %lu\n", count_operations(guest));
	printf("once %lu\n", count_operations_once(guest));
	host_set(true);
	printf("words %lu\n", count_operations(guest));
	return 0;
}

static int case_allocations(const struct guest *guest, char **argv)
{
	(void)argv;
	printf("allocations %lu\n", count_allocations(guest, guest_round));
	return 0;
}

static int case_system_calls(const struct guest *guest, char **argv)
{
	long calls = count_system_calls(guest, guest_round);

	(void)argv;
	if (calls < 0) {
		printf("SKIPPED: a process may not be traced here\n");
		return SKIPPED;
	}
	printf("system_calls %ld\n", calls);
	return 0;
}

static int case_growth(const struct guest *guest, char **argv)
{
	struct growth g = count_growth(guest, number_at(argv, 0, 1000000));

	growth_print(&g);
	return 0;
}

/* The second library, if there is one, is the one to compare with. */
static int case_time(const struct guest *guest, char **argv)
{
	struct guest theirs;

	if (argv[0])
		guest_load(&theirs, argv[0]);
	time_rounds(guest, argv[0] ? &theirs : NULL);
	return 0;
}

static int case_extended_time(const struct guest *guest, char **argv)
{
	struct guest theirs;

	if (argv[0])
		guest_load(&theirs, argv[0]);
	time_extended(guest, argv[0] ? &theirs : NULL);
	return 0;
}

static int case_open(const struct guest *guest, char **argv)
{
	time_open(guest, number_at(argv, 0, 10));
	return 0;
}

static int case_threads(const struct guest *guest, char **argv)
{
	time_threads(guest, (unsigned)number_at(argv, 0, 4));
	return 0;
}

/* The same counts as tests. */

static int wrong;

static void expect(const char *what, long got, long wanted)
{
	if (got == wanted)
		return;
	printf("%s: %ld instead of %ld\n", what, got, wanted);
	wrong = 1;
}

static int case_test_operations(const struct guest *guest, char **argv)
{
	(void)argv;
	expect("polled", (long)count_operations(guest), 5);
	expect("one-shot", (long)count_operations_once(guest), 7);
	host_set(true);
	/* 3 steps, 5 words out, 134 in; open and close besides. */
	expect("polled, low bandwidth", (long)count_operations(guest), 142);
	expect("one-shot, low bandwidth", (long)count_operations_once(guest),
	       144);
	expect("channels left open", (long)canned_channels(), 0);
	return wrong;
}

static int case_test_allocations(const struct guest *guest, char **argv)
{
	(void)argv;
	expect("allocations", (long)count_allocations(guest, guest_round), 0);
	return wrong;
}

/* Also what they leave to those who do not ask for them: nothing. */
static int case_test_extended(const struct guest *guest, char **argv)
{
	struct extended_cost cost = count_extended_operations(guest);
	long calls = count_system_calls(guest, guest_extended);

	(void)argv;
	expect("operations a request", (long)cost.per_request, 5);
	expect("besides", (long)cost.besides, 2);
	expect("allocations", (long)count_allocations(guest, guest_extended),
	       0);
	expect("an update's operations", (long)count_operations(guest), 5);
	expect("channels left open", (long)canned_channels(), 0);
	if (calls >= 0)
		expect("system calls", calls, 0);
	return wrong;
}

static int case_test_system_calls(const struct guest *guest, char **argv)
{
	long calls = count_system_calls(guest, guest_round);

	if (calls < 0)
		return case_system_calls(guest, argv);
	expect("system calls", calls, 0);
	return wrong;
}

static int case_test_growth(const struct guest *guest, char **argv)
{
	struct growth g = count_growth(guest, number_at(argv, 0, 1000000));

	expect("bytes", g.bytes, 0);
	expect("descriptors", g.descriptors, 0);
	expect("channels", g.channels, 0);
	return wrong;
}

static const struct bench_case {
	const char *name;
	int (*run)(const struct guest *guest, char **argv);
	bool own_host;
} cases[] = {
	{ "rounds", case_rounds, true },
	{ "bulk-rounds", case_bulk_rounds, true },
	{ "extended-rounds", case_extended_rounds, true },
	{ "extended", case_extended, true },
	{ "extended-time", case_extended_time, true },
	{ "operations", case_operations, true },
	{ "allocations", case_allocations, true },
	{ "system-calls", case_system_calls, true },
	{ "growth", case_growth, true },
	{ "time", case_time, true },
	{ "open", case_open, false },
	{ "threads", case_threads, true },
	{ "test-operations", case_test_operations, true },
	{ "test-allocations", case_test_allocations, true },
	{ "test-extended", case_test_extended, true },
	{ "test-system-calls", case_test_system_calls, true },
	{ "test-growth", case_test_growth, true },
};

int main(int argc, char **argv)
{
	struct guest guest;

	if (argc < 3)
		guest_fail("usage", "bench-guest CASE LIBRARY [ARGUMENT]...");
	if (strcmp(argv[1], "start") == 0) {
		time_start(argv[2], argv + 3, argc - 3);
		return 0;
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (strcmp(argv[1], cases[i].name) != 0)
			continue;
		if (cases[i].own_host) {
			host_set(false);
			trap_install();
		}
		guest_load(&guest, argv[2]);
		return cases[i].run(&guest, argv + 3);
	}
	guest_fail("no such case", argv[1]);
}
