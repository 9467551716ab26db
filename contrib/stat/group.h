/* SPDX-License-Identifier: MIT */
/* What of the view is shown: a mask. */
#ifndef VMG_STAT_GROUP_H
#define VMG_STAT_GROUP_H

enum view_group {
	VIEW_CPU = 1,
	VIEW_MEMORY = 2,
	VIEW_HOST = 4,
	VIEW_WAITING = 8, /* contention and swap rates */
	VIEW_DISKS = 16,
	VIEW_NICS = 32,
};

#endif
