/* SPDX-License-Identifier: MIT */
/* Reads the host and the guest's own system, and keeps the reading before. */
#ifndef VMG_STAT_READER_H
#define VMG_STAT_READER_H

#include "own.h"

/* All zero but the sampler is a new one. */
struct reader {
	struct vmg_sampler *sampler;
	struct vmg_sample sample; /* as vmg_sampler_read() has it */
	/* The last one, and the last with statistics before it. */
	struct vmg_moment now, before;

	struct vmg_disks disks[2];
	unsigned place;
	struct own own;
};

void reader_read(struct reader *reader);
void reader_release(struct reader *reader);

#endif
