/* SPDX-License-Identifier: MIT */
/* Stands in for the library behind its public functions: what a test sets here
 * is what the host says. */
#ifndef METRICS_FAKELIB_H
#define METRICS_FAKELIB_H

#include <stdbool.h>

#include "stats.h"

/* More than the table of metrics has: this host knows all it could ask for. */
#define FAKE_IDS 64

/* More than 64 disks have. */
#define FAKE_EXTENDED 2048

struct fake_stat {
	bool sent, valid;
	uint64_t value;
};

struct fake_lib {
	enum vmg_cause open_cause; /* NONE: opening succeeds */
	struct vmg_failure
		failure; /* of each update; cause NONE: it succeeds */
	VMGuestLibError update_error; /* what goes with the failure */
	bool closed;	  /* by somebody else, in the middle of each update */
	uint64_t session; /* 0: another update failed before it was read */
	uint64_t text_session; /* of texts, where another update came between */
	struct fake_stat stats[FAKE_IDS];
	const char *pool[2]; /* ids 18 and 37; NULL: not valid */
	uint64_t memory_mb;  /* 0: not available */
	unsigned reopens;    /* of each update */

	/* Extended statistics: those of the sets asked for, which are given in
	 * this order, and what is wrong with a set. */
	struct vmg_extended_value extended[FAKE_EXTENDED];
	size_t extended_count;
	VMGuestLibError extended_error;
	struct vmg_failure set_failures[5];
	unsigned extended_reopens; /* of each update */
	uint64_t extended_session; /* where it is not session */
	bool extended_updated;	   /* by somebody else, after the first value */
	/* What was asked of it. */
	unsigned opens, closes, updates, memory_asks, thread_handles;
	unsigned extended_updates, extended_sets;
};

extern struct fake_lib fake;

/* A host with all 38 statistics, each with a value of its own. */
void fake_init(void);

void fake_value(unsigned id, uint64_t value);
void fake_not_valid(unsigned id);
void fake_not_sent(unsigned id);

/* One more extended statistic, by the host's name; one that the table lacks is of
 * the set too. The value can be changed until the next one is added. */
struct vmg_extended_value *fake_extended(enum vmg_set set, const char *instance,
					 const char *wire, uint64_t number);

/* From now on vmg_thread_handle() gives another handle, as in another thread.
 */
void fake_thread_switch(void);

#endif
