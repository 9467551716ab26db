/* SPDX-License-Identifier: MIT */
/* Findings that were accepted, each with the reason. */
#ifndef VMG_STAT_ACCEPTED_H
#define VMG_STAT_ACCEPTED_H

#include "diagnose.h"

struct accepted {
	const char *reasons[VMG_FINDING_COUNT]; /* NULL: not accepted */
};

/* "cpu-limit" or "cpu-limit=it is what we pay for". False: no such finding. */
bool accepted_add(struct accepted *accepted, const char *text);

/* The first finding that is not accepted; NULL: none. */
const struct vmg_finding *accepted_first(const struct accepted *accepted,
					 const struct vmg_diagnosis *d);

#endif
