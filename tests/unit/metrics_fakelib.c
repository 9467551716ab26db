/* SPDX-License-Identifier: MIT */
#include "metrics_fakelib.h"

#include <string.h>

struct _VMGuestLibHandle {
	bool open;
	uint64_t reopens;
};

struct fake_lib fake;

static struct _VMGuestLibHandle own, threads[8];
static unsigned thread;

static const struct vmg_stat *stat_table(void)
{
	static struct vmg_stat table[FAKE_IDS];

	for (unsigned id = 1; id < FAKE_IDS; id++)
		table[id].id = (uint16_t)id;
	table[18].kind = table[37].kind = VMG_KIND_TEXT;
	return table;
}

void fake_init(void)
{
	memset(&fake, 0, sizeof fake);
	fake.session = 0x1122334455667788;
	fake.update_error = VMGUESTLIB_ERROR_OTHER;
	fake.memory_mb = 8192;
	for (unsigned id = 1; id < FAKE_IDS; id++)
		fake_value(id, 1000 + id);
	fake.pool[0] = "/Resources/gold";
}

void fake_value(unsigned id, uint64_t value)
{
	fake.stats[id] = (struct fake_stat){ true, true, value };
}

void fake_not_valid(unsigned id)
{
	fake.stats[id] = (struct fake_stat){ true, false, 0 };
}

void fake_not_sent(unsigned id)
{
	fake.stats[id] = (struct fake_stat){ false, false, 0 };
}

void fake_thread_switch(void)
{
	thread = (thread + 1) % (sizeof threads / sizeof threads[0]);
}

const struct vmg_stat *vmg_stat_by_id(unsigned id)
{
	return id > 0 && id < FAKE_IDS ? &stat_table()[id] : NULL;
}

