/* SPDX-License-Identifier: MIT */
/* Two transports of this test's own, in the place of the table in transports.c:
 * what the library asks of a transport, and what it does without where a member
 * is NULL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "covered.h"
#include "stats.h"
#include "transport.h"

enum { OK = VMGUESTLIB_ERROR_SUCCESS, OTHER = VMGUESTLIB_ERROR_OTHER };

/* ---- the host: one statistic, by version 3 ------------------------------------ */

static const uint8_t good[] = {
	'1', ' ', 3, 0, 0, 0,	   /* version */
	7, 0, 0, 0, 0, 0, 0, 0,	   /* session */
	16, 0, 0, 0,		   /* size of what follows */
	0, 0, 0, 1,		   /* statistics */
	0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0x0A, 0x21, /* 1: 2593 */
};
enum { SESSION_AT = 6 };

static struct {
	uint8_t reply[sizeof good];
	unsigned lost;	  /* calls that are still to lose their channel */
	unsigned damaged; /* replies that are still to be damaged */
	bool other_way;	  /* what distrust() says */

	unsigned opens, calls, closes, forgets, distrusts, trusts, sessions;
} host;

/* ---- the transports ------------------------------------------------------------ */

/* Larger than the backdoor's, and as large as may be. */
struct toy {
	uint64_t opened; /* how often, in the life of the handle */
	uint64_t is_open;
	uint8_t rest[VMG_CHANNEL_SIZE - 16];
};
_Static_assert(sizeof(struct toy) == VMG_CHANNEL_SIZE, "all of it");

static enum vmg_err toy_open(const struct vmg_host *h, void *channel)
{
	struct toy *toy = channel;

	(void)h;
	cr_assert(eq(u64, toy->is_open, 0));
	toy->is_open = 1;
	toy->opened++;
	memset(toy->rest, 0x5A, sizeof toy->rest);
	host.opens++;
	cr_assert(eq(u64, toy->opened, host.opens), "kept from open to open");
	return VMG_OK;
}

static enum vmg_err toy_call(const struct vmg_host *h, void *channel,
			     const void *request, size_t len,
			     uint64_t deadline_ms, struct vmg_buffer *reply)
{
	struct toy *toy = channel;

	(void)h;
	(void)deadline_ms;
	host.calls++;
	cr_assert(eq(u64, toy->is_open, 1));
	cr_assert(eq(sz, len, 19));
	cr_assert(eq(int, memcmp(request, "guestlib.info.get 3", 19), 0));
	if (host.lost > 0) {
		host.lost--;
		return VMG_E_IO;
	}
	cr_assert(eq(int, vmg_buffer_reserve(reply, sizeof host.reply),
		     VMG_OK));
	memcpy(reply->data, host.reply, sizeof host.reply);
	reply->len = sizeof host.reply;
	if (host.damaged > 0) {
		host.damaged--;
		reply->len--;
	}
	return VMG_OK;
}

static void toy_close(const struct vmg_host *h, void *channel)
{
	struct toy *toy = channel;

	(void)h;
	cr_assert(eq(u64, toy->is_open, 1));
	toy->is_open = 0;
	host.closes++;
}

static void toy_forget(void *channel)
{
	struct toy *toy = channel;

	cr_assert(eq(u64, toy->is_open, 1));
	toy->is_open = 0;
	host.forgets++;
}

static bool toy_distrust(void *channel)
{
	(void)channel;
	host.distrusts++;
	return host.other_way;
}

static void toy_trust(void *channel)
{
	struct toy *toy = channel;

	cr_assert(eq(u64, toy->is_open, 1));
	host.trusts++;
}

static void toy_new_session(void *channel)
{
	(void)channel;
	host.sessions++;
}

static const struct vmg_transport bare = {
	.open = toy_open,
	.call = toy_call,
	.close = toy_close,
};

static const struct vmg_transport full = {
	.open = toy_open,
	.call = toy_call,
	.close = toy_close,
	.forget = toy_forget,
	.distrust = toy_distrust,
	.trust = toy_trust,
	.new_session = toy_new_session,
};

/* In the place of transports.c. */
enum { WAY_BARE = VMG_WAY_PORT + 1, WAY_FULL };

const struct vmg_transport *const vmg_transports[] = {
	[VMG_WAY_PORT] = &vmg_backdoor,
	[WAY_BARE] = &bare,
	[WAY_FULL] = &full,
};

/* In the place of host.c. */
static struct vmg_host found;

enum vmg_err vmg_host_open(const struct vmg_host **host_found)
{
	*host_found = &found;
	return VMG_OK;
}

/* Linked with --wrap=vmg_clock_ms: a clock that stands. */
uint64_t __wrap_vmg_clock_ms(void);
uint64_t __wrap_vmg_clock_ms(void)
{
	return 1000;
}

/* ---- tests ----------------------------------------------------------------------- */

static VMGuestLibHandle opened(int way)
{
	VMGuestLibHandle h;

	found.way = (enum vmg_way)way;
	memset(&host, 0, sizeof host);
	memcpy(host.reply, good, sizeof good);
	cr_assert(eq(int, VMGuestLib_OpenHandle(&h), OK));
	return h;
}

