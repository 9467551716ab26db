/* SPDX-License-Identifier: MIT */
/* What the guest's own system says: about this virtual machine, and its
 * clocks. */
#ifndef VMG_GUEST_H
#define VMG_GUEST_H

#include <stdint.h>

/* Processors that are online in this virtual machine, whatever the process's
 * affinity, cgroup or container shows; 0 if not known. */
unsigned vmg_guest_vcpus(void);

/* The system's memory: the configured one less what firmware and kernel keep
 * for themselves; 0 if not known. */
uint64_t vmg_guest_memory_mb(void);

/* Nanoseconds of a clock that only goes forward. */
uint64_t vmg_guest_clock_ns(void);

/* Nanoseconds since 1970. */
uint64_t vmg_guest_time_ns(void);

#endif
