/* SPDX-License-Identifier: MIT */
/* The body of a reply, in the version that the first byte chooses, against the
 * second decoder of the damage tests. */
#include "damage_oracle.h"
#include "fuzz.h"
#include "reply.h"

static void cell_check(const struct vmg_snapshot *s, uint32_t id,
		       const struct oracle_cell *c, size_t len)
{
	const struct vmg_stat_value *value = &s->value[id];
	const struct vmg_text *text = id == 18 ? &s->path : &s->path_long;

	CLAIM((value->state != VMG_STATE_NOT_SENT) == c->sent);
	CLAIM((value->state == VMG_STATE_VALUE) == c->valid);
	CLAIM(value->number == (c->valid ? c->number : 0));
	if (c->sent && oracle_kind(id) == 's')
		CLAIM(text->len == c->text_len && text->at <= len &&
		      text->len <= len - text->at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmg_snapshot s;
	struct oracle said;
	unsigned version;
	uint8_t *body;
	bool good;

	if (size == 0)
		return 0;
	version = 2 + (data[0] & 1);
	body = (uint8_t *)text_copy(data + 1, size - 1);
	memset(&s, 0x5A, sizeof s);
	good = vmg_reply_decode(body, size - 1, version, &s) == VMG_OK;
	CLAIM(good == oracle_reads(body, size - 1, version, &said));
	if (!good)
		CLAIM(s.session == 0);
	for (uint32_t id = 1; good && id <= ORACLE_LAST; id++)
		cell_check(&s, id, &said.cell[id], size - 1);
	free(body);
	return 0;
}
