/* SPDX-License-Identifier: MIT */
/* The extended statistics of stats.h over a host that answers, byte for byte, as
 * real ones did. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "extended_samples.h"
#include "host.h"
#include "stats.h"

enum {
	OK = VMGUESTLIB_ERROR_SUCCESS,
	OTHER = VMGUESTLIB_ERROR_OTHER,
	NOT_AVAILABLE = VMGUESTLIB_ERROR_NOT_AVAILABLE,
	NO_INFO = VMGUESTLIB_ERROR_NO_INFO,
	INVALID_HANDLE = VMGUESTLIB_ERROR_INVALID_HANDLE,
	INVALID_ARG = VMGUESTLIB_ERROR_INVALID_ARG,
	ALL = VMG_SET_SESSION | VMG_SET_HOST | VMG_SET_RESOURCES |
	      VMG_SET_VSCSI | VMG_SET_VNET
};

/* The host. */

#define ASK(what) "guestlib.stat.get text " what

/* What it answers, "1 " or "0 " in front; NULL ends the list. */
struct answer {
	const char *request, *reply;
};

static const struct answer real[] = {
	{ ASK(""), "1 " SAMPLE_LIST },
	{ ASK("session"), "1 " SAMPLE_SESSION },
	{ ASK("host"), "1 " SAMPLE_HOST },
	{ ASK("resources"), "1 " SAMPLE_RESOURCES },
	{ ASK("vscsi ide0:0"), "1 " SAMPLE_VSCSI },
	{ ASK("vnet 00:0c:29:32:0a:6a"), "1 " SAMPLE_VNET },
	{ ASK("vnet 00:0c:29:32:0a:74"), "1 " SAMPLE_VNET_LATER },
	{ NULL, NULL },
};

static struct {
	struct answer instead[4]; /* before those of the real host */
	const char *each_disk;	  /* of the names d0, d1, ...; or NULL */
	char request[128];
	size_t len;
	unsigned opens, closes, operations, requests, lists;
	unsigned sessions_stay; /* so many requests; 0: for ever */
	uint64_t step_ms;	/* what each request takes */
} host_is;

static uint64_t now_ms = 1000000;

uint64_t __wrap_vmg_clock_ms(void);
uint64_t __wrap_vmg_clock_ms(void)
{
	return now_ms;
}

static const char *answer_in(const struct answer *a)
{
	for (; a->request; a++)
		if (strlen(a->request) == host_is.len &&
		    memcmp(a->request, host_is.request, host_is.len) == 0)
			return a->reply;
	return NULL;
}

static const char *answer(void)
{
	static char session[64];
	const char *reply = answer_in(host_is.instead);

	if (host_is.sessions_stay && !reply &&
	    strncmp(host_is.request, ASK("session"), host_is.len) == 0) {
		sprintf(session, "1 session = %u\n",
			1 + (host_is.requests - 1) / host_is.sessions_stay);
		reply = session;
	}
	if (host_is.each_disk && !reply &&
	    strncmp(host_is.request, ASK("vscsi d"),
		    sizeof ASK("vscsi d") - 1) == 0)
		reply = host_is.each_disk;
	if (!reply)
		reply = answer_in(real);
	return reply ? reply : "0 Unknown stat";
}

static void step(struct vmg_regs *r)
{
	switch (r->cx >> 16) {
	case 0:
		host_is.opens++;
		break;
	case 3:
		r->bx = strlen(answer());
		r->dx = 0x00010000;
		break;
	case 6:
		host_is.closes++;
		break;
	}
	r->cx = 0x00830000;
}

static void exchange(enum vmg_port port, struct vmg_regs *r)
{
	host_is.operations++;
	if (port == VMG_PORT_WORD) {
		step(r);
		return;
	}
	if (port == VMG_PORT_WRITE) {
		cr_assert(lt(u64, r->cx, sizeof host_is.request));
		memcpy(host_is.request, (void *)(uintptr_t)r->si, r->cx);
		host_is.request[r->cx] = '\0';
		host_is.len = r->cx;
		host_is.requests++;
		host_is.lists += r->cx == sizeof ASK("") - 1;
		now_ms += host_is.step_ms;
	} else {
		memcpy((void *)(uintptr_t)r->di, answer(), r->cx);
	}
	r->bx = 0x00010000;
}

