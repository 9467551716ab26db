/* SPDX-License-Identifier: MIT */
/* The border between our errors and the published ones. */
#ifndef VMG_ERROR_H
#define VMG_ERROR_H

#include "err.h"
#include "framing.h"
#include "stats.h"

/* What a call on a handle returns. */
VMGuestLibError vmg_err_public(enum vmg_err err);

/* What VMGuestLib_StatGet() returns: there a refusal concerns one set. */
VMGuestLibError vmg_err_public_stat(enum vmg_err err);

/* What vmg_update_failure() and vmg_open() report. */
enum vmg_cause vmg_err_cause(enum vmg_err err);

/* Cause and words of a failure; the answer is the host's refusal, if it is one. */
void vmg_failure_set(struct vmg_failure *failure, enum vmg_err err,
		     const struct vmg_answer *answer);

#endif
