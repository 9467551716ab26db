/* SPDX-License-Identifier: MIT */
#ifndef VMG_CURSOR_H
#define VMG_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads front to back, never past the end. A read that does not fit sets bad and
 * leaves nothing, so that every later read fails too and gives 0: read a record,
 * check once. */
struct vmg_cursor {
	const uint8_t *at;
	size_t left;
	bool bad;
};

static inline uint32_t vmg_load_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint32_t vmg_load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t vmg_load_be64(const uint8_t *p)
{
	return (uint64_t)vmg_load_be32(p) << 32 | vmg_load_be32(p + 4);
}

/* The next n bytes, or NULL. n is not 0. */
static inline const uint8_t *vmg_take(struct vmg_cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (n > c->left) {
		c->left = 0;
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

	return p ? vmg_load_le32(p) : 0;
}

static inline uint32_t vmg_take_be32(struct vmg_cursor *c)
{
	const uint8_t *p = vmg_take(c, 4);

	return p ? vmg_load_be32(p) : 0;
}

static inline uint64_t vmg_take_le64(struct vmg_cursor *c)
{
	const uint8_t *p = vmg_take(c, 8);

	return p ? vmg_load_le32(p) | (uint64_t)vmg_load_le32(p + 4) << 32 : 0;
}

#endif
