/* SPDX-License-Identifier: MIT */
/* clang-format off */
/* From what the host said to what is published. Pure.
 *
 * d is the difference between two reads of one session, elapsed the host's own
 * clock (id 17). A difference is left out when the session changed, when one of
 * its values is missing, when a counter fell, and when elapsed did not grow.
 * Nothing is ever taken for a value that is missing.
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
 *       a host takes memory back. Absent unless all three are known.
 *
 * Unlimited is the value 0xFFFFFFFF of ids 2 and 7: a limit then has no value
 * and limited is 0. */
/* clang-format on */
#ifndef VMG_DERIVE_H
#define VMG_DERIVE_H

#include "metrics.h"

enum vmg_given {
	VMG_GIVEN_NOT_SENT,  /* the host does not know this statistic */
	VMG_GIVEN_NOT_VALID, /* the host sent it without a value */
	VMG_GIVEN_VALUE,
};

/* One statistic as the host gave it. */
struct vmg_cell {
	enum vmg_given given;
	uint64_t value; /* if given is VMG_GIVEN_VALUE */
};

/* One successful update, by row; only rows of the wire that are no text. */
struct vmg_read {
	uint64_t session;
	struct vmg_cell cells[VMG_ROW_COUNT];
};

/* What the guest knows about itself; 0: not known. */
struct vmg_guest {
	uint64_t vcpus;
	uint64_t memory_mb; /* configured */
};

/* True if the cell is a limit that stands for "none". */
bool vmg_cell_is_unlimited(const struct vmg_cell *cell);

/* The first statistic of the host that the formula of a derived row takes and
 * the read has no value of; VMG_ROW_COUNT if it has all. */
enum vmg_row vmg_derived_lacks(const struct vmg_read *now, enum vmg_row row);

/* Fills the readings of all rows of the wire that are no text, of the restated
 * and of the derived rows; leaves the others alone. before: the last successful
 * read before now, or NULL. */
void vmg_derive(const struct vmg_read *now, const struct vmg_read *before,
		const struct vmg_guest *guest,
		struct vmg_reading readings[VMG_ROW_COUNT]);

#endif
