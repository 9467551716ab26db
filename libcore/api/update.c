/* SPDX-License-Identifier: MIT */
/* Version 3 is asked for first, 2 where the host has no other. What was learnt
 * is forgotten with the session, which may have moved to a newer host, and
 * after any failure, which may have been the reason for what was learnt. */
#include "bounds.h"
#include "update.h"

static enum vmg_err version_ask(struct vmg_update *u, unsigned version,
				struct vmg_snapshot *next)
{
	static const char requests[2][20] = { "guestlib.info.get 2",
					      "guestlib.info.get 3" };
	const char *request = requests[version == 3];
	enum vmg_err err =
		vmg_rpc_call(&u->rpc, request, sizeof requests[0] - 1,
			     &u->reply, &u->answer);

	if (err)
		return err;
	return vmg_reply_decode(u->answer.at, u->answer.len, version, next);
}

/* Both versions, the likelier first. A host without the command has it in no
 * version; any other refusal may be one of the version. */
static enum vmg_err versions_ask(struct vmg_update *u, unsigned version,
				 struct vmg_snapshot *next)
{
	enum vmg_err err = version_ask(u, version, next);

	if (err == VMG_E_REFUSED) {
		version = version == 3 ? 2 : 3;
		err = version_ask(u, version, next);
	}
	u->by_2 = !err && version == 2;
	u->version = err ? 0 : version;
	/* This session has spoken 3: what refused it now was something else. */
	if (version == 2 && !err && next->session == u->spoke_3)
		u->version = 3;
	if (version == 3 && !err)
		u->spoke_3 = next->session;
	return err;
}

/* The host answered by 2: a new session may know 3, and one that has spoken 3
 * was perhaps switched on between the two questions. Not so if it answered by 2
 * before. */
static bool may_know_3(const struct vmg_update *u, unsigned version,
		       bool was_by_2, const struct vmg_snapshot *next)
{
	if (next->session != u->session)
		return version == 2;
	return next->session == u->spoke_3 && !was_by_2;
}

enum vmg_err vmg_update_ask(struct vmg_update *u, struct vmg_snapshot *next)
{
	unsigned version = u->version ? u->version : 3;
	bool was_by_2 = u->by_2;
	enum vmg_err err;

	vmg_rpc_begin(&u->rpc);
	u->answer = (struct vmg_answer){ 0 };
	if (u->reply.room > VMG_REPLY_KEEP)
		vmg_buffer_release(&u->reply);

	err = versions_ask(u, version, next);
	if (!err && u->by_2 && may_know_3(u, version, was_by_2, next))
		err = versions_ask(u, 3, next);
	if (!err && next->session != u->session) {
		if (u->session != 0) /* another host, perhaps */
			u->rpc.channel.words_only = false;
		u->session = next->session;
	}
	vmg_rpc_rest(&u->rpc);
	return err;
}

void vmg_update_release(struct vmg_update *update)
{
	vmg_rpc_close(&update->rpc);
	vmg_buffer_release(&update->reply);
}
