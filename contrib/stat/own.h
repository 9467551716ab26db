/* SPDX-License-Identifier: MIT */
/* What the guest's own system counts, beside what the host says. */
#ifndef VMG_STAT_OWN_H
#define VMG_STAT_OWN_H

#include "diagnose.h"

/* Adds the facts GUEST_*; what the system does not have stays unknown. */
void own_read(struct vmg_moment *moment);

#endif
