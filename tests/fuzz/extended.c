/* SPDX-License-Identifier: MIT */
/* A text reply about the set that the first byte chooses, or a list of its
 * instances, against the second decoder of the damage tests. */
#include "extended.h"
#include "extended_oracle.h"
#include "fuzz.h"

static bool text_is(const uint8_t *bytes, size_t len, struct vmg_text t,
		    const char *text)
{
	CLAIM(t.at <= len && t.len <= len - t.at);
	return t.len == strlen(text) && memcmp(bytes + t.at, text, t.len) == 0;
}

static void set_check(const uint8_t *bytes, size_t len,
		      enum vmg_extended_set set, const char *word)
{
	static struct vmg_extended_reply got;
	static struct oracle_set said;
	bool good = vmg_extended_decode(bytes, len, set, &got) == VMG_OK;

	CLAIM(good == oracle_set_reads(bytes, len, word, &said));
	if (!good)
		return;
	CLAIM(got.count == said.count && got.cut == said.cut);
	CLAIM(got.session == said.session);
	for (size_t i = 0; i < said.count; i++) {
		const struct vmg_extended_line *l = &got.line[i];
		const struct oracle_line *o = &said.line[i];

		CLAIM(text_is(bytes, len, l->name, o->name));
		CLAIM("-nut"[l->state] == o->state && l->number == o->number);
		CLAIM(o->state != 't' ||
		      text_is(bytes, len, l->value, o->value));
	}
}

static void list_check(const uint8_t *bytes, size_t len,
		       enum vmg_extended_set set, const char *word)
{
	static struct vmg_extended_list got;
	static struct oracle_list said;
	bool good = vmg_extended_list_decode(bytes, len, set, &got) == VMG_OK;

	CLAIM(good == oracle_list_reads(bytes, len, word, &said));
	if (!good)
		return;
	CLAIM(got.count == said.count && got.cut == said.cut);
	for (size_t i = 0; i < said.count; i++)
		CLAIM(text_is(bytes, len, got.name[i], said.name[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = { "session", "host", "resources",
					     "vscsi", "vnet" };
	enum vmg_extended_set set;
	uint8_t *bytes;

	if (size == 0)
		return 0;
	set = (enum vmg_extended_set)(data[0] % VMG_EXTENDED_SETS);
	bytes = malloc(size > 1 ? size - 1 : 1);
	if (!bytes)
		abort();
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & 0x80)
		list_check(bytes, size - 1, set, words[set]);
	else
		set_check(bytes, size - 1, set, words[set]);
	free(bytes);
	return 0;
}