/* One whose channel is open. */
static VMGuestLibHandle polled(int way)
{
	VMGuestLibHandle h = opened(way);

	cr_assert(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_assert(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_assert(eq(u32, host.opens - host.closes, 1));
	return h;
}

static enum vmg_cause cause_of(VMGuestLibHandle h)
{
	struct vmg_failure f;

	cr_assert(eq(int, vmg_update_failure(h, &f), OK));
	return f.cause;
}

Test(transport, is_whatever_the_host_is_reached_by)
{
	for (int way = WAY_BARE; way <= WAY_FULL; way++) {
		VMGuestLibHandle h = polled(way);
		VMSessionId session;
		uint32 mhz;

		cr_expect(eq(int, VMGuestLib_GetCpuReservationMHz(h, &mhz),
			     OK));
		cr_expect(eq(u32, mhz, 2593));
		cr_expect(eq(int, VMGuestLib_GetSessionId(h, &session), OK));
		cr_expect(eq(u64, session, 7));
		cr_expect(eq(u32, host.calls, 2));
		cr_expect(eq(int, VMGuestLib_CloseHandle(h), OK));
		cr_expect(eq(u32, host.opens, 2), "one-shot, then kept");
		cr_expect(eq(u32, host.closes, 2));
		cr_expect(eq(u32, host.trusts, way == WAY_FULL ? 2 : 0));
	}
}

Test(transport, is_opened_again_when_a_channel_is_lost)
{
	for (int way = WAY_BARE; way <= WAY_FULL; way++) {
		VMGuestLibHandle h = polled(way);
		uint64_t reopens;

		host.lost = 1;
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(int, vmg_channel_reopens(h, &reopens), OK));
		cr_expect(eq(u64, reopens, 1));
		host.lost = 2;
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER));
		cr_expect(eq(int, cause_of(h), VMG_CAUSE_CHANNEL_LOST));
		VMGuestLib_CloseHandle(h);
		cr_expect(eq(u32, host.opens, host.closes));
	}
}

Test(transport, may_have_no_other_way_for_a_damaged_reply)
{
	for (int way = WAY_BARE; way <= WAY_FULL; way++) {
		VMGuestLibHandle h = polled(way);

		host.damaged = 1;
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER));
		cr_expect(eq(int, cause_of(h), VMG_CAUSE_DAMAGED));
		cr_expect(eq(u32, host.calls, 3), "asked once");
		cr_expect(eq(u32, host.distrusts, way == WAY_FULL));
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		VMGuestLib_CloseHandle(h);
		cr_expect(eq(u32, host.opens, host.closes));
	}
}

Test(transport, is_asked_once_more_for_a_damaged_reply)
{
	VMGuestLibHandle h = polled(WAY_FULL);

	host.other_way = true;
	host.damaged = 1;
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(u32, host.distrusts, 1));
	cr_expect(eq(u32, host.trusts, 3));
	host.damaged = 3;
	host.calls = 0;
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER));
	cr_expect(eq(int, cause_of(h), VMG_CAUSE_DAMAGED));
	cr_expect(eq(u32, host.calls, 2), "no third time");
	cr_expect(eq(u32, host.distrusts, 3));
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(u32, host.opens, host.closes));
}

Test(transport, hears_of_a_new_session)
{
	for (int way = WAY_BARE; way <= WAY_FULL; way++) {
		VMGuestLibHandle h = polled(way);

		cr_expect(eq(u32, host.sessions, 0), "the first is not new");
		host.reply[SESSION_AT]++;
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(u32, host.sessions, way == WAY_FULL));
		VMGuestLib_CloseHandle(h);
	}
}

/* In the child: the channel is the parent's, and is neither used nor closed. */
static bool child_works(VMGuestLibHandle h, bool forgets)
{
	unsigned opens = host.opens, closes = host.closes;

	return host.forgets == forgets && host.closes == closes &&
	       VMGuestLib_UpdateInfo(h) == VMGUESTLIB_ERROR_SUCCESS &&
	       host.opens == opens + 1 &&
	       VMGuestLib_CloseHandle(h) == VMGUESTLIB_ERROR_SUCCESS;
}

Test(transport, forgets_the_channel_of_the_parent)
{
	VMGuestLibHandle h = polled(WAY_FULL), closed;
	int status;
	pid_t child;

	cr_assert(eq(int, VMGuestLib_OpenHandle(&closed), OK));
	child = fork();
	if (child == 0) {
		bool works = child_works(h, true);

		covered_write();
		_exit(works ? 0 : 1);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_expect(eq(int, status, 0));
	cr_expect(eq(u32, host.forgets, 0));
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	VMGuestLib_CloseHandle(h);
}

Test(transport, that_is_no_port_is_not_asked_through_it)
{
	VMGuestLibHandle h = opened(WAY_BARE);
	struct vmg_host_description described;
	uint64_t mb = 5;

	cr_expect(eq(int, vmg_memory_size_mb(h, &mb),
		     VMGUESTLIB_ERROR_NOT_AVAILABLE));
	cr_expect(eq(u64, mb, 5));
	cr_expect(eq(int, vmg_host_describe(h, &described, sizeof described),
		     OK));
	cr_expect(eq(u32, described.port_version, 0));
	cr_expect(eq(int, described.way, VMG_HOST_WAY_NONE), "not public yet");
	VMGuestLib_CloseHandle(h);
}
