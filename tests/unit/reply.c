/* SPDX-License-Identifier: MIT */
/* Replies written by hand, and what is done to them. Every reply stands in a heap
 * block of its exact size, so that a sanitizer sees a read past its end. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "reply.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

static const uint8_t three[] = {
	3, 0, 0, 0,				/* version */
	0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* session */
	40, 0, 0, 0,				/* size of what follows */
	0, 0, 0, 3,				/* statistics */
	0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0,	/* 1 cpuReservationMHz: 0 */
	0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, /* 2 cpuLimitMHz */
	0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,	/* 3 cpuShares: not valid */
};

/* One of each kind, in an order that no host uses. */
static const uint8_t kinds[] = {
	3, 0, 0, 0,				/* version */
	1, 0, 0, 0, 0, 0, 0, 0x80,		/* session */
	80, 0, 0, 0,				/* size */
	0, 0, 0, 4,				/* statistics */
	0, 0, 0, 19, 0, 0, 0, 2,		/* 19 cpuStolenMs, valid 2 */
	1, 2, 3, 4, 5, 6, 7, 8,			/* high word first */
	0, 0, 0, 18, 0, 0, 0, 1,		/* 18 resourcePoolPath */
	0, 0, 0, 5, '/', 'p', 'o', 'o', 'l', 0, 0, 0, /* padded */
	0, 0, 0, 37, 0, 0, 1, 0,		/* 37, valid 256 */
	0, 0, 0, 8, '/', 'l', 'o', 'n', 'g', 0, 'e', 'r', /* not padded */
	0, 0, 0, 36, 0, 0, 0, 1, 0, 0, 0, 7,	/* 36 memBalloonMaxMB */
	0, 0, 0, 0, 0, 0, 0, 0,			/* put in by a test */
};
#define KINDS_LEN (sizeof kinds - 8)

static uint8_t *block(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	cr_assert(ne(ptr, copy, NULL));
	memcpy(copy, bytes, len);
	return copy;
}

static enum vmg_err decode(const uint8_t *bytes, size_t len, unsigned version,
			   struct vmg_snapshot *out)
{
	uint8_t *copy = block(bytes, len);
	enum vmg_err err = vmg_reply_decode(copy, len, version, out);

	free(copy);
	return err;
}

/* Statistics that were sent, and those with a value: bit id. */
static uint64_t sent(const struct vmg_snapshot *s)
{
	uint64_t set = 0;

	for (unsigned id = 0; id < VMG_ID_END; id++)
		if (s->value[id].state != VMG_STATE_NOT_SENT)
			set |= 1ull << id;
	return set;
}

static uint64_t valid(const struct vmg_snapshot *s)
{
	uint64_t set = 0;

	for (unsigned id = 0; id < VMG_ID_END; id++)
		if (s->value[id].state == VMG_STATE_VALUE)
			set |= 1ull << id;
	return set;
}

static void put_be32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

Test(reply, tells_not_sent_from_not_valid_from_a_value)
{
	struct vmg_snapshot s;

	cr_assert(eq(int, decode(three, sizeof three, 3, &s), VMG_OK));
	cr_expect(eq(u64, s.session, 0x1122334455667788));
	cr_expect(eq(u64, sent(&s), 1 << 1 | 1 << 2 | 1 << 3));
	cr_expect(eq(u64, valid(&s), 1 << 1 | 1 << 2));
	cr_expect(eq(u64, s.value[1].number, 0));
	cr_expect(eq(u64, s.value[2].number, 0xFFFFFFFF));
}

Test(reply, reads_every_kind_in_any_order)
{
	uint8_t bytes[KINDS_LEN];
	struct vmg_snapshot s;

	memcpy(bytes, kinds, sizeof bytes);
	bytes[12] = KINDS_LEN - 16;
	cr_assert(eq(int, decode(bytes, sizeof bytes, 3, &s), VMG_OK));
	cr_expect(eq(u64, s.session, 0x8000000000000001));
	cr_expect(eq(u64, s.value[VMG_ID_CpuStolenMs].number,
		     0x0102030405060708));
	cr_expect(eq(u64, s.value[VMG_ID_MemBalloonMaxMB].number, 7));
	cr_expect(eq(u64, valid(&s),
		     1ull << 18 | 1ull << 19 | 1ull << 36 | 1ull << 37),
		  "any value but 0 means valid, not its low byte alone");
	cr_expect(eq(u64, s.value[18].number, 0), "a text has no number");
	cr_expect(eq(u32, s.path.len, 5));
	cr_expect(eq(int, memcmp(bytes + s.path.at, "/pool", 5), 0));
	cr_expect(eq(u32, s.path_long.len, 8));
	cr_expect(eq(int, memcmp(bytes + s.path_long.at, "/long\0er", 8),
		     0));
}

