/* SPDX-License-Identifier: MIT */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include <yajl/yajl_tree.h>

#include "bytes.h"

/* Reads JSON objects by tables of keys, and collects every mistake. */

/* The place of a value in the file: host.mhz, events[2].do. */
struct sim_path {
	const struct sim_path *up; /* NULL: the file itself */
	const char *key;	   /* NULL: an element of an array */
	size_t index;
};

struct sim_mistakes {
	const char *file;
	struct sim_bytes *text; /* one line each */
	size_t count;
};

enum sim_key_kind {
	SIM_KEY_BOOL,  /* bool */
	SIM_KEY_U32,   /* uint32_t, min..max */
	SIM_KEY_U64,   /* uint64_t, min..max */
	SIM_KEY_WORD,  /* uint64_t, or "0x" and hex digits for large ones */
	SIM_KEY_LIMIT, /* uint32_t, min..max; null: UINT32_MAX */
	SIM_KEY_WHOLE, /* double that is whole and may be negative, min..max */
	SIM_KEY_REAL,  /* double, min..max */
	SIM_KEY_TEXT,  /* char[max + 1], printable */
	SIM_KEY_NAME,  /* uint32_t: index in names, min of which are no use */
	SIM_KEY_OTHER  /* the caller reads it; here it only counts as known */
};

struct sim_key {
	const char *name;
	enum sim_key_kind kind;
	size_t offset; /* in the group's struct */
	double min, max;
	const char *const *names; /* SIM_KEY_NAME; ends with NULL */
	bool required;
};

/* Keys that go to one struct. Bit n of set: the n-th of them was there. */
struct sim_key_group {
	const struct sim_key *keys;
	size_t count;
	void *to;
	uint64_t set;
};

/* Reads object, whose keys may be any of the groups' and no other. */
void sim_keys_read(struct sim_mistakes *m, const struct sim_path *path,
		   yajl_val object, struct sim_key_group *groups,
		   size_t group_count);

/* One value by the rules of a key. False, and a mistake, when it breaks them.
 */
bool sim_key_read(struct sim_mistakes *m, const struct sim_path *path,
		  const struct sim_key *key, yajl_val value, void *to);

/* Copies the member from one struct to another of its kind. */
void sim_key_copy(const struct sim_key *key, void *to, const void *from);

/* The member of that name, or NULL. */
yajl_val sim_member(yajl_val object, const char *name);

/* Index of name in names, or that of the NULL at the end. */
size_t sim_name_find(const char *const *names, const char *name);

/* All names, "a, b or c". */
void sim_names_print(struct sim_bytes *out, const char *const *names);

/* Records that the value at path is wrong; the rest is what is accepted. */
void sim_mistake(struct sim_mistakes *m, const struct sim_path *path,
		 yajl_val value, const char *accepted, ...)
	__attribute__((format(printf, 4, 5)));

/* True when value is an array; else a mistake. */
bool sim_array_check(struct sim_mistakes *m, const struct sim_path *path,
		     yajl_val value, const char *of_what);

#endif
