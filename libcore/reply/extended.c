/* SPDX-License-Identifier: MIT */
/* Source of the shape: VMware's programming guides and replies of hosts in public
 * logs. Lines end in LF, the value begins behind the first '='. */
#include "cursor.h"
#include "extended.h"

/* What a value may be, by the table's kinds. */
enum kind {
	KIND_COUNTER,
	KIND_GAUGE,
	KIND_LIMIT,
	KIND_TEXT,
	KIND_ID,
	KIND_UNKNOWN
};

/* Arrays, not pointers: the proof wants to know where a name ends. */
#define WORD_ROOM 12
#define WIRE_ROOM 24

static const char words[VMG_EXTENDED_SETS][WORD_ROOM] = {
#define VMG_EXTENDED_SET(set, word, instances) word,
#define VMG_EXTENDED(set, wire, name, unit, kind, what)
#include "extended.def"
#undef VMG_EXTENDED
#undef VMG_EXTENDED_SET
};

static const struct {
	enum vmg_extended_set set;
	enum kind kind;
	char wire[WIRE_ROOM];
} rows[VMG_EXTENDED_ROWS] = {
#define VMG_EXTENDED_SET(set, word, instances)
#define VMG_EXTENDED(s, w, name, unit, k, what) \
	{ .set = VMG_EXTENDED_##s, .kind = KIND_##k, .wire = w },
#include "extended.def"
#undef VMG_EXTENDED
#undef VMG_EXTENDED_SET
};

/*@ // A part of the bytes, and one that can be read.
    predicate part(struct vmg_text t, integer len) = t.at + t.len <= len;

    // The cursor is in the bytes, and leaves nothing out at their end.
    predicate in(struct vmg_cursor *c, uint8_t *bytes, integer len) =
      \valid(c) && \valid_read(bytes + (0 .. len - 1)) &&
      \separated(c, bytes + (0 .. len - 1)) &&
      0 <= c->left <= len && c->at == bytes + (len - c->left); */

/*@ assigns \nothing; */
static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*@ requires \valid_read(bytes + (0 .. len - 1));
    assigns \nothing; */
static bool has_nul(const uint8_t *bytes, size_t len)
{
	/*@ loop invariant 0 <= i <= len;
	    loop assigns i;
	    loop variant len - i; */
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == 0)
			return true;
	return false;
}

/*@ requires \valid_read(bytes + (0 .. len - 1));
    requires part(a, len) && part(b, len);
    assigns \nothing; */
static bool text_equals(const uint8_t *bytes, size_t len, struct vmg_text a,
			struct vmg_text b)
{
	(void)len;
	if (a.len != b.len)
		return false;
	/*@ loop invariant 0 <= i <= a.len;
	    loop assigns i;
	    loop variant a.len - i; */
	for (uint32_t i = 0; i < a.len; i++)
		if (bytes[a.at + i] != bytes[b.at + i])
			return false;
	return true;
}

/* The next line, without its LF, which the last may lack. There is one left. */
/*@ requires in(c, bytes, len) && len <= UINT32_MAX && c->left > 0;
    assigns c->at, c->left, c->bad;
    ensures in(c, bytes, len) && c->left < \old(c->left);
    ensures part(\result, len); */
static struct vmg_text line_take(struct vmg_cursor *c, const uint8_t *bytes,
				 size_t len)
{
	struct vmg_text line = { .at = (uint32_t)(len - c->left) };
	const uint8_t *at = c->at;

	(void)bytes;
	/*@ loop invariant 0 <= line.len <= c->left;
	    loop assigns line.len;
	    loop variant c->left - line.len; */
	while (line.len < c->left && at[line.len] != '\n')
		line.len++;
	vmg_take(c, line.len < c->left ? (size_t)line.len + 1 : line.len);
	return line;
}

/* Without the blanks around it; the CR of a CR LF is one. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && len <= UINT32_MAX;
    requires part(t, len);
    assigns \nothing;
    ensures part(\result, len) && \result.len <= t.len; */