Test(reply, ends_at_an_unknown_id_and_keeps_what_came_before)
{
	uint8_t bytes[sizeof kinds];
	struct vmg_snapshot s;

	memcpy(bytes, kinds, sizeof bytes);
	bytes[12] = sizeof kinds - 16;
	bytes[19] = 5;
	put_be32(bytes + KINDS_LEN, 39);
	cr_assert(eq(int, decode(bytes, sizeof bytes, 3, &s), VMG_OK));
	cr_expect(eq(u64, sent(&s),
		     1ull << 19 | 1ull << 18 | 1ull << 37 | 1ull << 36));
}

Test(reply, leaves_what_follows_the_array_alone)
{
	uint8_t bytes[sizeof three + 5];
	struct vmg_snapshot s;

	memset(bytes, 0xee, sizeof bytes);
	memcpy(bytes, three, sizeof three);
	cr_expect(eq(int, decode(bytes, sizeof bytes, 3, &s), VMG_OK));
}

Test(reply, takes_a_host_without_any_statistic)
{
	static const uint8_t none[] = { 3, 0, 0, 0, 9, 0, 0, 0, 0, 0,
					0, 0, 4, 0, 0, 0, 0, 0, 0, 0 };
	struct vmg_snapshot s;

	cr_assert(eq(int, decode(none, sizeof none, 3, &s), VMG_OK));
	cr_expect(eq(u64, sent(&s), 0));
	cr_expect(eq(u64, s.session, 9));
}

static void expect_refused(const uint8_t *bytes, size_t len, unsigned version,
			   const char *why)
{
	struct vmg_snapshot now;

	memset(&now, 0xA5, sizeof now);
	cr_expect(eq(int, decode(bytes, len, version, &now), VMG_E_PROTO),
		  "%s, %zu bytes", why, len);
	cr_expect(eq(u64, now.session, 0), "%s, %zu bytes: a snapshot", why,
		  len);
}

Test(reply, refuses_every_prefix)
{
	uint8_t bytes[KINDS_LEN];

	memcpy(bytes, kinds, sizeof bytes);
	bytes[12] = KINDS_LEN - 16;
	for (size_t len = 0; len < sizeof bytes; len++)
		expect_refused(bytes, len, 3, "cut, size as it was");
	/* Cut, and the size cut with it: the count then promises too much. */
	for (size_t len = 16; len < sizeof bytes; len++) {
		bytes[12] = (uint8_t)(len - 16);
		expect_refused(bytes, len, 3, "cut, size to fit");
	}
}

/* Rows hold no pointers: workers load at other addresses. */
static struct bad_reply {
	char why[40];
	size_t at;
	uint32_t be32; /* what is written there, high byte first */
} bad_replies[] = {
	{ "version 2 where 3 was asked for", 0, 0x02000000 },
	{ "version 4", 0, 0x04000000 },
	{ "size one too small", 12, 0x27000000 },
	{ "size one too large", 12, 0x29000000 },
	{ "size below the count", 12, 0x03000000 },
	{ "size 0", 12, 0 },
	{ "size 2^32 - 1", 12, 0xffffffff },
	{ "size 2^31", 12, 0x00000080 },
	{ "one statistic more than bytes", 16, 4 },
	{ "one statistic less than bytes", 16, 2 },
	{ "no statistic but bytes", 16, 0 },
	{ "2^32 - 1 statistics", 16, 0xffffffff },
	{ "id 0", 20, 0 },
	{ "id 1 twice", 32, 1 },
	{ "a 64-bit id in a 32-bit cell", 44, 4 },
	{ "a text of 2^32 - 1 bytes in a short cell", 44, 18 },
};

ParameterizedTestParameters(reply, refuses_and_gives_no_snapshot)
{
	return cr_make_param_array(struct bad_reply, bad_replies,
				   ARRAY_LEN(bad_replies));
}

ParameterizedTest(struct bad_reply *bad, reply, refuses_and_gives_no_snapshot)
{
	uint8_t bytes[sizeof three];

	memcpy(bytes, three, sizeof three);
	put_be32(bytes + bad->at, bad->be32);
	if (bad->be32 == 18)
		put_be32(bytes + sizeof three - 4, 0xffffffff);
	expect_refused(bytes, sizeof bytes, 3, bad->why);
}

Test(reply, refuses_session_0)
{
	uint8_t bytes[sizeof three];

	memcpy(bytes, three, sizeof three);
	memset(bytes + 4, 0, 8);
	expect_refused(bytes, sizeof bytes, 3, "session 0");
}

/* A version 3 reply with one text. */
static size_t text_reply(uint8_t *bytes, uint32_t id, uint32_t len)
{
	size_t padded = (len + 3) / 4 * 4;

	memset(bytes, 0, 32 + padded);
	bytes[0] = 3;
	bytes[4] = 1;
	bytes[12] = (uint8_t)(16 + padded);
	bytes[13] = (uint8_t)((16 + padded) >> 8);
	put_be32(bytes + 16, 1);
	put_be32(bytes + 20, id);
	put_be32(bytes + 24, 1);
	put_be32(bytes + 28, len);
	memset(bytes + 32, 'x', len);
	return 32 + padded;
}

