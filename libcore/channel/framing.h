/* SPDX-License-Identifier: MIT */
/* How the host frames what it answers: "1 " and data, or "0 " and its reason.
 * Pure. */
#ifndef VMG_FRAMING_H
#define VMG_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What follows the two bytes. Points into the reply; may contain NULs. */
struct vmg_answer {
	const uint8_t *at;
	size_t len;
};

/* VMG_OK: data. VMG_E_UNKNOWN_COMMAND: the host has no such command.
 * VMG_E_REFUSED: it gives another reason, which nobody should depend on.
 * VMG_E_PROTO: neither; *answer is not written. */
/*@ requires \valid_read(reply + (0 .. len - 1));
    requires \valid(answer) && \separated(answer, reply + (0 .. len - 1));
    assigns *answer;
    behavior framed:
      assumes len >= 2 && reply[1] == ' ' && (reply[0] == '0' || reply[0] == '1');
      ensures answer->at == reply + 2 && answer->len == len - 2;
      ensures \result == VMG_OK <==> reply[0] == '1';
      ensures \result == VMG_OK || \result == VMG_E_REFUSED ||
              \result == VMG_E_UNKNOWN_COMMAND;
    behavior nonsense:
      assumes len < 2 || reply[1] != ' ' || (reply[0] != '0' && reply[0] != '1');
      assigns \nothing;
      ensures \result == VMG_E_PROTO;
    complete behaviors;
    disjoint behaviors; */
enum vmg_err vmg_answer_read(const uint8_t *reply, size_t len,
			     struct vmg_answer *answer);

#endif
