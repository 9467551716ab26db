/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

void sim_bytes_release(struct sim_bytes *b)
{
	free(b->at);
	*b = (struct sim_bytes){ 0 };
}

void sim_bytes_clear(struct sim_bytes *b)
{
	b->len = 0;
	b->failed = false;
}

uint8_t *sim_bytes_extend(struct sim_bytes *b, size_t len)
{
	if (len > b->room - b->len) {
		size_t room = (b->len + len) * 2 + 64;
		uint8_t *at = realloc(b->at, room);

		if (!at) {
			b->failed = true;
			return NULL;
		}
		b->at = at;
		b->room = room;
	}
	b->len += len;
	return b->at + b->len - len;
}

void sim_bytes_add(struct sim_bytes *b, const void *from, size_t len)
{
	uint8_t *to = sim_bytes_extend(b, len);

	if (to && len > 0)
		memcpy(to, from, len);
}

void sim_bytes_zero(struct sim_bytes *b, size_t len)
{
	uint8_t *to = sim_bytes_extend(b, len);

	if (to)
		memset(to, 0, len);
}

void sim_bytes_be32(struct sim_bytes *b, uint32_t v)
{
	uint8_t *to = sim_bytes_extend(b, 4);

	for (int i = 0; to && i < 4; i++)
		to[i] = (uint8_t)(v >> (24 - 8 * i));
}

void sim_bytes_be64(struct sim_bytes *b, uint64_t v)
{
	sim_bytes_be32(b, (uint32_t)(v >> 32));
	sim_bytes_be32(b, (uint32_t)v);
}

void sim_bytes_le32(struct sim_bytes *b, uint32_t v)
{
	uint8_t *to = sim_bytes_extend(b, 4);

	for (int i = 0; to && i < 4; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

void sim_bytes_le64(struct sim_bytes *b, uint64_t v)
{
	sim_bytes_le32(b, (uint32_t)v);
	sim_bytes_le32(b, (uint32_t)(v >> 32));
}

void sim_bytes_text(struct sim_bytes *b, const char *text)
{
	sim_bytes_add(b, text, strlen(text));
}

void sim_bytes_format(struct sim_bytes *b, const char *format, ...)
{
	va_list args;
	int len;
	uint8_t *to;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	/* One byte more for the NUL, given back below. */
	to = len < 0 ? NULL : sim_bytes_extend(b, (size_t)len + 1);
	if (!to)
		return;

	va_start(args, format);
	vsnprintf((char *)to, (size_t)len + 1, format, args);
	va_end(args);
	b->len--;
}
