/* SPDX-License-Identifier: MIT */
/* One command to the host, one answer back; opens, reopens, holds and closes
 * the channel that it takes. */
#ifndef VMG_RPC_H
#define VMG_RPC_H

#include "framing.h"
#include "transport.h"

/* A conversation with the host. All zero but host is a new one. Not for two
 * threads at once. */
struct vmg_rpc {
	const struct vmg_host *host;
	struct vmg_channel channel;
	uint64_t began_ms; /* the update under way, or the last; 0: none yet */
	uint64_t reopens;  /* channels that were lost and opened again */
	bool hold;	   /* updates come fast enough to keep the channel */
	bool brief;	   /* it is never kept, however fast they come */
};

/* Begins an update: all its calls together have VMG_CALL_TIMEOUT_MS. */
void vmg_rpc_begin(struct vmg_rpc *rpc);

/* Ends it, however it went: closes the channel unless it is to be held. */
void vmg_rpc_rest(struct vmg_rpc *rpc);

/* Asks the host, between begin and rest. On VMG_OK *answer is the body of its
 * reply; on VMG_E_REFUSED and VMG_E_UNKNOWN_COMMAND its words; both stand in
 * reply, until it is used again. A lost channel is opened again inside the
 * call, once. */
enum vmg_err vmg_rpc_call(struct vmg_rpc *rpc, const char *request, size_t len,
			  struct vmg_buffer *reply, struct vmg_answer *answer);

/* Closes the channel, if one is open. */
void vmg_rpc_close(struct vmg_rpc *rpc);

/* Forgets the channel without a word to the host: after a fork it is the
 * parent's. */
void vmg_rpc_forget(struct vmg_rpc *rpc);

#endif
