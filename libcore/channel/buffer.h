/* SPDX-License-Identifier: MIT */
/* Bytes that came from the host. Grows and is used again. */
#ifndef VMG_BUFFER_H
#define VMG_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct vmg_buffer {
	uint8_t *data; /* NULL while room is 0 */
	size_t len;    /* what the last reply filled */
	size_t room;
	bool pages; /* not from malloc(): a crashed thread may hold its lock */
};

/* Makes room for len bytes and one more; what stood in the buffer may be gone.
 * On failure the buffer is as it was. */
enum vmg_err vmg_buffer_reserve(struct vmg_buffer *buffer, size_t len);

/* Gives the memory back; the buffer is then an empty one. */
void vmg_buffer_release(struct vmg_buffer *buffer);

#endif
