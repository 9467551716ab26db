/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

static void path_print(struct sim_bytes *out, const struct sim_path *path)
{
	if (!path->up && !path->key)
		return;
	if (path->up)
		path_print(out, path->up);
	if (!path->key)
		sim_bytes_format(out, "[%zu]", path->index);
	else if (path->up && (path->up->up || path->up->key))
		sim_bytes_format(out, ".%s", path->key);
	else
		sim_bytes_text(out, path->key);
}

static void value_print(struct sim_bytes *out, yajl_val value)
{
	if (!value)
		sim_bytes_text(out, "missing");
	else if (YAJL_IS_STRING(value))
		sim_bytes_format(out, "\"%.60s\"", YAJL_GET_STRING(value));
	else if (YAJL_IS_NUMBER(value))
		sim_bytes_format(out, "%.60s", YAJL_GET_NUMBER(value));
	else if (YAJL_IS_OBJECT(value))
		sim_bytes_text(out, "an object");
	else if (YAJL_IS_ARRAY(value))
		sim_bytes_text(out, "an array");
	else if (YAJL_IS_NULL(value))
		sim_bytes_text(out, "null");
	else
		sim_bytes_text(out, YAJL_IS_TRUE(value) ? "true" : "false");
}

/* A line of m ends here, one that began at start. Text from a
 * file must not pass for another line, nor control a terminal. */
static void line_end(struct sim_mistakes *m, size_t start)
{
	m->count++;
	for (size_t i = start; i < m->text->len; i++)
		if (m->text->at[i] < ' ' || m->text->at[i] == 0x7f)
			m->text->at[i] = '?';
	sim_bytes_text(m->text, "\n");
}

void sim_mistake(struct sim_mistakes *m, const struct sim_path *path,
		 yajl_val value, const char *accepted, ...)
{
	size_t start = m->text->len;
	char rest[1024];
	va_list args;

	va_start(args, accepted);
	vsnprintf(rest, sizeof rest, accepted, args);
	va_end(args);
	sim_bytes_format(m->text, "%s: ", m->file);
	if (path->up || path->key) {
		path_print(m->text, path);
		sim_bytes_text(m->text, ": ");
	}
	value_print(m->text, value);
	sim_bytes_format(m->text, "; accepted: %s", rest);
	line_end(m, start);
}

yajl_val sim_member(yajl_val object, const char *name)
{
	for (size_t i = 0; i < object->u.object.len; i++)
		if (strcmp(object->u.object.keys[i], name) == 0)
			return object->u.object.values[i];
	return NULL;
}

size_t sim_name_find(const char *const *names, const char *name)
{
	size_t i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	return i;
}

void sim_names_print(struct sim_bytes *out, const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		if (i > 0)
			sim_bytes_text(out, names[i + 1] ? ", " : " or ");
		sim_bytes_text(out, names[i]);
	}
	sim_bytes_zero(out, 1);
}

/* Digits only, so no sign, fraction or exponent: false for anything else. */
static bool whole_parse(const char *text, int base, uint64_t *number)
{
	char *end;

	if (strspn(text, base == 16 ? "0123456789abcdefABCDEF"
				    : "0123456789") != strlen(text) ||
	    !*text)
		return false;
	errno = 0;
	*number = strtoull(text, &end, base);
	return errno == 0;
}

static bool whole_read(const struct sim_key *key, yajl_val value,
		       uint64_t *number)
{
	return YAJL_IS_NUMBER(value) &&
	       whole_parse(YAJL_GET_NUMBER(value), 10, number) &&
	       (double)*number >= key->min && (double)*number <= key->max;
}

static bool word_read(yajl_val value, uint64_t *number)
{
	const char *text;

	if (YAJL_IS_NUMBER(value))
		return whole_parse(YAJL_GET_NUMBER(value), 10, number);
	if (!YAJL_IS_STRING(value))
		return false;
	text = YAJL_GET_STRING(value);
	return strncmp(text, "0x", 2) == 0 && whole_parse(text + 2, 16, number);
}

