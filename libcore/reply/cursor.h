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

/*@ // All that is left may be read, and lies apart from the cursor itself.
    predicate vmg_cursor_sound(struct vmg_cursor *c) =
      \valid(c) && \valid_read(c->at + (0 .. c->left - 1)) &&
      \separated(c, c->at + (0 .. c->left - 1));

    // From A to B the cursor went forward, over bytes that were left.
    predicate vmg_cursor_forward{A, B}(struct vmg_cursor *c) =
      \base_addr{A}(\at(c->at, A)) == \base_addr{B}(\at(c->at, B)) &&
      0 <= \at(c->at, B) - \at(c->at, A) &&
      \at(c->at, B) - \at(c->at, A) + \at(c->left, B) <= \at(c->left, A) &&
      (\at(c->bad, A) ==> \at(c->bad, B)); */

/*@ requires \valid_read(p + (0 .. 3));
    assigns \nothing; */
static inline uint32_t vmg_load_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/*@ requires \valid_read(p + (0 .. 3));
    assigns \nothing; */
static inline uint32_t vmg_load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/*@ requires \valid_read(p + (0 .. 7));
    assigns \nothing; */
static inline uint64_t vmg_load_be64(const uint8_t *p)
{
	return (uint64_t)vmg_load_be32(p) << 32 | vmg_load_be32(p + 4);
}

/* The next n bytes, or NULL. */
/*@ requires vmg_cursor_sound(c);
    assigns c->at, c->left, c->bad;
    ensures vmg_cursor_sound(c);
    ensures vmg_cursor_forward{Pre, Post}(c);
    behavior fits:
      assumes n <= c->left;
      ensures \result == \old(c->at) && c->at == \old(c->at) + n;
      ensures c->left == \old(c->left) - n && c->bad == \old(c->bad);
      ensures \valid_read(\result + (0 .. n - 1));
    behavior ends:
      assumes n > c->left;
      ensures \result == \null && c->at == \old(c->at);
      ensures c->left == 0 && c->bad;
    complete behaviors;
    disjoint behaviors; */
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

/*@ requires vmg_cursor_sound(c);
    assigns c->at, c->left, c->bad;
    ensures vmg_cursor_sound(c);
    ensures vmg_cursor_forward{Pre, Post}(c); */
static inline uint32_t vmg_take_le32(struct vmg_cursor *c)
{
	const uint8_t *p = vmg_take(c, 4);

	return p ? vmg_load_le32(p) : 0;
}

/*@ requires vmg_cursor_sound(c);
    assigns c->at, c->left, c->bad;
    ensures vmg_cursor_sound(c);
    ensures vmg_cursor_forward{Pre, Post}(c); */
static inline uint32_t vmg_take_be32(struct vmg_cursor *c)
{
	const uint8_t *p = vmg_take(c, 4);

	return p ? vmg_load_be32(p) : 0;
}

/*@ requires vmg_cursor_sound(c);
    assigns c->at, c->left, c->bad;
    ensures vmg_cursor_sound(c);
    ensures vmg_cursor_forward{Pre, Post}(c); */
static inline uint64_t vmg_take_le64(struct vmg_cursor *c)
{
	const uint8_t *p = vmg_take(c, 8);

	return p ? vmg_load_le32(p) | (uint64_t)vmg_load_le32(p + 4) << 32 : 0;
}

#endif
