/* SPDX-License-Identifier: MIT */
/* The statistics as a table: include/stats.h. */
#include "error.h"
#include "port.h"
#include "value.h"

static const struct vmg_stat stats[] = {
#define BITS_U32 32
#define BITS_U64 64
#define BITS_TEXT 0
#define VMG_STAT(i, accessor, width, k, u, n, w)                               \
	{ .id = (i),                                                           \
	  .unit = VMG_UNIT_##u,                                                \
	  .kind = VMG_KIND_##k,                                                \
	  .bits = BITS_##width,                                                \
	  .name = n,                                                           \
	  .what = w },
#define VMG_STAT_BY_HAND VMG_STAT
#include "stats.def"
#undef VMG_STAT_BY_HAND
#undef VMG_STAT
#undef BITS_TEXT
#undef BITS_U64
#undef BITS_U32
};

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
	vmg_handle_done(slot);
	return error;
}

VMGuestLibError vmg_update_failure(VMGuestLibHandle handle,
				   struct vmg_failure *failure)
{
	struct vmg_slot *slot = vmg_handle_look(handle);

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (failure)
		*failure = slot->failure;
	vmg_handle_done(slot);
	return failure ? VMGUESTLIB_ERROR_SUCCESS :
			 VMGUESTLIB_ERROR_INVALID_ARG;
}

VMGuestLibError vmg_channel_reopens(VMGuestLibHandle handle, uint64_t *count)
{
	struct vmg_slot *slot = vmg_handle_look(handle);

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (count)
		*count = slot->reopens;
	vmg_handle_done(slot);
	return count ? VMGUESTLIB_ERROR_SUCCESS : VMGUESTLIB_ERROR_INVALID_ARG;
}

/* What a host that does not know the command leaves in ax: all ones, or the
 * magic. Source: open-vm-tools, backdoor_def.h; host logs. */
static bool size_is_sound(uint32_t mb)
{
	return mb != 0 && mb != VMG_BDOOR_UNKNOWN && mb != VMG_BDOOR_MAGIC;
}

VMGuestLibError vmg_memory_size_mb(VMGuestLibHandle handle, uint64_t *mb)
{
	struct vmg_slot *slot = vmg_handle_look(handle);
	struct vmg_regs regs = { .ax = VMG_BDOOR_MAGIC,
				 .cx = VMG_BDOOR_CMD_GETMEMSIZE,
				 .dx = VMG_BDOOR_PORT };
	const struct vmg_host *host;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	host = slot->update.rpc.host;
	vmg_handle_done(slot);
	if (!mb)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	host->exchange(VMG_PORT_WORD, &regs);
	if (!size_is_sound((uint32_t)regs.ax))
		return VMGUESTLIB_ERROR_NOT_AVAILABLE;
	*mb = (uint32_t)regs.ax;
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
		vmg_handle_done(slot);
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
