/* SPDX-License-Identifier: MIT */
/* All state of the process: the registry of handles, which are tickets for
 * slots that are never freed; the verdict of the detection; what fork() and the
 * end of a thread have to do. */
#ifndef VMG_PROCESS_H
#define VMG_PROCESS_H

#include <stdatomic.h>

#include "slot.h"

/* Slots come in chunks, which are never freed: a stale handle must find its
 * slot for as long as the process lives. A chunk is resident as a whole, 1.7 KB a
 * slot, and most processes have a handle or a few. */
#define VMG_CHUNK_SLOTS 16
#define VMG_CHUNKS (VMG_SLOTS / VMG_CHUNK_SLOTS)

/* The host of this process, asked for once, and again a minute after a "no". No
 * lock: two threads may ask at once, and learn the same. */
enum vmg_err vmg_process_host(const struct vmg_host **host);

/* The chunks of the registry: all that a look-up needs of it, so that it can be
 * done in place. Hidden also from the compiler's view: no detour by the GOT,
 * which a DLL does not have. */
#ifdef _WIN32
#define HIDDEN
#else
#define HIDDEN __attribute__((visibility("hidden")))
#endif
extern _Atomic(struct vmg_slot *) *const vmg_process_chunks HIDDEN;
#undef HIDDEN

/* The slot with a number, or NULL if none was ever taken near it. */
static inline struct vmg_slot *vmg_process_slot_numbered(uint32_t number)
{
	struct vmg_slot *chunk = atomic_load_explicit(
		&vmg_process_chunks[number / VMG_CHUNK_SLOTS],
		memory_order_acquire);

	return chunk ? chunk + number % VMG_CHUNK_SLOTS : NULL;
}

/* The slot that a ticket is about, whether it is valid or not; NULL for numbers
 * that were never a ticket. Takes no lock. */
static inline struct vmg_slot *vmg_process_slot_at(uintptr_t ticket)
{
	uintptr_t generation = ticket >> VMG_SLOT_BITS;

	if (generation == 0 || generation > VMG_GENERATIONS)
		return NULL;
	return vmg_process_slot_numbered((uint32_t)ticket % VMG_SLOTS);
}

/* The slot of a handle, locked, or NULL if the handle is not open. To be
 * unlocked by vmg_slot_unlock(). */
static inline struct vmg_slot *vmg_handle_lock(VMGuestLibHandle handle)
{
	struct vmg_slot *slot = vmg_process_slot_at((uintptr_t)handle);

	return slot && vmg_slot_lock(slot, (uintptr_t)handle) ? slot : NULL;
}

/* Opens a handle of a thread or of a caller. On VMG_OK only, *handle is it.
 * VMG_E_NOMEM: no memory, or all tickets are in use. */
enum vmg_err vmg_handle_open(const struct vmg_host *host, bool of_thread,
			     VMGuestLibHandle *handle);

/* Both: false if the handle is not open. */
bool vmg_handle_close(VMGuestLibHandle handle);
bool vmg_handle_update(VMGuestLibHandle handle, enum vmg_err *err);

/* The calling thread's handle, NULL if it has none yet. VMG_E_NOMEM: the
 * process has no room for thread-specific values. */
enum vmg_err vmg_process_thread_handle(VMGuestLibHandle *handle);
enum vmg_err vmg_process_thread_handle_set(VMGuestLibHandle handle);

#endif
