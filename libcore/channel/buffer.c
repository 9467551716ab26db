/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "buffer.h"
#include "host.h"

/* The usual reply fits: one allocation in the life of a handle. */
#define ROOM_MIN 1024

enum vmg_err vmg_buffer_reserve(struct vmg_buffer *buffer, size_t len)
{
	size_t room = len < ROOM_MIN ? ROOM_MIN : len + 1;
	uint8_t *data;

	if (len < buffer->room)
		return VMG_OK;
	data = buffer->pages ? vmg_pages_take(room) : malloc(room);
	if (!data)
		return VMG_E_NOMEM;
	vmg_buffer_release(buffer);
	buffer->data = data;
	buffer->room = room;
	return VMG_OK;
}

void vmg_buffer_release(struct vmg_buffer *buffer)
{
	if (buffer->pages)
		vmg_pages_give(buffer->data);
	else
		free(buffer->data);
	buffer->data = NULL;
	buffer->len = 0;
	buffer->room = 0;
}
