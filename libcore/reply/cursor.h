/* SPDX-License-Identifier: MIT */
#ifndef VMG_CURSOR_H
#define VMG_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads front to back, never past the end. A read that does not fit sets bad,
 * and from then on every read gives 0: read a record, check once. */
struct vmg_cursor {
	const uint8_t *at;
	size_t left;
	bool bad;
};

/* The next n bytes, or NULL. */
static inline const uint8_t *vmg_take(struct vmg_cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (c->bad || n > c->left) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	c->left -= n;
	return p;
}

static inline uint32_t vmg_take_le32(struct vmg_cursor *c)
{
	const uint8_t *p = vmg_take(c, 4);

	if (!p)
		return 0;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint32_t vmg_take_be32(struct vmg_cursor *c)
{
	const uint8_t *p = vmg_take(c, 4);

	if (!p)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t vmg_take_le64(struct vmg_cursor *c)
{
	uint64_t low = vmg_take_le32(c);

	return low | (uint64_t)vmg_take_le32(c) << 32;
}

static inline uint64_t vmg_take_be64(struct vmg_cursor *c)
{
	uint64_t high = vmg_take_be32(c);

	return high << 32 | vmg_take_be32(c);
}

#endif
