/* SPDX-License-Identifier: MIT */
/* Source of the layouts: open-vm-tools, libguestlib/include/vmGuestLibInt.h
 * (version 2) and guestlibV3.x (version 3, XDR behind a little-endian header). */
#include "cursor.h"
#include "reply.h"

/* Longest text of statistic 18; that of 37 has no limit of its own. */
#define PATH_MAX_LEN 512

/* How a value looks on the wire, by id; 0 for ids that nobody knows yet. */
enum width { WIDTH_UNKNOWN, WIDTH_U32, WIDTH_U64, WIDTH_TEXT };

static const uint8_t widths[VMG_ID_END] = {
#define VMG_STAT(id, accessor, width, kind, unit, name, what)                  \
	[id] = WIDTH_##width,
#define VMG_STAT_BY_HAND VMG_STAT
#include "stats.def"
#undef VMG_STAT_BY_HAND
#undef VMG_STAT
};

/*@ // The cursor is somewhere behind start, where offsets fit in 32 bits.
    predicate behind(struct vmg_cursor *c, uint8_t *start) =
      \base_addr(c->at) == \base_addr(start) && 0 <= c->at - start &&
      c->at - start + c->left <= UINT32_MAX; */

/* XDR: length, bytes, zeros up to a multiple of four. */
/*@ requires vmg_cursor_sound(c) && behind(c, start);
    assigns c->at, c->left, c->bad;
    ensures vmg_cursor_sound(c) && vmg_cursor_forward{Pre, Post}(c);
    ensures inside: \result.len <= max &&
      \valid_read(start + (\result.at .. \result.at + \result.len - 1)); */
static struct vmg_text text_take(struct vmg_cursor *c, const uint8_t *start,
				 uint32_t max)
{
	uint32_t len = vmg_take_be32(c);
	const uint8_t *bytes = c->at;

	if (len > max || len > c->left) {
		c->bad = true;
		return (struct vmg_text){ 0 };
	}
	if (len == 0 || !vmg_take(c, (size_t)len + (-len & 3)))
		return (struct vmg_text){ 0 };
	return (struct vmg_text){ .at = (uint32_t)(bytes - start), .len = len };
}

/* What is not valid has no number: it stays 0. */
/*@ requires \valid(value);
    assigns *value;
    ensures value->state == (valid ? VMG_STATE_VALUE : VMG_STATE_NOT_VALID);
    ensures value->number == (valid ? number : \old(value->number)); */
static void value_put(struct vmg_stat_value *value, bool valid, uint64_t number)
{
	if (!valid) {
		value->state = VMG_STATE_NOT_VALID;
		return;
	}
	value->number = number;
	value->state = VMG_STATE_VALUE;
}

/* The two texts. */
/*@ requires vmg_cursor_sound(c) && behind(c, start) && id < VMG_ID_END;
    requires \valid(s) && \separated(s, c);
    requires \separated(s, c->at + (0 .. c->left - 1));
    assigns c->at, c->left, c->bad;
    assigns s->value[id], s->path, s->path_long;
    ensures vmg_cursor_sound(c) && vmg_cursor_forward{Pre, Post}(c);
    ensures !\result ==> c->bad; */
static bool path_take(struct vmg_cursor *c, const uint8_t *start, size_t id,
		      bool valid, struct vmg_snapshot *s)
{
	bool is_long = id != VMG_ID_ResourcePoolPath;
	struct vmg_text text =
		text_take(c, start, is_long ? UINT32_MAX : PATH_MAX_LEN);

	if (is_long)
		s->path_long = text;
	else
		s->path = text;
	value_put(&s->value[id], valid, 0);
	return !c->bad;
}

/* The value of a statistic. False where it is not whole: the cursor is then
 * bad. */
/*@ requires vmg_cursor_sound(c) && behind(c, start) && id < VMG_ID_END;
    requires \valid(s) && \separated(s, c);
    requires \separated(s, c->at + (0 .. c->left - 1));
    assigns c->at, c->left, c->bad;
    assigns s->value[id], s->path, s->path_long;
    ensures vmg_cursor_sound(c) && vmg_cursor_forward{Pre, Post}(c);
    ensures !\result ==> c->bad; */
static bool value_take(struct vmg_cursor *c, const uint8_t *start, size_t id,
		       bool valid, struct vmg_snapshot *s)
{
	enum width width = widths[id];
	const uint8_t *number;

	if (width == WIDTH_U32) { /* most */
		number = vmg_take(c, 4);
		if (!number)
			return false;
		value_put(&s->value[id], valid, vmg_load_be32(number));
		return true;
	}
	if (width == WIDTH_U64) {
		number = vmg_take(c, 8);
		if (!number)
			return false;
		value_put(&s->value[id], valid, vmg_load_be64(number));
		return true;
	}
	if (width == WIDTH_TEXT)
		return path_take(c, start, id, valid, s);
	c->bad = true; /* 0, which no host sends */
	return false;
}

/* One statistic. False where the part that is known ends: newer hosts append
 * statistics, and the size of one that is not known cannot be known either. */
/*@ requires vmg_cursor_sound(c) && behind(c, start);
    requires \valid(s) && \separated(s, c);
    requires \separated(s, c->at + (0 .. c->left - 1));
    assigns c->at, c->left, c->bad;
    assigns s->value[0 .. VMG_ID_END - 1], s->path, s->path_long;
    ensures vmg_cursor_sound(c) && vmg_cursor_forward{Pre, Post}(c); */
