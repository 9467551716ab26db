/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "value.h"

static VMGuestLibError snapshot_state(const struct vmg_snapshot *s, unsigned id)
{
	if (vmg_snapshot_has(s->valid, id) && s->session != 0)
		return VMGUESTLIB_ERROR_SUCCESS;
	if (s->session == 0)
		return VMGUESTLIB_ERROR_NO_INFO;
	if (!vmg_snapshot_has(s->sent, id))
		return VMGUESTLIB_ERROR_UNSUPPORTED_VERSION;
	return VMGUESTLIB_ERROR_NOT_AVAILABLE;
}

VMGuestLibError vmg_value_read(VMGuestLibHandle handle, unsigned id,
			       const void *out, uint64_t *number)
{
	struct vmg_slot *slot = vmg_handle_look(handle);
	VMGuestLibError error = VMGUESTLIB_ERROR_INVALID_ARG;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	if (out)
		error = snapshot_state(&slot->now, id);
	if (error == VMGUESTLIB_ERROR_SUCCESS)
		*number = slot->now.value[id].number;
	vmg_handle_done(slot);
	return error;
}

VMGuestLibError vmg_value_text(const struct vmg_slot *slot, unsigned id,
			       char *text, size_t size, size_t *need)
{
	VMGuestLibError error = snapshot_state(&slot->now, id);
	const struct vmg_text *where = &slot->now.value[id].text;
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
