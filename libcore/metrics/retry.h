/* SPDX-License-Identifier: MIT */
/* When to ask again after a refusal. */
#ifndef VMG_METRICS_RETRY_H
#define VMG_METRICS_RETRY_H

#include <stdbool.h>

#include "stats.h"

/* Reads from one attempt to the next while the host refuses for good: a minute
 * at collectd's usual interval, then less and less often, but a virtual machine
 * that was moved must not stay silent for long. */
#define VMG_RETRY_FIRST 6
#define VMG_RETRY_LONGEST 60

/* All zero is a new one. */
struct vmg_retry {
	enum vmg_cause cause; /* of the last attempt */
	unsigned after;	      /* reads between attempts; 0: each one */
	unsigned skip;	      /* reads still to leave out */
};

/* Once a read: true if this one is left out. */
bool vmg_retry_skips(struct vmg_retry *retry);

/* How the attempt ended. */
void vmg_retry_note(struct vmg_retry *retry, enum vmg_cause cause);

#endif