static bool real_read(const struct sim_key *key, yajl_val value, double *number)
{
	if (!YAJL_IS_NUMBER(value))
		return false;
	*number = strtod(YAJL_GET_NUMBER(value), NULL);
	return isfinite(*number) && *number >= key->min &&
	       *number <= key->max &&
	       (key->kind == SIM_KEY_REAL || *number == floor(*number));
}

static bool text_read(const struct sim_key *key, yajl_val value, char *to)
{
	const char *text;

	if (!YAJL_IS_STRING(value))
		return false;
	text = YAJL_GET_STRING(value);
	if (strlen(text) > (size_t)key->max)
		return false;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	strcpy(to, text);
	return true;
}

static void kind_mistake(struct sim_mistakes *m, const struct sim_path *path,
			 const struct sim_key *key, yajl_val value)
{
	struct sim_bytes names = { 0 };

	switch (key->kind) {
	case SIM_KEY_BOOL:
		sim_mistake(m, path, value, "true or false");
		break;
	case SIM_KEY_U32:
	case SIM_KEY_U64:
	case SIM_KEY_WHOLE:
		sim_mistake(m, path, value, "a whole number from %.0f to %.0f",
			    key->min, key->max);
		break;
	case SIM_KEY_LIMIT:
		sim_mistake(m, path, value,
			    "a whole number from %.0f to %.0f, or null",
			    key->min, key->max);
		break;
	case SIM_KEY_WORD:
		sim_mistake(m, path, value,
			    "a whole number below 2^64, or \"0x\" and its hex "
			    "digits");
		break;
	case SIM_KEY_REAL:
		sim_mistake(m, path, value, "a number from %.15g to %.15g",
			    key->min, key->max);
		break;
	case SIM_KEY_TEXT:
		sim_mistake(m, path, value,
			    "a text of at most %.0f bytes without control "
			    "characters",
			    key->max);
		break;
	case SIM_KEY_NAME:
		sim_names_print(&names, key->names);
		sim_mistake(m, path, value, "%s", (char *)names.at);
		sim_bytes_release(&names);
		break;
	case SIM_KEY_OTHER:
		break;
	}
}

static bool limit_read(const struct sim_key *key, yajl_val value, uint64_t *n)
{
	if (YAJL_IS_NULL(value)) {
		*n = UINT32_MAX;
		return true;
	}
	return whole_read(key, value, n);
}

static bool name_read(const struct sim_key *key, yajl_val value, uint64_t *n)
{
	if (!YAJL_IS_STRING(value))
		return false;
	*n = sim_name_find(key->names, YAJL_GET_STRING(value));
	return key->names[*n] != NULL;
}

static bool value_read(const struct sim_key *key, yajl_val value, void *to)
{
	uint64_t whole = 0;
	bool good = false;
	double real;

	switch (key->kind) {
	case SIM_KEY_BOOL:
		good = YAJL_IS_TRUE(value) || YAJL_IS_FALSE(value);
		if (good)
			*(bool *)to = YAJL_IS_TRUE(value);
		return good;
	case SIM_KEY_U32:
		good = whole_read(key, value, &whole);
		break;
	case SIM_KEY_LIMIT:
		good = limit_read(key, value, &whole);
		break;
	case SIM_KEY_NAME:
		good = name_read(key, value, &whole);
		break;
	case SIM_KEY_U64:
	case SIM_KEY_WORD:
		good = key->kind == SIM_KEY_U64 ? whole_read(key, value, &whole)
						: word_read(value, &whole);
		if (good)
			*(uint64_t *)to = whole;
		return good;
	case SIM_KEY_WHOLE:
	case SIM_KEY_REAL:
		good = real_read(key, value, &real);
		if (good)
			*(double *)to = real;
		return good;
	case SIM_KEY_TEXT:
		return text_read(key, value, to);
	case SIM_KEY_OTHER:
		return true;
	}
	if (good)
		*(uint32_t *)to = (uint32_t)whole;
	return good;
}

