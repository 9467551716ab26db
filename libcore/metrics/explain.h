/* SPDX-License-Identifier: MIT */
/* Reasons in words: what is wrong, and what to do about it. */
#ifndef VMG_EXPLAIN_H
#define VMG_EXPLAIN_H

#include "derive.h"

/* Why there are no statistics: whole sentences, without the last one's word on
 * when the host is asked again. */
void vmg_explain_failure(const struct vmg_failure *failure,
			 char text[VMG_SAY_SIZE]);

/* Why a statistic has no value: the beginning of a line that ends in the names
 * of those it is true of. */
const char *vmg_explain_given(enum vmg_given given);

/* True of a failure that will last until somebody changes a setting or moves
 * the virtual machine: asking again soon is of no use. */
bool vmg_cause_lasts(enum vmg_cause cause);

#endif
