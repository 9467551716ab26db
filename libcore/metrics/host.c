/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stddef.h>

static VMGuestLibError handle_take(struct vmg_host_client *client,
				   VMGuestLibHandle *handle)
{
	VMGuestLibError err = VMGUESTLIB_ERROR_SUCCESS;

	if (client->thread_handles)
		return vmg_thread_handle(handle, &client->failure);
	if (!client->own)
		err = vmg_open(&client->own, &client->failure);
	*handle = client->own;
	return err;
}

uint64_t vmg_host_reopens(VMGuestLibHandle handle)
{
	uint64_t count = 0;

	vmg_channel_reopens(handle, &count);
	return count;
}

void vmg_host_client_count(struct vmg_host_client *client,
			   VMGuestLibHandle handle, uint64_t before)
{
	uint64_t after = vmg_host_reopens(handle);

	if (after > before)
		client->channel_reopens += after - before;
}

static VMGuestLibError update(struct vmg_host_client *client,
			      VMGuestLibHandle handle)
{
	uint64_t before = vmg_host_reopens(handle);
	VMGuestLibError err = VMGuestLib_UpdateInfo(handle);

	vmg_host_client_count(client, handle, before);
	return err;
}

static bool host_ask(struct vmg_host_client *client, VMGuestLibHandle *handle,
		     VMSessionId *session, struct vmg_stat_value *values,
		     size_t count)
{
	VMGuestLibError err = handle_take(client, handle);

	if (err != VMGUESTLIB_ERROR_SUCCESS)
		return false;
	err = update(client, *handle);
	if (err == VMGUESTLIB_ERROR_SUCCESS)
		err = vmg_stats_read(*handle, session, values, count);
	if (err == VMGUESTLIB_ERROR_SUCCESS) {
		client->failure = (struct vmg_failure){ VMG_CAUSE_NONE, "" };
		return true;
	}
	vmg_update_failure(*handle, &client->failure);
	/* Somebody else closed the handle, or updated it in between. */
	if (client->failure.cause == VMG_CAUSE_NONE)
		client->failure.cause = VMG_CAUSE_NO_REPLY;
	/* A new handle looks for a host again; a closed one is of no use. */
	if (client->failure.cause == VMG_CAUSE_NOT_VM ||
	    err == VMGUESTLIB_ERROR_INVALID_HANDLE)
		vmg_host_client_release(client);
	return false;
}

bool vmg_host_client_read(struct vmg_host_client *client,
			  VMGuestLibHandle *handle, VMSessionId *session,
			  struct vmg_stat_value *values, size_t count)
{
	bool done;

	if (vmg_retry_skips(&client->retry))
		return false;
	done = host_ask(client, handle, session, values, count);
	vmg_retry_note(&client->retry, client->failure.cause);
	return done;
}

void vmg_host_client_release(struct vmg_host_client *client)
{
	if (client->own)
		VMGuestLib_CloseHandle(client->own);
	client->own = NULL;
}
