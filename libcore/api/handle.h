/* SPDX-License-Identifier: MIT */
/* Handles: tickets for slots that are never freed. */
#ifndef VMG_HANDLE_H
#define VMG_HANDLE_H

#include "process.h"

/* The slot of a handle with its look lock taken, or NULL if the handle is not
 * open. To be given back by vmg_handle_done(). In place, as every accessor is
 * little more than this. */
static inline struct vmg_slot *vmg_handle_look(VMGuestLibHandle handle)
{
	uintptr_t ticket = (uintptr_t)handle;
	struct vmg_slot *slot = vmg_process_slot_at(ticket);

	if (!slot)
		return NULL;
	pthread_mutex_lock(&slot->look);
	if (slot->ticket == ticket)
		return slot;
	pthread_mutex_unlock(&slot->look);
	return NULL;
}

static inline void vmg_handle_done(struct vmg_slot *slot)
{
	pthread_mutex_unlock(&slot->look);
}

/* Opens a handle of a thread or of a caller. On VMG_OK only, *handle is it. */
enum vmg_err vmg_handle_open(const struct vmg_host *host, bool of_thread,
			     VMGuestLibHandle *handle);

/* Both: false if the handle is not open. */
bool vmg_handle_close(VMGuestLibHandle handle);
bool vmg_handle_update(VMGuestLibHandle handle, enum vmg_err *err);

#endif