static const struct vmg_host host = { .exchange = exchange };

enum vmg_err vmg_host_open(const struct vmg_host **found)
{
	*found = &host;
	return VMG_OK;
}

/* What is read. */

static VMGuestLibHandle handle;
static struct vmg_extended_value value;

static void begin(void)
{
	memset(&host_is, 0, sizeof host_is);
	cr_assert(eq(int, vmg_open(&handle, NULL), OK));
}

static void end(void)
{
	VMGuestLib_CloseHandle(handle);
	cr_expect(eq(u32, host_is.opens, host_is.closes));
}

TestSuite(extended_api, .init = begin, .fini = end);

static void instead(const char *request, const char *reply)
{
	size_t i = 0;

	while (host_is.instead[i].request)
		i++;
	cr_assert(lt(u64, i, 3));
	host_is.instead[i] = (struct answer){ request, reply };
}

static size_t count(void)
{
	size_t i = 0;

	while (!vmg_extended_at(handle, i, &value, sizeof value))
		i++;
	return i;
}

/* Finds a value; false: it is not there. */
static bool find(unsigned set, const char *instance, const char *name)
{
	for (size_t i = 0; !vmg_extended_at(handle, i, &value, sizeof value);
	     i++)
		if (value.set == set && strcmp(value.instance, instance) == 0 &&
		    strcmp(value.name, name) == 0)
			return true;
	return false;
}

static void expect(unsigned set, const char *instance, const char *name,
		   uint64_t number)
{
	cr_assert(find(set, instance, name), "%s %s", instance, name);
	cr_expect(eq(u64, value.number, number), "%s %s", instance, name);
}

static enum vmg_cause cause(unsigned sets)
{
	struct vmg_failure failure;

	cr_assert(eq(int, vmg_extended_failure(handle, sets, &failure), OK));
	return failure.cause;
}

static void expect_nothing(int error, enum vmg_cause why)
{
	struct vmg_failure failure;

	cr_expect(eq(int, vmg_extended_update(handle, ALL), error));
	cr_expect(eq(int, vmg_extended_at(handle, 0, &value, sizeof value),
		     NO_INFO));
	for (unsigned set = 1; set < ALL; set *= 2) {
		vmg_extended_failure(handle, set, &failure);
		cr_expect(eq(int, failure.cause, why), "%u", set);
	}
}

Test(extended_api, gives_what_a_real_host_said)
{
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(int, cause(ALL), VMG_CAUSE_NONE));
	cr_expect(eq(u64, count(), 2 + 6 + 6 + 6 + 16 + 5));
	expect(VMG_SET_HOST, "", "host.cpu.processorMHz", 2593);
	expect(VMG_SET_VSCSI, "ide0:0", "latency.reads", 8747160);
	expect(VMG_SET_VNET, "00:0c:29:32:0a:6a", "size.rx", 160761);
	expect(VMG_SET_VNET, "00:0c:29:32:0a:74", "size.rx", 3535277);
	expect(VMG_SET_RESOURCES, "", "guest.mem.limit", 3221225456);

	expect(VMG_SET_RESOURCES, "", "vm.cpu.contention.cpu", 85941947);
	cr_expect(eq(u64, value.session, 0x8ea2f41f24fa2519));
	cr_expect(eq(int, value.unit, VMG_UNIT_US));
	cr_expect(eq(int, value.kind, VMG_KIND_COUNTER));
	cr_expect(eq(str, (char *)value.stat->name, "cpu_contention"));

	expect(VMG_SET_VNET, "00:0c:29:32:0a:6a", "limit", 0);
	cr_expect(eq(int, value.unlimited, 1));
	expect(VMG_SET_SESSION, "", "version", 0);
	cr_expect(eq(str, value.text, "VMware ESX 6.0.0 build-2494585"));
	expect(VMG_SET_SESSION, "", "session", 0);
	cr_expect(eq(str, value.text, "-8168698359495121639"));
}

