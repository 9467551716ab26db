/* SPDX-License-Identifier: MIT */
/* What collectd has of each counter of the host. It makes a rate of a counter
 * and the one before. When the session changed they are of different hosts: a
 * counter that fell is seen by collectd itself; one that did not (the host's own
 * processor time, say) is kept back until collectd has forgotten the one
 * before. */
#ifndef VMG_COLLECTD_COUNTERS_H
#define VMG_COLLECTD_COUNTERS_H

#include "metrics.h"

/* All zero is the empty list. */
struct vmg_counters {
	struct vmg_counter *list;
	size_t count, room;
};

/* True if the point's value may be given to collectd now; always for what is no
 * counter of the host. Call it once for each point of each sample. memory_ns is
 * how long collectd remembers a value that no longer comes. */
bool vmg_counter_may_pass(struct vmg_counters *counters,
			  const struct vmg_sample *sample,
			  const struct vmg_point *point, int64_t value,
			  uint64_t memory_ns);

/* After each sample: forgets what collectd has forgotten, such as the counters
 * of disks that are gone. */
void vmg_counters_prune(struct vmg_counters *counters, uint64_t time_ns,
			uint64_t memory_ns);

void vmg_counters_release(struct vmg_counters *counters);

#endif
