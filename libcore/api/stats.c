/* SPDX-License-Identifier: MIT */
/* The statistics as a table: include/stats.h. */
#include "error.h"
#include "value.h"

static const struct vmg_stat stats[] = {
#define BITS_U32 32
#define BITS_U64 64
#define BITS_TEXT 0
#define VMG_STAT(i, accessor, width, k, u, n, w) \
	{ .id = (i),                             \
	  .unit = VMG_UNIT_##u,                  \
	  .kind = VMG_KIND_##k,                  \
	  .bits = BITS_##width,                  \
	  .name = n,                             \
	  .what = w },
#define VMG_STAT_BY_HAND VMG_STAT
#include "stats.def"
#undef VMG_STAT_BY_HAND
#undef VMG_STAT
#undef BITS_TEXT
#undef BITS_U64
#undef BITS_U32
};

/* A name that just fills its place would have no NUL. */
#define VMG_STAT(i, accessor, width, k, u, n, w) \
	_Static_assert(sizeof(n) <= sizeof((struct vmg_stat *)0)->name, n);
#define VMG_STAT_BY_HAND VMG_STAT
#include "stats.def"
#undef VMG_STAT_BY_HAND
#undef VMG_STAT

#define STATS (sizeof stats / sizeof stats[0])

const struct vmg_stat *vmg_stat_at(size_t index)
{
	return index < STATS ? &stats[index] : NULL;
}

const struct vmg_stat *vmg_stat_by_id(unsigned id)
{
	/* Rows are in the order of ids, without gaps: a test holds that. */
	return id > 0 ? vmg_stat_at(id - 1) : NULL;
}

static bool stat_is_row(const struct vmg_stat *stat, bool text)
{
	return stat && stat == vmg_stat_by_id(stat->id) &&
	       (stat->kind == VMG_KIND_TEXT) == text;
}

VMGuestLibError vmg_stat_read(VMGuestLibHandle handle,
			      const struct vmg_stat *stat, uint64_t *value)
{
	bool sound = stat_is_row(stat, false);

	return vmg_value_u64(handle, sound ? stat->id : 0,
			     sound ? value : NULL);
}

VMGuestLibError vmg_stat_text(VMGuestLibHandle handle,
			      const struct vmg_stat *stat, char *text,
			      size_t size, size_t *need)
{
	struct vmg_slot *slot = vmg_handle_look(handle);
	VMGuestLibError error = VMGUESTLIB_ERROR_INVALID_ARG;
	size_t unasked;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (stat_is_row(stat, true) && (text || size == 0))
		error = vmg_value_text(slot, stat->id, text, size,
				       need ? need : &unasked);
	vmg_slot_done(slot);
	return error;
}

/* The caller's memory is written without the lock: a fault there is the
 * caller's, and its handler may want to fork. */
VMGuestLibError vmg_update_failure(VMGuestLibHandle handle,
				   struct vmg_failure *failure)
{
	struct vmg_slot *slot = vmg_handle_look(handle);
	struct vmg_failure last;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	last = slot->failure;
	vmg_slot_done(slot);
	if (!failure)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	*failure = last;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_channel_reopens(VMGuestLibHandle handle, uint64_t *count)
{
	struct vmg_slot *slot = vmg_handle_look(handle);
	uint64_t reopens;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	reopens = slot->reopens;
	vmg_slot_done(slot);
	if (!count)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	*count = reopens;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_memory_size_mb(VMGuestLibHandle handle, uint64_t *mb)
{
	struct vmg_slot *slot = vmg_handle_look(handle);
	const struct vmg_host *host;
	uint32_t size;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	host = slot->update.rpc.host;
	vmg_slot_done(slot);
	if (!mb)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	size = vmg_host_memory_mb(host);
	if (size == 0)
		return VMGUESTLIB_ERROR_NOT_AVAILABLE;
	*mb = size;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_thread_handle(VMGuestLibHandle *handle)
{
	const struct vmg_host *host;
	VMGuestLibHandle own;
	struct vmg_slot *slot;
	enum vmg_err err = vmg_process_host(&host);

	if (err)
		return vmg_err_public(err);
	if (!handle)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	err = vmg_process_thread_handle(&own);
	if (err)
		return vmg_err_public(err);
	slot = own ? vmg_handle_look(own) : NULL;
	if (slot) {
		vmg_slot_done(slot);
		*handle = own;
		return VMGUESTLIB_ERROR_SUCCESS;
	}
	err = vmg_handle_open(host, true, &own);
	if (err)
		return vmg_err_public(err);
	err = vmg_process_thread_handle_keep(own);
	if (err) {
		vmg_handle_close(own);
		return vmg_err_public(err);
	}
	*handle = own;
	return VMGUESTLIB_ERROR_SUCCESS;
}
