/* SPDX-License-Identifier: MIT */
/* What stands behind a handle. */
#ifndef VMG_SLOT_H
#define VMG_SLOT_H

#include "reading.h"
#include "stats.h"
#include "thread.h"
#include "update.h"

/* A ticket is the number of a slot and how often that was opened. It fits in 31
 * bits, since the Python binding passes handles through a C int. Generations
 * start at 1, so no ticket is 0; a slot that has used them up is retired. */
#define VMG_SLOT_BITS 16
#define VMG_SLOTS (1u << VMG_SLOT_BITS)
#define VMG_GENERATIONS 0x7FFFu

struct vmg_slot {
	/* What accessors read. Locked for the copy of a value, never while the
	 * host is asked. */
	struct vmg_mutex lock;
	uint32_t ticket;	  /* 0: closed */
	struct vmg_snapshot *now; /* one of the two below */
	struct vmg_buffer bytes;  /* what texts in now are offsets into ... */
	size_t body;		  /* ... from here */
	struct vmg_failure failure;
	uint64_t reopens;
	struct vmg_extended *extended; /* NULL until it is asked for */

	/* What asks the host. Locked for all of an update, and before lock. */
	struct vmg_mutex update_lock;
	bool updating; /* a child of fork() may find update half changed */
	struct vmg_update update;
	struct vmg_snapshot *next; /* the other one: the update under way */
	struct vmg_snapshot snapshots[2];

	/* Of whoever took the slot; of the registry, under its lock, while it
	 * is free. */
	uint32_t number;
	uint32_t generation;
	uint32_t next_free; /* number + 1; 0: none */
	bool of_thread;	    /* opened by vmg_thread_handle() */
};

/* Locks the slot if the ticket is its own; false: it is closed, and not locked.
 * To be unlocked by vmg_slot_unlock(). In place, as every accessor is little more
 * than this. */
static inline bool vmg_slot_lock(struct vmg_slot *slot, uintptr_t ticket)
{
	vmg_mutex_lock(&slot->lock);
	if (slot->ticket == ticket)
		return true;
	vmg_mutex_unlock(&slot->lock);
	return false;
}

static inline void vmg_slot_unlock(struct vmg_slot *slot)
{
	vmg_mutex_unlock(&slot->lock);
}

/* Opens a slot that was taken out of the registry. Returns its ticket, which
 * another thread may close at once. */
uint32_t vmg_slot_open(struct vmg_slot *slot, const struct vmg_host *host,
		       bool of_thread);

/* Both: false if the ticket is not the slot's. A closed slot is to be given
 * back to the registry. */
bool vmg_slot_close(struct vmg_slot *slot, uintptr_t ticket);
bool vmg_slot_update(struct vmg_slot *slot, uintptr_t ticket,
		     enum vmg_err *err);

/* The same for the extended statistics: sets is a mask of enum vmg_set. */
bool vmg_slot_update_extended(struct vmg_slot *slot, uintptr_t ticket,
			      unsigned sets, enum vmg_err *err);

/* In the child of a fork(), where no other thread is: makes the slot usable,
 * and leaves the parent's channel alone. */
void vmg_slot_forked(struct vmg_slot *slot);

/* At the end of the process: closes the channel, unless another thread is in
 * the middle of an update. Alone: no other thread is left to be. */
void vmg_slot_exit(struct vmg_slot *slot, bool alone);

#endif
