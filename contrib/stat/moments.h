/* SPDX-License-Identifier: MIT */
/* Readings that are kept for the diagnosis. */
#ifndef VMG_STAT_MOMENTS_H
#define VMG_STAT_MOMENTS_H

#include "diagnose.h"

/* All zero is an empty one. */
struct moments {
	struct vmg_moment *list;
	size_t count, room;
};

/* False: no memory. */
bool moments_add(struct moments *moments, const struct vmg_moment *moment);

/* Reads the host and the guest's own system. */
void moment_read(struct vmg_moment *moment, struct vmg_sampler *sampler,
		 struct vmg_sample *sample);

/* Reads for so long, every second or in thirty readings, whichever is less
 * often; sample is the last one. Ends early at a signal. False: no memory. */
bool moments_collect(struct moments *moments, struct vmg_sampler *sampler,
		     unsigned seconds, struct vmg_sample *sample);

void moments_release(struct moments *moments);

#endif
