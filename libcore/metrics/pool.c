/* SPDX-License-Identifier: MIT */
#include "pool.h"
#include "row.h"
#include "text.h"

#include <stdlib.h>

static bool text_read(struct vmg_pool *pool, VMGuestLibHandle handle,
		      const struct vmg_stat *stat, VMSessionId session)
{
	VMSessionId of = 0;
	VMGuestLibError err;
	size_t need = 0;
	char *larger;

	err = vmg_stat_text(handle, stat, &of, pool->text, pool->size, &need);
	if (err == VMGUESTLIB_ERROR_BUFFER_TOO_SMALL && need > pool->size) {
		larger = realloc(pool->text, need);
		if (!larger)
			return false;
		pool->text = larger;
		pool->size = need;
		err = vmg_stat_text(handle, stat, &of, pool->text, pool->size,
				    NULL);
	}
	return err == VMGUESTLIB_ERROR_SUCCESS && of == session && pool->text &&
	       pool->text[0];
}

const char *vmg_pool_read(struct vmg_pool *pool, VMGuestLibHandle handle,
			  VMSessionId session)
{
	const uint8_t *ids = vmg_metric_at(VMG_ROW_RESOURCE_POOL)->ids;

	for (size_t i = 0; i < 2; i++) {
		const struct vmg_stat *stat = vmg_stat_by_id(ids[i]);

		if (stat && text_read(pool, handle, stat, session)) {
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
