/* SPDX-License-Identifier: MIT */
/* Replies damaged in every way of a list, each way at every place. What comes of
 * them is held against a second decoder, twice: the decoder alone, on bytes that
 * end where readable memory ends, and the whole library, with these bytes as the
 * host's answer to an update. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "damage_oracle.h"
#include "host.h"
#include "reply.h"
#include "stats.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])
#define BYTES_MAX 4096
#define CELLS_MAX 48

/* ---- a host that answers as it is told ------------------------------------------ */

static struct {
	uint8_t bytes[BYTES_MAX]; /* the answer to a question of this version */
	size_t len;
	unsigned version;
	uint8_t request[32];
	size_t at; /* of a transfer by words */
} answer;

static const char other_version[] = "0 Unsupported version";

static void answer_find(const uint8_t **bytes, size_t *len)
{
	bool fits = answer.request[18] == (answer.version == 3 ? '3' : '2');

	*bytes = fits ? answer.bytes : (const uint8_t *)other_version;
	*len = fits ? answer.len : sizeof other_version - 1;
}

/* Steps of the message protocol. */
enum { SENDSIZE = 1, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD };

static void word_exchange(struct vmg_regs *r, const uint8_t *bytes, size_t len)
{
	uint64_t step = r->cx >> 16, word = r->bx;

	if (step == SENDSIZE || step == RECVSIZE)
		answer.at = 0;
	for (size_t i = 0; step == SENDPAYLOAD && i < 4; i++)
		if (answer.at < sizeof answer.request)
			answer.request[answer.at++] = (uint8_t)(word >> 8 * i);
	if (step == RECVSIZE) {
		r->bx = len;
		r->dx = 0x00010000;
	}
	if (step == RECVPAYLOAD) {
		r->bx = 0;
		for (size_t i = 0; i < 4 && answer.at < len; i++)
			r->bx |= (uint64_t)bytes[answer.at++] << 8 * i;
		r->dx = 0x00020000;
	}
	r->cx = 0x00830000;
}

/* The message protocol over both ports, all steps well. What is damaged is so on
 * either. */
static void exchange(enum vmg_port port, struct vmg_regs *r)
{
	const uint8_t *bytes;
	size_t len;

	answer_find(&bytes, &len);
	if (port == VMG_PORT_WRITE) {
		cr_assert(le(u64, r->cx, sizeof answer.request));
		memcpy(answer.request, (void *)(uintptr_t)r->si, r->cx);
		r->bx = 0x00010000;
		return;
	}
	if (port == VMG_PORT_READ) {
		cr_assert(eq(u64, r->cx, len));
		memcpy((void *)(uintptr_t)r->di, bytes, len);
		r->bx = 0x00010000;
		return;
	}
	word_exchange(r, bytes, len);
}

static const struct vmg_host host = { .exchange = exchange };

enum vmg_err vmg_host_open(const struct vmg_host **found)
{
	*found = &host;
	return VMG_OK;
}

/* Linked with --wrap=vmg_clock_ms: a clock that goes. */
uint64_t __wrap_vmg_clock_ms(void);
uint64_t __wrap_vmg_clock_ms(void)
{
	static uint64_t now_ms = 1;

	return now_ms++;
}

/* ---- good replies ----------------------------------------------------------------- */

struct vector {
	uint8_t bytes[BYTES_MAX]; /* with the "1 " in front */
	size_t len;
	unsigned version;
	size_t cells[CELLS_MAX + 1]; /* where each begins, and the last ends */
	size_t count;
};

static void add(struct vector *v, uint64_t value, int bytes, bool big)
{
	for (int i = 0; i < bytes; i++)
		v->bytes[v->len++] =
			(uint8_t)(value >> 8 * (big ? bytes - 1 - i : i));
}

static void put(uint8_t *at, uint32_t value, bool big)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * (big ? 3 - i : i));
}

static uint32_t get(const uint8_t *at, bool big)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value |= (uint32_t)at[i] << 8 * (big ? 3 - i : i);
	return value;
}

static void header_add(struct vector *v, unsigned version)
{
	v->len = 0;
	v->count = 0;
	v->version = version;
	add(v, '1', 1, false);
	add(v, ' ', 1, false);
	add(v, version, 4, false);
	add(v, 0x8877665544332211, 8, false);
}