static struct vmg_text text_trim(const uint8_t *bytes, size_t len,
				 struct vmg_text t)
{
	struct vmg_text trimmed = t;

	(void)len;
	/*@ loop invariant trimmed.at + trimmed.len == t.at + t.len;
	    loop invariant 0 <= trimmed.len <= t.len;
	    loop assigns trimmed.at, trimmed.len;
	    loop variant trimmed.len; */
	while (trimmed.len > 0 && is_blank(bytes[trimmed.at])) {
		trimmed.at++;
		trimmed.len--;
	}
	/*@ loop invariant trimmed.at + trimmed.len <= t.at + t.len;
	    loop invariant 0 <= trimmed.len <= t.len;
	    loop assigns trimmed.len;
	    loop variant trimmed.len; */
	while (trimmed.len > 0 &&
	       is_blank(bytes[trimmed.at + trimmed.len - 1]))
		trimmed.len--;
	return trimmed;
}

/* Takes the text up to a byte, and that byte, off the front of *rest. False: it
 * is not there; both are then what *rest was. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && len <= UINT32_MAX;
    requires \valid(rest) && \separated(rest, bytes + (0 .. len - 1));
    requires \valid(front) && \separated(front, bytes + (0 .. len - 1));
    requires \separated(front, rest) && part(*rest, len);
    assigns *rest, *front;
    ensures part(*rest, len) && part(*front, len); */
static bool text_split(const uint8_t *bytes, size_t len, uint8_t at,
		       struct vmg_text *front, struct vmg_text *rest)
{
	struct vmg_text all = *rest;
	uint32_t i = 0;

	(void)len;
	/*@ loop invariant 0 <= i <= all.len;
	    loop assigns i;
	    loop variant all.len - i; */
	while (i < all.len && bytes[all.at + i] != at)
		i++;
	*front = (struct vmg_text){ .at = all.at, .len = i };
	if (i == all.len)
		return false;
	rest->at = all.at + i + 1;
	rest->len = all.len - i - 1;
	return true;
}

/* Whether the text is a word of one of the tables. */
/*@ requires \valid_read(bytes + (0 .. len - 1));
    requires part(t, len) && 0 < room && \valid_read(word + (0 .. room - 1));
    assigns \nothing; */
static bool text_is(const uint8_t *bytes, size_t len, struct vmg_text t,
		    const char *word, uint32_t room)
{
	(void)len;
	if (t.len >= room || word[t.len] != '\0')
		return false;
	/*@ loop invariant 0 <= i <= t.len;
	    loop assigns i;
	    loop variant t.len - i; */
	for (uint32_t i = 0; i < t.len; i++)
		if (bytes[t.at + i] != (uint8_t)word[i])
			return false;
	return true;
}

/*@ requires \valid_read(bytes + (0 .. len - 1)) && part(name, len);
    assigns \nothing;
    ensures \result <= VMG_EXTENDED_ROWS; */
static uint32_t row_find(const uint8_t *bytes, size_t len,
			 enum vmg_extended_set set, struct vmg_text name)
{
	uint32_t row = 0;

	/*@ loop invariant 0 <= row <= VMG_EXTENDED_ROWS;
	    loop assigns row;
	    loop variant VMG_EXTENDED_ROWS - row; */
	while (row < VMG_EXTENDED_ROWS &&
	       !(rows[row].set == set &&
		 text_is(bytes, len, name, rows[row].wire, WIRE_ROOM)))
		row++;
	return row;
}

enum digits { DIGITS_NONE, DIGITS_FIT, DIGITS_BEYOND };

/* A decimal number without sign: not one, one, one beyond 64 bits. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && part(t, len);
    requires \valid(number) && \separated(number, bytes + (0 .. len - 1));
    assigns *number; */
