/* SPDX-License-Identifier: MIT */
#include "bounds.h"
#include "rpc.h"

/* The way to the host; each kind of host has one. */
static const struct vmg_transport *const transport = &vmg_backdoor;

static uint64_t deadline_ms(const struct vmg_rpc *rpc)
{
	return rpc->began_ms + VMG_CALL_TIMEOUT_MS;
}

static enum vmg_err channel_open(struct vmg_rpc *rpc)
{
	if (vmg_clock_ms() > deadline_ms(rpc))
		return VMG_E_TIMEOUT;
	if (rpc->channel.is_open)
		return VMG_OK;
	return transport->open(rpc->host, &rpc->channel);
}

static enum vmg_err channel_call(struct vmg_rpc *rpc, const char *request,
				 size_t len, struct vmg_buffer *reply)
{
	enum vmg_err err = transport->call(rpc->host, &rpc->channel, request,
					   len, deadline_ms(rpc), reply);

	if (err)
		vmg_rpc_close(rpc);
	return err;
}

static enum vmg_err reply_get(struct vmg_rpc *rpc, const char *request,
			      size_t len, struct vmg_buffer *reply)
{
	enum vmg_err err = channel_open(rpc);

	if (err)
		return err;
	err = channel_call(rpc, request, len, reply);
	if (err != VMG_E_IO && err != VMG_E_CHECKPOINT)
		return err;
	/* vMotion, snapshot and reset take the channel away. What is asked here
	 * only reads, so asking twice does no harm. */
	err = channel_open(rpc);
	if (err)
		return err;
	rpc->reopens++;
	return channel_call(rpc, request, len, reply);
}

enum vmg_err vmg_rpc_call(struct vmg_rpc *rpc, const char *request, size_t len,
			  struct vmg_buffer *reply, struct vmg_answer *answer)
{
	enum vmg_err err = reply_get(rpc, request, len, reply);

	if (err)
		return err;
	err = vmg_answer_read(reply->data, reply->len, answer);
	if (err == VMG_E_PROTO)
		vmg_rpc_close(rpc);
	return err;
}

void vmg_rpc_begin(struct vmg_rpc *rpc)
{
	uint64_t now_ms = vmg_clock_ms();

	rpc->hold = !rpc->brief && rpc->began_ms != 0 &&
		    now_ms - rpc->began_ms <= VMG_CHANNEL_HOLD_MS;
	rpc->began_ms = now_ms;
}

void vmg_rpc_rest(struct vmg_rpc *rpc)
{
	if (!rpc->hold)
		vmg_rpc_close(rpc);
}

void vmg_rpc_close(struct vmg_rpc *rpc)
{
	if (rpc->channel.is_open)
		transport->close(rpc->host, &rpc->channel);
}

void vmg_rpc_forget(struct vmg_rpc *rpc)
{
	rpc->channel.is_open = false;
}
