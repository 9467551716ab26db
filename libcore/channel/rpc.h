/* SPDX-License-Identifier: MIT */
/* One command to the host, one answer back; opens, reopens, keeps and closes
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
	bool is_open;	   /* the channel */
	bool keep_open;	   /* calls come fast enough to keep the channel */
	bool one_shot;	   /* it is never kept, however fast they come */
	uint64_t began_ms; /* the update under way, or the last; 0: none yet */
	uint64_t deadline_ms;
	uint64_t reopens;  /* channels that were lost and opened again */
};

struct vmg_request {
	const char *text;
	size_t len;

	/* Takes the body of a reply. VMG_E_PROTO: it is damaged. */
	enum vmg_err (*use)(void *context, const struct vmg_answer *answer);
	void *context;
};

/* Begins an update: all its calls together have VMG_CALL_TIMEOUT_MS. */
void vmg_rpc_begin(struct vmg_rpc *rpc);

/* The same for questions that are not an update: they say nothing about how fast
 * updates come, and a channel that those keep open stays so. */
void vmg_rpc_begin_beside(struct vmg_rpc *rpc);

/* Ends either, however it went: closes the channel unless it is to be kept. */
void vmg_rpc_end(struct vmg_rpc *rpc);

/* Asks the host, between begin and end. *answer is the body of its reply on
 * VMG_OK, and it was passed to use(); it is the host's words on VMG_E_REFUSED
 * and VMG_E_UNKNOWN_COMMAND. Both stand in reply, until that is used again.
 *
 * Inside the call, a lost channel is opened again once, and for a damaged reply
 * the host is asked once more if the transport knows another way. */
enum vmg_err vmg_rpc_call(struct vmg_rpc *rpc,
			  const struct vmg_request *request,
			  struct vmg_buffer *reply, struct vmg_answer *answer);

/* The answers are of another session than before, and perhaps of another
 * host. */
void vmg_rpc_new_session(struct vmg_rpc *rpc);

/* Closes the channel, if one is open. */
void vmg_rpc_close(struct vmg_rpc *rpc);

/* Forgets the channel without a word to the host: after a fork it is the
 * parent's. */
void vmg_rpc_forget(struct vmg_rpc *rpc);

#endif
