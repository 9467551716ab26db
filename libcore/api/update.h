/* SPDX-License-Identifier: MIT */
/* One question to the host, one snapshot back. */
#ifndef VMG_UPDATE_H
#define VMG_UPDATE_H

#include "reply.h"
#include "rpc.h"

/* All zero but rpc.host is new. Not for two threads at once. */
struct vmg_update {
	struct vmg_rpc rpc;
	struct vmg_buffer reply;
	struct vmg_answer answer; /* in reply: body, or the refusal's words */
	struct vmg_buffer spare;  /* for a question while reply is needed */
	uint64_t session;	  /* of the last update that succeeded */
};

/* Asks for the statistics. On VMG_OK *next is a snapshot of what stands in
 * answer; texts are offsets from its start. On an error it is none. */
enum vmg_err vmg_update_ask(struct vmg_update *update,
			    struct vmg_snapshot *next);

/* Closes the channel and frees the buffers. */
void vmg_update_release(struct vmg_update *update);

#endif
