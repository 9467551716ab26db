/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>

/* How many bytes the well-formed character at p has; 0 if it is none, or a
 * control character. Never looks behind the NUL.
 * Source: The Unicode Standard, table 3-7. */
static size_t character_size(const unsigned char *p)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t size;

	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7F;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	size = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (p[0] == 0xE0)
		low = 0xA0; /* shorter forms exist */
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xED)
		high = 0x9F; /* surrogates */
	else if (p[0] == 0xF4)
		high = 0x8F; /* beyond U+10FFFF */
	else if (p[0] == 0xC2)
		low = 0xA0; /* control characters of Latin-1 */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return size;
}

void vmg_text_clean(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p;) {
		size_t size = character_size(p);

		if (size == 0) {
			*p = '?';
			size = 1;
		}
		p += size;
	}
}

static bool text_read(struct vmg_pool *pool, VMGuestLibHandle handle,
		      const struct vmg_stat *stat)
{
	VMGuestLibError err;
	size_t need = 0;
	char *larger;

	err = vmg_stat_text(handle, stat, NULL, pool->text, pool->size, &need);
	if (err == VMGUESTLIB_ERROR_BUFFER_TOO_SMALL && need > pool->size) {
		larger = realloc(pool->text, need);
		if (!larger)
			return false;
		pool->text = larger;
		pool->size = need;
		err = vmg_stat_text(handle, stat, NULL, pool->text, pool->size, NULL);
	}
	return err == VMGUESTLIB_ERROR_SUCCESS && pool->text && pool->text[0];
}

const char *vmg_pool_read(struct vmg_pool *pool, VMGuestLibHandle handle)
{
	const uint8_t *ids = vmg_metric_at(VMG_ROW_RESOURCE_POOL)->ids;

	for (size_t i = 0; i < 2; i++) {
		const struct vmg_stat *stat = vmg_stat_by_id(ids[i]);

		if (stat && text_read(pool, handle, stat)) {
			vmg_text_clean(pool->text);
			return pool->text;
		}
	}
	return NULL;
}

void vmg_pool_release(struct vmg_pool *pool)
{
	free(pool->text);
	*pool = (struct vmg_pool){ 0 };
}