static VMGuestLibError open_fail(struct vmg_failure *failure)
{
	*failure = (struct vmg_failure){ .cause = fake.open_cause };
	return fake.open_cause == VMG_CAUSE_NONE ? VMGUESTLIB_ERROR_SUCCESS
						 : VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError vmg_open(VMGuestLibHandle *handle, struct vmg_failure *failure)
{
	fake.opens++;
	if (open_fail(failure))
		return VMGUESTLIB_ERROR_OTHER;
	own = (struct _VMGuestLibHandle){ .open = true };
	*handle = &own;
	return VMGUESTLIB_ERROR_SUCCESS;
}

static bool is_open(VMGuestLibHandle handle)
{
	return handle && handle->open;
}

VMGuestLibError VMGuestLib_CloseHandle(VMGuestLibHandle handle)
{
	fake.closes++;
	handle->open = false;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_thread_handle(VMGuestLibHandle *handle,
				  struct vmg_failure *failure)
{
	fake.thread_handles++;
	if (open_fail(failure))
		return VMGUESTLIB_ERROR_OTHER;
	threads[thread].open = true;
	*handle = &threads[thread];
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError VMGuestLib_UpdateInfo(VMGuestLibHandle handle)
{
	if (fake.closed)
		handle->open = false;
	if (!is_open(handle))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	fake.updates++;
	handle->reopens += fake.reopens;
	return fake.failure.cause == VMG_CAUSE_NONE ? VMGUESTLIB_ERROR_SUCCESS
						    : fake.update_error;
}

VMGuestLibError vmg_update_failure(VMGuestLibHandle handle,
				   struct vmg_failure *failure)
{
	if (!is_open(handle))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	*failure = fake.failure;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_channel_reopens(VMGuestLibHandle handle, uint64_t *count)
{
	if (!is_open(handle))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	*count = handle->reopens;
	return VMGUESTLIB_ERROR_SUCCESS;
}

static struct vmg_stat_value stat_value(unsigned id)
{
	struct vmg_stat_value value = { 0, VMG_STATE_NOT_SENT };
	const struct fake_stat *stat;

	if (id >= FAKE_IDS || !fake.stats[id].sent)
		return value;
	stat = &fake.stats[id];
	value.state = stat->valid ? VMG_STATE_VALUE : VMG_STATE_NOT_VALID;
	if (stat->valid && stat_table()[id].kind != VMG_KIND_TEXT)
		value.number = stat->value;
	return value;
}

VMGuestLibError vmg_stats_read(VMGuestLibHandle handle, VMSessionId *session,
			       struct vmg_stat_value *values, size_t count)
{
	if (!is_open(handle))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (fake.session == 0)
		return VMGUESTLIB_ERROR_NO_INFO;
	*session = fake.session;
	for (size_t i = 0; i < count; i++)
		values[i] = stat_value((unsigned)i + 1);
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_stat_text(VMGuestLibHandle handle,
			      const struct vmg_stat *stat, VMSessionId *session,
			      char *text, size_t size, size_t *need)
{
	const char *pool = fake.pool[stat->id == 37];

	(void)handle;
	*session = fake.text_session ? fake.text_session : fake.session;
	if (stat->kind != VMG_KIND_TEXT || (!text && size > 0))
		return VMGUESTLIB_ERROR_INVALID_ARG;
	if (!pool)
		return VMGUESTLIB_ERROR_NOT_AVAILABLE;
	if (need)
		*need = strlen(pool) + 1;
	if (size < strlen(pool) + 1)
		return VMGUESTLIB_ERROR_BUFFER_TOO_SMALL;
	strcpy(text, pool);
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError vmg_memory_size_mb(VMGuestLibHandle handle, uint64_t *mb)
{
	(void)handle;
	fake.memory_asks++;
	if (fake.memory_mb == 0)
		return VMGUESTLIB_ERROR_NOT_AVAILABLE;
	*mb = fake.memory_mb;
	return VMGUESTLIB_ERROR_SUCCESS;
}

static const struct vmg_extended_stat extended_stats[] = {
#define LIMIT GAUGE
#define ID TEXT
#define ROW(s, wi, na, u, k, wh) \
	{ .set = VMG_SET_##s,    \
	  .unit = VMG_UNIT_##u,  \
	  .kind = VMG_KIND_##k,  \
	  .wire = wi,            \
	  .name = na,            \
	  .what = wh },
#define VMG_EXTENDED_SET(set, word, instances)
#define VMG_EXTENDED(s, wi, na, u, k, wh) ROW(s, wi, na, u, k, wh)
#include "extended.def"
#undef VMG_EXTENDED
#undef VMG_EXTENDED_SET
#undef ROW
#undef ID
#undef LIMIT
};

const struct vmg_extended_stat *vmg_extended_stat_at(size_t index)
{
	return index < sizeof extended_stats / sizeof extended_stats[0]
		       ? &extended_stats[index]
		       : NULL;
}

struct vmg_extended_value *fake_extended(enum vmg_set set, const char *instance,
					 const char *wire, uint64_t number)
{
	struct vmg_extended_value *value =
		&fake.extended[fake.extended_count++];
	const struct vmg_extended_stat *stat;

	*value = (struct vmg_extended_value){ .number = number,
					      .set = (uint8_t)set };
	strcpy(value->instance, instance);
	strcpy(value->name, wire);
	for (size_t i = 0; (stat = vmg_extended_stat_at(i)); i++)
		if (stat->set == set && strcmp(stat->wire, wire) == 0) {
			value->stat = stat;
			value->unit = stat->unit;
			value->kind = stat->kind;
		}
	return value;
}

VMGuestLibError vmg_extended_update(VMGuestLibHandle handle, unsigned sets)
{
	if (!is_open(handle))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	fake.extended_updates++;
	fake.extended_sets = sets;
	handle->reopens += fake.extended_reopens;
	return fake.extended_error;
}

VMGuestLibError vmg_extended_at(VMGuestLibHandle handle, size_t position,
				struct vmg_extended_value *value, size_t size)
{
	if (!is_open(handle))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	for (size_t i = 0; i < fake.extended_count; i++) {
		if (!(fake.extended[i].set & fake.extended_sets) ||
		    position-- > 0)
			continue;
		memcpy(value, &fake.extended[i], size);
		value->session = fake.extended_session ? fake.extended_session
						       : fake.session;
		value->update =
			fake.extended_updates + (fake.extended_updated && i);
		return VMGUESTLIB_ERROR_SUCCESS;
	}
	return VMGUESTLIB_ERROR_NOT_AVAILABLE;
}

VMGuestLibError vmg_extended_failure(VMGuestLibHandle handle, unsigned sets,
				     struct vmg_failure *failure)
{
	if (!is_open(handle))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	for (size_t i = 5; i-- > 0;)
		if (sets >> i & 1)
			*failure = fake.set_failures[i];
	return VMGUESTLIB_ERROR_SUCCESS;
}
