/* SPDX-License-Identifier: MIT */
/* The bytes of one batch while a format writes them. The memory is kept from
 * batch to batch. */
#ifndef VMG_EXECD_BATCH_H
#define VMG_EXECD_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmg_batch {
	char *bytes;
	size_t len, size;
	bool failed; /* no memory: the bytes are not whole, do not use them */
};

/* Starts a new batch. */
void vmg_batch_clear(struct vmg_batch *batch);

void vmg_batch_add(struct vmg_batch *batch, const char *bytes, size_t len);
void vmg_batch_text(struct vmg_batch *batch, const char *text);

/* The text with a backslash before each character of special, which may not
 * hold a line feed; that becomes "\n". */
void vmg_batch_escaped(struct vmg_batch *batch, const char *text,
		       const char *special);

void vmg_batch_whole(struct vmg_batch *batch, uint64_t number);

void vmg_batch_release(struct vmg_batch *batch);

#endif
