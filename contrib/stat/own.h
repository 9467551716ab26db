/* SPDX-License-Identifier: MIT */
/* What the guest's own system counts. */
#ifndef VMG_STAT_OWN_H
#define VMG_STAT_OWN_H

#include "device.h"
#include "diagnose.h"

/* All zero is a new one. */
struct own {
	struct vmg_devices *devices;
	uint64_t session,
		due_ns; /* of which they are; when they are read again */
};

/* Adds what there is: how busy it is, its pressure on memory, and its own count of
 * those disks that are known to be its devices; these are looked for if the host
 * has listed disks or network cards. */
void own_read(struct own *own, struct vmg_moment *moment,
	      struct vmg_disks *disks, bool has_devices);

void own_release(struct own *own);

#endif
