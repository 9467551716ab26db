/* SPDX-License-Identifier: MIT */
/* Readings of the host, or of a recording, and their explanation. */
#ifndef VMG_STAT_EVIDENCE_H
#define VMG_STAT_EVIDENCE_H

#include "accepted.h"
#include "metrics.h"

struct evidence_options {
	const char *from; /* a recording; NULL: the host */
	unsigned seconds; /* of reading the host */
	/* The machine's name: NULL is what the recording says, or else that of
	 * this machine. */
	const char *host, *own_host;
	bool json, utc;
	const struct accepted *accepted;
};

/* Returns the exit status: 1 if there is nothing to explain. */
int evidence_run(const struct evidence_options *options,
		 struct vmg_sampler *sampler);

#endif
