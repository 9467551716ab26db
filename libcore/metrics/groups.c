/* SPDX-License-Identifier: MIT */
#include "groups.h"

unsigned vmg_groups_count(unsigned group_count,
			  unsigned (*active)(unsigned group))
{
	unsigned sum = 0;

	for (unsigned i = 0; i < group_count; i++) {
		unsigned count = active(i);

		if (count == 0)
			return 0;
		sum += count;
	}
	return sum;
}