Test(extended_api, grows_between_the_two_recordings_of_one_session)
{
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	instead(ASK("session"), "1 " SAMPLE_SESSION_LATER);
	instead(ASK("resources"), "1 " SAMPLE_RESOURCES_LATER);
	instead(ASK("vscsi ide0:0"), "1 " SAMPLE_VSCSI_LATER);
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	expect(VMG_SET_SESSION, "", "uptime", 38065196593);
	expect(VMG_SET_RESOURCES, "", "vm.cpu.used",
	       835101825 + UINT64_C(1596801331));
	expect(VMG_SET_VSCSI, "ide0:0", "num.reads", 1311 + 6822);
	cr_expect(eq(u64, value.update, 2));
}

Test(extended_api, asks_for_no_more_than_the_sets)
{
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_HOST), OK));
	cr_expect(eq(u32, host_is.requests, 3));
	cr_expect(eq(u64, count(), 2));
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_SESSION), OK));
	cr_expect(eq(u32, host_is.requests, 5));
	cr_expect(eq(u64, count(), 5));
	cr_expect(eq(int, cause(VMG_SET_VNET), VMG_CAUSE_NONE));
}

Test(extended_api, needs_5_operations_a_request_and_one_channel)
{
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(u32, host_is.requests, 8));
	cr_expect(eq(u32, host_is.operations, 8 * 5 + 2));
	cr_expect(eq(u32, host_is.opens, 1));
	cr_expect(eq(u32, host_is.closes, 1), "not kept open");
}

Test(extended_api, uses_the_channel_that_updates_keep_open)
{
	/* This host knows no classic statistics; their channel is as good. */
	VMGuestLib_UpdateInfo(handle);
	now_ms += 1000;
	VMGuestLib_UpdateInfo(handle);
	host_is.opens = host_is.closes = host_is.operations = 0;
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_RESOURCES), OK));
	cr_expect(eq(u32, host_is.operations, 15));
	cr_expect(eq(u32, host_is.opens + host_is.closes, 0));

	/* Asked for often or seldom, they do not make updates look frequent. */
	now_ms += 60000;
	VMGuestLib_UpdateInfo(handle);
	cr_expect(eq(u32, host_is.closes, 1));
	vmg_extended_update(handle, VMG_SET_RESOURCES);
	now_ms += 60000;
	VMGuestLib_UpdateInfo(handle);
	cr_expect(eq(u32, host_is.opens, 2));
	host_is.opens = host_is.closes = 0;
}

Test(extended_api, lists_instances_once_a_session_and_once_a_minute)
{
	for (int i = 0; i < 3; i++)
		cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(u32, host_is.lists, 1));
	now_ms += 60000;
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(u32, host_is.lists, 2));
	instead(ASK("session"), "1 session = 7\n");
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(u32, host_is.lists, 3));
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_HOST), OK));
	cr_expect(eq(u32, host_is.lists, 3));
}

Test(extended_api, asks_once_more_when_the_session_changes)
{
	host_is.sessions_stay = 5;
	cr_assert(eq(int,
		     vmg_extended_update(handle, VMG_SET_RESOURCES |
							 VMG_SET_HOST |
							 VMG_SET_SESSION),
		     OK));
	host_is.requests = 3; /* two of this session are left */
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_RESOURCES), OK));
	/* before, resources, after: changed; resources, after */
	cr_expect(eq(u32, host_is.requests, 8));
	cr_expect(find(VMG_SET_RESOURCES, "", "vm.cpu.used"));
	cr_expect(eq(u64, value.session, 2));
	cr_expect(eq(u64, count(), 16), "nothing of the first round");
}

Test(extended_api, gives_nothing_when_the_session_changes_twice)
{
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	host_is.sessions_stay = 1;
	expect_nothing(OTHER, VMG_CAUSE_SESSION_CHANGED);
}

