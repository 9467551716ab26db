/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "error.h"
#include "slot.h"

uint32_t vmg_slot_open(struct vmg_slot *slot, const struct vmg_host *host,
		       bool of_thread)
{
	uint32_t ticket = slot->generation << VMG_SLOT_BITS | slot->number;

	slot->of_thread = of_thread;
	slot->update.rpc =
		(struct vmg_rpc){ .host = host, .one_shot = of_thread };
	slot->update.session = 0;
	slot->next = &slot->snapshots[0];

	vmg_mutex_lock(&slot->lock);
	slot->now = &slot->snapshots[1];
	slot->now->session = 0;
	slot->failure = (struct vmg_failure){ .cause = VMG_CAUSE_NONE };
	slot->reopens = 0;
	slot->ticket = ticket;
	vmg_mutex_unlock(&slot->lock);
	return ticket;
}

bool vmg_slot_close(struct vmg_slot *slot, uintptr_t ticket)
{
	if (!vmg_slot_lock(slot, ticket))
		return false;
	slot->ticket = 0; /* from here on it is closed for everybody */
	vmg_slot_unlock(slot);

	/* An update under way finishes first, and finds its ticket gone. */
	vmg_mutex_lock(&slot->update_lock);
	vmg_update_release(&slot->update);
	vmg_extended_release(slot->extended);
	slot->extended = NULL;
	vmg_mutex_unlock(&slot->update_lock);
	vmg_mutex_lock(&slot->lock);
	vmg_buffer_release(&slot->bytes);
	vmg_mutex_unlock(&slot->lock);
	return true;
}

/* The whole of an update becomes visible at once. Snapshots and buffers change
 * places, so that nothing is copied. */
static void snapshot_publish(struct vmg_slot *slot)
{
	struct vmg_snapshot *now = slot->next;
	struct vmg_buffer bytes = slot->bytes;

	slot->next = slot->now;
	slot->now = now;
	slot->body = (size_t)(slot->update.answer.at - slot->update.reply.data);
	slot->bytes = slot->update.reply;
	slot->update.reply = bytes;
	slot->failure.cause = VMG_CAUSE_NONE;
	slot->failure.host_said[0] = '\0';
}

static void failure_publish(struct vmg_slot *slot, enum vmg_err err)
{
	slot->now->session = 0;
	vmg_failure_set(&slot->failure, err, &slot->update.answer);
}

static bool slot_ask(struct vmg_slot *slot, uintptr_t ticket, enum vmg_err *err)
{
	if (!vmg_slot_lock(slot, ticket))
		return false;
	vmg_slot_unlock(slot);
	*err = vmg_update_ask(&slot->update, slot->next);

	if (!vmg_slot_lock(slot, ticket))
		return false; /* closed meanwhile */
	if (*err)
		failure_publish(slot, *err);
	else
		snapshot_publish(slot);
	slot->reopens = slot->update.rpc.reopens;
	vmg_slot_unlock(slot);
	return true;
}

bool vmg_slot_update(struct vmg_slot *slot, uintptr_t ticket, enum vmg_err *err)
{
	bool open;

	vmg_mutex_lock(&slot->update_lock);
	slot->updating = true;
	open = slot_ask(slot, ticket, err);
	slot->updating = false;
	vmg_mutex_unlock(&slot->update_lock);
	return open;
}

static bool extended_ask(struct vmg_slot *slot, uintptr_t ticket, unsigned sets,
			 enum vmg_err *err)
{
	struct vmg_extended *x = NULL;

	if (vmg_slot_lock(slot, ticket)) {
		if (!slot->extended)
			slot->extended = calloc(1, sizeof *slot->extended);
		x = slot->extended;
		vmg_slot_unlock(slot);
	}
	*err = x ? vmg_extended_ask(x, &slot->update.rpc, sets) : VMG_E_NOMEM;

	if (!vmg_slot_lock(slot, ticket))
		return false; /* closed meanwhile */
	if (x)
		vmg_extended_publish(x);
	slot->reopens = slot->update.rpc.reopens;
	vmg_slot_unlock(slot);
	return true;
}

bool vmg_slot_update_extended(struct vmg_slot *slot, uintptr_t ticket,
			      unsigned sets, enum vmg_err *err)
{
	bool open;

	vmg_mutex_lock(&slot->update_lock);
	slot->updating = true;
	open = extended_ask(slot, ticket, sets, err);
	slot->updating = false;
	vmg_mutex_unlock(&slot->update_lock);
	return open;
}

void vmg_slot_forked(struct vmg_slot *slot)
{
	/* Locked, if at all, by a thread of the parent. */
	vmg_mutex_init(&slot->update_lock);
	vmg_rpc_forget(&slot->update.rpc);
	if (slot->updating) {
		/* Half changed by a thread that is not here: its memory is
		 * abandoned, since nobody knows whether it was freed. */
		slot->update.reply = (struct vmg_buffer){ 0 };
		slot->update.spare = (struct vmg_buffer){ 0 };
		slot->update.rpc.began_ms = 0;
		if (slot->extended)
			vmg_extended_abandon(slot->extended);
		slot->updating = false;
	}
}

void vmg_slot_exit(struct vmg_slot *slot, bool alone)
{
	if (!alone && !vmg_mutex_trylock(&slot->update_lock))
		return;
	vmg_rpc_close(&slot->update.rpc);
	if (!alone)
		vmg_mutex_unlock(&slot->update_lock);
}