static enum digits digits_read(const uint8_t *bytes, size_t len,
			       struct vmg_text t, uint64_t *number)
{
	enum digits digits = t.len > 0 ? DIGITS_FIT : DIGITS_NONE;

	(void)len;
	*number = 0;
	/*@ loop invariant 0 <= i <= t.len;
	    loop assigns i, *number, digits;
	    loop variant t.len - i; */
	for (uint32_t i = 0; i < t.len; i++) {
		uint8_t c = bytes[t.at + i];

		if (c < '0' || c > '9')
			return DIGITS_NONE;
		c -= '0';
		if (*number > (UINT64_MAX - c) / 10)
			digits = DIGITS_BEYOND;
		else
			*number = *number * 10 + c;
	}
	return digits;
}

/* Of its own, since no proof then looks into the table. */
/*@ assigns \nothing; */
static enum kind kind_of(uint32_t row)
{
	return row < VMG_EXTENDED_ROWS ? rows[row].kind : KIND_UNKNOWN;
}

/* A number, with what its sign means to the kind. */
/*@ requires \valid(line);
    assigns line->state, line->number; */
static void number_keep(struct vmg_extended_line *line, enum kind kind,
			bool negative, uint64_t number)
{
	if (kind == KIND_ID) {
		if (negative && number > (uint64_t)INT64_MAX + 1)
			return;
		line->number = negative ? 0 - number : number;
		line->state = VMG_EXTENDED_TEXT;
	} else if (!negative) {
		line->number = number;
		line->state = VMG_EXTENDED_NUMBER;
	} else if (kind == KIND_LIMIT && number == 1) {
		line->state = VMG_EXTENDED_UNLIMITED;
	}
}

/* What the value is; NONE unless it is one of the row's kind. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && len <= UINT32_MAX;
    requires \valid(line) && \separated(line, bytes + (0 .. len - 1));
    requires part(line->value, len) && line->row <= VMG_EXTENDED_ROWS;
    assigns line->state, line->number; */
static void value_read(const uint8_t *bytes, size_t len,
		       struct vmg_extended_line *line)
{
	enum kind kind = kind_of(line->row);
	struct vmg_text digits = line->value;
	bool negative = digits.len > 0 && bytes[digits.at] == '-';
	uint64_t number;

	if (kind == KIND_TEXT) {
		line->state = VMG_EXTENDED_TEXT;
		return;
	}
	if (negative) {
		digits.at++;
		digits.len--;
	}
	switch (digits_read(bytes, len, digits, &number)) {
	case DIGITS_NONE:
		if (kind == KIND_UNKNOWN)
			line->state = VMG_EXTENDED_TEXT;
		break;
	case DIGITS_FIT:
		number_keep(line, kind, negative, number);
		break;
	case DIGITS_BEYOND:
		break;
	}
}

/* Whether an earlier line has the name. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && part(name, len);
    requires \valid(r) && \separated(r, bytes + (0 .. len - 1));
    requires r->count <= VMG_EXTENDED_VALUES_MAX;
    requires \forall integer i; 0 <= i < r->count ==>
      part(r->line[i].name, len);
    assigns \nothing; */
static bool reply_has(const struct vmg_extended_reply *r, const uint8_t *bytes,
		      size_t len, struct vmg_text name)
{
	/*@ loop invariant 0 <= i <= r->count;
	    loop assigns i;
	    loop variant r->count - i; */
	for (uint32_t i = 0; i < r->count; i++)
		if (text_equals(bytes, len, r->line[i].name, name))
			return true;
	return false;
}

/* Of its own, since the proof then sees that the other lines stay. */
/*@ requires \valid(r) && r->count < VMG_EXTENDED_VALUES_MAX;
    requires part(line.name, len) && part(line.value, len);
    requires \forall integer i; 0 <= i < r->count ==>
      part(r->line[i].name, len) && part(r->line[i].value, len);
    assigns r->line[r->count], r->count;
    ensures r->count == \old(r->count) + 1;
    ensures \forall integer i; 0 <= i < r->count ==>
      part(r->line[i].name, len) && part(r->line[i].value, len); */
