/* SPDX-License-Identifier: MIT */
/* Reasons in words: what is wrong, and what to do about it. */
#ifndef VMG_EXPLAIN_H
#define VMG_EXPLAIN_H

#include "metrics.h"

/* Why there are no statistics: whole sentences, without a last one on when the
 * host is asked again. */
void vmg_explain_failure(const struct vmg_failure *failure,
			 char text[VMG_LOG_SIZE]);

/* The same of extended statistics. */
void vmg_explain_extended(const struct vmg_failure *failure,
			  char text[VMG_LOG_SIZE]);

/* A cause in one word, as metrics have it. A name that has been released is never
 * changed. */
const char *vmg_cause_name(enum vmg_cause cause);

/* Why a statistic has no value: the beginning of a line that ends in the names
 * of those it is true of. */
const char *vmg_explain_state(enum vmg_state state);

/* True of a failure that will last until somebody changes a setting or moves
 * the virtual machine: a retry soon is of no use. */
bool vmg_cause_lasts(enum vmg_cause cause);

#endif
