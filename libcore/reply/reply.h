/* SPDX-License-Identifier: MIT */
#ifndef VMG_REPLY_H
#define VMG_REPLY_H

#include <stddef.h>

#include "err.h"
#include "snapshot.h"

/* Turns the body of a reply to "guestlib.info.get VERSION" into values. Pure.
 * Every reply that is not sound is VMG_E_PROTO: another version than the one
 * asked for, a length that does not fit, session 0, a statistic twice. *out is
 * no snapshot then, its session is 0. Texts in *out are offsets into bytes. */
/*@ requires len <= UINT32_MAX && \valid_read(bytes + (0 .. len - 1));
    requires \valid(out) && \separated(out, bytes + (0 .. len - 1));
    assigns *out;
    ensures \result == VMG_OK || \result == VMG_E_PROTO;
    ensures session: \result == VMG_OK ==> out->session != 0;
    ensures none: \result != VMG_OK ==> out->session == 0;
    ensures version: \result == VMG_OK ==> out->version == version; */
enum vmg_err vmg_reply_decode(const uint8_t *bytes, size_t len,
			      unsigned version, struct vmg_snapshot *out);

#endif