static void text_add(struct vector *v, size_t len)
{
	add(v, len, 4, true);
	for (size_t i = 0; i < len; i++)
		add(v, 'a' + i % 26, 1, true);
	add(v, 0, (int)(-len & 3), true);
}

static void cell_add(struct vector *v, uint32_t id, size_t text_len)
{
	v->cells[v->count++] = v->len;
	add(v, id, 4, true);
	add(v, id % 5 != 3, 4, true); /* some are not valid */
	if (oracle_kind(id) == 's')
		text_add(v, text_len);
	else if (oracle_kind(id) == 'u')
		add(v, 0x01020300 + id, 4, true);
	else /* also what is invented */
		add(v, 0x0A0B0C0D0E0F0000 + id, 8, true);
	v->cells[v->count] = v->len;
}

/* Size and number of cells, as the bytes now are. */
static void counts_put(struct vector *v)
{
	put(v->bytes + 14, (uint32_t)v->len - 18, false);
	put(v->bytes + 18, (uint32_t)v->count, true);
}

static void v3_begin(struct vector *v)
{
	header_add(v, 3);
	add(v, 0, 8, false);
	v->cells[0] = v->len;
}

static void v2_make(struct vector *v, size_t text_len)
{
	header_add(v, 2);
	for (uint32_t id = 1; id <= 17; id++) {
		v->cells[v->count++] = v->len;
		add(v, id % 5 != 3, 1, false);
		add(v, 0xAAAAAA, 3, false); /* undefined on the wire */
		add(v, 0x0A0B0C0D0E0F0000 + id, oracle_kind(id) == 'U' ? 8 : 4,
		    false);
		v->cells[v->count] = v->len;
	}
	add(v, 1, 1, false);
	for (size_t i = 0; i < 512; i++)
		add(v, i < text_len ? 'a' + i % 26 : 0, 1, false);
}

/* Rows hold no pointers: workers load at other addresses. */
static struct kind {
	char why[64];
	unsigned version, statistics;
	size_t text_len;
	bool backwards;
} vector_kinds[] = {
	{ "version 3, all statistics", 3, 38, 9, false },
	{ "version 3, all statistics, no path", 3, 38, 0, false },
	{ "version 3, all, last first", 3, 38, 2, true },
	{ "version 3, two from a newer host", 3, 40, 3, false },
	{ "version 3, paths of 512 and 700 bytes", 3, 38, 512, false },
	{ "version 3 without the 64-bit shares", 3, 37, 4, false },
	{ "version 3 of ESX 4", 3, 30, 5, false },
	{ "version 3 of the first hosts", 3, 20, 6, false },
	{ "version 3, path last", 3, 18, 7, false },
	{ "version 3, no path", 3, 17, 0, false },
	{ "version 3, three statistics", 3, 3, 0, false },
	{ "version 3, none", 3, 0, 0, false },
	{ "version 2", 2, 18, 9, false },
	{ "version 2, path fills its place", 2, 18, 512, false },
};

static void vector_make(struct vector *v, const struct kind *k)
{
	if (k->version == 2) {
		v2_make(v, k->text_len);
		return;
	}
	v3_begin(v);
	for (unsigned i = 0; i < k->statistics; i++) {
		uint32_t id = k->backwards ? k->statistics - i : i + 1;

		cell_add(v, id, id == 37 && k->text_len == 512 ? 700 :
								 k->text_len);
	}
	counts_put(v);
}

/* ---- one damaged reply -------------------------------------------------------------- */

static unsigned long cases, accepted;
static VMGuestLibHandle handle;
static uint8_t *fence; /* the first byte that cannot be read */

static void fence_make(void)
{
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(pages != MAP_FAILED && page >= BYTES_MAX);
	fence = pages + page;
	cr_assert(eq(int, mprotect(fence, (size_t)page, PROT_NONE), 0));
}

static enum vmg_state cell_state(const struct oracle_cell *c)
{
	return !c->sent	 ? VMG_STATE_NOT_SENT :
	       !c->valid ? VMG_STATE_NOT_VALID :
			   VMG_STATE_VALUE;
}