Test(reply, bounds_the_short_path_and_not_the_long_one)
{
	uint8_t bytes[1024];
	struct vmg_snapshot s;
	size_t len;

	len = text_reply(bytes, 18, 512);
	cr_assert(eq(int, decode(bytes, len, 3, &s), VMG_OK));
	cr_expect(eq(u32, s.path.len, 512));
	len = text_reply(bytes, 18, 513);
	expect_refused(bytes, len, 3, "513 bytes in statistic 18");
	len = text_reply(bytes, 37, 700);
	cr_assert(eq(int, decode(bytes, len, 3, &s), VMG_OK));
	cr_expect(eq(u32, s.path_long.len, 700));
}

/* Version 2: offsets as published, not as computed from the table. */
static void v2_cell32(uint8_t *bytes, size_t at, uint8_t valid, uint32_t value)
{
	bytes[at] = valid;
	memset(bytes + at + 1, 0xaa, 3); /* undefined on the wire */
	for (int i = 0; i < 4; i++)
		bytes[at + 4 + i] = (uint8_t)(value >> 8 * i);
}

static void v2_cell64(uint8_t *bytes, size_t at, uint8_t valid, uint64_t value)
{
	v2_cell32(bytes, at, valid, (uint32_t)value);
	for (int i = 0; i < 4; i++)
		bytes[at + 8 + i] = (uint8_t)(value >> (32 + 8 * i));
}

static void v2_reply(uint8_t bytes[669])
{
	memset(bytes, 0, 669);
	bytes[0] = 2;
	bytes[4] = 0x34;
	bytes[11] = 0x12;
	v2_cell32(bytes, 12, 1, 100);		      /* cpuReservationMHz */
	v2_cell32(bytes, 20, 1, 0xFFFFFFFF);	      /* cpuLimitMHz */
	v2_cell32(bytes, 28, 1, 4000);		      /* cpuShares */
	v2_cell64(bytes, 36, 1, 0x0102030405060708);  /* cpuUsedMs */
	v2_cell32(bytes, 48, 1, 2593);		      /* hostMHz */
	v2_cell32(bytes, 56, 1, 106);		      /* memReservationMB */
	v2_cell32(bytes, 64, 1, 107);		      /* memLimitMB */
	v2_cell32(bytes, 72, 1, 108);		      /* memShares */
	v2_cell32(bytes, 80, 1, 109);		      /* memMappedMB */
	v2_cell32(bytes, 88, 0, 110);		      /* memActiveMB, not valid */
	v2_cell32(bytes, 96, 1, 111);		      /* memOverheadMB */
	v2_cell32(bytes, 104, 1, 112);		      /* memBalloonedMB */
	v2_cell32(bytes, 112, 1, 113);		      /* memSwappedMB */
	v2_cell32(bytes, 120, 1, 114);		      /* memSharedMB */
	v2_cell32(bytes, 128, 1, 115);		      /* memSharedSavedMB */
	v2_cell32(bytes, 136, 255, 116);	      /* memUsedMB, valid */
	v2_cell64(bytes, 144, 1, 0xfffffffffffffffe); /* elapsedMs */
	bytes[156] = 1;				      /* resourcePoolPath */
	memset(bytes + 157, 'p', 512);
}

Test(reply, reads_version_2_by_its_published_offsets)
{
	uint8_t bytes[669];
	struct vmg_snapshot s;

	v2_reply(bytes);
	cr_assert(eq(int, decode(bytes, sizeof bytes, 2, &s), VMG_OK));
	cr_expect(eq(u64, s.session, 0x1200000000000034));
	cr_expect(eq(u64, sent(&s), (1ull << 19) - 2), "1 to 18");
	cr_expect(eq(u64, valid(&s), ((1ull << 19) - 2) & ~(1ull << 10)));
	cr_expect(eq(u64, s.value[2].number, 0xFFFFFFFF));
	cr_expect(eq(u64, s.value[4].number, 0x0102030405060708));
	cr_expect(eq(u64, s.value[5].number, 2593));
	for (unsigned id = 6; id <= 16; id++)
		cr_expect(eq(u64, s.value[id].number, id == 10 ? 0 : 100 + id),
			  "id %u", id);
	cr_expect(eq(u64, s.value[17].number, 0xfffffffffffffffe));
	cr_expect(eq(u32, s.path.at, 157));
	cr_expect(eq(u32, s.path.len, 511), "room for a NUL");
}

Test(reply, takes_version_2_in_one_length_only)
{
	uint8_t bytes[700] = { 0 };

	v2_reply(bytes);
	for (size_t len = 0; len <= sizeof bytes; len++)
		if (len != 669)
			expect_refused(bytes, len, 2, "wrong length");
	bytes[0] = 3;
	expect_refused(bytes, 669, 2, "version 3 where 2 was asked for");
}
