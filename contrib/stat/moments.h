/* SPDX-License-Identifier: MIT */
/* Readings that are kept for the diagnosis. */
#ifndef VMG_STAT_MOMENTS_H
#define VMG_STAT_MOMENTS_H

#include "reader.h"

/* All zero is an empty one. Its disks are its own. */
struct moments {
	struct vmg_moment *list;
	size_t count, room;
};

/* Copies it, with its disks. False: no memory. */
bool moments_add(struct moments *moments, const struct vmg_moment *moment);

/* Reads for so long, every second or in thirty readings, whichever is less
 * often. Ends early at a signal. False: no memory. */
bool moments_collect(struct moments *moments, struct reader *reader,
		     unsigned seconds);

void moments_release(struct moments *moments);

#endif