/* The decoder alone; NULL if it agrees with the oracle. */
static const char *decoder_wrong(const uint8_t *body, size_t len,
				 unsigned version, bool good,
				 const struct oracle *said)
{
	struct vmg_snapshot s;
	uint8_t *bytes = fence - len;
	enum vmg_err err;

	memcpy(bytes, body, len);
	memset(&s, 0x5A, sizeof s);
	err = vmg_reply_decode(bytes, len, version, &s);
	if (err != (good ? VMG_OK : VMG_E_PROTO))
		return good ? "refused" : "accepted";
	if (err)
		return s.session != 0 ? "a snapshot of a bad reply" : NULL;
	if (s.session != said->session || s.version != version ||
	    s.value[0].state != VMG_STATE_NOT_SENT)
		return "session, version, or statistic 0";
	for (uint32_t id = 1; id <= ORACLE_LAST; id++) {
		const struct oracle_cell *c = &said->cell[id];
		const struct vmg_text *t = id == 18 ? &s.path : &s.path_long;

		if (s.value[id].state != cell_state(c))
			return "a state";
		if (s.value[id].number != (c->valid ? c->number : 0))
			return "a value";
		if (c->sent && oracle_kind(id) == 's' &&
		    (t->len != c->text_len || (t->len && t->at != c->text)))
			return "a text";
	}
	return NULL;
}

static VMGuestLibError cell_error(const struct oracle_cell *c)
{
	return !c->sent	 ? VMGUESTLIB_ERROR_UNSUPPORTED_VERSION :
	       !c->valid ? VMGUESTLIB_ERROR_NOT_AVAILABLE :
			   VMGUESTLIB_ERROR_SUCCESS;
}

static bool text_reads(uint32_t id, const struct oracle_cell *c,
		       const uint8_t *body)
{
	char text[BYTES_MAX];
	size_t need = 0, len = c->text_len;
	VMGuestLibError error = vmg_stat_text(handle, vmg_stat_by_id(id), NULL,
					      text, sizeof text, &need);
	const uint8_t *nul;

	if (error || error != cell_error(c))
		return error == cell_error(c);
	nul = memchr(body + c->text, 0, len);
	if (nul)
		len = (size_t)(nul - (body + c->text));
	return need == len + 1 && memcmp(text, body + c->text, len) == 0 &&
	       text[len] == '\0';
}

/* All that callers can read; what they get, or the error that there is nothing. */
static const char *handle_wrong(const uint8_t *body, const struct oracle *said)
{
	VMSessionId session = 0;
	VMGuestLibError error = VMGuestLib_GetSessionId(handle, &session);
	uint64_t value;

	if (error != (said ? VMGUESTLIB_ERROR_SUCCESS :
			     VMGUESTLIB_ERROR_NO_INFO) ||
	    (said && session != said->session))
		return "session of the handle";
	for (uint32_t id = 1; id <= ORACLE_LAST; id++) {
		if (said && oracle_kind(id) == 's') {
			if (!text_reads(id, &said->cell[id], body))
				return "a text of the handle";
			continue;
		}
		if (oracle_kind(id) == 's')
			error = vmg_stat_text(handle, vmg_stat_by_id(id), NULL,
					      NULL, 0, NULL);
		else
			error = vmg_stat_read(handle, vmg_stat_by_id(id),
					      &value);
		if (error != (said ? cell_error(&said->cell[id]) :
				     VMGUESTLIB_ERROR_NO_INFO))
			return "an error of the handle";
		if (!error && value != said->cell[id].number)
			return "a value of the handle";
	}
	return NULL;
}

/* What an update must return. An answer that is a refusal is one, whatever was
 * damaged to make it so. */
static VMGuestLibError update_error(const uint8_t *bytes, size_t len, bool good)
{
	if (len >= 2 && bytes[0] == '0' && bytes[1] == ' ')
		return VMGUESTLIB_ERROR_NOT_ENABLED;
	return good ? VMGUESTLIB_ERROR_SUCCESS : VMGUESTLIB_ERROR_OTHER;
}

static const char *library_wrong(const uint8_t *bytes, size_t len,
				 unsigned version, bool good,
				 const struct oracle *said)
{
	VMGuestLibError error;

	memcpy(answer.bytes, bytes, len);
	answer.len = len;
	answer.version = version;
	error = VMGuestLib_UpdateInfo(handle);
	if (error != update_error(bytes, len, good))
		return "the result of the update";
	return handle_wrong(bytes + 2, good ? said : NULL);
}

