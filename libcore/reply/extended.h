/* SPDX-License-Identifier: MIT */
/* The text encoding of guestlib.stat.get. Pure. */
#ifndef VMG_EXTENDED_H
#define VMG_EXTENDED_H

#include <stdbool.h>
#include <stddef.h>

#include "bounds.h"
#include "err.h"
#include "snapshot.h"

enum vmg_extended_set {
#define VMG_EXTENDED_SET(set, word, instances) VMG_EXTENDED_##set,
#define VMG_EXTENDED(set, wire, name, unit, kind, what)
#include "extended.def"
#undef VMG_EXTENDED
#undef VMG_EXTENDED_SET
	VMG_EXTENDED_SETS
};

/* Rows of the table, without names of their own but for how many there are. */
enum {
	VMG_EXTENDED_ROWS = 0
#define VMG_EXTENDED_SET(set, word, instances)
#define VMG_EXTENDED(set, wire, name, unit, kind, what) +1
#include "extended.def"
#undef VMG_EXTENDED
#undef VMG_EXTENDED_SET
};

enum vmg_extended_state {
	VMG_EXTENDED_NONE, /* a line without a value that could be one */
	VMG_EXTENDED_NUMBER,
	VMG_EXTENDED_UNLIMITED,
	VMG_EXTENDED_TEXT,
};

/* One line: "name = value". */
struct vmg_extended_line {
	uint32_t row; /* of extended.def; VMG_EXTENDED_ROWS: none */
	enum vmg_extended_state state;
	struct vmg_text name, value; /* as the host wrote them */
	uint64_t number;
};

/* A reply about one set, or one instance of it. */
struct vmg_extended_reply {
	uint32_t count;
	bool cut;	  /* something exceeded a bound and was left out */
	uint64_t session; /* 0: the reply does not name it */
	struct vmg_extended_line line[VMG_EXTENDED_VALUES_MAX];
};

/* The instances of one set. */
struct vmg_extended_list {
	uint32_t count;
	bool cut;
	struct vmg_text name[VMG_EXTENDED_INSTANCES_MAX];
};

/* Reads the body of a reply about a set. *out is written on VMG_OK only, with
 * offsets into bytes. VMG_E_PROTO: a NUL, a line without '=' or without a name, a
 * name twice. */
/*@ requires len <= UINT32_MAX && \valid_read(bytes + (0 .. len - 1));
    requires \valid(out) && \separated(out, bytes + (0 .. len - 1));
    assigns *out;
    ensures \result == VMG_OK || \result == VMG_E_PROTO;
    ensures untouched: \result != VMG_OK ==> *out == \old(*out);
    ensures bounded: \result == VMG_OK ==>
      out->count <= VMG_EXTENDED_VALUES_MAX;
    ensures inside: \result == VMG_OK ==>
      \forall integer i; 0 <= i < out->count ==>
        out->line[i].name.at + out->line[i].name.len <= len &&
        out->line[i].value.at + out->line[i].value.len <= len; */
enum vmg_err vmg_extended_decode(const uint8_t *bytes, size_t len,
				 enum vmg_extended_set set,
				 struct vmg_extended_reply *out);

/* Reads the instances of a set out of the list of everything that can be asked
 * for. Lines of other sets, also of those that nobody knows yet, are passed over.
 * *out is written on VMG_OK only. VMG_E_PROTO: a NUL, an instance twice. */
/*@ requires len <= UINT32_MAX && \valid_read(bytes + (0 .. len - 1));
    requires \valid(out) && \separated(out, bytes + (0 .. len - 1));
    requires set < VMG_EXTENDED_SETS;
    assigns *out;
    ensures \result == VMG_OK || \result == VMG_E_PROTO;
    ensures untouched: \result != VMG_OK ==> *out == \old(*out);
    ensures bounded: \result == VMG_OK ==>
      out->count <= VMG_EXTENDED_INSTANCES_MAX;
    ensures inside: \result == VMG_OK ==>
      \forall integer i; 0 <= i < out->count ==>
        out->name[i].at + out->name[i].len <= len; */
enum vmg_err vmg_extended_list_decode(const uint8_t *bytes, size_t len,
				      enum vmg_extended_set set,
				      struct vmg_extended_list *out);

#endif