Test(extended_api, says_why_a_host_has_none)
{
	struct vmg_failure failure;

	instead(ASK("session"), "0 Unknown command");
	expect_nothing(NOT_AVAILABLE, VMG_CAUSE_UNKNOWN_COMMAND);
	vmg_extended_failure(handle, VMG_SET_VNET, &failure);
	cr_expect(eq(str, failure.host_said, "Unknown command"));
	host_is.instead[0].reply = "0 Not today";
	expect_nothing(NOT_AVAILABLE, VMG_CAUSE_REFUSED);
	vmg_extended_failure(handle, VMG_SET_HOST, &failure);
	cr_expect(eq(str, failure.host_said, "Not today"));
	host_is.instead[0].reply = "1 ";
	expect_nothing(NOT_AVAILABLE, VMG_CAUSE_EMPTY);
	host_is.instead[0].reply = "1 {\"session\": \"5\"}";
	expect_nothing(OTHER, VMG_CAUSE_DAMAGED);
	host_is.instead[0].reply = "1 uptime = 5\n";
	expect_nothing(OTHER, VMG_CAUSE_DAMAGED);
	host_is.instead[0].reply = "1 session = 0\n";
	expect_nothing(OTHER, VMG_CAUSE_DAMAGED);
	host_is.instead[0].reply = "1 " SAMPLE_SESSION;
	cr_expect(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(int, cause(ALL), VMG_CAUSE_NONE));
}

Test(extended_api, gives_the_other_sets_when_one_is_damaged)
{
	instead(ASK("resources"), "1 vm.cpu.used = 1\nvm.cpu.used = 2\n");
	instead(ASK("host"), "0 Disabled");
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(int, cause(VMG_SET_RESOURCES), VMG_CAUSE_DAMAGED));
	cr_expect(eq(int, cause(VMG_SET_HOST), VMG_CAUSE_REFUSED));
	cr_expect(eq(int, cause(VMG_SET_VSCSI | VMG_SET_VNET), VMG_CAUSE_NONE));
	cr_expect(eq(u64, count(), 6 * 3 + 5));
	cr_expect(not(find(VMG_SET_RESOURCES, "", "vm.cpu.used")));
	/* Where it is all that was asked for, there is nothing. */
	cr_expect(eq(int, vmg_extended_update(handle, VMG_SET_HOST),
		     NOT_AVAILABLE));
	cr_expect(eq(int, cause(VMG_SET_HOST), VMG_CAUSE_REFUSED));
	cr_expect(eq(int, cause(VMG_SET_RESOURCES), VMG_CAUSE_NONE));
	cr_expect(eq(int, vmg_extended_at(handle, 0, &value, sizeof value),
		     NO_INFO));
}

Test(extended_api, gives_the_other_disks_when_one_is_gone)
{
	instead(ASK(""), "1 vscsi scsi0:0\nvscsi ide0:0\n");
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_VSCSI), OK));
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_REFUSED));
	cr_expect(eq(u64, count(), 6));
	host_is.instead[0].reply = "1 vscsi ide0:0\n";
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_VSCSI), OK));
	cr_expect(eq(u32, host_is.lists, 2), "listed anew at once");
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_NONE));
}

Test(extended_api, takes_a_machine_without_disks)
{
	instead(ASK(""), "1 session \n");
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_VSCSI), OK));
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_NONE));
	cr_expect(eq(int, vmg_extended_at(handle, 0, &value, sizeof value),
		     NOT_AVAILABLE));
	host_is.instead[0].reply = "0 No list";
	now_ms += 60000;
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_REFUSED));
	cr_expect(eq(int, cause(VMG_SET_VNET), VMG_CAUSE_REFUSED));
	cr_expect(eq(u64, count(), 2 + 16 + 5));
}

Test(extended_api, gives_what_the_table_lacks)
{
	instead(ASK("host"), "1 host.new = 5\nhost.word = five\n"
			     "host.cpu.processorMHz = -5\n");
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_HOST), OK));
	cr_expect(eq(u64, count(), 2));
	expect(VMG_SET_HOST, "", "host.new", 5);
	cr_expect(eq(ptr, (void *)value.stat, NULL));
	cr_expect(eq(int, value.unit, VMG_UNIT_UNKNOWN));
	cr_expect(eq(int, value.kind, VMG_KIND_GAUGE));
	expect(VMG_SET_HOST, "", "host.word", 0);
	cr_expect(eq(int, value.kind, VMG_KIND_TEXT));
	cr_expect(eq(str, value.text, "five"));
}