static void damage_check(const struct vector *v, const uint8_t *bytes,
			 size_t len, const char *how, size_t at, uint32_t value)
{
	struct oracle said;
	const char *wrong = NULL;
	bool framed = len >= 2 && bytes[0] == '1' && bytes[1] == ' ', good;

	good = len >= 2 && oracle_reads(bytes + 2, len - 2, v->version, &said);
	if (len >= 2)
		wrong = decoder_wrong(bytes + 2, len - 2, v->version, good,
				      &said);
	if (!wrong)
		wrong = library_wrong(bytes, len, v->version, good && framed,
				      &said);
	cases++;
	accepted += good && framed;
	cr_assert(wrong == NULL, "version %u, %zu cells, %s at %zu, %#x: %s",
		  v->version, v->count, how, at, (unsigned)value,
		  wrong ? wrong : "");
}

/* ---- the list of damages -------------------------------------------------------------- */

static void prefixes(const struct vector *v)
{
	for (size_t len = 0; len <= v->len; len++)
		damage_check(v, v->bytes, len, "cut", len, 0);
}

/* The size in the header goes along, so that the count alone is wrong. */
static void prefixes_with_their_size(const struct vector *v)
{
	struct vector w = *v;

	for (size_t len = 18; v->version == 3 && len <= v->len; len++) {
		put(w.bytes + 14, (uint32_t)len - 18, false);
		damage_check(v, w.bytes, len, "cut, size fits", len, 0);
	}
}

static void byte_try(const struct vector *v, size_t at, uint8_t value)
{
	struct vector w = *v;

	w.bytes[at] = value;
	damage_check(v, w.bytes, w.len, "byte", at, value);
}

static void bytes(const struct vector *v)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };

	for (size_t at = 0; at < v->len; at++) {
		for (size_t i = 0; i < ARRAY_LEN(values); i++)
			byte_try(v, at, values[i]);
		for (int bit = 0; bit < 8; bit++)
			byte_try(v, at, (uint8_t)(v->bytes[at] ^ 1 << bit));
	}
}

/* Every four bytes are taken for a field, in both byte orders. */
static void fields(const struct vector *v)
{
	for (size_t at = 0; at + 4 <= v->len; at++)
		for (int big = 0; big < 2; big++) {
			uint32_t n = get(v->bytes + at, big);
			uint32_t values[] = { 0, 1, n - 1, n, n + 1,
					      0x7fffffff, 0x80000000,
					      0xffffffff };
			struct vector w = *v;

			for (size_t i = 0; i < ARRAY_LEN(values); i++) {
				put(w.bytes + at, values[i], big);
				damage_check(v, w.bytes, w.len,
					     big ? "field, high byte first" :
						   "field, low byte first",
					     at, values[i]);
			}
		}
}

/* Every eight bytes too: a session, a wide value, a cell's head. */
static void wide_fields(const struct vector *v)
{
	static const uint32_t halves[] = { 0, 1, 0x80000000, 0xffffffff };

	for (size_t at = 0; at + 8 <= v->len; at++)
		for (size_t i = 0; i < 16; i++) {
			struct vector w = *v;

			put(w.bytes + at, halves[i / 4], false);
			put(w.bytes + at + 4, halves[i % 4], false);
			damage_check(v, w.bytes, w.len, "eight bytes", at,
				     (uint32_t)i);
		}
}

/* Every size up to beyond the reply, with every number of cells up to beyond. */
static void sizes_and_counts(const struct vector *v)
{
	struct vector w = *v;

	if (v->version != 3)
		return;
	for (uint32_t size = 0; size <= v->len; size++)
		for (uint32_t count = 0; count <= v->count + 2; count++) {
			put(w.bytes + 14, size, false);
			put(w.bytes + 18, count, true);
			damage_check(v, w.bytes, w.len, "size, count", size,
				     count);
		}
}

