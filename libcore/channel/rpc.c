/* SPDX-License-Identifier: MIT */
#include "bounds.h"
#include "rpc.h"

static const struct vmg_transport *transport(const struct vmg_rpc *rpc)
{
	return vmg_transports[rpc->host->way];
}

static enum vmg_err channel_open(struct vmg_rpc *rpc)
{
	enum vmg_err err;

	if (vmg_clock_ms() > rpc->deadline_ms)
		return VMG_E_TIMEOUT;
	if (rpc->is_open)
		return VMG_OK;
	err = transport(rpc)->open(rpc->host, &rpc->channel);
	rpc->is_open = !err;
	return err;
}

static enum vmg_err channel_call(struct vmg_rpc *rpc,
				 const struct vmg_request *request,
				 struct vmg_buffer *reply)
{
	enum vmg_err err =
		transport(rpc)->call(rpc->host, &rpc->channel, request->text,
				     request->len, rpc->deadline_ms, reply);

	if (err)
		vmg_rpc_close(rpc);
	return err;
}

static enum vmg_err reply_get(struct vmg_rpc *rpc,
			      const struct vmg_request *request,
			      struct vmg_buffer *reply)
{
	enum vmg_err err = channel_open(rpc);

	if (err)
		return err;
	err = channel_call(rpc, request, reply);
	if (err != VMG_E_IO && err != VMG_E_CHECKPOINT)
		return err;
	/* vMotion, snapshot and reset take the channel away. What is asked here
	 * only reads, so asking twice does no harm. */
	err = channel_open(rpc);
	if (err)
		return err;
	rpc->reopens++;
	return channel_call(rpc, request, reply);
}

static void reply_trust(struct vmg_rpc *rpc)
{
	const struct vmg_transport *t = transport(rpc);

	if (t->trust)
		t->trust(&rpc->channel);
}

/* True: the next reply will come another way. */
static bool reply_distrust(struct vmg_rpc *rpc)
{
	const struct vmg_transport *t = transport(rpc);
	bool other_way = t->distrust && t->distrust(&rpc->channel);

	vmg_rpc_close(rpc);
	return other_way;
}

static enum vmg_err answer_get(struct vmg_rpc *rpc,
			       const struct vmg_request *request,
			       struct vmg_buffer *reply,
			       struct vmg_answer *answer, bool *other_way)
{
	enum vmg_err err = reply_get(rpc, request, reply);

	if (err)
		return err;
	err = vmg_answer_read(reply->data, reply->len, answer);
	if (!err)
		err = request->use(request->context, answer);
	if (err == VMG_E_PROTO)
		*other_way = reply_distrust(rpc);
	else
		reply_trust(rpc);
	return err;
}

enum vmg_err vmg_rpc_call(struct vmg_rpc *rpc,
			  const struct vmg_request *request,
			  struct vmg_buffer *reply, struct vmg_answer *answer)
{
	bool other_way = false;
	enum vmg_err err = answer_get(rpc, request, reply, answer, &other_way);

	if (other_way)
		err = answer_get(rpc, request, reply, answer, &other_way);
	return err;
}

void vmg_rpc_begin(struct vmg_rpc *rpc)
{
	uint64_t now_ms = vmg_clock_ms();

	rpc->keep_open = !rpc->one_shot && rpc->began_ms != 0 &&
			 now_ms - rpc->began_ms <= VMG_CHANNEL_KEEP_MS;
	rpc->began_ms = now_ms;
	rpc->deadline_ms = now_ms + VMG_CALL_TIMEOUT_MS;
}

void vmg_rpc_begin_beside(struct vmg_rpc *rpc)
{
	rpc->keep_open = rpc->is_open;
	rpc->deadline_ms = vmg_clock_ms() + VMG_CALL_TIMEOUT_MS;
}

void vmg_rpc_end(struct vmg_rpc *rpc)
{
	if (!rpc->keep_open)
		vmg_rpc_close(rpc);
}

void vmg_rpc_new_session(struct vmg_rpc *rpc)
{
	if (transport(rpc)->new_session)
		transport(rpc)->new_session(&rpc->channel);
}

void vmg_rpc_close(struct vmg_rpc *rpc)
{
	if (rpc->is_open)
		transport(rpc)->close(rpc->host, &rpc->channel);
	rpc->is_open = false;
}

void vmg_rpc_forget(struct vmg_rpc *rpc)
{
	if (rpc->is_open && transport(rpc)->forget)
		transport(rpc)->forget(&rpc->channel);
	rpc->is_open = false;
}
