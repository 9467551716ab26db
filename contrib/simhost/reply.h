/* SPDX-License-Identifier: MIT */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "fault.h"

/* What guestlib.info.get answers. Ids and kinds are in reply.c: this is
 * the host's side, and it shares no table with the guest's. */

enum {
	SIM_KNOWN = 38,	     /* what hosts of today send */
	SIM_STATISTICS = 40, /* with two that no guest can know yet */
	SIM_POOL_PATH = 18,
	SIM_POOL_PATH_LONG = 37,
	SIM_V2_SIZE = 669
};

struct sim_value {
	bool valid;
	uint64_t value;
};

struct sim_values {
	uint64_t session;
	struct sim_value at[SIM_STATISTICS + 1]; /* by id; [0] unused */
	/* Statistics 18 and 37: their texts. */
	const char *path, *path_long;
};

/* Its id, or 0 when there is none of that name. */
unsigned sim_statistic_find(const char *name);

/* NULL for an id that does not exist. */
const char *sim_statistic_name(unsigned id);

/* The largest value that fits the statistic; 0 for a text. */
uint64_t sim_statistic_max(unsigned id);

/* Append the body, without the leading "1 ". damage may be NULL. */
void sim_reply_v2(struct sim_bytes *out, const struct sim_values *values,
		  const struct sim_fault *damage);
void sim_reply_v3(struct sim_bytes *out, const struct sim_values *values,
		  unsigned count, const struct sim_fault *damage);

#endif
