/* SPDX-License-Identifier: MIT */
/* One question to the host, one snapshot back. */
#ifndef VMG_UPDATE_H
#define VMG_UPDATE_H

#include "reply.h"
#include "rpc.h"

/* What is known of the host between updates. All zero but rpc.host is new. Not
 * for two threads at once. */
struct vmg_update {
	struct vmg_rpc rpc;
	struct vmg_buffer reply;
	struct vmg_answer answer; /* in reply: body, or the refusal's words */
	uint64_t session;	  /* the one in which version was learnt */
	uint64_t spoke_3;	  /* the last one that was seen to speak 3 */
	unsigned version;	  /* what the host speaks; 0: unknown */
	bool by_2;		  /* the last answer was one of version 2 */
};

/* Asks for the statistics. On VMG_OK *next is a snapshot of what stands in
 * answer; texts are offsets from its start. On an error *next is not
 * written. */
enum vmg_err vmg_update_ask(struct vmg_update *update,
			    struct vmg_snapshot *next);

/* Closes the channel and frees the buffer. */
void vmg_update_release(struct vmg_update *update);

#endif