static bool cell_take(struct vmg_cursor *c, const uint8_t *start,
		      struct vmg_snapshot *s)
{
	const uint8_t *head = vmg_take(c, 8);
	size_t id;

	if (!head)
		return false;
	id = vmg_load_be32(head);
	if (id >= VMG_ID_END)
		return false;
	if (s->value[id].state != VMG_STATE_NOT_SENT) {
		c->bad = true;
		return false;
	}
	return value_take(c, start, id, vmg_load_be32(head + 4) != 0, s);
}

/*@ requires vmg_cursor_sound(c) && behind(c, start);
    requires \valid(s) && \separated(s, c);
    requires \separated(s, c->at + (0 .. c->left - 1));
    assigns c->at, c->left, c->bad;
    assigns s->value[0 .. VMG_ID_END - 1], s->path, s->path_long;
    ensures \result == VMG_OK || \result == VMG_E_PROTO;
    ensures \result == VMG_OK ==> !c->bad; */
static enum vmg_err v3_decode(struct vmg_cursor *c, const uint8_t *start,
			      struct vmg_snapshot *s)
{
	uint32_t size = vmg_take_le32(c), count;

	if (c->bad || size > c->left)
		return VMG_E_PROTO;
	c->left = size; /* what follows the array is not ours */
	count = vmg_take_be32(c);
	/*@ loop invariant vmg_cursor_sound(c) && behind(c, start);
	    loop invariant \separated(s, c->at + (0 .. c->left - 1));
	    loop assigns c->at, c->left, c->bad, count;
	    loop assigns s->value[0 .. VMG_ID_END - 1], s->path, s->path_long;
	    loop variant count; */
	while (count > 0 && cell_take(c, start, s))
		count--;
	if (c->bad)
		return VMG_E_PROTO;
	/* Cells that nobody counted: size and count contradict each other. */
	if (count == 0 && c->left > 0)
		return VMG_E_PROTO;
	return VMG_OK;
}

/* A statistic of version 2 in its own cell: a byte that says whether the value is
 * valid, three that say nothing, the value. */
/*@ requires vmg_cursor_sound(c) && id < VMG_ID_END;
    requires \valid(s) && \separated(s, c);
    requires \separated(s, c->at + (0 .. c->left - 1));
    assigns c->at, c->left, c->bad;
    assigns s->value[id];
    ensures vmg_cursor_sound(c) && vmg_cursor_forward{Pre, Post}(c); */
static void v2_cell_take(struct vmg_cursor *c, uint32_t id,
			 struct vmg_snapshot *s)
{
	const uint8_t *flag = vmg_take(c, 4);
	uint64_t number;

	if (!flag)
		return;
	number = widths[id] == WIDTH_U64 ? vmg_take_le64(c) : vmg_take_le32(c);
	value_put(&s->value[id], *flag != 0, number);
}

/*@ requires vmg_cursor_sound(c) && behind(c, start);
    requires \valid(s) && \separated(s, c);
    requires \separated(s, c->at + (0 .. c->left - 1));
    assigns c->at, c->left, c->bad;
    assigns s->value[0 .. VMG_ID_END - 1], s->path, s->path_long;
    ensures \result == VMG_OK || \result == VMG_E_PROTO;
    ensures \result == VMG_OK ==> !c->bad; */
static enum vmg_err v2_decode(struct vmg_cursor *c, const uint8_t *start,
			      struct vmg_snapshot *s)
{
	const uint8_t *flag, *bytes;

	/*@ loop invariant 1 <= id <= VMG_ID_ResourcePoolPath;
	    loop invariant vmg_cursor_sound(c) && behind(c, start);
	    loop invariant \separated(s, c->at + (0 .. c->left - 1));
	    loop assigns c->at, c->left, c->bad, id;
	    loop assigns s->value[0 .. VMG_ID_END - 1], s->path, s->path_long;
	    loop variant VMG_ID_ResourcePoolPath - id; */
	for (uint32_t id = 1; id < VMG_ID_ResourcePoolPath; id++)
		v2_cell_take(c, id, s);
	flag = vmg_take(c, 1);
	bytes = vmg_take(c, PATH_MAX_LEN);
	if (c->bad || c->left > 0)
		return VMG_E_PROTO;
	value_put(&s->value[VMG_ID_ResourcePoolPath], *flag != 0, 0);
	s->path.at = (uint32_t)(bytes - start);
	/* A path that fills its place has no NUL: the last byte is cut for it. */
	s->path.len = PATH_MAX_LEN - 1;
	return VMG_OK;
}

enum vmg_err vmg_reply_decode(const uint8_t *bytes, size_t len,
			      unsigned version, struct vmg_snapshot *out)
{
	struct vmg_cursor c = { .at = bytes, .left = len };
	uint32_t sent_version = vmg_take_le32(&c);
	uint64_t session = vmg_take_le64(&c);
	enum vmg_err err;

	*out = (struct vmg_snapshot){ 0 };
	out->session = 0; /* again, for the proof: WP does not see it above */
	if (c.bad || sent_version != version || session == 0)
		return VMG_E_PROTO;
	err = version == 2 ? v2_decode(&c, bytes, out) :
			     v3_decode(&c, bytes, out);
	if (err)
		return err;

	out->session = session;
	out->version = version;
	return VMG_OK;
}
