/* SPDX-License-Identifier: MIT */
/* The values of one reply. */
#ifndef VMG_SNAPSHOT_H
#define VMG_SNAPSHOT_H

#include <stdint.h>

#include "stats.h"

/* Wire ids, by their accessors' names: VMG_ID_CpuUsedMs. */
enum vmg_id {
#define VMG_STAT(id, accessor, width, kind, unit, name, what)                  \
	VMG_ID_##accessor = (id),
#define VMG_STAT_BY_HAND VMG_STAT
#include "stats.def"
#undef VMG_STAT_BY_HAND
#undef VMG_STAT
	VMG_ID_END /* one past the last */
};

/* A text stays where the host wrote it: in the reply. */
struct vmg_text {
	uint32_t at, len; /* from the start of the reply's body */
};

/* Values are kept as callers get them, so that reading all is one copy. */
struct vmg_snapshot {
	struct vmg_stat_value value[VMG_ID_END]; /* by id */
	struct vmg_text path, path_long; /* of the resource pool */
	uint64_t session; /* 0: no snapshot */
	unsigned version; /* the one that was asked for */
};

#endif