Test(extended_api, says_that_something_was_cut)
{
	static char list[16384] = "1 ", text[256] = "1 provider = ";
	size_t len = 2;

	for (int i = 0; i < 130; i++)
		len += (size_t)sprintf(list + len, "vscsi d%d\n", i);
	memset(text + 13, 'p', 128);
	strcpy(text + 141, "\nsession = 3\n");
	instead(ASK(""), list);
	instead(ASK("session"), text);
	instead(ASK("vscsi d127"), "1 num.reads = 77\n");
	cr_assert(
		eq(int,
		   vmg_extended_update(handle, VMG_SET_VSCSI | VMG_SET_SESSION),
		   OK));
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_CUT));
	cr_expect(eq(int, cause(VMG_SET_SESSION), VMG_CAUSE_CUT));
	expect(VMG_SET_VSCSI, "d127", "num.reads", 77);
	cr_expect(not(find(VMG_SET_SESSION, "", "provider")));
}

Test(extended_api, goes_on_after_a_reading_of_unusual_size)
{
	static char list[1024] = "1 ", disk[131072] = "1 ";
	size_t len = 2;

	for (int i = 0; i < 20; i++)
		len += (size_t)sprintf(list + len, "vscsi d%d\n", i);
	len = 2;
	for (int i = 0; len < 100000; i++)
		len += (size_t)sprintf(disk + len, "value.%d = %d\n", i, i);
	instead(ASK(""), list);
	host_is.each_disk = disk;
	for (int i = 0; i < 2; i++) {
		cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_VSCSI),
			     OK));
		cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_CUT));
		cr_expect(eq(u64, count(), 20 * 128));
		expect(VMG_SET_VSCSI, "d19", "value.127", 127);
	}
	host_is.each_disk = "1 value.1 = 5\n";
	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_VSCSI), OK));
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_NONE));
	cr_expect(eq(u64, count(), 20));
	expect(VMG_SET_VSCSI, "d19", "value.1", 5);
}

Test(extended_api, has_no_devices_where_the_list_is_none)
{
	instead(ASK(""), "1 ");
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_EMPTY));
	cr_expect(eq(int, cause(VMG_SET_VNET), VMG_CAUSE_EMPTY));
	host_is.instead[0].reply = "1 vscsi ide0:0\nvscsi ide0:0\n";
	now_ms += 60000;
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(int, cause(VMG_SET_VSCSI), VMG_CAUSE_DAMAGED));
	cr_expect(eq(u64, count(), 2 + 16 + 5));
}

Test(extended_api, takes_no_more_than_a_second_for_all_requests)
{
	host_is.step_ms = 300;
	expect_nothing(OTHER, VMG_CAUSE_TIMEOUT);
	cr_expect(le(u32, host_is.requests, 5));
	host_is.step_ms = 100;
	cr_expect(eq(int, vmg_extended_update(handle, ALL), OK));
}

Test(extended_api, checks_its_arguments)
{
	struct vmg_failure failure;
	VMGuestLibHandle bad = (VMGuestLibHandle)(uintptr_t)0x7fff0000;
	char small[sizeof value.stat + sizeof value.session];

	cr_expect(eq(int, vmg_extended_at(handle, 0, &value, sizeof value),
		     NO_INFO));
	cr_expect(eq(int, cause(ALL), VMG_CAUSE_NONE));
	cr_expect(eq(int, vmg_extended_update(handle, 0), INVALID_ARG));
	cr_expect(eq(int, vmg_extended_update(handle, ALL + 1), INVALID_ARG));
	cr_expect(eq(int, vmg_extended_update(bad, ALL), INVALID_HANDLE));
	cr_expect(eq(u32, host_is.requests, 0));
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	cr_expect(eq(int, vmg_extended_at(handle, 0, NULL, 8), INVALID_ARG));
	cr_expect(eq(int, vmg_extended_at(handle, 0, &value, 0), INVALID_ARG));
	cr_expect(eq(int, vmg_extended_at(bad, 0, &value, 8), INVALID_HANDLE));
	cr_expect(eq(int,
		     vmg_extended_at(handle, 0,
				     (struct vmg_extended_value *)small,
				     sizeof small),
		     OK));
	cr_expect(
		eq(int, vmg_extended_failure(handle, ALL, NULL), INVALID_ARG));
	cr_expect(eq(int, vmg_extended_failure(handle, ALL + 1, &failure),
		     INVALID_ARG));
	cr_expect(eq(int, vmg_extended_failure(bad, ALL, &failure),
		     INVALID_HANDLE));
}

