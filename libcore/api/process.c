/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "bounds.h"
#include "process.h"
#include "thread.h"

/* The one writable object of the library. */
static struct {
	/* Guards what handles a registry has: used, the list of free slots, and
	 * each slot's number, generation and place in the list. */
	struct vmg_mutex lock;
	_Atomic(struct vmg_slot *) chunks[VMG_CHUNKS];
	uint32_t used;			/* slots that were ever taken */
	uint32_t first_free, last_free; /* number + 1; 0: none */

	/* The verdict. The time is of the last "no"; 0 before the first, and
	 * where the clock fails: then it is not believed. */
	_Atomic(const struct vmg_host *) host;
	_Atomic uint64_t refused_ms;

	/* What the process may have no room for, tried again until it has; also
	 * guarded by the lock. */
	bool has_fork_handlers;
	bool has_thread_handle;
	struct vmg_thread_value thread_handle;
} process = {
	.lock = VMG_MUTEX_INIT,
};

_Atomic(struct vmg_slot *) *const vmg_process_chunks = process.chunks;

/* A slot that was taken once, and so has its chunk. */
static struct vmg_slot *slot_used(uint32_t number)
{
	struct vmg_slot *slot = vmg_process_slot_numbered(number);

	assert(slot);
	return slot;
}

enum vmg_err vmg_process_host(const struct vmg_host **host)
{
	const struct vmg_host *known = atomic_load(&process.host);
	uint64_t refused_ms = atomic_load(&process.refused_ms);
	uint64_t now_ms;
	enum vmg_err err;

	if (known) {
		*host = known;
		return VMG_OK;
	}
	now_ms = vmg_clock_ms();
	if (refused_ms != 0 && now_ms - refused_ms < VMG_VERDICT_KEEP_MS)
		return VMG_E_NOT_VM;
	err = vmg_host_open(&known);
	if (err == VMG_E_NOT_VM)
		atomic_store(&process.refused_ms, now_ms);
	if (err)
		return err;
	atomic_store(&process.host, known);
	*host = known;
	return VMG_OK;
}

static void slot_give(struct vmg_slot *slot)
{
	vmg_mutex_lock(&process.lock);
	slot->next_free = 0;
	if (slot->generation == VMG_GENERATIONS) {
		/* Its tickets are spent: one more would be an old one again. */
	} else if (process.last_free == 0) {
		process.first_free = process.last_free = slot->number + 1;
	} else {
		slot_used(process.last_free - 1)->next_free = slot->number + 1;
		process.last_free = slot->number + 1;
	}
	vmg_mutex_unlock(&process.lock);
}

bool vmg_handle_close(VMGuestLibHandle handle)
{
	struct vmg_slot *slot = vmg_process_slot_at((uintptr_t)handle);

	if (!slot || !vmg_slot_close(slot, (uintptr_t)handle))
		return false;
	slot_give(slot);
	return true;
}

bool vmg_handle_update(VMGuestLibHandle handle, enum vmg_err *err)
{
	struct vmg_slot *slot = vmg_process_slot_at((uintptr_t)handle);

	return slot && vmg_slot_update(slot, (uintptr_t)handle, err);
}

static VMGuestLibHandle handle_of(uint32_t ticket)
{
	return (VMGuestLibHandle)(uintptr_t)ticket;
}

/* fork(): the child gets a copy of every lock as it is at that moment. So all
 * that guard values are locked before and unlocked on both sides; those that are
 * locked while a host is asked cannot be waited for, and are made anew in the
 * child. */
static void fork_prepare(void)
{
	vmg_mutex_lock(&process.lock);
	for (uint32_t i = 0; i < process.used; i++)
		vmg_mutex_lock(&slot_used(i)->lock);
}

static void fork_parent(void)
{
	for (uint32_t i = process.used; i > 0; i--)
		vmg_mutex_unlock(&slot_used(i - 1)->lock);
	vmg_mutex_unlock(&process.lock);
}

/* Handles of threads that the child does not have. */
static bool slot_is_orphan(const struct vmg_slot *slot, uintptr_t own)
{
	return slot->of_thread && slot->ticket != 0 && slot->ticket != own;
}

