/* SPDX-License-Identifier: MIT */
/* Finds out why statistics are missing. */
#ifndef VMG_STAT_DOCTOR_H
#define VMG_STAT_DOCTOR_H

#include "metrics.h"

/* Each question with its answer, and a cure where there is one; nothing private:
 * no name, no path of a pool. Returns 0 well, 1 partly, 2 there is no host. */
int doctor_run(struct vmg_sampler *sampler, bool json);

#endif
