/* SPDX-License-Identifier: MIT */
/* All state of the process: the registry of handles, the verdict of the
 * detection, what fork() and the end of a thread have to do. */
#ifndef VMG_PROCESS_H
#define VMG_PROCESS_H

#include "handle.h"

/* The host of this process, asked for once, and again a minute after a "no". No
 * lock: two threads may ask at once, and learn the same. */
enum vmg_err vmg_process_host(const struct vmg_host **host);

/* Takes a slot out of the registry, or puts one back. The caller then opens it,
 * or has closed it. NULL: no memory, or all tickets are in use. */
struct vmg_slot *vmg_process_slot_take(void);
void vmg_process_slot_give(struct vmg_slot *slot);

/* The slot that a ticket is about, whether it is valid or not; NULL for numbers
 * that were never a ticket. Takes no lock. */
struct vmg_slot *vmg_process_slot_at(uintptr_t ticket);

/* The calling thread's handle, NULL if it has none yet. VMG_E_NOMEM: the process
 * has no room for thread-specific values. */
enum vmg_err vmg_process_thread_handle(VMGuestLibHandle *handle);
enum vmg_err vmg_process_thread_handle_keep(VMGuestLibHandle handle);

#endif
