/* SPDX-License-Identifier: MIT */
#ifndef VMG_CPULIST_H
#define VMG_CPULIST_H

/* How many processors a kernel's list such as "0-3,5\n" names; 0 if it is no
 * such list. */
unsigned vmg_cpulist_count(const char *list);

#endif
