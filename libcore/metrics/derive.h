/* SPDX-License-Identifier: MIT */
/* clang-format off */
/* From what the host sent to what is published. Pure.
 *
 * d is the difference between two reads of one session, elapsed the host's own
 * clock (id 17). A difference is left out when the session changed, when one of
 * its values is missing, when a counter fell, and when elapsed did not grow.
 * Nothing stands in for a value that is missing.
 *
 *   cpu used share            d used / (d elapsed x vCPUs)
 *   cpu stolen share          d stolen / (d elapsed x vCPUs)
 *       Ids 4, 19, 17. used adds all vCPUs up (monitoring tools report up to
 *       100 % of each), so does stolen (Inferred); elapsed does not.
 *       Source: open-vm-tools, libguestlib/vmGuestLib.h, at
 *       VMGuestLib_GetElapsedMs and VMGuestLib_GetCpuStolenMs. The first calls
 *       used a subset of elapsed; real hosts exceed it, since work that the
 *       hypervisor does for the virtual machine is charged to it. So the share
 *       can be above 1, and used is never subtracted from elapsed.
 *   cpu effective             host MHz x d used / d elapsed
 *       Ids 5, 4, 17. The whole virtual machine: may exceed the host's MHz.
 *       Source: the same header, at VMGuestLib_GetElapsedMs, which names this
 *       use of the two counters.
 *   cpu used_of_limit         effective / limit        (id 2: finite, not 0)
 *   cpu used_of_reservation   effective / reservation  (id 1: not 0)
 *       Inferred: limit and reservation are for the whole virtual machine, and
 *       so is effective.
 *   cpu limit_binding         limit < vCPUs x host MHz     (0 while unlimited)
 *   memory limit_binding      limit < configured memory    (0 while unlimited)
 *       Inferred: a limit at or above what can be used changes nothing. Hosts'
 *       logs of ESXi 6.0 show one of 3145727 MB on a machine of 1024 MB.
 *   memory active share       active / configured memory       (id 10)
 *   memory ballooned share    ballooned / configured memory    (id 12)
 *   memory balloon_of_max     ballooned / balloon_max          (id 36: not 0)
 *   memory reclaimed          ballooned + swapped + zipped     (ids 12, 13, 31)
 *       Source: the same header, at the ids' accessors: the three ways in which
 *       a host reclaims memory. Absent unless all three are known.
 *
 *
 * Of extended statistics, whose clock is uptime of the set session:
 *   cpu contention share      d vm.cpu.contention.cpu / (d uptime x vCPUs)
 *   cpu contention_memory share
 *                             d vm.cpu.contention.mem / (d uptime x vCPUs)
 *       Source: VMware Guest SDK programming guide 8.0, "Tools for Extended Guest
 *       Statistics": times that the virtual machine wanted to run and could not.
 *       Inferred: they add all vCPUs up, as vm.cpu.used beside them does.
 *   memory numa_local share   vm.numa.local / (vm.numa.local + vm.numa.remote)
 *       Source: the same guide. Absent where the sum is 0.
 *   vscsi read, write latency d latency / d num, of reads and of writes
 *       Inferred: latency is the sum of all operations' times. Hosts' logs of ESXi
 *       6.0 show 27897419 us beside 4197 reads, 6.6 ms each. Absent if there was
 *       no operation in between.
 *
 * Unlimited is the value 0xFFFFFFFF of ids 2 and 7: a limit then has no value
 * and limited is 0. */
/* clang-format on */
#ifndef VMG_DERIVE_H
#define VMG_DERIVE_H

#include "row.h"

/* One successful update, by row; only rows of the wire, and of extended
 * statistics, that are no text. Those of a disk or a network card are a reading
 * of their own. */
struct vmg_reading {
	uint64_t session;
	uint64_t uptime_us; /* the clock of extended statistics; 0: not known */
	struct vmg_stat_value cells[VMG_ROW_COUNT];
};

/* What shares are calculated with; 0: not known. */
struct vmg_guest {
	uint64_t vcpus;
	uint64_t memory_mb; /* configured */
};

/* What is published of a row. */
struct vmg_result {
	bool present;
	union vmg_value value;
};

/* Whether a selected row is calculated with the guest's part of this name. */
bool vmg_derive_needs_vcpus(const struct vmg_selection *selection);
bool vmg_derive_needs_memory(const struct vmg_selection *selection);

/* The first statistic of the host that the formula of a derived row takes and
 * the reading has no value of; VMG_ROW_COUNT if it has all, or there is no
 * formula. */
enum vmg_row vmg_derive_lacks(const struct vmg_reading *now, enum vmg_row row);

/* Fills the results of all rows that a reading has, of the restated and of the
 * derived rows; the others are absent. before: the last successful
 * reading before now, or NULL. */
void vmg_derive(const struct vmg_reading *now, const struct vmg_reading *before,
		const struct vmg_guest *guest,
		struct vmg_result results[VMG_ROW_COUNT]);

#endif
