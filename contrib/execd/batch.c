/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 4096

void vmg_batch_clear(struct vmg_batch *batch)
{
	batch->len = 0;
	batch->failed = false;
}

static bool room_make(struct vmg_batch *batch, size_t len)
{
	size_t size = batch->size ? batch->size : SIZE_FIRST;
	char *larger;

	if (len <= batch->size - batch->len)
		return true;
	while (len > size - batch->len)
		size *= 2;
	larger = realloc(batch->bytes, size);
	if (!larger)
		return false;
	batch->bytes = larger;
	batch->size = size;
	return true;
}

void vmg_batch_add(struct vmg_batch *batch, const char *bytes, size_t len)
{
	if (batch->failed)
		return;
	if (!room_make(batch, len)) {
		batch->failed = true;
		return;
	}
	if (len > 0)
		memcpy(batch->bytes + batch->len, bytes, len);
	batch->len += len;
}

void vmg_batch_text(struct vmg_batch *batch, const char *text)
{
	vmg_batch_add(batch, text, strlen(text));
}

void vmg_batch_escaped(struct vmg_batch *batch, const char *text,
		       const char *special)
{
	for (; *text; text++) {
		if (*text == '\n') {
			vmg_batch_text(batch, "\\n");
			continue;
		}
		if (strchr(special, *text))
			vmg_batch_add(batch, "\\", 1);
		vmg_batch_add(batch, text, 1);
	}
}

/* Without stdio, which would be half the work of a batch. */
void vmg_batch_whole(struct vmg_batch *batch, uint64_t number)
{
	char text[20], *at = text + sizeof text;

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	vmg_batch_add(batch, at, (size_t)(text + sizeof text - at));
}

void vmg_batch_release(struct vmg_batch *batch)
{
	free(batch->bytes);
	*batch = (struct vmg_batch){ 0 };
}
