/* SPDX-License-Identifier: MIT */
/* The reading of the previous check, in a file of the user's own. */
#ifndef VMG_STAT_STATE_H
#define VMG_STAT_STATE_H

#include "diagnose.h"

/* Where it is; false: there is no place for it. MP_STATE_PATH is that of
 * monitoring plugins, else the user's cache. */
bool state_path(char *path, size_t size);

/* False: there is none, or it is a link, somebody else's, damaged, or of
 * another version. The moment points to the disks. */
bool state_load(const char *path, struct vmg_moment *moment,
		struct vmg_disks *disks);

/* Replaces it; the next check takes a short sample if that fails. */
void state_save(const char *path, const struct vmg_moment *moment);

#endif
