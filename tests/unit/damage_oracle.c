/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "damage_oracle.h"

/* Position n is statistic n; position 0 is none. */
static const char kinds[] = "-uuuUuuuuuuuuuuuuUsUUuUUUUUUUUUuuuuuusU";

char oracle_kind(uint32_t id)
{
	return id >= 1 && id <= ORACLE_LAST ? kinds[id] : 0;
}

/* Numbers of n bytes, most and least significant first. */
static uint64_t big(const uint8_t *p, int n)
{
	uint64_t value = 0;

	for (int i = 0; i < n; i++)
		value = value * 256 + p[i];
	return value;
}

static uint64_t little(const uint8_t *p, int n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value * 256 + p[n];
	return value;
}

/* 12 bytes of header, cells of 8 and 12 bytes, a flag and 512 bytes of text, of
 * which the last is cut for a NUL. */
static bool v2_reads(const uint8_t *body, size_t len, struct oracle *said)
{
	size_t at = 12;

	if (len != 669)
		return false;
	for (uint32_t id = 1; id <= 17; id++) {
		struct oracle_cell *c = &said->cell[id];
		int width = oracle_kind(id) == 'U' ? 8 : 4;

		c->sent = true;
		c->valid = body[at] != 0;
		c->number = little(body + at + 4, width);
		at += 4 + (size_t)width;
	}
	said->cell[18] = (struct oracle_cell){ .sent = true,
					       .valid = body[156] != 0,
					       .text = 157,
					       .text_len = 511 };
	return at == 156;
}

/* How many bytes the value at this place takes; 0: more than there are. */
static size_t value_len(const uint8_t *body, size_t at, size_t end, char kind,
			uint32_t id)
{
	uint64_t len, padded;

	if (kind == 'u')
		return end - at >= 4 ? 4 : 0;
	if (kind == 'U')
		return end - at >= 8 ? 8 : 0;
	if (end - at < 4)
		return 0;
	len = big(body + at, 4);
	padded = (len + 3) / 4 * 4;
	if (padded > end - at - 4 || (id == 18 && len > 512))
		return 0;
	return 4 + (size_t)padded;
}

/* Header, size of what follows, how many cells; a cell is id, valid, value. */
static bool v3_reads(const uint8_t *body, size_t len, struct oracle *said)
{
	uint64_t size, count;
	size_t at = 20, end, taken;

	if (len < 20)
		return false;
	size = little(body + 12, 4);
	count = big(body + 16, 4);
	if (size < 4 || size > len - 16)
		return false;
	end = 16 + (size_t)size;
	for (; count > 0; count--) {
		struct oracle_cell *c;
		uint32_t id;

		if (end - at < 8)
			return false;
		id = (uint32_t)big(body + at, 4);
		if (id > ORACLE_LAST)
			return true; /* a newer host's; the rest is too */
		if (id == 0 || said->cell[id].sent)
			return false;
		c = &said->cell[id];
		c->sent = true;
		c->valid = big(body + at + 4, 4) != 0;
		at += 8;
		taken = value_len(body, at, end, oracle_kind(id), id);
		if (taken == 0)
			return false;
		if (oracle_kind(id) == 's') {
			c->text = at + 4;
			c->text_len = (size_t)big(body + at, 4);
		} else {
			c->number = big(body + at, (int)taken);
		}
		at += taken;
	}
	return at == end;
}

bool oracle_reads(const uint8_t *body, size_t len, unsigned version,
		  struct oracle *said)
{
	memset(said, 0, sizeof *said);
	if (len < 12 || little(body, 4) != version)
		return false;
	said->session = little(body + 4, 8);
	if (said->session == 0)
		return false;
	return version == 2 ? v2_reads(body, len, said) :
			      v3_reads(body, len, said);
}
