/* SPDX-License-Identifier: MIT */
/* One value out of a handle's snapshot: what accessors and table have in
 * common. */
#ifndef VMG_VALUE_H
#define VMG_VALUE_H

#include "process.h"

/* The number of a statistic, in the width of its row. *out is written on
 * success only; out may be NULL, which is an error of the caller's caller. */
VMGuestLibError vmg_value_u32(VMGuestLibHandle handle, unsigned id,
			      uint32_t *out);
VMGuestLibError vmg_value_u64(VMGuestLibHandle handle, unsigned id,
			      uint64_t *out);

/* Copies a text and its NUL; *need is the room for both, set on success and
 * with BUFFER_TOO_SMALL. The slot is locked. */
VMGuestLibError vmg_value_text(const struct vmg_slot *slot, unsigned id,
			       char *text, size_t size, size_t *need);

#endif
