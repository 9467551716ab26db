/* SPDX-License-Identifier: MIT */
#include "cpulist.h"

#include <stdbool.h>
#include <stdlib.h>

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
