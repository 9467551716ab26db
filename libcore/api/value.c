/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "value.h"

static VMGuestLibError snapshot_state(const struct vmg_snapshot *s, unsigned id)
{
	enum vmg_state state = s->value[id].state;

	if (s->session == 0)
		return VMGUESTLIB_ERROR_NO_INFO;
	if (state == VMG_STATE_VALUE)
		return VMGUESTLIB_ERROR_SUCCESS;
	return state == VMG_STATE_NOT_SENT ?
		       VMGUESTLIB_ERROR_UNSUPPORTED_VERSION :
		       VMGUESTLIB_ERROR_NOT_AVAILABLE;
}

/* What both widths have in common, in place in both. */
static inline VMGuestLibError value_read(VMGuestLibHandle handle, unsigned id,
					 bool wanted, uint64_t *number)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	VMGuestLibError error = VMGUESTLIB_ERROR_INVALID_ARG;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (wanted)
		error = snapshot_state(slot->now, id);
	*number = slot->now->value[id].number;
	vmg_slot_unlock(slot);
	return error;
}

VMGuestLibError vmg_value_u32(VMGuestLibHandle handle, unsigned id,
			      uint32_t *out)
{
	uint64_t number;
	VMGuestLibError error = value_read(handle, id, out, &number);

	if (error == VMGUESTLIB_ERROR_SUCCESS)
		*out = (uint32_t)number;
	return error;
}

VMGuestLibError vmg_value_u64(VMGuestLibHandle handle, unsigned id,
			      uint64_t *out)
{
	uint64_t number;
	VMGuestLibError error = value_read(handle, id, out, &number);

	if (error == VMGUESTLIB_ERROR_SUCCESS)
		*out = number;
	return error;
}

VMGuestLibError vmg_value_text(const struct vmg_slot *slot, unsigned id,
			       char *text, size_t size, size_t *need)
{
	VMGuestLibError error = snapshot_state(slot->now, id);
	const struct vmg_text *where = id == VMG_ID_ResourcePoolPath ?
					       &slot->now->path :
					       &slot->now->path_long;
	const uint8_t *bytes;
	const uint8_t *nul;
	size_t len = where->len;

	if (error != VMGUESTLIB_ERROR_SUCCESS)
		return error;
	bytes = slot->bytes.data + slot->body + where->at;
	nul = memchr(bytes, 0, len);
	if (nul)
		len = (size_t)(nul - bytes);
	*need = len + 1;
	if (size < len + 1)
		return VMGUESTLIB_ERROR_BUFFER_TOO_SMALL;
	memcpy(text, bytes, len);
	text[len] = '\0';
	return VMGUESTLIB_ERROR_SUCCESS;
}