bool sim_key_read(struct sim_mistakes *m, const struct sim_path *path,
		  const struct sim_key *key, yajl_val value, void *to)
{
	if (value_read(key, value, to))
		return true;
	kind_mistake(m, path, key, value);
	return false;
}

void sim_key_copy(const struct sim_key *key, void *to, const void *from)
{
	static const size_t size[] = {
		[SIM_KEY_BOOL] = sizeof(bool),
		[SIM_KEY_U32] = sizeof(uint32_t),
		[SIM_KEY_LIMIT] = sizeof(uint32_t),
		[SIM_KEY_NAME] = sizeof(uint32_t),
		[SIM_KEY_U64] = sizeof(uint64_t),
		[SIM_KEY_WORD] = sizeof(uint64_t),
		[SIM_KEY_WHOLE] = sizeof(double),
		[SIM_KEY_REAL] = sizeof(double),
	};
	size_t len = key->kind == SIM_KEY_TEXT	  ? (size_t)key->max + 1
		     : key->kind == SIM_KEY_OTHER ? sizeof(uint32_t)
						  : size[key->kind];

	memcpy((char *)to + key->offset, (const char *)from + key->offset, len);
}

static void unknown_key(struct sim_mistakes *m, const struct sim_path *path,
			const struct sim_key_group *groups, size_t group_count)
{
	size_t start = m->text->len;
	struct sim_bytes names = { 0 };

	for (size_t g = 0; g < group_count; g++)
		for (size_t k = 0; k < groups[g].count; k++)
			sim_bytes_format(&names, "%s%s", names.len ? ", " : "",
					 groups[g].keys[k].name);
	sim_bytes_zero(&names, 1);
	sim_bytes_format(m->text, "%s: ", m->file);
	path_print(m->text, path);
	sim_bytes_format(m->text, ": unknown key; accepted: %s",
			 (char *)names.at);
	line_end(m, start);
	sim_bytes_release(&names);
}

static void member_read(struct sim_mistakes *m, const struct sim_path *path,
			yajl_val value, struct sim_key_group *groups,
			size_t group_count)
{
	for (size_t g = 0; g < group_count; g++) {
		struct sim_key_group *group = &groups[g];

		for (size_t k = 0; k < group->count; k++) {
			const struct sim_key *key = &group->keys[k];

			if (strcmp(key->name, path->key) != 0)
				continue;
			if (group->set & UINT64_C(1) << k)
				sim_mistake(m, path, value, "the key once");
			group->set |= UINT64_C(1) << k;
			sim_key_read(m, path, key, value,
				     (char *)group->to + key->offset);
			return;
		}
	}
	unknown_key(m, path, groups, group_count);
}

void sim_keys_read(struct sim_mistakes *m, const struct sim_path *path,
		   yajl_val object, struct sim_key_group *groups,
		   size_t group_count)
{
	if (!YAJL_IS_OBJECT(object)) {
		sim_mistake(m, path, object, "an object");
		return;
	}
	for (size_t i = 0; i < object->u.object.len; i++) {
		struct sim_path member = { path, object->u.object.keys[i], 0 };

		member_read(m, &member, object->u.object.values[i], groups,
			    group_count);
	}
	for (size_t g = 0; g < group_count; g++)
		for (size_t k = 0; k < groups[g].count; k++) {
			const struct sim_key *key = &groups[g].keys[k];
			struct sim_path member = { path, key->name, 0 };

			if (key->required &&
			    !(groups[g].set & UINT64_C(1) << k))
				kind_mistake(m, &member, key, NULL);
		}
}

bool sim_array_check(struct sim_mistakes *m, const struct sim_path *path,
		     yajl_val value, const char *of_what)
{
	if (YAJL_IS_ARRAY(value))
		return true;
	sim_mistake(m, path, value, "an array of %s", of_what);
	return false;
}
