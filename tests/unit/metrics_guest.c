/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* unshare() */
#include "cpulist.h"
#include "groups.h"
#include "guest.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
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

static const unsigned *group_sizes;

static unsigned group_size(unsigned group)
{
	return group_sizes[group];
}

Test(guest, counts_processors_of_all_groups)
{
	static const struct {
		const char *why;
		unsigned groups, sizes[4], count;
	} cases[] = {
		{ "one group", 1, { 2 }, 2 },
		{ "as many as one group can have", 1, { 64 }, 64 },
		{ "100 fill one group and part of another",
		  2,
		  { 64, 36 },
		  100 },
		{ "100 on four nodes", 4, { 25, 25, 25, 25 }, 100 },
		{ "a group that is not known", 3, { 64, 0, 36 }, 0 },
		{ "no group is known", 0, { 64 }, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		group_sizes = cases[i].sizes;
		cr_expect(eq(uint,
			     vmg_groups_count(cases[i].groups, group_size),
			     cases[i].count),
			  "%s", cases[i].why);
	}
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

Test(guest, has_clocks)
{
	uint64_t before_ns = vmg_guest_clock_ns();
	time_t now = time(NULL);

	cr_expect(ge(u64, vmg_guest_clock_ns(), before_ns));
	cr_expect(ge(u64, vmg_guest_time_ns() / 1000000000, (uint64_t)now));
}

/* No guess of the C library's: it asks the same files, or the affinity. */
static void expect_unknown(unsigned vcpus)
{
	cr_expect(eq(uint, vcpus, 0));
}

Test(guest, does_without_files_that_cannot_be_opened)
{
	struct rlimit before, none;
	unsigned vcpus;

	cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &before), 0));
	none = before;
	none.rlim_cur = 0;
	/* Criterion needs files. */
	setrlimit(RLIMIT_NOFILE, &none);
	vcpus = vmg_guest_vcpus();
	setrlimit(RLIMIT_NOFILE, &before);
	expect_unknown(vcpus);
}

Test(guest, does_without_files_that_cannot_be_read)
{
	int next = open("/dev/null", O_RDONLY);

	cr_assert(ge(int, next, 0));
	close(next);
	if (!call_forbid(SYS_read, (uint32_t)next, EIO))
		cr_skip("system calls cannot be filtered here");
	expect_unknown(vmg_guest_vcpus());
	cr_expect(eq(int, open("/dev/null", O_RDONLY), next), "closed");
}

static bool no_sysinfo;

/* Linked with --wrap=sysinfo. */
int __real_sysinfo(struct sysinfo *info);
int __wrap_sysinfo(struct sysinfo *info);
int __wrap_sysinfo(struct sysinfo *info)
{
	return no_sysinfo ? -1 : __real_sysinfo(info);
}

Test(guest, does_not_guess_its_memory)
{
	no_sysinfo = true;
	cr_expect(eq(u64, vmg_guest_memory_mb(), 0));
}

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(ne(ptr, file, NULL), "%s", path);
	fputs(text, file);
	fclose(file);
}

/* As LXCFS does it, with what the container may use. */
static bool file_cover(const char *path, const char *text)
{
	char aside[] = "/tmp/vmguest-cover-XXXXXX";
	int fd = mkstemp(aside);
	bool covered;

	cr_assert(ge(int, fd, 0));
	close(fd);
	file_write(aside, text);
	covered = mount(aside, path, NULL, MS_BIND, NULL) == 0;
	unlink(aside);
	return covered;
}

Test(guest, does_not_believe_what_a_container_lays_over_its_files)
{
	unsigned vcpus = vmg_guest_vcpus();
	uint64_t memory_mb = vmg_guest_memory_mb();

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    !file_cover("/sys/devices/system/cpu/online", "0-62\n") ||
	    !file_cover("/proc/meminfo", "MemTotal: 1024 kB\n"))
		cr_skip("mount namespaces are not to be had here");
	cr_expect(eq(uint, vmg_guest_vcpus(), vcpus));
	cr_expect(eq(u64, vmg_guest_memory_mb(), memory_mb));
	if (!file_cover("/sys/devices/system/cpu/present", "0-62\n"))
		cr_skip("/sys/devices/system/cpu/present is not here");
	cr_expect(eq(uint, vmg_guest_vcpus(), 0));
}