/* Every cell under every number, also of statistics that nobody knows. */
static void ids(const struct vector *v)
{
	struct vector w = *v;

	for (size_t i = 0; v->version == 3 && i < v->count; i++) {
		for (uint32_t id = 0; id <= 70; id++) {
			put(w.bytes + v->cells[i], id, true);
			damage_check(v, w.bytes, w.len, "id", v->cells[i], id);
		}
		memcpy(w.bytes, v->bytes, v->len);
	}
}

/* Every text with every length up to beyond the reply. */
static void text_lengths(const struct vector *v)
{
	struct vector w = *v;

	for (size_t i = 0; v->version == 3 && i < v->count; i++) {
		size_t at = v->cells[i];

		if (oracle_kind(get(v->bytes + at, true)) != 's')
			continue;
		for (uint32_t len = 0; len <= v->len; len++) {
			put(w.bytes + at + 8, len, true);
			damage_check(v, w.bytes, w.len, "text length", at, len);
		}
		memcpy(w.bytes, v->bytes, v->len);
	}
}

/* Cell i in order[i]; 0 counts, -1 ends. */
static void cells_arrange(const struct vector *v, struct vector *w,
			  const size_t *order, size_t count)
{
	w->len = v->cells[0];
	w->count = count;
	for (size_t i = 0; i < count; i++) {
		size_t from = v->cells[order[i]];
		size_t len = v->cells[order[i] + 1] - from;

		memcpy(w->bytes + w->len, v->bytes + from, len);
		w->cells[i] = w->len;
		w->len += len;
	}
	memcpy(w->bytes + w->len, v->bytes + v->cells[v->count],
	       v->len - v->cells[v->count]);
	w->len += v->len - v->cells[v->count];
}

/* With size and count as they were, with the one, with the other, with both. */
static void cells_check(const struct vector *v, struct vector *w,
			const char *how, size_t at)
{
	for (int counts = 0; counts < 4; counts++) {
		memcpy(w->bytes, v->bytes, v->cells[0]);
		if (v->version == 3 && counts & 1)
			put(w->bytes + 14, (uint32_t)w->len - 18, false);
		if (v->version == 3 && counts & 2)
			put(w->bytes + 18, (uint32_t)w->count, true);
		damage_check(v, w->bytes, w->len, how, at, (uint32_t)counts);
	}
}

static void cells(const struct vector *v)
{
	for (size_t at = 0; at < v->count; at++) {
		size_t order[CELLS_MAX + 1], n = 0;
		struct vector w = *v;

		for (size_t i = 0; i < v->count; i++)
			order[i] = i;
		if (at + 1 < v->count) {
			order[at] = at + 1;
			order[at + 1] = at;
			cells_arrange(v, &w, order, v->count);
			cells_check(v, &w, "cells swapped", at);
		}
		for (size_t i = 0; i < v->count; i++) {
			order[n++] = i;
			if (i == at)
				order[n++] = i;
		}
		cells_arrange(v, &w, order, n);
		cells_check(v, &w, "cell doubled", at);
		n = 0;
		for (size_t i = 0; i < v->count; i++)
			if (i != at)
				order[n++] = i;
		cells_arrange(v, &w, order, n);
		cells_check(v, &w, "cell dropped", at);
	}
}

ParameterizedTestParameters(damage, is_an_error_or_what_the_bytes_still_say)
{
	return cr_make_param_array(struct kind, vector_kinds,
				   ARRAY_LEN(vector_kinds));
}

ParameterizedTest(struct kind *kind, damage,
		  is_an_error_or_what_the_bytes_still_say)
{
	static struct vector v;

	fence_make();
	vector_make(&v, kind);
	cr_assert(eq(int, VMGuestLib_OpenHandle(&handle), 0));
	damage_check(&v, v.bytes, v.len, "nothing", 0, 0);
	cr_assert(eq(u64, accepted, 1), "%s: a good reply", kind->why);
	prefixes(&v);
	prefixes_with_their_size(&v);
	bytes(&v);
	fields(&v);
	wide_fields(&v);
	sizes_and_counts(&v);
	ids(&v);
	text_lengths(&v);
	cells(&v);
	cr_assert(eq(int, VMGuestLib_CloseHandle(handle), 0));
	printf("damage: %s, %zu bytes: %lu cases, %lu still a reply\n",
	       kind->why, v.len, cases, accepted);
	fflush(stdout);
}