static void line_add(struct vmg_extended_reply *r, size_t len,
		     struct vmg_extended_line line)
{
	(void)len;
	r->line[r->count] = line;
	r->count++;
}

/* Its row and its value. False: the value is too long. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && len <= UINT32_MAX;
    requires \valid(line) && \separated(line, bytes + (0 .. len - 1));
    requires part(line->name, len) && part(line->value, len);
    assigns *line;
    ensures line->name == \old(line->name);
    ensures line->value == \old(line->value); */
static bool line_fill(const uint8_t *bytes, size_t len,
		      enum vmg_extended_set set, struct vmg_extended_line *line)
{
	line->row = row_find(bytes, len, set, line->name);
	if (line->value.len > VMG_EXTENDED_TEXT_MAX)
		return false;
	value_read(bytes, len, line);
	return true;
}

/* What one line says. False: it stands there already. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && len <= UINT32_MAX;
    requires \valid(r) && \separated(r, bytes + (0 .. len - 1));
    requires r->count <= VMG_EXTENDED_VALUES_MAX;
    requires part(line.name, len) && part(line.value, len);
    requires \forall integer i; 0 <= i < r->count ==>
      part(r->line[i].name, len) && part(r->line[i].value, len);
    assigns *r;
    ensures r->count <= VMG_EXTENDED_VALUES_MAX;
    ensures \forall integer i; 0 <= i < r->count ==>
      part(r->line[i].name, len) && part(r->line[i].value, len); */
static bool line_keep(struct vmg_extended_reply *r, const uint8_t *bytes,
		      size_t len, enum vmg_extended_set set,
		      struct vmg_extended_line line)
{
	if (line.name.len > VMG_EXTENDED_TEXT_MAX ||
	    r->count == VMG_EXTENDED_VALUES_MAX) {
		r->cut = true;
		return true;
	}
	if (reply_has(r, bytes, len, line.name))
		return false;
	if (!line_fill(bytes, len, set, &line))
		r->cut = true; /* the name alone is kept, not to come twice */
	if (kind_of(line.row) == KIND_ID)
		r->session = line.number;
	line_add(r, len, line);
	return true;
}

/* One line of a reply. False: the reply is damaged. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && len <= UINT32_MAX;
    requires \valid(r) && \separated(r, bytes + (0 .. len - 1));
    requires r->count <= VMG_EXTENDED_VALUES_MAX && part(text, len);
    requires \forall integer i; 0 <= i < r->count ==>
      part(r->line[i].name, len) && part(r->line[i].value, len);
    assigns *r;
    ensures r->count <= VMG_EXTENDED_VALUES_MAX;
    ensures \forall integer i; 0 <= i < r->count ==>
      part(r->line[i].name, len) && part(r->line[i].value, len); */
static bool line_read(struct vmg_extended_reply *r, const uint8_t *bytes,
		      size_t len, enum vmg_extended_set set,
		      struct vmg_text text)
{
	struct vmg_extended_line line = { 0 };

	if (!text_split(bytes, len, '=', &line.name, &text))
		return false;
	line.name = text_trim(bytes, len, line.name);
	line.value = text_trim(bytes, len, text);
	return line.name.len > 0 && line_keep(r, bytes, len, set, line);
}

enum vmg_err vmg_extended_decode(const uint8_t *bytes, size_t len,
				 enum vmg_extended_set set,
				 struct vmg_extended_reply *out)
{
	struct vmg_cursor c = { .at = bytes, .left = len };
	struct vmg_extended_reply next = { 0 };