Test(extended_api, writes_as_much_as_the_caller_has_room_for)
{
	struct {
		struct vmg_extended_value value;
		char later[16];
	} large;
	unsigned char bytes[sizeof value];

	cr_assert(eq(int, vmg_extended_update(handle, VMG_SET_HOST), OK));
	memset(&large, 0x5a, sizeof large);
	cr_expect(eq(int,
		     vmg_extended_at(handle, 0, &large.value, sizeof large),
		     OK));
	for (size_t i = 0; i < sizeof large.later; i++)
		cr_expect(eq(int, large.later[i], 0));
	for (size_t size = 1; size < sizeof bytes; size += 37) {
		memset(bytes, 0x5a, sizeof bytes);
		vmg_extended_at(handle, 0, (struct vmg_extended_value *)bytes,
				size);
		cr_expect(eq(int, bytes[size], 0x5a), "%zu", size);
	}
}

Test(extended_api, leaves_the_classic_statistics_alone)
{
	cr_assert(eq(int, VMGuestLib_UpdateInfo(handle),
		     VMGUESTLIB_ERROR_NOT_ENABLED));
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	struct vmg_failure failure;

	vmg_update_failure(handle, &failure);
	cr_expect(eq(int, failure.cause, VMG_CAUSE_REFUSED));
	instead(ASK("session"), "0 Unknown command");
	vmg_extended_update(handle, ALL);
	vmg_update_failure(handle, &failure);
	cr_expect(eq(int, failure.cause, VMG_CAUSE_REFUSED));
}

Test(extended_api, opens_again_without_what_the_last_owner_read)
{
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	for (int i = 0; i < 70; i++) {
		VMGuestLib_CloseHandle(handle);
		cr_assert(eq(int, vmg_open(&handle, NULL), OK));
		cr_expect(eq(int,
			     vmg_extended_at(handle, 0, &value, sizeof value),
			     NO_INFO));
	}
}

Test(extended_api, works_on_both_sides_of_a_fork)
{
	int status;
	pid_t child;

	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
	child = fork();
	if (child == 0)
		_exit(count() != 41 || vmg_extended_update(handle, ALL) ||
		      count() != 41);
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_expect(eq(int, status, 0));
	cr_expect(eq(u64, count(), 41));
	cr_assert(eq(int, vmg_extended_update(handle, ALL), OK));
}

Test(extended_api, table_is_complete_and_its_texts_are_sentences)
{
	const struct vmg_extended_stat *s;
	size_t i;

	for (i = 0; (s = vmg_extended_stat_at(i)); i++) {
		cr_expect(s->set && (s->set & (s->set - 1)) == 0);
		cr_expect(ne(int, s->unit, VMG_UNIT_UNKNOWN));
		cr_expect(eq(int, s->kind == VMG_KIND_TEXT,
			     s->unit == VMG_UNIT_TEXT));
		cr_expect(eq(int, s->what[strlen(s->what) - 1], '.'));
		cr_expect(lt(u64, strlen(s->wire), 24), "%s", s->wire);
		for (size_t j = 0; j < i; j++)
			cr_expect(s->set != vmg_extended_stat_at(j)->set ||
					  strcmp(s->wire,
						 vmg_extended_stat_at(j)->wire),
				  "%s twice", s->wire);
	}
	cr_expect(eq(u64, i, 37));
}
