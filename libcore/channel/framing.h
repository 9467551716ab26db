/* SPDX-License-Identifier: MIT */
/* How the host frames what it answers: "1 " and data, or "0 " and its reason.
 * Pure. */
#ifndef VMG_FRAMING_H
#define VMG_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What stands behind the two bytes. Points into the reply; may hold NULs. */
struct vmg_answer {
	const uint8_t *at;
	size_t len;
};

/* VMG_OK: data. VMG_E_UNKNOWN_COMMAND: the host has no such command.
 * VMG_E_REFUSED: it gives another reason, which nobody should depend on.
 * VMG_E_PROTO: neither; *answer is not written. */
enum vmg_err vmg_answer_read(const uint8_t *reply, size_t len,
			     struct vmg_answer *answer);

#endif
