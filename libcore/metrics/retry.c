/* SPDX-License-Identifier: MIT */
#include "retry.h"
#include "explain.h"

bool vmg_retry_skips(struct vmg_retry *retry)
{
	if (retry->skip == 0)
		return false;
	retry->skip--;
	return true;
}

void vmg_retry_note(struct vmg_retry *retry, enum vmg_cause cause)
{
	if (!vmg_cause_lasts(cause))
		retry->after = 0;
	else if (retry->after == 0 || cause != retry->cause)
		retry->after = VMG_RETRY_FIRST;
	else if (retry->after < VMG_RETRY_LONGEST / 2)
		retry->after *= 2;
	else
		retry->after = VMG_RETRY_LONGEST;
	retry->cause = cause;
	retry->skip = retry->after > 0 ? retry->after - 1 : 0;
}
