/* SPDX-License-Identifier: MIT */
/* The extended statistics of stats.h. */
#include <string.h>

#include "error.h"
#include "process.h"

#define SETS_ALL ((1u << VMG_EXTENDED_SETS) - 1)

_Static_assert(VMG_SET_SESSION == 1 << VMG_EXTENDED_SESSION &&
		       VMG_SET_HOST == 1 << VMG_EXTENDED_HOST &&
		       VMG_SET_RESOURCES == 1 << VMG_EXTENDED_RESOURCES &&
		       VMG_SET_VSCSI == 1 << VMG_EXTENDED_VSCSI &&
		       VMG_SET_VNET == 1 << VMG_EXTENDED_VNET,
	       "bits are in the order of extended.def");

#define KIND_COUNTER VMG_KIND_COUNTER
#define KIND_GAUGE VMG_KIND_GAUGE
#define KIND_LIMIT VMG_KIND_GAUGE
#define KIND_TEXT VMG_KIND_TEXT
#define KIND_ID VMG_KIND_TEXT

static const struct vmg_extended_stat stats[] = {
#define VMG_EXTENDED_SET(set, word, instances)
#define VMG_EXTENDED(s, wi, n, u, k, wh) \
	{ .set = VMG_SET_##s,            \
	  .unit = VMG_UNIT_##u,          \
	  .kind = KIND_##k,              \
	  .wire = wi,                    \
	  .name = n,                     \
	  .what = wh },
#include "extended.def"
#undef VMG_EXTENDED
#undef VMG_EXTENDED_SET
};

#undef KIND_ID
#undef KIND_TEXT
#undef KIND_LIMIT
#undef KIND_GAUGE
#undef KIND_COUNTER

const struct vmg_extended_stat *vmg_extended_stat_at(size_t index)
{
	return index < VMG_EXTENDED_ROWS ? &stats[index] : NULL;
}

VMGuestLibError vmg_extended_update(VMGuestLibHandle handle, unsigned sets)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	enum vmg_err err;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	vmg_slot_unlock(slot);
	if (sets == 0 || sets & ~SETS_ALL)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	if (!vmg_slot_update_extended(slot, (uintptr_t)handle, sets, &err))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	return vmg_err_public_stat(err);
}

static void text_copy(char *to, const struct vmg_extended_snapshot *s,
		      struct vmg_text from)
{
	if (from.len > 0)
		memcpy(to, s->bytes + from.at, from.len);
	to[from.len] = '\0';
}

static struct vmg_extended_value value_make(const struct vmg_extended_snapshot *s,
					    const struct vmg_extended_item *item)
{
	const struct vmg_extended_stat *stat = vmg_extended_stat_at(item->row);
	bool text = item->state == VMG_EXTENDED_TEXT;
	struct vmg_extended_value value = {
		.stat = stat,
		.session = s->session,
		.update = s->update,
		.number = text ? 0 : item->number,
		.set = (uint8_t)(1u << item->set),
		.unit = VMG_UNIT_UNKNOWN,
		.kind = text ? VMG_KIND_TEXT : VMG_KIND_GAUGE,
		.unlimited = item->state == VMG_EXTENDED_UNLIMITED,
	};

	text_copy(value.instance, s, item->instance);
	text_copy(value.name, s, item->name);
	text_copy(value.text, s, item->text);
	if (stat) {
		value.unit = stat->unit;
		value.kind = stat->kind;
		strcpy(value.name, stat->wire);
	}
	return value;
}

static VMGuestLibError value_read(const struct vmg_extended *x, size_t position,
				  struct vmg_extended_value *value)
{
	if (!x || x->now.session == 0)
		return VMGUESTLIB_ERROR_NO_INFO;
	if (position >= x->now.count)
		return VMGUESTLIB_ERROR_NOT_AVAILABLE;
	*value = value_make(&x->now, &x->now.items[position]);
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_extended_at(VMGuestLibHandle handle, size_t position,
				struct vmg_extended_value *value, size_t size)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	struct vmg_extended_value known;
	VMGuestLibError error;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	error = value_read(slot->extended, position, &known);
	vmg_slot_unlock(slot);
	if (!value || size == 0)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	if (error != VMGUESTLIB_ERROR_SUCCESS)
		return error;
	memset(value, 0, size);
	memcpy(value, &known, size < sizeof known ? size : sizeof known);
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_extended_failure(VMGuestLibHandle handle, unsigned sets,
				     struct vmg_failure *failure)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	struct vmg_failure first = { .cause = VMG_CAUSE_NONE };

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	for (int set = VMG_EXTENDED_SETS - 1; set >= 0 && slot->extended; set--)
		if (sets >> set & 1 &&
		    slot->extended->now.failures[set].cause != VMG_CAUSE_NONE)
			first = slot->extended->now.failures[set];
	vmg_slot_unlock(slot);
	if (!failure || sets & ~SETS_ALL)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	*failure = first;
	return VMGUESTLIB_ERROR_SUCCESS;
}
