/* SPDX-License-Identifier: MIT */
/* The values of one reply. */
#ifndef VMG_SNAPSHOT_H
#define VMG_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

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

union vmg_value {
	uint64_t number;
	struct vmg_text text;
};

/* A statistic has three states: not sent, sent but not valid, a value. Bit id of
 * sent and of valid tells them apart. */
struct vmg_snapshot {
	uint64_t session; /* 0: no snapshot */
	uint64_t sent;
	uint64_t valid;
	union vmg_value value[VMG_ID_END];
};

/*@ requires id < 64;
    assigns \nothing; */
static inline bool vmg_snapshot_has(uint64_t set, unsigned id)
{
	return set >> id & 1;
}

#endif