static void fork_child(void)
{
	uintptr_t own = 0;
	struct vmg_slot *slot;

	if (process.has_thread_handle)
		own = (uintptr_t)vmg_thread_value_get(&process.thread_handle);
	for (uint32_t i = 0; i < process.used; i++)
		vmg_slot_forked(slot_used(i));
	fork_parent();
	for (uint32_t i = 0; i < process.used; i++) {
		slot = slot_used(i);
		if (slot_is_orphan(slot, own))
			vmg_handle_close(handle_of(slot->ticket));
	}
}

static void thread_end(void *handle)
{
	vmg_handle_close(handle);
}

/* A channel that nobody closes stays taken, and a VM has few: those of handles
 * that the program forgot are closed for it. Other threads may still run, and
 * may open theirs again; where they do not, their locks mean nothing. */
static void process_exit(void)
{
	bool alone = vmg_process_is_alone();

	if (!alone)
		vmg_mutex_lock(&process.lock);
	for (uint32_t i = 0; i < process.used; i++)
		vmg_slot_exit(slot_used(i), alone);
	if (!alone)
		vmg_mutex_unlock(&process.lock);
}

/* The next slot that was never used; process.lock is locked. */
static struct vmg_slot *slot_fresh(void)
{
	uint32_t number = process.used;
	struct vmg_slot *chunk, *slot;

	if (number == VMG_SLOTS)
		return NULL;
	if (number % VMG_CHUNK_SLOTS == 0) {
		chunk = calloc(VMG_CHUNK_SLOTS, sizeof *chunk);
		if (!chunk)
			return NULL;
		for (uint32_t i = 0; i < VMG_CHUNK_SLOTS; i++) {
			vmg_mutex_init(&chunk[i].lock);
			vmg_mutex_init(&chunk[i].update_lock);
			chunk[i].number = number + i;
		}
		atomic_store_explicit(&process.chunks[number / VMG_CHUNK_SLOTS],
				      chunk, memory_order_release);
	}
	slot = slot_used(number);
	process.used++;
	return slot;
}

/* The slot that has been free for longest; process.lock is locked. */
static struct vmg_slot *slot_reused(void)
{
	struct vmg_slot *slot;

	if (process.first_free == 0)
		return NULL;
	slot = slot_used(process.first_free - 1);
	process.first_free = slot->next_free;
	if (process.first_free == 0)
		process.last_free = 0;
	return slot;
}

/* A slot to be opened; NULL: no memory, or all tickets are in use. */
static struct vmg_slot *slot_take(void)
{
	struct vmg_slot *slot = NULL;

	vmg_mutex_lock(&process.lock);
	/* No handle without it: a child would use its parent's channels. */
	if (!process.has_fork_handlers &&
	    vmg_at_fork(fork_prepare, fork_parent, fork_child)) {
		vmg_at_exit(process_exit);
		process.has_fork_handlers = true;
	}
	if (process.has_fork_handlers) {
		slot = slot_reused();
		if (!slot)
			slot = slot_fresh();
	}
	if (slot)
		slot->generation++;
	vmg_mutex_unlock(&process.lock);
	return slot;
}

enum vmg_err vmg_handle_open(const struct vmg_host *host, bool of_thread,
			     VMGuestLibHandle *handle)
{
	struct vmg_slot *slot = slot_take();

	if (!slot)
		return VMG_E_NOMEM;
	*handle = handle_of(vmg_slot_open(slot, host, of_thread));
	return VMG_OK;
}

enum vmg_err vmg_process_thread_handle(VMGuestLibHandle *handle)
{
	bool has_value;

	vmg_mutex_lock(&process.lock);
	if (!process.has_thread_handle)
		process.has_thread_handle = vmg_thread_value_init(
			&process.thread_handle, thread_end);
	has_value = process.has_thread_handle;
	vmg_mutex_unlock(&process.lock);
	if (!has_value)
		return VMG_E_NOMEM;
	*handle = vmg_thread_value_get(&process.thread_handle);
	return VMG_OK;
}

enum vmg_err vmg_process_thread_handle_set(VMGuestLibHandle handle)
{
	if (!vmg_thread_value_set(&process.thread_handle, handle))
		return VMG_E_NOMEM;
	return VMG_OK;
}
