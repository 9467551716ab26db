/* SPDX-License-Identifier: MIT */
/* What the guest's own kernel says about this virtual machine. */
#ifndef VMG_GUEST_H
#define VMG_GUEST_H

#include <stdint.h>

/* Processors that are online in this virtual machine, whatever the process's
 * affinity or cgroup; 0 if not known. */
unsigned vmg_guest_vcpus(void);

/* The kernel's MemTotal: the configured memory less what firmware and kernel
 * keep for themselves; 0 if not known. */
uint64_t vmg_guest_memory_mb(void);

/* How many processors a kernel's list such as "0-3,5\n" names; 0 if it is no
 * such list. */
unsigned vmg_cpulist_count(const char *list);

/* MemTotal of a text such as /proc/meminfo, in MB; 0 if there is none. */
uint64_t vmg_meminfo_total_mb(const char *text);

#endif
