/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "forbidden.h"

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
		{ "0-65535,0-65535\n", 0 },
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

/* The C library counts processors without the file, too. */
static void expect_unknown(uint64_t memory_mb, unsigned vcpus)
{
	cr_expect(eq(u64, memory_mb, 0));
	cr_expect(ge(uint, vcpus, 1));
}

Test(guest, does_without_files_that_cannot_be_opened)
{
	struct rlimit before, none;
	uint64_t memory_mb;
	unsigned vcpus;

	cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &before), 0));
	none = before;
	none.rlim_cur = 0;
	/* Criterion needs files. */
	setrlimit(RLIMIT_NOFILE, &none);
	memory_mb = vmg_guest_memory_mb();
	vcpus = vmg_guest_vcpus();
	setrlimit(RLIMIT_NOFILE, &before);
	expect_unknown(memory_mb, vcpus);
}

Test(guest, does_without_files_that_cannot_be_read)
{
	int next = open("/dev/null", O_RDONLY);

	cr_assert(ge(int, next, 0));
	close(next);
	if (!call_forbid(SYS_read, (uint32_t)next, EIO))
		cr_skip("system calls cannot be filtered here");
	expect_unknown(vmg_guest_memory_mb(), vmg_guest_vcpus());
	cr_expect(eq(int, open("/dev/null", O_RDONLY), next), "closed");
}
