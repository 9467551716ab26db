/* SPDX-License-Identifier: MIT */
/* The published functions. */
#include <string.h>

#include "bounds.h"
#include "error.h"
#include "value.h"

char const *VMGuestLib_GetErrorText(VMGuestLibError error)
{
	/* The number may come from anywhere, so this switch has a default. */
	switch ((int)error) {
	case VMGUESTLIB_ERROR_SUCCESS:
		return "No error";
	case VMGUESTLIB_ERROR_OTHER:
		return "Communication with the VMware host failed, or the "
		       "check for a VMware host could not run";
	case VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM:
		return "Not running in a VMware virtual machine";
	case VMGUESTLIB_ERROR_NOT_ENABLED:
		return "Guest statistics are disabled for this VM, or this "
		       "VMware product does not provide them";
	case VMGUESTLIB_ERROR_NOT_AVAILABLE:
		return "The host provides no value for this statistic";
	case VMGUESTLIB_ERROR_NO_INFO:
		return "No data: the statistics have not been updated, or the "
		       "last update failed";
	case VMGUESTLIB_ERROR_MEMORY:
		return "Out of memory";
	case VMGUESTLIB_ERROR_BUFFER_TOO_SMALL:
		return "The buffer is too small";
	case VMGUESTLIB_ERROR_INVALID_HANDLE:
		return "The handle is not open";
	case VMGUESTLIB_ERROR_INVALID_ARG:
		return "Invalid argument";
	case VMGUESTLIB_ERROR_UNSUPPORTED_VERSION:
		return "The host is too old to provide this statistic";
	default:
		return "Unknown error code";
	}
}

VMGuestLibError VMGuestLib_OpenHandle(VMGuestLibHandle *handle)
{
	return vmg_open(handle, NULL);
}

VMGuestLibError VMGuestLib_CloseHandle(VMGuestLibHandle handle)
{
	return vmg_handle_close(handle) ? VMGUESTLIB_ERROR_SUCCESS
					: VMGUESTLIB_ERROR_INVALID_HANDLE;
}

VMGuestLibError VMGuestLib_UpdateInfo(VMGuestLibHandle handle)
{
	enum vmg_err err;

	if (!vmg_handle_update(handle, &err))
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	return vmg_err_public(err);
}

VMGuestLibError VMGuestLib_GetSessionId(VMGuestLibHandle handle,
					VMSessionId *id)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	VMSessionId session;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	session = slot->now->session;
	vmg_slot_unlock(slot);
	if (!id)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	if (session == 0)
		return VMGUESTLIB_ERROR_NO_INFO;
	*id = session;
	return VMGUESTLIB_ERROR_SUCCESS;
}

VMGuestLibError VMGuestLib_GetResourcePoolPath(VMGuestLibHandle handle,
					       size_t *bufferSize,
					       char *pathBuffer)
{
	struct vmg_slot *slot = vmg_handle_lock(handle);
	VMGuestLibError error;
	unsigned id = VMG_ID_ResourcePoolPath;
	size_t need;

	if (!slot)
		return VMGUESTLIB_ERROR_INVALID_HANDLE;
	/* A path longer than 512 bytes has an id of its own. */
	if (slot->now->value[id].state != VMG_STATE_VALUE &&
	    slot->now->value[VMG_ID_ResourcePoolPathLong].state ==
		    VMG_STATE_VALUE)
		id = VMG_ID_ResourcePoolPathLong;
	if (!bufferSize || !pathBuffer)
		error = VMGUESTLIB_ERROR_INVALID_ARG;
	else
		error = vmg_value_text(slot, id, pathBuffer, *bufferSize,
				       &need);
	if (error == VMGUESTLIB_ERROR_BUFFER_TOO_SMALL)
		*bufferSize = need;
	/* VMware's library knows no path that is not sent, only one without a
	 * value. */
	if (error == VMGUESTLIB_ERROR_UNSUPPORTED_VERSION)
		error = VMGUESTLIB_ERROR_NOT_AVAILABLE;
	vmg_slot_unlock(slot);
	return error;
}

/* The accessors whose row says all. The wire's width is the result's width, so
 * nothing is cut. */
#define ACCESSOR(id, name, type, read)                                \
	VMGuestLibError VMGuestLib_Get##name(VMGuestLibHandle handle, \
					     type *out)               \
	{                                                             \
		return read(handle, (id), out);                       \
	}