	if (has_nul(bytes, len))
		return VMG_E_PROTO;
	/*@ loop invariant in(&c, bytes, len);
	    loop invariant next.count <= VMG_EXTENDED_VALUES_MAX;
	    loop invariant \forall integer i; 0 <= i < next.count ==>
	      part(next.line[i].name, len) && part(next.line[i].value, len);
	    loop assigns c.at, c.left, c.bad, next;
	    loop variant c.left; */
	while (c.left > 0)
		if (!line_read(&next, bytes, len, set,
			       line_take(&c, bytes, len)))
			return VMG_E_PROTO;

	*out = next;
	/*@ assert out->count == next.count; */
	/*@ assert \forall integer i; 0 <= i < VMG_EXTENDED_VALUES_MAX ==>
	      out->line[i].name == next.line[i].name &&
	      out->line[i].value == next.line[i].value; */
	return VMG_OK;
}

/*@ requires \valid_read(bytes + (0 .. len - 1)) && part(name, len);
    requires \valid(list) && \separated(list, bytes + (0 .. len - 1));
    requires list->count <= VMG_EXTENDED_INSTANCES_MAX;
    requires \forall integer i; 0 <= i < list->count ==>
      part(list->name[i], len);
    assigns \nothing; */
static bool list_has(const struct vmg_extended_list *list, const uint8_t *bytes,
		     size_t len, struct vmg_text name)
{
	/*@ loop invariant 0 <= i <= list->count;
	    loop assigns i;
	    loop variant list->count - i; */
	for (uint32_t i = 0; i < list->count; i++)
		if (text_equals(bytes, len, list->name[i], name))
			return true;
	return false;
}

/* One line of the list. False: the list is damaged. */
/*@ requires \valid_read(bytes + (0 .. len - 1)) && len <= UINT32_MAX;
    requires \valid(list) && \separated(list, bytes + (0 .. len - 1));
    requires set < VMG_EXTENDED_SETS && part(text, len);
    requires list->count <= VMG_EXTENDED_INSTANCES_MAX;
    requires \forall integer i; 0 <= i < list->count ==>
      part(list->name[i], len);
    assigns *list;
    ensures list->count <= VMG_EXTENDED_INSTANCES_MAX;
    ensures \forall integer i; 0 <= i < list->count ==>
      part(list->name[i], len); */
static bool instance_read(struct vmg_extended_list *list, const uint8_t *bytes,
			  size_t len, enum vmg_extended_set set,
			  struct vmg_text text)
{
	struct vmg_text word = { 0 }, name = text_trim(bytes, len, text);

	if (!text_split(bytes, len, ' ', &word, &name) ||
	    !text_is(bytes, len, word, words[set], WORD_ROOM))
		return true;
	name = text_trim(bytes, len, name);
	if (name.len > VMG_EXTENDED_INSTANCE_MAX ||
	    list->count == VMG_EXTENDED_INSTANCES_MAX) {
		list->cut = true;
		return true;
	}
	if (list_has(list, bytes, len, name))
		return false;
	list->name[list->count] = name;
	list->count++;
	return true;
}

enum vmg_err vmg_extended_list_decode(const uint8_t *bytes, size_t len,
				      enum vmg_extended_set set,
				      struct vmg_extended_list *out)
{
	struct vmg_cursor c = { .at = bytes, .left = len };
	struct vmg_extended_list next = { 0 };

	if (has_nul(bytes, len))
		return VMG_E_PROTO;
	/*@ loop invariant in(&c, bytes, len);
	    loop invariant next.count <= VMG_EXTENDED_INSTANCES_MAX;
	    loop invariant \forall integer i; 0 <= i < next.count ==>
	      part(next.name[i], len);
	    loop assigns c.at, c.left, c.bad, next;
	    loop variant c.left; */
	while (c.left > 0)
		if (!instance_read(&next, bytes, len, set,
				   line_take(&c, bytes, len)))
			return VMG_E_PROTO;

	*out = next;
	/*@ assert out->count == next.count; */
	/*@ assert \forall integer i; 0 <= i < VMG_EXTENDED_INSTANCES_MAX ==>
	      out->name[i] == next.name[i]; */
	return VMG_OK;
}
