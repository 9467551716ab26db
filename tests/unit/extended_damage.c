/* SPDX-License-Identifier: MIT */
/* Real hosts' text replies, damaged in every way of a list, each way at every
 * place, on bytes that end where readable memory ends. What comes of them is held
 * against a second decoder. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "extended.h"
#include "extended_oracle.h"
#include "extended_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])
#define TEXT_MAX 2048

static struct vector {
	char why[24];
	enum vmg_extended_set set;
	char word[12];
	bool is_list;
	char text[TEXT_MAX];
} vectors[] = {
	{ "session", VMG_EXTENDED_SESSION, "session", false, SAMPLE_SESSION },
	{ "host", VMG_EXTENDED_HOST, "host", false, SAMPLE_JVM_HOST },
	{ "resources", VMG_EXTENDED_RESOURCES, "resources", false,
	  SAMPLE_JVM_RESOURCES_LATER },
	{ "disk", VMG_EXTENDED_VSCSI, "vscsi", false, SAMPLE_VSCSI },
	{ "NIC", VMG_EXTENDED_VNET, "vnet", false, SAMPLE_VNET },
	{ "nobody's", VMG_EXTENDED_VNET, "vnet", false,
	  "a=1\r\nlimit=-1\r\nb = c d=e\r\nc =\r\nd=-7" },
	{ "list of disks", VMG_EXTENDED_VSCSI, "vscsi", true, SAMPLE_LIST },
	{ "list of NICs", VMG_EXTENDED_VNET, "vnet", true,
	  SAMPLE_LIST "vcpu 0\n\nvnet a b" },
};

static unsigned long cases, accepted;
static uint8_t *fence; /* the first byte that cannot be read */

static void fence_make(void)
{
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(pages != MAP_FAILED && page >= 2 * TEXT_MAX);
	fence = pages + page;
	cr_assert(eq(int, mprotect(fence, (size_t)page, PROT_NONE), 0));
}

static bool text_is(const uint8_t *bytes, struct vmg_text t, const char *text)
{
	return t.len == strlen(text) && memcmp(bytes + t.at, text, t.len) == 0;
}

static char state_letter(enum vmg_extended_state state)
{
	return "-nut"[state];
}

static const char *set_wrong(const uint8_t *bytes, size_t len,
			     const struct vector *v)
{
	static struct vmg_extended_reply got, before;
	static struct oracle_set said;
	bool good = oracle_set_reads(bytes, len, v->word, &said);
	enum vmg_err err;

	memset(&got, 0x5a, sizeof got);
	memcpy(&before, &got, sizeof got);
	err = vmg_extended_decode(bytes, len, v->set, &got);
	accepted += good;
	if (err != (good ? VMG_OK : VMG_E_PROTO))
		return good ? "refused" : "accepted";
	if (!good)
		return memcmp(&before, &got, sizeof got) ? "touched" : NULL;
	if (got.count != said.count || got.cut != said.cut ||
	    got.session != said.session)
		return "count, cut or session";
	for (size_t i = 0; i < said.count; i++) {
		const struct vmg_extended_line *l = &got.line[i];
		const struct oracle_line *o = &said.line[i];

		if (!text_is(bytes, l->name, o->name))
			return "a name";
		if (state_letter(l->state) != o->state ||
		    l->number != o->number)
			return "a number";
		if (o->state == 't' && !text_is(bytes, l->value, o->value))
			return "a text";
	}
	return NULL;
}

static const char *list_wrong(const uint8_t *bytes, size_t len,
			      const struct vector *v)
{
	static struct vmg_extended_list got, before;
	static struct oracle_list said;
	bool good = oracle_list_reads(bytes, len, v->word, &said);
	enum vmg_err err;

	memset(&got, 0x5a, sizeof got);
	memcpy(&before, &got, sizeof got);
	err = vmg_extended_list_decode(bytes, len, v->set, &got);
	accepted += good;
	if (err != (good ? VMG_OK : VMG_E_PROTO))
		return good ? "refused" : "accepted";
	if (!good)
		return memcmp(&before, &got, sizeof got) ? "touched" : NULL;
	if (got.count != said.count || got.cut != said.cut)
		return "count or cut";
	for (size_t i = 0; i < said.count; i++)
		if (!text_is(bytes, got.name[i], said.name[i]))
			return "a name";
	return NULL;
}

