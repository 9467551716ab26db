/* SPDX-License-Identifier: MIT */
/* The memory that is configured for this virtual machine. */
#ifndef VMG_METRICS_MEMORY_H
#define VMG_METRICS_MEMORY_H

#include "stats.h"

/* A hot-add may keep the session: the host is asked again after so long. */
#define VMG_MEMORY_AGAIN_NS (300 * 1000000000ull)

enum vmg_memory_source {
	VMG_MEMORY_NOT_ASKED, /* nothing selected needs it */
	VMG_MEMORY_FROM_HOST,
	VMG_MEMORY_FROM_KERNEL,
	VMG_MEMORY_UNKNOWN,
};

/* All zero is a new one. */
struct vmg_memory {
	enum vmg_memory_source source;
	uint64_t mb; /* 0 if not known */
	VMSessionId session;
	uint64_t asked_ns;
};

/* Brings it up to date: asks the host once a session and every five minutes,
 * else the guest's system. now_ns: of vmg_guest_clock_ns(). */
void vmg_memory_update(struct vmg_memory *memory, VMGuestLibHandle handle,
		       VMSessionId session, uint64_t now_ns);

#endif