#define ACCESSOR_U32(id, name) ACCESSOR(id, name, uint32, vmg_value_u32)
#define ACCESSOR_U64(id, name) ACCESSOR(id, name, uint64, vmg_value_u64)
#define VMG_STAT(id, accessor, width, kind, unit, name, what) \
	ACCESSOR_##width(id, accessor)
#define VMG_STAT_BY_HAND(id, accessor, width, kind, unit, name, what)
#include "stats.def"
#undef VMG_STAT_BY_HAND
#undef VMG_STAT
#undef ACCESSOR_U64
#undef ACCESSOR_U32
#undef ACCESSOR

VMGuestLibError VMGuestLib_GetHostMemKernOvhdMB(VMGuestLibHandle handle,
						uint64 *hostMemKernOvhdMB)
{
	VMGuestLibError error = vmg_value_u64(handle, VMG_ID_HostMemKernOvhdMB,
					      hostMemKernOvhdMB);

	/* Documented as 0 whatever the host sends, and relied upon. */
	if (error == VMGUESTLIB_ERROR_NOT_AVAILABLE ||
	    error == VMGUESTLIB_ERROR_UNSUPPORTED_VERSION)
		error = VMGUESTLIB_ERROR_SUCCESS;
	if (error == VMGUESTLIB_ERROR_SUCCESS)
		*hostMemKernOvhdMB = 0;
	return error;
}

VMGuestLibError VMGuestLib_GetMemShares64(VMGuestLibHandle handle,
					  uint64 *memShares64)
{
	VMGuestLibError error =
		vmg_value_u64(handle, VMG_ID_MemShares64, memShares64);
	uint32 narrow;

	if (error != VMGUESTLIB_ERROR_UNSUPPORTED_VERSION)
		return error;
	if (VMGuestLib_GetMemShares(handle, &narrow) !=
	    VMGUESTLIB_ERROR_SUCCESS)
		return error;
	*memShares64 = narrow;
	return VMGUESTLIB_ERROR_SUCCESS;
}

/* Any bytes are a text. */
static enum vmg_err text_use(void *context, const struct vmg_answer *answer)
{
	(void)context;
	(void)answer;
	return VMG_OK;
}

/* The host's text in pages of its own, so that a crash handler may ask: nothing
 * here takes a lock or malloc(). */
static enum vmg_err stat_ask(const struct vmg_host *host, const char *words,
			     size_t len, struct vmg_buffer *text)
{
	struct vmg_rpc rpc = { .host = host, .one_shot = true };
	struct vmg_request request = { .text = words,
				       .len = len,
				       .use = text_use };
	struct vmg_answer answer;
	enum vmg_err err;

	vmg_rpc_begin(&rpc);
	err = vmg_rpc_call(&rpc, &request, text, &answer);
	vmg_rpc_end(&rpc);
	if (err)
		return err;
	/* To the front, with the NUL behind it. */
	memmove(text->data, answer.at, answer.len + 1);
	text->len = answer.len;
	return VMG_OK;
}

/* What snprintf() would do; it promises nothing to crash handlers. False if it
 * does not fit with a NUL. */
static bool request_add(char request[VMG_STAT_REQUEST_MAX], size_t *len,
			const char *word)
{
	for (; *word; word++) {
		if (*len == VMG_STAT_REQUEST_MAX - 1)
			return false;
		request[(*len)++] = *word;
	}
	return true;
}

VMGuestLibError VMGuestLib_StatGet(const char *encoding, const char *stat,
				   char **reply, size_t *replySize)
{
	struct vmg_buffer text = { .pages = true };
	const struct vmg_host *host;
	char request[VMG_STAT_REQUEST_MAX];
	enum vmg_err err;
	size_t len = 0;

	if (reply)
		*reply = NULL;
	if (replySize)
		*replySize = 0;
	if (!reply || !replySize || !encoding)
		return VMGUESTLIB_ERROR_INVALID_ARG;
	if (!request_add(request, &len, "guestlib.stat.get ") ||
	    !request_add(request, &len, encoding) ||
	    !request_add(request, &len, " ") ||
	    !request_add(request, &len, stat ? stat : ""))
		return VMGUESTLIB_ERROR_BUFFER_TOO_SMALL;

	err = vmg_process_host(&host);
	if (!err)
		err = stat_ask(host, request, len, &text);
	if (err) {
		vmg_buffer_release(&text);
		return vmg_err_public_stat(err);
	}
	*reply = (char *)text.data;
	*replySize = text.len;
	return VMGUESTLIB_ERROR_SUCCESS;
}

void VMGuestLib_StatFree(char *reply, size_t replySize)
{
	(void)replySize; /* the pages know their own size */
	vmg_pages_give(reply);
}
