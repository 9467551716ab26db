/* SPDX-License-Identifier: MIT */
#ifndef VMG_GROUPS_H
#define VMG_GROUPS_H

/* How many processors a system has that counts them by group, as Windows does:
 * no group has more than 64 of them. active() has those of one group, or 0,
 * which makes the sum 0: not known. */
unsigned vmg_groups_count(unsigned group_count,
			  unsigned (*active)(unsigned group));

#endif