static void damage_check(const struct vector *v, const char *text, size_t len,
			 const char *how, size_t at)
{
	uint8_t *bytes = fence - len;
	const char *wrong;

	memcpy(bytes, text, len);
	wrong = v->is_list ? list_wrong(bytes, len, v) :
			     set_wrong(bytes, len, v);
	cases++;
	if (wrong)
		cr_fatal("%s, %s at %zu: %s", v->why, how, at, wrong);
}

static void prefixes(const struct vector *v, size_t len)
{
	for (size_t n = 0; n <= len; n++)
		damage_check(v, v->text, n, "prefix", n);
}

/* Each byte made every other. */
static void bytes(const struct vector *v, size_t len)
{
	char text[TEXT_MAX];

	memcpy(text, v->text, len);
	for (size_t at = 0; at < len; at++) {
		for (int c = 0; c < 256; c++) {
			text[at] = (char)c;
			damage_check(v, text, len, "byte", at);
		}
		text[at] = v->text[at];
	}
}

/* Each run of up to 8 bytes dropped, and doubled. */
static void runs(const struct vector *v, size_t len)
{
	char text[TEXT_MAX];

	for (size_t at = 0; at < len; at++)
		for (size_t n = 1; n <= 8 && at + n <= len; n++) {
			memcpy(text, v->text, at);
			memcpy(text + at, v->text + at + n, len - at - n);
			damage_check(v, text, len - n, "run dropped", at);
			memcpy(text, v->text, at + n);
			memcpy(text + at + n, v->text + at, len - at);
			damage_check(v, text, len + n, "run doubled", at);
		}
}

/* Each of these put in at every place. */
static void insertions(const struct vector *v, size_t len)
{
	static const char *const words[] = {
		"\n", "\r\n", "\r", "=", " = ", "-", "-1", "0", " ", "\t",
		"18446744073709551615", "18446744073709551616", "\n\n",
		"9223372036854775808", "session = 5\n", "x = y\n", "vnet z\n",
		"vscsi z\n", "\xff\xfe", "{", "limit = -1\n",
	};
	char text[TEXT_MAX];

	for (size_t at = 0; at <= len; at++)
		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			size_t n = strlen(words[i]);

			memcpy(text, v->text, at);
			memcpy(text + at, words[i], n);
			memcpy(text + at + n, v->text + at, len - at);
			damage_check(v, text, len + n, words[i], at);
		}
}

/* At every place so many of a byte, around every bound there is. */
static void stretches(const struct vector *v, size_t len)
{
	static const char stuff[] = " a0\t";
	char text[TEXT_MAX];

	for (size_t at = 0; at <= len; at++)
		for (size_t n = 40; n <= 130; n += n == 66 ? 40 : 1)
			for (size_t i = 0; i < sizeof stuff - 1; i++) {
				memcpy(text, v->text, at);
				memset(text + at, stuff[i], n);
				memcpy(text + at + n, v->text + at, len - at);
				damage_check(v, text, len + n, "stretch", at);
			}
}

ParameterizedTestParameters(extended_damage, reads_as_the_oracle_does)
{
	return cr_make_param_array(struct vector, vectors, ARRAY_LEN(vectors));
}

ParameterizedTest(struct vector *v, extended_damage, reads_as_the_oracle_does)
{
	size_t len = strlen(v->text);

	fence_make();
	damage_check(v, v->text, len, "nothing", 0);
	cr_assert(eq(u64, accepted, 1), "%s: a good reply", v->why);
	prefixes(v, len);
	bytes(v, len);
	runs(v, len);
	insertions(v, len);
	stretches(v, len);
	printf("damage: %s, %zu bytes: %lu cases, %lu still a reply\n", v->why,
	       len, cases, accepted);
	fflush(stdout);
}
