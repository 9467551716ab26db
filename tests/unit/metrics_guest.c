/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

Test(guest, counts_processors_of_a_list)
{
	static const struct {
		const char *list;
		unsigned count;
	} cases[] = {
		{ "0\n", 1 },
		{ "0-3\n", 4 },
		{ "0-3", 4 },
		{ "0-1,4-7\n", 6 },
		{ "0,2,5-5\n", 3 },
		{ "0-767\n", 768 },
		{ "", 0 },
		{ "\n", 0 },
		{ "x", 0 },
		{ "0-", 0 },
		{ "3-1\n", 0 },
		{ "0-3,\n", 0 },
		{ "0-5,3-1\n", 0 },
		{ "0-3 \n", 0 },
		{ "-1\n", 0 },
		{ "0--3\n", 0 },
		{ "0-99999999\n", 0 },
		{ "0-99999999999999999999\n", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect(eq(uint, vmg_cpulist_count(cases[i].list),
			     cases[i].count),
			  "%s", cases[i].list);
}

Test(guest, finds_the_total_memory)
{
	static const struct {
		const char *text;
		uint64_t mb;
	} cases[] = {
		{ "MemTotal:        8388608 kB\nMemFree: 1 kB\n", 8192 },
		{ "MemFree: 2048 kB\nMemTotal: 4096 kB\n", 4 },
		{ "XMemTotal: 4096 kB\n", 0 },
		{ "MemTotal: many kB\n", 0 },
		{ "MemFree: 4096 kB\n", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect(eq(u64, vmg_meminfo_total_mb(cases[i].text),
			     cases[i].mb),
			  "%s", cases[i].text);
}

Test(guest, knows_this_machine)
{
	unsigned long long kb = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	cr_assert(ne(ptr, file, NULL));
	cr_assert(eq(int, fscanf(file, "MemTotal: %llu", &kb), 1));
	fclose(file);
	cr_expect(eq(u64, vmg_guest_memory_mb(), kb / 1024));
	cr_expect(ge(uint, vmg_guest_vcpus(), 1));
}
