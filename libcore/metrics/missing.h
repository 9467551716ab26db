/* SPDX-License-Identifier: MIT */
/* Which selected statistics the host gave no value for. Pure. */
#ifndef VMG_MISSING_H
#define VMG_MISSING_H

#include "derive.h"

/* What the host does with its host-wide statistics. It hides all or none; an old
 * one does not know them. */
enum vmg_host_info {
	VMG_HOST_INFO_UNKNOWN,
	VMG_HOST_INFO_OFF,
	VMG_HOST_INFO_ON,
};

struct vmg_missing {
	struct vmg_absence absences[VMG_ROW_COUNT]; /* by row */
	size_t count;
	/* Those that count as unavailable: not the host's own while it hides
	 * them all. */
	size_t unavailable;
	enum vmg_host_info host_info;
};

/* Texts are never missing. */
void vmg_missing_collect(struct vmg_missing *missing,
			 const struct vmg_reading *reading,
			 const struct vmg_selection *selection);

#endif
