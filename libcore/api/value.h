/* SPDX-License-Identifier: MIT */
/* One value out of a handle's snapshot: what accessors and table have in
 * common. */
#ifndef VMG_VALUE_H
#define VMG_VALUE_H

#include "handle.h"

/* The number of a statistic. out is the caller's pointer for it, only looked at
 * to see whether there is one; *number is written on success only. */
VMGuestLibError vmg_value_read(VMGuestLibHandle handle, unsigned id,
			       const void *out, uint64_t *number);

/* Copies a text and its NUL; *need is the room for both, set on success and with
 * BUFFER_TOO_SMALL. The slot's look lock is held. */
VMGuestLibError vmg_value_text(const struct vmg_slot *slot, unsigned id,
			       char *text, size_t size, size_t *need);

#endif
