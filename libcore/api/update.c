/* SPDX-License-Identifier: MIT */
/* Version 3 is asked for first, 2 where the host refuses 3. Nothing of that is
 * remembered: hosts without 3 are rare and older than 2009, and a host may be
 * replaced between any two questions. */
#include "bounds.h"
#include "update.h"

struct decoding {
	unsigned version;
	struct vmg_snapshot *snapshot;
};

static enum vmg_err answer_decode(void *context,
				  const struct vmg_answer *answer)
{
	const struct decoding *d = context;

	return vmg_reply_decode(answer->at, answer->len, d->version,
				d->snapshot);
}

static enum vmg_err version_ask(struct vmg_update *u, unsigned version,
				struct vmg_snapshot *next)
{
	static const char requests[2][20] = { "guestlib.info.get 2",
					      "guestlib.info.get 3" };
	struct decoding decoding = { .version = version, .snapshot = next };
	struct vmg_request request = {
		.text = requests[version == 3],
		.len = sizeof requests[0] - 1,
		.use = answer_decode,
		.context = &decoding,
	};

	return vmg_rpc_call(&u->rpc, &request, &u->reply, &u->answer);
}

static void buffers_swap(struct vmg_update *u)
{
	struct vmg_buffer reply = u->reply;

	u->reply = u->spare;
	u->spare = reply;
}

/* The host answered by 2: was it switched on after it had refused 3? Unless it
 * answers by 3 now, the reply by 2 stays as it is. */
static void version_3_retry(struct vmg_update *u, struct vmg_snapshot *next)
{
	struct vmg_answer answer = u->answer;
	struct vmg_snapshot by_3;

	buffers_swap(u);
	if (version_ask(u, 3, &by_3) == VMG_OK) {
		*next = by_3;
		return;
	}
	buffers_swap(u);
	u->answer = answer;
}

/* A host without the command has it in no version; any other refusal may be one
 * of the version. */
static enum vmg_err versions_ask(struct vmg_update *u,
				 struct vmg_snapshot *next)
{
	enum vmg_err err = version_ask(u, 3, next);

	if (err != VMG_E_REFUSED)
		return err;
	err = version_ask(u, 2, next);
	if (!err)
		version_3_retry(u, next);
	return err;
}

static void buffer_shrink(struct vmg_buffer *buffer)
{
	if (buffer->room > VMG_REPLY_KEEP)
		vmg_buffer_release(buffer);
}

enum vmg_err vmg_update_ask(struct vmg_update *u, struct vmg_snapshot *next)
{
	enum vmg_err err;

	vmg_rpc_begin(&u->rpc);
	u->answer = (struct vmg_answer){ 0 };
	buffer_shrink(&u->reply);
	buffer_shrink(&u->spare);

	err = versions_ask(u, next);
	if (!err && next->session != u->session) {
		if (u->session != 0)
			vmg_rpc_new_session(&u->rpc);
		u->session = next->session;
	}
	vmg_rpc_end(&u->rpc);
	return err;
}

void vmg_update_release(struct vmg_update *update)
{
	vmg_rpc_close(&update->rpc);
	vmg_buffer_release(&update->reply);
	vmg_buffer_release(&update->spare);
}
