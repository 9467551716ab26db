/* SPDX-License-Identifier: MIT */
/* Puts a line together and hands it to whoever listens, but not as often as a
 * host likes that changes its answers from read to read. */
#ifndef VMG_SAY_H
#define VMG_SAY_H

#include "metrics.h"

/* What can change by itself, each with a credit of its own: one that changes
 * all the time hides no other. */
enum vmg_topic {
	VMG_TOPIC_ANSWER,
	VMG_TOPIC_SESSION,
	VMG_TOPIC_MISSING,
	VMG_TOPIC_HOST_INFO,
	VMG_TOPIC_MEMORY,
	VMG_TOPIC_COUNT
};

struct vmg_sayer {
	vmg_say_fn *say;
	void *ctx;
	struct {
		unsigned spent; /* of VMG_SAY_CREDIT */
		unsigned reads; /* since one came back */
		bool told;	/* that the topic changes too often */
	} topics[VMG_TOPIC_COUNT];
};

/* At each read, before anything is said of it. */
void vmg_sayer_count(struct vmg_sayer *sayer);

/* True if a change of the topic may be said now, which uses its credit. If not,
 * the caller lets what it has told the log stand, and comes again: what is true
 * when there is credit is then said. */
bool vmg_sayer_may(struct vmg_sayer *sayer, enum vmg_topic topic);

/* Cuts the line at VMG_SAY_SIZE. */
__attribute__((format(printf, 3, 4))) void
vmg_sayer_say(const struct vmg_sayer *sayer, enum vmg_say level,
	      const char *format, ...);

#endif
