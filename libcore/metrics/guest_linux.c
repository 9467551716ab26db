/* SPDX-License-Identifier: MIT */
/* Containers lay files of their own over those of /proc and /sys (LXCFS does
 * it for /sys/devices/system/cpu/online and /proc/meminfo), with what the
 * container may use; the host's figures are of the whole virtual machine. */
#include "guest.h"
#include "cpulist.h"
#include "file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* Source: Linux, include/uapi/linux/magic.h. */
#define SYSFS_MAGIC 0x62656572

static bool is_of_sysfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == SYSFS_MAGIC;
}

/* How many processors the kernel's own file lists; 0: it is not to be had. */
static unsigned list_count(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char list[4096] = "";

	if (fd < 0)
		return 0;
	if (is_of_sysfs(fd))
		vmg_file_text(fd, list, sizeof list);
	close(fd);
	return vmg_cpulist_count(list);
}

unsigned vmg_guest_vcpus(void)
{
	unsigned online = list_count("/sys/devices/system/cpu/online");

	return online > 0 ? online
			  : list_count("/sys/devices/system/cpu/present");
}

uint64_t vmg_guest_memory_mb(void)
{
	struct sysinfo info;

	if (sysinfo(&info) != 0)
		return 0;
	return ((uint64_t)info.totalram * info.mem_unit) >> 20;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t vmg_guest_clock_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t vmg_guest_time_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
