/* SPDX-License-Identifier: MIT */
/* The statistics as a table: include/stats.h. */
#include <string.h>

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

#define STATS (sizeof stats / sizeof stats[0])
_Static_assert(STATS == VMG_ID_END - 1, "row i is statistic i + 1");

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
			      const struct vmg_stat *stat, VMSessionId *session,
			      char *text, size_t size, size_t *need)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	VMGuestLibError error = VMGUESTLIB_ERROR_INVALID_ARG;
	VMSessionId of;
	size_t len;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (stat_is_row(stat, true) && (text || size == 0))
		error = vmg_value_text(slot, stat->id, text, size, &len);
	of = slot->now->session;
	vmg_slot_unlock(slot);
	if (need && (error == VMGUESTLIB_ERROR_SUCCESS ||
		     error == VMGUESTLIB_ERROR_BUFFER_TOO_SMALL))
		*need = len;
	if (session && error == VMGUESTLIB_ERROR_SUCCESS)
		*session = of;
	return error;
}

VMGuestLibError vmg_stats_read(VMGuestLibHandle handle, VMSessionId *session,
			       struct vmg_stat_value *values, size_t count)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	struct vmg_stat_value known[STATS];
	size_t sent = count < STATS ? count : STATS;
	VMSessionId of;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	of = slot->now->session;
	memcpy(known, &slot->now->value[1], sizeof known);
	vmg_slot_unlock(slot);
	if (!values && count > 0)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	if (of == 0)
		return VMGUESTLIB_ERROR_NO_INFO;
	if (count > 0)
		memcpy(values, known, sent * sizeof known[0]);
	for (size_t i = sent; i < count; i++)
		values[i] = (struct vmg_stat_value){ 0 };
	if (session)
		*session = of;
	return VMGUESTLIB_ERROR_SUCCESS;
}

/* The caller's memory is written without the lock: a fault there is the
 * caller's, and its handler may want to fork. */
VMGuestLibError vmg_update_failure(VMGuestLibHandle handle,
				   struct vmg_failure *failure)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	struct vmg_failure last;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	last = slot->failure;
	vmg_slot_unlock(slot);
	if (!failure)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	*failure = last;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_channel_reopens(VMGuestLibHandle handle, uint64_t *count)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	uint64_t reopens;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	reopens = slot->reopens;
	vmg_slot_unlock(slot);
	if (!count)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	*count = reopens;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_memory_size_mb(VMGuestLibHandle handle, uint64_t *mb)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	const struct vmg_host *host;
	uint32_t size;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	host = slot->update.rpc.host;
	vmg_slot_unlock(slot);
	if (!mb)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	size = vmg_host_memory_mb(host);
	if (size == 0)
		return VMGUESTLIB_ERROR_NOT_AVAILABLE;
	*mb = size;
	return VMGUESTLIB_ERROR_SUCCESS;
}

static enum vmg_err caller_handle_open(const struct vmg_host *host,
				       VMGuestLibHandle *handle)
{
	return vmg_handle_open(host, false, handle);
}

/* The thread's own handle, unless its caller closed it. */
static enum vmg_err thread_handle_open(const struct vmg_host *host,
				       VMGuestLibHandle *handle)
{
	VMGuestLibHandle own;
	struct vmg_slot *slot;
	enum vmg_err err = vmg_process_thread_handle(&own);

	if (err)
		return err;
	slot = own ? vmg_handle_lock(own) : NULL;
	if (slot) {
		vmg_slot_unlock(slot);
		*handle = own;
		return VMG_OK;
	}
	err = vmg_handle_open(host, true, &own);
	if (err)
		return err;
	err = vmg_process_thread_handle_set(own);
	if (err) {
		vmg_handle_close(own);
		return err;
	}
	*handle = own;
	return VMG_OK;
}

/* In the published order: no host, no argument, no memory. */
static VMGuestLibError handle_open(enum vmg_err (*open)(const struct vmg_host *,
							VMGuestLibHandle *),
				   VMGuestLibHandle *handle,
				   struct vmg_failure *failure)
{
	const struct vmg_host *host;
	enum vmg_err err = vmg_process_host(&host);
	bool missing = !err && !handle;

	if (!err && handle)
		err = open(host, handle);
	if (failure)
		*failure = (struct vmg_failure){ .cause = vmg_err_cause(err) };
	return missing ? VMGUESTLIB_ERROR_INVALID_ARG : vmg_err_public(err);
}

VMGuestLibError vmg_open(VMGuestLibHandle *handle, struct vmg_failure *failure)
{
	return handle_open(caller_handle_open, handle, failure);
}

VMGuestLibError vmg_thread_handle(VMGuestLibHandle *handle,
				  struct vmg_failure *failure)
{
	return handle_open(thread_handle_open, handle, failure);
}

static enum vmg_host_way way_public(enum vmg_way way)
{
	switch (way) {
	case VMG_WAY_PORT:
		return VMG_HOST_WAY_PORT;
	}
	return VMG_HOST_WAY_NONE;
}

static void host_describe(const struct vmg_host *host,
			  struct vmg_host_description *description)
{
	struct vmg_port_version port = vmg_host_port_version(host);

	description->way = way_public(host->way);
	description->port_version = port.version;
	description->port_product = port.product;
}

VMGuestLibError vmg_host_describe(VMGuestLibHandle handle,
				  struct vmg_host_description *description,
				  size_t size)
{
	struct vmg_host_description known = { 0 };
	struct vmg_slot *slot = handle ? vmg_handle_lock(handle) : NULL;
	const struct vmg_host *host;
	enum vmg_err err = VMG_OK;

	if (handle && !slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (slot) {
		host = slot->update.rpc.host;
		if (slot->now->session != 0)
			known.protocol = slot->now->version;
		vmg_slot_unlock(slot);
	}
	if (size == 0)
		return VMGUESTLIB_ERROR_SUCCESS;
	if (!description)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	if (!handle)
		err = vmg_process_host(&host);
	known.port_answer = vmg_err_cause(err);
	if (!err)
		host_describe(host, &known);
	memset(description, 0, size);
	memcpy(description, &known, size < sizeof known ? size : sizeof known);
	return VMGUESTLIB_ERROR_SUCCESS;
}
