/* SPDX-License-Identifier: MIT */
/* The resource pool's path: the host's text, made fit to be printed. */
#ifndef VMG_POOL_H
#define VMG_POOL_H

#include "metrics.h"

struct vmg_pool {
	char *text; /* the buffer; grows, is reused */
	size_t size;
};

/* The path in the handle's last update, if that is of this session: id 18, else
 * 37. NULL if the host gave none, or an empty one. Lives until the next call. */
const char *vmg_pool_read(struct vmg_pool *pool, VMGuestLibHandle handle,
			  VMSessionId session);

void vmg_pool_release(struct vmg_pool *pool);

#endif
