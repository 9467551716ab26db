/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than any kernel has: a list beyond it is no list of processors. */
#define VCPUS_MAX 65536ul

static bool number_take(const char **at, unsigned long *number)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	*number = strtoul(*at, &end, 10);
	*at = end;
	return *number < VCPUS_MAX;
}

unsigned vmg_cpulist_count(const char *list)
{
	unsigned long first, last, count = 0;

	do {
		if (!number_take(&list, &first))
			return 0;
		last = first;
		if (*list == '-') {
			list++;
			if (!number_take(&list, &last) || last < first)
				return 0;
		}
		count += last - first + 1;
	} while (*list++ == ',');
	if ((list[-1] != '\n' && list[-1] != '\0') || count > VCPUS_MAX)
		return 0;
	return (unsigned)count;
}

uint64_t vmg_meminfo_total_mb(const char *text)
{
	const char *line = strstr(text, "MemTotal:");
	uint64_t kb;

	if (!line || (line != text && line[-1] != '\n') ||
	    sscanf(line, "MemTotal: %" SCNu64 " kB", &kb) != 1)
		return 0;
	return kb / 1024;
}

/* The beginning of a file, as text; "" if it cannot be read. Without stdio,
 * which would allocate at every read of the statistics. */
static void file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && len < size - 1 &&
	       (n = read(fd, text + len, size - 1 - len)) != 0) {
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			break;
	}
	text[len] = '\0';
	if (fd >= 0)
		close(fd);
}

unsigned vmg_guest_vcpus(void)
{
	char list[4096];
	unsigned count;
	long online;

	/* sysconf() is second: some C libraries answer with the affinity of the
	 * process. */
	file_read("/sys/devices/system/cpu/online", list, sizeof list);
	count = vmg_cpulist_count(list);
	if (count > 0)
		return count;
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (unsigned)online : 0;
}

uint64_t vmg_guest_memory_mb(void)
{
	char text[1024];

	file_read("/proc/meminfo", text, sizeof text);
	return vmg_meminfo_total_mb(text);
}
