/* SPDX-License-Identifier: MIT */
/* A host of which every value is known beforehand. */
#ifndef KNOWN_H
#define KNOWN_H

#include <stddef.h>

#include "stats.h"

#define KNOWN_PATH "/a/pool"

/* A scenario with these keys in "host", for free(). */
char *known_scenario(const char *host);

/* What in the last update of a handle is not as that host sent it; NULL if all
 * is. last: the last statistic that the host sends. */
const char *known_wrong(VMGuestLibHandle handle, unsigned last);

/* The same for a handle that must not have any value. */
const char *known_left_over(VMGuestLibHandle handle);

#endif
