/* SPDX-License-Identifier: MIT */
/* The published functions over the simulated host, in this process. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "error.h"
#include "simulated.h"
#include "stats.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

enum {
	OK = VMGUESTLIB_ERROR_SUCCESS,
	OTHER = VMGUESTLIB_ERROR_OTHER,
	NOT_RUNNING = VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM,
	NOT_ENABLED = VMGUESTLIB_ERROR_NOT_ENABLED,
	NOT_AVAILABLE = VMGUESTLIB_ERROR_NOT_AVAILABLE,
	NO_INFO = VMGUESTLIB_ERROR_NO_INFO,
	MEMORY = VMGUESTLIB_ERROR_MEMORY,
	TOO_SMALL = VMGUESTLIB_ERROR_BUFFER_TOO_SMALL,
	INVALID_HANDLE = VMGUESTLIB_ERROR_INVALID_HANDLE,
	INVALID_ARG = VMGUESTLIB_ERROR_INVALID_ARG,
	UNSUPPORTED = VMGUESTLIB_ERROR_UNSUPPORTED_VERSION,
};

/* Every accessor behind one face. */
union out {
	uint32 narrow;
	uint64 wide;
};
#define UNTOUCHED 0xA5A5A5A5A5A5A5A5u

#define NARROW(name)                                                           \
	static VMGuestLibError read_##name(VMGuestLibHandle h, union out *o)   \
	{                                                                      \
		return VMGuestLib_Get##name(h, o ? &o->narrow : NULL);         \
	}
#define WIDE(name)                                                             \
	static VMGuestLibError read_##name(VMGuestLibHandle h, union out *o)   \
	{                                                                      \
		return VMGuestLib_Get##name(h, o ? &o->wide : NULL);           \
	}
/* By hand, from the published list: not from the table under test. */
#define ACCESSORS                                                              \
	A(1, 32, CpuReservationMHz, NARROW)                                    \
	A(2, 32, CpuLimitMHz, NARROW)                                          \
	A(3, 32, CpuShares, NARROW)                                            \
	A(4, 64, CpuUsedMs, WIDE)                                              \
	A(5, 32, HostProcessorSpeed, NARROW)                                   \
	A(6, 32, MemReservationMB, NARROW)                                     \
	A(7, 32, MemLimitMB, NARROW)                                           \
	A(8, 32, MemShares, NARROW)                                            \
	A(9, 32, MemMappedMB, NARROW)                                          \
	A(10, 32, MemActiveMB, NARROW)                                         \
	A(11, 32, MemOverheadMB, NARROW)                                       \
	A(12, 32, MemBalloonedMB, NARROW)                                      \
	A(13, 32, MemSwappedMB, NARROW)                                        \
	A(14, 32, MemSharedMB, NARROW)                                         \
	A(15, 32, MemSharedSavedMB, NARROW)                                    \
	A(16, 32, MemUsedMB, NARROW)                                           \
	A(17, 64, ElapsedMs, WIDE)                                             \
	A(19, 64, CpuStolenMs, WIDE)                                           \
	A(20, 64, MemTargetSizeMB, WIDE)                                       \
	A(21, 32, HostNumCpuCores, NARROW)                                     \
	A(22, 64, HostCpuUsedMs, WIDE)                                         \
	A(23, 64, HostMemSwappedMB, WIDE)                                      \
	A(24, 64, HostMemSharedMB, WIDE)                                       \
	A(25, 64, HostMemUsedMB, WIDE)                                         \
	A(26, 64, HostMemPhysMB, WIDE)                                         \
	A(27, 64, HostMemPhysFreeMB, WIDE)                                     \
	A(29, 64, HostMemMappedMB, WIDE)                                       \
	A(30, 64, HostMemUnmappedMB, WIDE)                                     \
	A(31, 32, MemZippedMB, NARROW)                                         \
	A(32, 32, MemZipSavedMB, NARROW)                                       \
	A(33, 32, MemLLSwappedMB, NARROW)                                      \
	A(34, 32, MemSwapTargetMB, NARROW)                                     \
	A(35, 32, MemBalloonTargetMB, NARROW)                                  \
	A(36, 32, MemBalloonMaxMB, NARROW)
#define A(id, bits, name, kind) kind(name)
ACCESSORS
#undef A

static const struct accessor {
	unsigned id, bits;
	const char *name;
	VMGuestLibError (*read)(VMGuestLibHandle, union out *);
} accessors[] = {
#define A(id, bits, name, kind) { id, bits, #name, read_##name },
	ACCESSORS
#undef A
};

/* The value that the scenario below gives a statistic. */
static uint64_t expected(const struct accessor *a)
{
	return a->bits == 64 ? 0x500000000u + a->id : 1000 + a->id;
}

#define FIXED                                                                  \
	"\"fixed\":{\"cpuReservationMHz\":1001,\"cpuLimitMHz\":1002,"         \
	"\"cpuShares\":1003,\"cpuUsedMs\":21474836484,\"hostMHz\":1005,"      \
	"\"memReservationMB\":1006,\"memLimitMB\":1007,\"memShares\":1008,"   \
	"\"memMappedMB\":1009,\"memActiveMB\":1010,\"memOverheadMB\":1011,"   \
	"\"memBalloonedMB\":1012,\"memSwappedMB\":1013,\"memSharedMB\":1014," \
	"\"memSharedSavedMB\":1015,\"memUsedMB\":1016,"                       \
	"\"elapsedMs\":21474836497,\"resourcePoolPath\":\"/a/pool\","         \
	"\"cpuStolenMs\":21474836499,\"memTargetSizeMB\":21474836500,"        \
	"\"hostCpuNumCores\":1021,\"hostCpuUsedMs\":21474836502,"             \
	"\"hostMemSwappedMB\":21474836503,\"hostMemSharedMB\":21474836504,"   \
	"\"hostMemUsedMB\":21474836505,\"hostMemPhysMB\":21474836506,"        \
	"\"hostMemPhysFreeMB\":21474836507,"                                  \
	"\"hostMemKernOvhdMB\":21474836508,"                                  \
	"\"hostMemMappedMB\":21474836509,\"hostMemUnmappedMB\":21474836510,"  \
	"\"memZippedMB\":1031,\"memZipSavedMB\":1032,"                        \
	"\"memLLSwappedMB\":1033,\"memSwapTargetMB\":1034,"                   \
	"\"memBalloonTargetMB\":1035,\"memBalloonMaxMB\":1036,"               \
	"\"memShares64\":21474836518}"

static VMGuestLibHandle opened(const char *scenario)
{
	VMGuestLibHandle h;

	simulated_begin(scenario);
	cr_assert(eq(int, VMGuestLib_OpenHandle(&h), OK));
	return h;
}

static VMGuestLibHandle updated(const char *scenario)
{
	VMGuestLibHandle h = opened(scenario);

	cr_assert(eq(int, VMGuestLib_UpdateInfo(h), OK));
	return h;
}

static enum vmg_cause cause_of(VMGuestLibHandle h)
{
	struct vmg_failure f;

	cr_assert(eq(int, vmg_update_failure(h, &f), OK));
	return f.cause;
}

static void expect_all_reads(VMGuestLibHandle h, VMGuestLibError error,
			     const char *why)
{
	for (size_t i = 0; i < ARRAY_LEN(accessors); i++) {
		union out o = { .wide = UNTOUCHED };

		cr_expect(eq(int, accessors[i].read(h, &o), (int)error),
			  "%s: %s", why, accessors[i].name);
		cr_expect(eq(u64, o.wide, UNTOUCHED), "%s: %s", why,
			  accessors[i].name);
	}
}

static struct host_kind {
	char json[64];
	unsigned sent; /* the last id it sends */
} host_kinds[] = {
	{ "\"statistics\":38", 38 },
	{ "\"statistics\":40", 38 },
	{ "\"statistics\":37", 37 },
	{ "\"statistics\":36", 36 },
	{ "\"statistics\":30", 30 },
	{ "\"statistics\":25", 25 },
	{ "\"statistics\":20", 20 },
	{ "\"statistics\":18", 18 },
	{ "\"statistics\":17", 17 },
	{ "\"statistics\":0", 0 },
	{ "\"protocols\":[2]", 18 },
	{ "\"high_bandwidth\":false", 38 },
	{ "\"cookies\":false", 38 },
	{ "\"protocols\":[2],\"high_bandwidth\":false", 18 },
};

ParameterizedTestParameters(api, reads_every_statistic_that_the_host_sends)
{
	return cr_make_param_array(struct host_kind, host_kinds,
				   ARRAY_LEN(host_kinds));
}

ParameterizedTest(struct host_kind *kind, api,
		  reads_every_statistic_that_the_host_sends)
{
	char scenario[2048], path[64] = "";
	size_t room = sizeof path;
	VMGuestLibHandle h;
	uint64 wide = UNTOUCHED;
	VMSessionId session;

	snprintf(scenario, sizeof scenario, "{\"host\":{%s}," FIXED "}",
		 kind->json);
	h = updated(scenario);
	for (size_t i = 0; i < ARRAY_LEN(accessors); i++) {
		const struct accessor *a = &accessors[i];
		union out o = { .wide = UNTOUCHED };
		VMGuestLibError error = a->read(h, &o);

		if (a->id > kind->sent) {
			cr_expect(eq(int, error, UNSUPPORTED), "%s", a->name);
			cr_expect(eq(u64, o.wide, UNTOUCHED), "%s", a->name);
			continue;
		}
		cr_expect(eq(int, error, OK), "%s", a->name);
		cr_expect(eq(u64, a->bits == 64 ? o.wide : o.narrow,
			     expected(a)),
			  "%s", a->name);
	}
	cr_expect(eq(int, VMGuestLib_GetHostMemKernOvhdMB(h, &wide), OK));
	cr_expect(eq(u64, wide, 0), "0 whatever the host sends");

	wide = UNTOUCHED;
	if (kind->sent >= 8) {
		cr_expect(eq(int, VMGuestLib_GetMemShares64(h, &wide), OK));
		cr_expect(eq(u64, wide, kind->sent >= 38 ? 0x500000026 : 1008));
	} else {
		cr_expect(eq(int, VMGuestLib_GetMemShares64(h, &wide),
			     UNSUPPORTED));
	}
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, &room, path),
		     kind->sent >= 18 ? OK : NOT_AVAILABLE));
	cr_expect(eq(str, path, kind->sent >= 18 ? "/a/pool" : ""));
	cr_expect(eq(int, VMGuestLib_GetSessionId(h, &session), OK));
	cr_expect(eq(u64, session, simhost_session(simulated)));
	cr_expect(eq(int, VMGuestLib_CloseHandle(h), OK));
	cr_expect(eq(u32, simulated_channels(), 0));
}

Test(api, gives_the_table_what_the_host_sent)
{
	VMGuestLibHandle h = updated("{" FIXED "}");
	const struct vmg_stat *s;
	uint64_t value;
	char text[16];
	size_t need, i;

	for (i = 0; (s = vmg_stat_at(i)); i++) {
		if (s->kind == VMG_KIND_TEXT)
			continue;
		cr_expect(eq(int, vmg_stat_read(h, s, &value), OK), "%s",
			  s->name);
		cr_expect(eq(u64, value,
			     s->bits == 64 ? 0x500000000u + s->id :
					     1000u + s->id),
			  "%s", s->name);
		cr_expect(eq(ptr, (void *)vmg_stat_by_id(s->id), (void *)s));
	}
	cr_expect(eq(sz, i, 38));
	s = vmg_stat_by_id(18);
	cr_expect(eq(int, vmg_stat_text(h, s, NULL, text, sizeof text, &need), OK));
	cr_expect(eq(str, text, "/a/pool"));
	cr_expect(eq(sz, need, 8));
	cr_expect(eq(int, vmg_stat_text(h, s, NULL, NULL, 0, &need), TOO_SMALL));
	cr_expect(eq(int, vmg_stat_text(h, s, NULL, text, 7, NULL), TOO_SMALL));
	cr_expect(eq(int, vmg_stat_text(h, s, NULL, NULL, 7, NULL), INVALID_ARG));
	cr_expect(eq(int, vmg_stat_text(h, vmg_stat_by_id(1), NULL, text, 7,
				   NULL),
		     INVALID_ARG));
	cr_expect(eq(int, vmg_stat_read(h, s, &value), INVALID_ARG));
	cr_expect(eq(int, vmg_stat_read(h, NULL, &value), INVALID_ARG));
	cr_expect(eq(int, vmg_stat_read(h, vmg_stat_by_id(1), NULL),
		     INVALID_ARG));
	cr_expect(eq(int, vmg_stat_read(h, &(struct vmg_stat){ .id = 1 },
					&value),
		     INVALID_ARG),
		  "a row that is not of the table");
	cr_expect(eq(ptr, (void *)vmg_stat_by_id(0), NULL));
	cr_expect(eq(ptr, (void *)vmg_stat_by_id(39), NULL));
	VMGuestLib_CloseHandle(h);
}

/* By hand, from the published list of metrics: not from the table under test. */
static const char *const names[] = {
	"cpu_reservation", "cpu_limit", "cpu_shares", "cpu_used", "host_cpu",
	"memory_reservation", "memory_limit", "memory_shares_32",
	"memory_mapped", "memory_active", "memory_overhead",
	"memory_ballooned", "memory_swapped", "memory_shared",
	"memory_shared_saved", "memory_used", "cpu_elapsed",
	"session_resource_pool", "cpu_stolen", "memory_target",
	"host_cpu_cores", "host_cpu_used", "host_memory_swapped",
	"host_memory_shared", "host_memory_used", "host_memory_total",
	"host_memory_free", "host_memory_kernel_overhead",
	"host_memory_mapped", "host_memory_unmapped", "memory_zipped",
	"memory_zip_saved", "memory_ll_swapped", "memory_swap_target",
	"memory_balloon_target", "memory_balloon_max",
	"session_resource_pool_long", "memory_shares",
};
#define NAMES ARRAY_LEN(names)

Test(api, calls_statistics_by_the_names_of_their_metrics)
{
	for (size_t i = 0; i < NAMES; i++)
		cr_expect(strcmp(vmg_stat_at(i)->name, names[i]) == 0, "%s",
			  names[i]);
	cr_expect(eq(ptr, (void *)vmg_stat_at(NAMES), NULL));
}

/* The state that a single read has. */
static enum vmg_state state_of(VMGuestLibHandle h, const struct vmg_stat *s,
			       uint64_t *number)
{
	VMGuestLibError error = s->kind == VMG_KIND_TEXT ?
					vmg_stat_text(h, s, NULL, NULL, 0,
						      NULL) :
					vmg_stat_read(h, s, number);

	return (int)error == UNSUPPORTED   ? VMG_STATE_NOT_SENT :
	       (int)error == NOT_AVAILABLE ? VMG_STATE_NOT_VALID :
					VMG_STATE_VALUE;
}

static void expect_bulk_reads_as_one_by_one(VMGuestLibHandle h, size_t count,
					    const char *why)
{
	struct vmg_stat_value values[NAMES + 3];
	VMSessionId session = UNTOUCHED;

	memset(values, 0xA5, sizeof values);
	cr_assert(eq(int, vmg_stats_read(h, &session, values, count), OK),
		  "%s", why);
	cr_expect(eq(u64, session, simhost_session(simulated)), "%s", why);
	for (size_t i = 0; i < NAMES + 3; i++) {
		const struct vmg_stat *s = vmg_stat_at(i);
		enum vmg_state state = VMG_STATE_NOT_SENT;
		uint64_t number = 0;

		if (i >= count) {
			cr_expect(eq(u64, values[i].number, UNTOUCHED),
				  "%s: element %zu of %zu written", why, i,
				  count);
			continue;
		}
		if (s)
			state = state_of(h, s, &number);
		cr_expect(eq(int, values[i].state, state), "%s: element %zu",
			  why, i);
		cr_expect(eq(u64, values[i].number, number), "%s: element %zu",
			  why, i);
	}
}

ParameterizedTestParameters(api, reads_all_at_once_as_one_by_one)
{
	return cr_make_param_array(struct host_kind, host_kinds,
				   ARRAY_LEN(host_kinds));
}

ParameterizedTest(struct host_kind *kind, api, reads_all_at_once_as_one_by_one)
{
	static const size_t counts[] = { 0, 1, 17, 18, 37, 38, 39, 41 };
	char scenario[2048];
	VMGuestLibHandle h;

	snprintf(scenario, sizeof scenario, "{\"host\":{%s}," FIXED "}",
		 kind->json);
	h = updated(scenario);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		expect_bulk_reads_as_one_by_one(h, counts[i], kind->json);
	VMGuestLib_CloseHandle(h);
}

Test(api, gives_no_number_with_what_is_not_valid)
{
	VMGuestLibHandle h = updated(
		"{\"host\":{\"host_info\":false},\"fixed\":"
		"{\"memActiveMB\":null,\"cpuUsedMs\":null}}");

	expect_bulk_reads_as_one_by_one(h, NAMES, "not valid");
	VMGuestLib_CloseHandle(h);
}

Test(api, reads_all_or_nothing)
{
	VMGuestLibHandle h = opened("{}");
	struct vmg_stat_value value = { .number = UNTOUCHED };
	VMSessionId session = UNTOUCHED;

	cr_expect(eq(int, vmg_stats_read(NULL, &session, NULL, 1),
		     INVALID_HANDLE));
	cr_expect(eq(int, vmg_stats_read(h, &session, NULL, 1), INVALID_ARG));
	cr_expect(eq(int, vmg_stats_read(h, &session, &value, 1), NO_INFO));
	cr_expect(eq(u64, session, UNTOUCHED));
	cr_expect(eq(u64, value.number, UNTOUCHED));
	cr_assert(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(int, vmg_stats_read(h, &session, NULL, 1), INVALID_ARG));
	cr_expect(eq(u64, session, UNTOUCHED));
	cr_expect(eq(int, vmg_stats_read(h, NULL, &value, 1), OK));
	cr_expect(eq(int, value.state, VMG_STATE_VALUE));
	cr_expect(eq(int, vmg_stats_read(h, NULL, NULL, 0), OK));
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(int, vmg_stats_read(h, &session, &value, 1),
		     INVALID_HANDLE));
	cr_expect(eq(u64, session, UNTOUCHED));
}

Test(api, gives_the_session_of_a_text)
{
	VMGuestLibHandle h = updated("{" FIXED "}");
	const struct vmg_stat *pool = vmg_stat_by_id(18);
	VMSessionId session = UNTOUCHED;
	char text[16];
	size_t need = UNTOUCHED;

	cr_expect(eq(int, vmg_stat_text(h, pool, &session, NULL, 0, &need),
		     TOO_SMALL));
	cr_expect(eq(u64, session, UNTOUCHED), "on success only");
	cr_expect(eq(sz, need, 8));
	cr_expect(eq(int, vmg_stat_text(h, pool, &session, text, 8, NULL),
		     OK));
	cr_expect(eq(u64, session, simhost_session(simulated)));
	need = UNTOUCHED;
	cr_expect(eq(int, vmg_stat_text(h, vmg_stat_by_id(37), NULL, text, 8,
					&need),
		     NOT_AVAILABLE));
	cr_expect(eq(sz, need, UNTOUCHED), "of a text only");
	VMGuestLib_CloseHandle(h);
}

static struct opening {
	int verdict, code, cause;
} openings[] = {
	{ VMG_OK, OK, VMG_CAUSE_NONE },
	{ VMG_E_NOT_VM, NOT_RUNNING, VMG_CAUSE_NOT_VM },
	{ VMG_E_PROBE_LIMITED, OTHER, VMG_CAUSE_PROBE_LIMITED },
	{ VMG_E_PROBE_FORBIDDEN, OTHER, VMG_CAUSE_PROBE_FORBIDDEN },
	{ VMG_E_PROBE_NAMESPACE, OTHER, VMG_CAUSE_PROBE_NAMESPACE },
};

ParameterizedTestParameters(api, says_why_a_handle_could_not_be_opened)
{
	return cr_make_param_array(struct opening, openings,
				   ARRAY_LEN(openings));
}

ParameterizedTest(struct opening *o, api,
		  says_why_a_handle_could_not_be_opened)
{
	VMGuestLibError (*const open[])(VMGuestLibHandle *,
					struct vmg_failure *) = {
		vmg_open, vmg_thread_handle
	};
	struct vmg_failure failure;
	VMGuestLibHandle h;

	simulated_begin("{}");
	simulated_verdict = (enum vmg_err)o->verdict;
	for (size_t i = 0; i < ARRAY_LEN(open); i++) {
		VMGuestLibHandle closed = h = (VMGuestLibHandle)42;

		memset(&failure, 0xA5, sizeof failure);
		cr_expect(eq(int, open[i](&h, &failure), o->code));
		cr_expect(eq(int, failure.cause, o->cause));
		cr_expect(eq(str, failure.host_said, ""));
		cr_expect(eq(int, h != closed, o->code == OK));
		cr_expect(eq(int, open[i](&h, NULL), o->code));
		memset(&failure, 0xA5, sizeof failure);
		cr_expect(eq(int, open[i](NULL, &failure),
			     o->code == OK ? INVALID_ARG : o->code));
		cr_expect(eq(int, failure.cause, o->cause));
	}
}

static struct vmg_host_description described(VMGuestLibHandle h)
{
	struct vmg_host_description d;

	memset(&d, 0xA5, sizeof d);
	cr_assert(eq(int, vmg_host_describe(h, &d, sizeof d), OK));
	return d;
}

Test(api, describes_the_host_of_a_handle)
{
	VMGuestLibHandle h = opened("{\"host\":{\"protocols\":[2]},\"events\":["
				    "{\"at\":10,\"do\":\"host\","
				    "\"protocols\":[2,3]},"
				    "{\"at\":20,\"do\":\"disable\"}]}");
	struct vmg_host_description d = described(h);

	cr_expect(eq(int, d.way, VMG_HOST_WAY_PORT));
	cr_expect(eq(int, d.port_answer, VMG_CAUSE_NONE));
	cr_expect(eq(u32, d.port_version, 6));
	cr_expect(eq(u32, d.port_product, 2), "ESX");
	cr_expect(eq(u32, d.protocol, 0), "no update yet");
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(u32, described(h).protocol, 2));
	simhost_set_time(simulated, 11);
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(u32, described(h).protocol, 3));
	cr_expect(eq(u32, described(NULL).protocol, 0), "no handle");
	simhost_set_time(simulated, 21);
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(u32, described(h).protocol, 0), "the last one failed");
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(int, vmg_host_describe(h, &d, sizeof d), INVALID_HANDLE));
}

ParameterizedTestParameters(api, describes_what_opening_would_find)
{
	return cr_make_param_array(struct opening, openings,
				   ARRAY_LEN(openings));
}

ParameterizedTest(struct opening *o, api, describes_what_opening_would_find)
{
	struct vmg_host_description d;
	bool found = o->verdict == VMG_OK;

	simulated_begin("{}");
	simulated_verdict = (enum vmg_err)o->verdict;
	d = described(NULL);
	cr_expect(eq(int, d.way, found ? VMG_HOST_WAY_PORT :
					 VMG_HOST_WAY_NONE));
	cr_expect(eq(int, d.port_answer, o->cause));
	cr_expect(eq(u32, d.port_version, found ? 6 : 0));
	cr_expect(eq(u32, d.port_product, found ? 2 : 0));
}

static void port_forget(enum vmg_port port, const struct vmg_regs *asked,
			struct vmg_regs *answer)
{
	(void)port;
	*answer = *asked;
}

static void port_all_ones(enum vmg_port port, const struct vmg_regs *asked,
			  struct vmg_regs *answer)
{
	(void)port;
	(void)asked;
	answer->ax = 0xFFFFFFFF;
}

Test(api, describes_a_port_that_does_not_say_its_version)
{
	VMGuestLibHandle h = opened("{}");

	simulated_after = port_forget;
	cr_expect(eq(u32, described(h).port_version, 0));
	simulated_after = port_all_ones;
	cr_expect(eq(u32, described(h).port_version, 0));
	cr_expect(eq(u32, described(h).port_product, 0));
	cr_expect(eq(int, described(h).way, VMG_HOST_WAY_PORT));
}

/* Older and newer callers: a member fewer, a member more. */
Test(api, describes_as_much_as_its_caller_knows)
{
	VMGuestLibHandle h = updated("{}");
	struct {
		struct vmg_host_description known;
		uint32_t later;
	} d;

	memset(&d, 0xA5, sizeof d);
	cr_expect(eq(int, vmg_host_describe(h, &d.known,
					    sizeof d.known - 4),
		     OK));
	cr_expect(eq(u32, d.known.port_version, 6));
	cr_expect(eq(u32, d.known.port_product, 0xA5A5A5A5));
	cr_expect(eq(int, vmg_host_describe(h, &d.known, sizeof d), OK));
	cr_expect(eq(u32, d.known.port_product, 2));
	cr_expect(eq(u32, d.later, 0));
	cr_expect(eq(int, vmg_host_describe(h, NULL, 0), OK));
	cr_expect(eq(int, vmg_host_describe(h, NULL, 4), INVALID_ARG));
	VMGuestLib_CloseHandle(h);
}

Test(api, tells_not_valid_from_a_value)
{
	VMGuestLibHandle h = updated(
		"{\"host\":{\"host_info\":false},\"fixed\":{\"memActiveMB\":null,"
		"\"memShares\":null,\"memShares64\":null,"
		"\"resourcePoolPath\":null,\"resourcePoolPathLong\":null}}");
	uint64 wide = UNTOUCHED;
	uint32 narrow = 7;
	char path[8] = "path";
	size_t room = sizeof path;

	cr_expect(eq(int, VMGuestLib_GetMemActiveMB(h, &narrow),
		     NOT_AVAILABLE));
	cr_expect(eq(u32, narrow, 7));
	cr_expect(eq(int, VMGuestLib_GetHostMemUsedMB(h, &wide),
		     NOT_AVAILABLE));
	cr_expect(eq(int, VMGuestLib_GetMemShares64(h, &wide), NOT_AVAILABLE));
	cr_expect(eq(u64, wide, UNTOUCHED));
	cr_expect(eq(int, VMGuestLib_GetHostMemKernOvhdMB(h, &wide), OK));
	cr_expect(eq(u64, wide, 0));
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, &room, path),
		     NOT_AVAILABLE));
	cr_expect(eq(str, path, "path"));
	VMGuestLib_CloseHandle(h);

	h = updated("{\"host\":{\"protocols\":[2]},"
		    "\"fixed\":{\"memShares\":null}}");
	cr_expect(eq(int, VMGuestLib_GetMemShares(h, &narrow), NOT_AVAILABLE));
	cr_expect(eq(int, VMGuestLib_GetMemShares64(h, &wide), UNSUPPORTED));
	VMGuestLib_CloseHandle(h);
}

Test(api, finds_the_long_path_where_the_short_one_does_not_fit)
{
	char scenario[1024], path[700], pool[601];
	size_t room = 600;
	VMGuestLibHandle h;

	memset(pool, 'p', sizeof pool - 1);
	pool[sizeof pool - 1] = '\0';
	snprintf(scenario, sizeof scenario, "{\"vm\":{\"resource_pool\":\"%s\"}}",
		 pool);
	h = updated(scenario);
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, &room, path),
		     TOO_SMALL));
	cr_expect(eq(sz, room, 601));
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, &room, path), OK));
	cr_expect(eq(str, path, pool));
	cr_expect(eq(sz, room, 601), "unchanged by success");
	room = 0;
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, &room, path),
		     TOO_SMALL));
	VMGuestLib_CloseHandle(h);
}

Test(api, looks_for_errors_in_the_published_order)
{
	VMGuestLibHandle h = opened("{}");
	size_t room = 1;
	char path[1];
	VMSessionId session = UNTOUCHED;

	for (size_t i = 0; i < ARRAY_LEN(accessors); i++) {
		cr_expect(eq(int, accessors[i].read(NULL, NULL),
			     INVALID_HANDLE));
		cr_expect(eq(int, accessors[i].read(h, NULL), INVALID_ARG));
	}
	expect_all_reads(h, VMGUESTLIB_ERROR_NO_INFO, "before an update");
	cr_expect(eq(int, VMGuestLib_GetSessionId(NULL, NULL),
		     INVALID_HANDLE));
	cr_expect(eq(int, VMGuestLib_GetSessionId(h, NULL), INVALID_ARG));
	cr_expect(eq(int, VMGuestLib_GetSessionId(h, &session), NO_INFO));
	cr_expect(eq(u64, session, UNTOUCHED));
	cr_expect(eq(int, VMGuestLib_GetHostMemKernOvhdMB(h, NULL),
		     INVALID_ARG));
	cr_expect(eq(int, VMGuestLib_GetHostMemKernOvhdMB(h, &session),
		     NO_INFO));
	cr_expect(eq(int, VMGuestLib_GetMemShares64(h, NULL), INVALID_ARG));
	cr_expect(eq(int, VMGuestLib_GetMemShares64(h, &session), NO_INFO));
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(NULL, NULL, NULL),
		     INVALID_HANDLE));
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, NULL, path),
		     INVALID_ARG));
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, &room, NULL),
		     INVALID_ARG));
	cr_expect(eq(int, VMGuestLib_GetResourcePoolPath(h, &room, path),
		     NO_INFO));
	cr_expect(eq(int, VMGuestLib_UpdateInfo(NULL), INVALID_HANDLE));
	cr_expect(eq(int, VMGuestLib_CloseHandle(NULL), INVALID_HANDLE));
	cr_expect(eq(int, VMGuestLib_CloseHandle(h), OK));
	cr_expect(eq(int, VMGuestLib_OpenHandle(NULL), INVALID_ARG));
}

Test(api, says_outside_a_vm_before_anything_else)
{
	VMGuestLibHandle h = (VMGuestLibHandle)42;
	size_t size = 5;
	char *reply = (char *)1;

	simulated_verdict = VMG_E_NOT_VM;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), NOT_RUNNING));
	cr_expect(eq(ptr, (void *)h, (void *)42));
	cr_expect(eq(int, VMGuestLib_OpenHandle(NULL), NOT_RUNNING));
	cr_expect(eq(int, vmg_thread_handle(&h, NULL), NOT_RUNNING));
	cr_expect(eq(int, VMGuestLib_StatGet("text", "host", &reply, &size),
		     NOT_RUNNING));
	cr_expect(eq(ptr, reply, NULL));
	cr_expect(eq(sz, size, 0));
}

Test(api, believes_a_no_for_about_a_minute_and_a_yes_for_ever)
{
	VMGuestLibHandle h;

	simulated_begin("{}");
	simulated_verdict = VMG_E_NOT_VM;
	VMGuestLib_OpenHandle(&h);
	simulated_verdict = VMG_OK;
	simulated_clock_ms += 54999;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), NOT_RUNNING));
	cr_expect(eq(u32, simulated_probes, 1));
	simulated_clock_ms += 1;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), OK));
	cr_expect(eq(u32, simulated_probes, 2));
	simulated_verdict = VMG_E_NOT_VM;
	simulated_clock_ms += 600000;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), OK));
	cr_expect(eq(u32, simulated_probes, 2));
}

/* Nobody knows how long ago the "no" was. */
Test(api, believes_no_no_while_the_clock_fails)
{
	VMGuestLibHandle h;

	simulated_begin("{}");
	simulated_clock_ms = 0;
	simulated_verdict = VMG_E_NOT_VM;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), NOT_RUNNING));
	simulated_verdict = VMG_OK;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), OK));
	cr_expect(eq(u32, simulated_probes, 2));
}

Test(api, does_not_call_a_probe_that_failed_an_answer)
{
	VMGuestLibHandle h;

	simulated_begin("{}");
	simulated_verdict = VMG_E_PROBE_LIMITED;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), OTHER));
	simulated_verdict = VMG_OK;
	cr_expect(eq(int, VMGuestLib_OpenHandle(&h), OK), "asked at once");
}

Test(api, knows_closed_stale_and_invented_handles)
{
	VMGuestLibHandle h = updated("{}"), later;
	static const uintptr_t invented[] = {
		1, 2, 0xffff, 0x1ffff, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100010000, UINTPTR_MAX, UINTPTR_MAX - 0xffff,
	};
	uint64_t count;
	struct vmg_failure failure;

	cr_expect(eq(int, VMGuestLib_CloseHandle(h), OK));
	for (int i = 0; i < 3; i++) {
		cr_expect(eq(int, VMGuestLib_CloseHandle(h), INVALID_HANDLE));
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), INVALID_HANDLE));
		expect_all_reads(h, VMGUESTLIB_ERROR_INVALID_HANDLE, "closed");
		/* Its slot, opened again, is another handle. */
		cr_assert(eq(int, VMGuestLib_OpenHandle(&later), OK));
		cr_expect(ne(ptr, (void *)later, (void *)h));
		cr_expect(le(u64, (uintptr_t)later, 0x7fffffff));
	}
	for (size_t i = 0; i < ARRAY_LEN(invented); i++) {
		VMGuestLibHandle bad = (VMGuestLibHandle)invented[i];

		if (bad == later)
			continue;
		cr_expect(eq(int, VMGuestLib_UpdateInfo(bad), INVALID_HANDLE),
			  "%#zx", (size_t)invented[i]);
		cr_expect(eq(int, VMGuestLib_CloseHandle(bad), INVALID_HANDLE));
		cr_expect(eq(int, vmg_channel_reopens(bad, &count),
			     INVALID_HANDLE));
		cr_expect(eq(int, vmg_update_failure(bad, &failure),
			     INVALID_HANDLE));
		cr_expect(eq(int, vmg_memory_size_mb(bad, &count),
			     INVALID_HANDLE));
		cr_expect(eq(int,
			     vmg_stat_text(bad, vmg_stat_by_id(18), NULL,
					   NULL, 0, NULL),
			     INVALID_HANDLE));
		expect_all_reads(bad, VMGUESTLIB_ERROR_INVALID_HANDLE,
				 "invented");
	}
}

Test(api, never_takes_null_for_a_closed_handle)
{
	VMGuestLibHandle first = opened("{}"), one, two;

	VMGuestLib_CloseHandle(first);
	expect_all_reads(NULL, VMGUESTLIB_ERROR_INVALID_HANDLE, "NULL");
	cr_expect(eq(int, VMGuestLib_UpdateInfo(NULL), INVALID_HANDLE));
	cr_expect(eq(int, VMGuestLib_CloseHandle(NULL), INVALID_HANDLE));
	VMGuestLib_OpenHandle(&one);
	VMGuestLib_OpenHandle(&two);
	cr_expect(ne(u64, (uintptr_t)one % 65536, (uintptr_t)two % 65536),
		  "a slot for each");
}

Test(api, does_without_a_bulk_port_that_fails)
{
	VMGuestLibHandle h = opened(
		"{\"events\":[{\"at\":0,\"do\":\"status\",\"bits\":0,"
		"\"step\":\"sendpayload\",\"count\":1},"
		"{\"at\":10,\"do\":\"vmotion\"}]}");

	/* OPEN, SENDSIZE, outsb, CLOSE, OPEN, 142 words or so, CLOSE */
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(ge(u64, simulated_operations(), 141));
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(ge(u64, simulated_operations(), 141), "remembered");
	simhost_set_time(simulated, 11);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	simulated_operations();
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(u64, simulated_operations(), 5), "another host, perhaps");
	VMGuestLib_CloseHandle(h);
}

Test(api, asks_three_times_where_version_3_stays_refused)
{
	VMGuestLibHandle h = updated(
		"{\"events\":[{\"at\":10,\"do\":\"host\",\"protocols\":[2]},"
		"{\"at\":20,\"do\":\"host\",\"protocols\":[2,3]}]}");
	uint64 stolen;

	simhost_set_time(simulated, 10);
	for (int i = 0; i < 3; i++) {
		simulated_operations();
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen),
			     UNSUPPORTED));
	}
	cr_expect(eq(u64, simulated_operations(), 3 * 5));
	simhost_set_time(simulated, 20);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), OK));
	VMGuestLib_CloseHandle(h);
}

/* A snapshot in the middle of a bulk transfer takes the channel, not the port. */
Test(api, keeps_the_bulk_port_when_a_channel_is_lost_in_it)
{
	static const char *const steps[] = { "sendpayload", "recvpayload" };
	char scenario[128];

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		snprintf(scenario, sizeof scenario,
			 "{\"events\":[{\"at\":0,\"do\":\"lose\","
			 "\"step\":\"%s\"}]}",
			 steps[i]);
		VMGuestLibHandle h = opened(scenario);

		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(le(u64, simulated_operations(), 13), "%s", steps[i]);
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		simulated_operations();
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(u64, simulated_operations(), 5), "%s", steps[i]);
		VMGuestLib_CloseHandle(h);
	}
}

/* What became of a later channel says nothing of that transfer. */
Test(api, keeps_the_bulk_port_when_the_next_channel_does_without)
{
	VMGuestLibHandle h = opened(
		"{\"events\":[{\"at\":0,\"do\":\"vmotion\",\"step\":\"sendpayload\","
		"\"high_bandwidth\":false},"
		"{\"at\":10,\"do\":\"host\",\"high_bandwidth\":true}]}");

	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(ge(u64, simulated_operations(), 141));
	simhost_set_time(simulated, 11);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	simulated_operations();
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(u64, simulated_operations(), 5));
	VMGuestLib_CloseHandle(h);
}

/* Whatever the host says of the channel: twice in a row is enough to try words,
 * in whichever direction it happens. */
Test(api, does_without_a_bulk_port_that_takes_channels_along)
{
	static const char *const steps[] = { "sendpayload", "recvpayload" };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		char scenario[128];
		VMGuestLibHandle h;

		snprintf(scenario, sizeof scenario,
			 "{\"events\":[{\"at\":0,\"do\":\"lose\","
			 "\"step\":\"%s\",\"count\":2}]}",
			 steps[i]);
		h = opened(scenario);
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER), "%s",
			  steps[i]);
		simulated_operations();
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK), "%s",
			  steps[i]);
		cr_expect(ge(u64, simulated_operations(), 141), "%s",
			  steps[i]);
		VMGuestLib_CloseHandle(h);
	}
}

/* Damages replies on their way, on the ports that a test names. */
static struct {
	bool bulk, words;
	size_t at;	     /* which byte of a reply is inverted */
	uint64_t step_ms;    /* how long an exchange takes */
	unsigned bulk_reads; /* replies over the bulk port so far */
	size_t words_at;     /* of the reply that is received by words */
} spoiled;

static void spoil(enum vmg_port port, const struct vmg_regs *asked,
		  struct vmg_regs *answer)
{
	unsigned step = (unsigned)(asked->cx >> 16);

	simulated_clock_ms += spoiled.step_ms;
	if (port == VMG_PORT_READ) {
		spoiled.bulk_reads++;
		if (spoiled.bulk)
			((uint8_t *)(uintptr_t)asked->di)[spoiled.at] ^= 0xff;
	}
	if (port != VMG_PORT_WORD)
		return;
	if (step == 3) /* RECVSIZE */
		spoiled.words_at = 0;
	if (step == 4) { /* RECVPAYLOAD */
		if (spoiled.words && spoiled.words_at == spoiled.at / 4)
			answer->bx ^= 0xffu << spoiled.at % 4 * 8;
		spoiled.words_at++;
	}
}

/* Where a reply is damaged: the framing is checked apart from the body. */
static size_t spoiled_places[] = { 0, 1, 2, 21 };

static VMGuestLibHandle spoil_begin(size_t at)
{
	VMGuestLibHandle h = updated(
		"{" FIXED ",\"events\":[{\"at\":10,\"do\":\"vmotion\"}]}");

	cr_assert(eq(int, VMGuestLib_UpdateInfo(h), OK));
	memset(&spoiled, 0, sizeof spoiled);
	spoiled.at = at;
	simulated_after = spoil;
	return h;
}

static unsigned bulk_reads(void)
{
	unsigned reads = spoiled.bulk_reads;

	spoiled.bulk_reads = 0;
	return reads;
}

static void expect_update(VMGuestLibHandle h, int error, int cause,
			  unsigned reads, const char *why)
{
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), error), "%s, byte %zu",
		  why, spoiled.at);
	cr_expect(eq(int, cause_of(h), cause), "%s, byte %zu", why, spoiled.at);
	cr_expect(eq(u32, bulk_reads(), reads), "%s, byte %zu: bulk reads",
		  why, spoiled.at);
}

ParameterizedTestParameters(api, asks_by_words_for_what_the_bulk_port_damaged)
{
	return cr_make_param_array(size_t, spoiled_places,
				   ARRAY_LEN(spoiled_places));
}

ParameterizedTest(size_t *at, api, asks_by_words_for_what_the_bulk_port_damaged)
{
	VMGuestLibHandle h = spoil_begin(*at);
	uint64_t reopens;
	uint64 used;

	spoiled.bulk = true;
	expect_update(h, OK, VMG_CAUSE_NONE, 1, "damaged");
	cr_expect(eq(int, VMGuestLib_GetCpuUsedMs(h, &used), OK));
	cr_expect(eq(u64, used, 0x500000004));
	cr_expect(eq(int, vmg_channel_reopens(h, &reopens), OK));
	cr_expect(eq(u64, reopens, 0), "no channel was lost");
	for (int i = 0; i < 3; i++)
		expect_update(h, OK, VMG_CAUSE_NONE, 0, "words from then on");
	simhost_set_time(simulated, 11);
	expect_update(h, OK, VMG_CAUSE_NONE, 0, "and in the new session");
	spoiled.bulk = false;
	expect_update(h, OK, VMG_CAUSE_NONE, 1, "another host, perhaps");
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(u32, simulated_channels(), 0));
}

ParameterizedTestParameters(api, concludes_nothing_from_damage_on_both_ports)
{
	return cr_make_param_array(size_t, spoiled_places,
				   ARRAY_LEN(spoiled_places));
}

ParameterizedTest(size_t *at, api, concludes_nothing_from_damage_on_both_ports)
{
	VMGuestLibHandle h = spoil_begin(*at);

	spoiled.bulk = spoiled.words = true;
	for (int i = 0; i < 3; i++)
		expect_update(h, OTHER, VMG_CAUSE_DAMAGED, 1, "both");
	spoiled.bulk = spoiled.words = false;
	expect_update(h, OK, VMG_CAUSE_NONE, 1, "the bulk port is trusted");
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(u32, simulated_channels(), 0));
}

Test(api, keeps_to_words_that_are_damaged_later)
{
	VMGuestLibHandle h = spoil_begin(21);

	spoiled.bulk = true;
	expect_update(h, OK, VMG_CAUSE_NONE, 1, "damaged");
	spoiled.words = true;
	expect_update(h, OTHER, VMG_CAUSE_DAMAGED, 0, "words damaged");
	spoiled.words = false;
	expect_update(h, OK, VMG_CAUSE_NONE, 0, "words again");
	VMGuestLib_CloseHandle(h);
}

Test(api, asks_by_words_inside_the_deadline_only)
{
	VMGuestLibHandle h = spoil_begin(21);

	spoiled.bulk = true;
	spoiled.step_ms = 100;
	expect_update(h, OTHER, VMG_CAUSE_TIMEOUT, 1, "slow");
	spoiled.step_ms = 0;
	spoiled.bulk = false;
	expect_update(h, OK, VMG_CAUSE_NONE, 1, "nothing was concluded");
	VMGuestLib_CloseHandle(h);
}

/* A transfer that fails is no better proof than one that damages. */
Test(api, concludes_nothing_where_words_fail_as_well)
{
	VMGuestLibHandle h = opened(
		"{\"events\":[{\"at\":0,\"do\":\"status\",\"bits\":0,"
		"\"step\":\"sendpayload\",\"count\":2}]}");

	/* the bulk port, and the first word */
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER));
	simulated_operations();
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(le(u64, simulated_operations(), 7));
	VMGuestLib_CloseHandle(h);
}

Test(api, gets_extended_statistics_by_words_where_bulk_damages)
{
	VMGuestLibHandle h = spoil_begin(0);
	char *text = NULL;
	size_t len;

	spoiled.bulk = true;
	cr_expect(eq(int, VMGuestLib_StatGet("text", "session", &text, &len),
		     OK));
	cr_expect(eq(u32, bulk_reads(), 1));
	VMGuestLib_StatFree(text, len);
	VMGuestLib_CloseHandle(h);
}

/* The host is switched on between two questions of one update. */
Test(api, never_reads_by_version_2_where_version_3_answers)
{
	VMGuestLibHandle h = updated(
		"{\"events\":[{\"at\":10,\"do\":\"damage\","
		"\"how\":\"refuse\",\"text\":\"Busy\",\"count\":1}]}");
	uint64 stolen;

	VMGuestLib_UpdateInfo(h);
	simulated_operations();
	simhost_set_time(simulated, 10);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(u64, simulated_operations(), 15), "3, 2, 3");
	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), OK));
	VMGuestLib_CloseHandle(h);
}

static unsigned sends_until_silence;

static void silence_third_question(enum vmg_port port,
				   const struct vmg_regs *asked,
				   struct vmg_regs *answer)
{
	if (port == VMG_PORT_WRITE && sends_until_silence > 0)
		sends_until_silence--;
	if (port == VMG_PORT_WORD && asked->cx >> 16 == 3 &&
	    sends_until_silence == 0)
		answer->cx = 0x00810000; /* no reply waits */
}

/* Its texts stand in the reply, which the question that failed must not touch. */
Test(api, keeps_the_reply_by_2_when_the_next_question_fails)
{
	VMGuestLibHandle h = opened("{\"host\":{\"protocols\":[2]}," FIXED "}");
	char path[16];
	size_t room = sizeof path;
	uint32 mhz;

	sends_until_silence = 3;
	simulated_after = silence_third_question;
	for (int i = 0; i < 3; i++) {
		cr_assert(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(int, cause_of(h), VMG_CAUSE_NONE));
		cr_expect(eq(int, VMGuestLib_GetHostProcessorSpeed(h, &mhz),
			     OK));
		cr_expect(eq(u32, mhz, 1005));
		cr_expect(eq(int,
			     VMGuestLib_GetResourcePoolPath(h, &room, path),
			     OK));
		cr_expect(eq(str, path, (char *)"/a/pool"));
		sends_until_silence = 3;
	}
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(u32, simulated_channels(), 0));
}

/* Busy at the first question for 3; the reply to the second is long, and damaged on
 * whichever port. */
static unsigned replies;

static void third_reply_damage(enum vmg_port port, const struct vmg_regs *asked,
			       struct vmg_regs *answer)
{
	uint8_t *reply = (uint8_t *)(uintptr_t)asked->di;

	if (port == VMG_PORT_READ && ++replies % 3 == 1)
		reply[0] = '0';
	else if (port == VMG_PORT_READ && replies % 3 == 0)
		memset(reply, 0xEE, asked->cx);
	else if (port == VMG_PORT_WORD && asked->cx >> 16 == 4)
		answer->bx = 0xEEEEEEEE;
}

static uint32_t slow_step;

static void take_300_ms(enum vmg_port port, const struct vmg_regs *asked,
			struct vmg_regs *answer)
{
	(void)port;
	(void)answer;
	if ((uint32_t)asked->cx >> 16 == slow_step)
		simulated_clock_ms += 300;
}

Test(api, an_update_ends_after_a_second_in_the_middle_of_a_message)
{
	enum { SENDPAYLOAD = 2, RECVPAYLOAD = 4 };
	VMGuestLibHandle h =
		opened("{\"host\":{\"high_bandwidth\":false}," FIXED "}");

	for (slow_step = SENDPAYLOAD; slow_step <= RECVPAYLOAD;
	     slow_step += 2) {
		uint64_t began = simulated_clock_ms;

		simulated_after = take_300_ms;
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER));
		cr_expect(eq(int, cause_of(h), VMG_CAUSE_TIMEOUT));
		cr_expect(le(u64, simulated_clock_ms - began, 1300));
		simulated_after = NULL;
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	}
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(u32, simulated_channels(), 0));
}

Test(api, keeps_the_reply_by_2_when_the_next_one_is_damaged)
{
	VMGuestLibHandle h = opened("{" FIXED "}");
	char path[16] = "";
	size_t room = sizeof path;

	simulated_after = third_reply_damage;
	for (int i = 0; i < 3; i++) {
		cr_assert(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(u32, described(h).protocol, 2));
		cr_expect(eq(int,
			     VMGuestLib_GetResourcePoolPath(h, &room, path),
			     OK));
		cr_expect(eq(str, path, (char *)"/a/pool"));
	}
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(u32, simulated_channels(), 0));
}

Test(api, never_hands_out_a_ticket_twice)
{
	static uint8_t seen[1u << 28]; /* a bit for every ticket there is */
	VMGuestLibHandle h;

	simulated_begin("{}");
	for (int i = 0; i < 100000; i++) {
		uintptr_t t;

		cr_assert(eq(int, VMGuestLib_OpenHandle(&h), OK));
		t = (uintptr_t)h;
		cr_assert(lt(u64, t, (uint64_t)sizeof seen * 8));
		cr_assert(eq(int, seen[t / 8] >> t % 8 & 1, 0));
		seen[t / 8] |= (uint8_t)(1u << t % 8);
		cr_assert(eq(int, VMGuestLib_CloseHandle(h), OK));
	}
}

Test(api, says_memory_when_all_handles_are_open)
{
	static VMGuestLibHandle all[65536];
	VMGuestLibHandle more;

	simulated_begin("{}");
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		cr_assert(eq(int, VMGuestLib_OpenHandle(&all[i]), OK));
	cr_expect(eq(int, VMGuestLib_OpenHandle(&more), MEMORY));
	cr_expect(eq(int, vmg_thread_handle(&more, NULL), MEMORY));
	cr_expect(eq(int, VMGuestLib_CloseHandle(all[77]), OK));
	cr_expect(eq(int, VMGuestLib_OpenHandle(&more), OK));
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		VMGuestLib_CloseHandle(all[i]);
	VMGuestLib_CloseHandle(more);
}

Test(api, holds_the_channel_only_while_updates_come_fast)
{
	VMGuestLibHandle h = updated("{}");

	cr_expect(eq(u64, simulated_operations(), 7), "the first opens, closes");
	cr_expect(eq(u32, simulated_channels(), 0));
	simulated_clock_ms += 2000;
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(u64, simulated_operations(), 6), "the second opens");
	cr_expect(eq(u32, simulated_channels(), 1));
	for (int i = 0; i < 5; i++) {
		simulated_clock_ms += 2000;
		VMGuestLib_UpdateInfo(h);
		cr_expect(eq(u64, simulated_operations(), 5), "the minimum");
	}
	simulated_clock_ms += 10000;
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(u64, simulated_operations(), 6), "the slow one closes");
	cr_expect(eq(u32, simulated_channels(), 0));
	simulated_clock_ms += 10000;
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(u64, simulated_operations(), 7));
	simulated_clock_ms += 10;
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(u32, simulated_channels(), 1));
	VMGuestLib_CloseHandle(h);
	cr_expect(eq(u32, simulated_channels(), 0), "closed with the handle");
}

Test(api, needs_no_more_words_than_the_protocol)
{
	VMGuestLibHandle h = updated(
		"{\"host\":{\"high_bandwidth\":false},"
		"\"vm\":{\"resource_pool\":\"\"}}");

	/* 19 bytes there, 534 back, three steps around; OPEN and CLOSE */
	cr_expect(eq(u64, simulated_operations(), 142 + 2));
	VMGuestLib_CloseHandle(h);
}

Test(api, gives_a_thread_a_handle_that_holds_no_channel)
{
	VMGuestLibHandle h, again;

	simulated_begin("{}");
	cr_assert(eq(int, vmg_thread_handle(NULL, NULL), INVALID_ARG));
	cr_assert(eq(int, vmg_thread_handle(&h, NULL), OK));
	cr_assert(eq(int, vmg_thread_handle(&again, NULL), OK));
	cr_expect(eq(ptr, (void *)h, (void *)again));
	for (int i = 0; i < 3; i++) {
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
		cr_expect(eq(u64, simulated_operations(), 7));
		cr_expect(eq(u32, simulated_channels(), 0));
	}
	/* A caller that closes it all the same gets another. */
	cr_expect(eq(int, VMGuestLib_CloseHandle(h), OK));
	cr_assert(eq(int, vmg_thread_handle(&again, NULL), OK));
	cr_expect(eq(int, VMGuestLib_UpdateInfo(again), OK));
}

/* Each fault strikes a warm handle; what it says then, and that it recovers. */
static struct fault {
	char event[90];
	int error;
	int cause;
} faults[] = {
	{ "\"do\":\"lose\",\"step\":\"sendsize\",\"count\":1", OK, 0 },
	{ "\"do\":\"lose\",\"step\":\"sendpayload\",\"count\":1", OK, 0 },
	{ "\"do\":\"lose\",\"step\":\"recvsize\",\"count\":1", OK, 0 },
	{ "\"do\":\"lose\",\"step\":\"recvpayload\",\"count\":1", OK, 0 },
	{ "\"do\":\"lose\",\"step\":\"recvstatus\",\"count\":1", OK, 0 },
	{ "\"do\":\"lose\",\"step\":\"recvsize\",\"count\":2", OTHER,
	  VMG_CAUSE_CHANNEL_LOST },
	{ "\"do\":\"vmotion\",\"mhz\":3000", OK, 0 },
	{ "\"do\":\"checkpoint\",\"step\":\"sendpayload\",\"count\":3", OK, 0 },
	{ "\"do\":\"checkpoint\",\"step\":\"recvpayload\",\"count\":3", OK, 0 },
	{ "\"do\":\"checkpoint\",\"step\":\"recvstatus\",\"count\":3", OK, 0 },
	{ "\"do\":\"checkpoint\",\"step\":\"recvpayload\",\"count\":8", OTHER,
	  VMG_CAUSE_CHECKPOINT },
	{ "\"do\":\"checkpoint\",\"step\":\"recvsize\",\"count\":2", OTHER,
	  VMG_CAUSE_CHECKPOINT },
	{ "\"do\":\"silent\",\"count\":1", OTHER, VMG_CAUSE_NO_REPLY },
	{ "\"do\":\"type\",\"value\":2,\"count\":1", OTHER, VMG_CAUSE_DAMAGED },
	{ "\"do\":\"announce\",\"bytes\":4294967295,\"count\":1", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"truncate\",\"bytes\":58", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"truncate\",\"bytes\":1", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"truncate\",\"bytes\":0", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"flip\",\"offset\":0", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"duplicate\"", OTHER, VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"size\",\"by\":1", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"size\",\"by\":-1", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"count\",\"by\":1", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"count\",\"by\":-1", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"session\"", OTHER, VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"version\"", OTHER, VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"length\"", OTHER, VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"flip\",\"offset\":0,\"for\":5", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"count\",\"by\":1,\"for\":5", OTHER,
	  VMG_CAUSE_DAMAGED },
	{ "\"do\":\"damage\",\"how\":\"valid\"", OK, 0 },
	{ "\"do\":\"damage\",\"how\":\"order\"", OK, 0 },
	{ "\"do\":\"damage\",\"how\":\"gap\"", OK, 0 },
	{ "\"do\":\"disable\",\"for\":5", NOT_ENABLED, VMG_CAUSE_REFUSED },
	{ "\"do\":\"damage\",\"how\":\"refuse\",\"count\":2", NOT_ENABLED,
	  VMG_CAUSE_REFUSED },
	{ "\"do\":\"damage\",\"how\":\"refuse\",\"text\":\"Unknown command\"",
	  NOT_ENABLED, VMG_CAUSE_UNKNOWN_COMMAND },
};

ParameterizedTestParameters(api, says_what_failed_and_recovers)
{
	return cr_make_param_array(struct fault, faults, ARRAY_LEN(faults));
}

/* A reply that was damaged over the bulk port is asked for again. One of no bytes
 * did not come that way. */
static bool asks_again(const struct fault *f, bool bulk)
{
	return bulk && f->cause == VMG_CAUSE_DAMAGED &&
	       strstr(f->event, "\"damage\"") &&
	       !strstr(f->event, "\"for\"") &&
	       !strstr(f->event, "\"bytes\":0");
}

ParameterizedTest(struct fault *f, api, says_what_failed_and_recovers)
{
	for (int bulk = 0; bulk < 2; bulk++) {
		bool mended = asks_again(f, bulk);
		int error = mended ? OK : f->error;
		int cause = mended ? VMG_CAUSE_NONE : f->cause;
		char scenario[512];
		VMGuestLibHandle h;

		snprintf(scenario, sizeof scenario,
			 "{\"host\":{\"high_bandwidth\":%s},"
			 "\"events\":[{\"at\":10,%s}]}",
			 bulk ? "true" : "false", f->event);
		h = updated(scenario);
		VMGuestLib_UpdateInfo(h); /* holds the channel from here on */
		simhost_set_time(simulated, 11);
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), error), "%s",
			  f->event);
		cr_expect(eq(int, cause_of(h), cause), "%s", f->event);
		if (error != OK)
			expect_all_reads(h, VMGUESTLIB_ERROR_NO_INFO, f->event);
		simhost_set_time(simulated, 30);
		cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK), "%s: after",
			  f->event);
		cr_expect(eq(int, cause_of(h), VMG_CAUSE_NONE));
		VMGuestLib_CloseHandle(h);
		cr_expect(eq(u32, simulated_channels(), 0), "%s: channels",
			  f->event);
	}
}

Test(api, counts_the_channels_that_it_opened_again)
{
	VMGuestLibHandle h = updated(
		"{\"events\":[{\"at\":10,\"do\":\"vmotion\"},"
		"{\"at\":20,\"do\":\"vmotion\"}]}");
	uint64_t reopens = 9;
	VMSessionId before, after;

	VMGuestLib_GetSessionId(h, &before);
	VMGuestLib_UpdateInfo(h);
	cr_expect(eq(int, vmg_channel_reopens(h, NULL), INVALID_ARG));
	cr_expect(eq(int, vmg_channel_reopens(h, &reopens), OK));
	cr_expect(eq(u64, reopens, 0));
	simhost_set_time(simulated, 11);
	VMGuestLib_UpdateInfo(h);
	simhost_set_time(simulated, 21);
	VMGuestLib_UpdateInfo(h);
	vmg_channel_reopens(h, &reopens);
	cr_expect(eq(u64, reopens, 2));
	VMGuestLib_GetSessionId(h, &after);
	cr_expect(ne(u64, before, after));
	VMGuestLib_CloseHandle(h);
}

Test(api, asks_version_3_again_after_a_move_or_a_failure)
{
	VMGuestLibHandle h = updated(
		"{\"host\":{\"protocols\":[2]},\"events\":["
		"{\"at\":10,\"do\":\"vmotion\",\"protocols\":[2,3]},"
		"{\"at\":20,\"do\":\"vmotion\",\"protocols\":[2]},"
		"{\"at\":30,\"do\":\"host\",\"protocols\":[2,3]},"
		"{\"at\":30,\"do\":\"silent\",\"count\":1}]}");
	uint64 stolen;

	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), UNSUPPORTED));
	VMGuestLib_UpdateInfo(h);
	simulated_operations();
	VMGuestLib_UpdateInfo(h);
	/* By 3, by 2, and by 3 again: the host may have been switched on in
	 * between. */
	cr_expect(eq(u64, simulated_operations(), 15));
	simhost_set_time(simulated, 11);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), OK));
	simhost_set_time(simulated, 21);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), UNSUPPORTED));
	simhost_set_time(simulated, 31);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER));
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), OK));
	VMGuestLib_CloseHandle(h);
}

Test(api, asks_version_3_where_version_2_is_refused_from_now_on)
{
	VMGuestLibHandle h = updated(
		"{\"host\":{\"protocols\":[2]},\"events\":["
		"{\"at\":10,\"do\":\"host\",\"protocols\":[3]}]}");
	uint64 stolen;

	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	simhost_set_time(simulated, 11);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), OK));
	VMGuestLib_CloseHandle(h);
}

Test(api, does_not_take_one_refusal_for_an_old_host)
{
	VMGuestLibHandle h = updated(
		"{\"events\":[{\"at\":10,\"do\":\"damage\",\"how\":\"refuse\","
		"\"text\":\"Busy\",\"protocol\":3,\"count\":1}]}");
	uint64 stolen;

	simhost_set_time(simulated, 11);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OK));
	cr_expect(eq(int, VMGuestLib_GetCpuStolenMs(h, &stolen), OK));
	VMGuestLib_CloseHandle(h);
}

Test(api, tells_desktops_and_ports_without_messages_apart)
{
	VMGuestLibHandle h = opened("{\"host\":{\"product\":\"workstation\"}}");
	struct vmg_failure failure;

	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), NOT_ENABLED));
	cr_expect(eq(int, vmg_update_failure(h, NULL), INVALID_ARG));
	cr_expect(eq(int, vmg_update_failure(h, &failure), OK));
	cr_expect(eq(int, failure.cause, VMG_CAUSE_UNKNOWN_COMMAND));
	cr_expect(eq(str, failure.host_said, "Unknown command"));
	VMGuestLib_CloseHandle(h);

	h = opened("{\"host\":{\"product\":\"qemu\"}}");
	cr_expect(eq(int, VMGuestLib_UpdateInfo(h), OTHER));
	cr_expect(eq(int, cause_of(h), VMG_CAUSE_NO_MESSAGES));
	VMGuestLib_CloseHandle(h);
}

Test(api, says_when_all_channels_are_taken)
{
	VMGuestLibHandle one = updated("{\"host\":{\"channels\":1}}"), two;

	VMGuestLib_UpdateInfo(one); /* holds the only one */
	cr_assert(eq(int, VMGuestLib_OpenHandle(&two), OK));
	cr_expect(eq(int, VMGuestLib_UpdateInfo(two), OTHER));
	cr_expect(eq(int, cause_of(two), VMG_CAUSE_NO_CHANNEL));
	VMGuestLib_CloseHandle(one);
	cr_expect(eq(int, VMGuestLib_UpdateInfo(two), OK));
	VMGuestLib_CloseHandle(two);
}

Test(api, asks_the_port_for_the_configured_memory)
{
	VMGuestLibHandle h = opened("{\"vm\":{\"memory_mb\":12345}}");
	uint64_t mb = 0;

	cr_expect(eq(int, vmg_memory_size_mb(h, NULL), INVALID_ARG));
	cr_expect(eq(int, vmg_memory_size_mb(h, &mb), OK));
	cr_expect(eq(u64, mb, 12345));
	cr_expect(eq(u64, simulated_operations(), 1));
	VMGuestLib_CloseHandle(h);
	h = opened("{\"host\":{\"product\":\"qemu\"}}");
	cr_expect(eq(int, vmg_memory_size_mb(h, &mb), NOT_AVAILABLE));
	cr_expect(eq(u64, mb, 12345));
	VMGuestLib_CloseHandle(h);
}

Test(api, gets_extended_statistics_and_gives_them_back)
{
	char *reply = NULL, word[300];
	size_t size = 0;

	simulated_begin("{}");
	cr_expect(eq(int, VMGuestLib_StatGet("text", "host", &reply, &size),
		     OK));
	cr_assert(ne(ptr, reply, NULL));
	cr_expect(eq(sz, strlen(reply), size));
	cr_expect(ne(ptr, strstr(reply, "host.cpu.processorMHz = 2593"), NULL));
	VMGuestLib_StatFree(reply, size);
	VMGuestLib_StatFree(NULL, 0);
	cr_expect(eq(u64, simulated_operations(), 7));
	cr_expect(eq(u32, simulated_channels(), 0));

	cr_expect(eq(int, VMGuestLib_StatGet("text", NULL, &reply, &size), OK));
	cr_expect(ne(ptr, strstr(reply, "session"), NULL), "the list");
	VMGuestLib_StatFree(reply, size);

	/* 256 bytes with the NUL is the most. */
	memset(word, 'x', sizeof word);
	word[256 - 1 - strlen("guestlib.stat.get  ") - 4] = '\0';
	cr_expect(eq(int, VMGuestLib_StatGet("text", word, &reply, &size),
		     NOT_AVAILABLE));
	cr_expect(eq(ptr, reply, NULL));
	cr_expect(eq(sz, size, 0));
	strcat(word, "x");
	cr_expect(eq(int, VMGuestLib_StatGet("text", word, &reply, &size),
		     TOO_SMALL));
	/* Wherever it ends: in the statistic, before the blank, in the encoding. */
	for (size_t len = 0; len < sizeof word; len++) {
		memset(word, 'x', len);
		word[len] = '\0';
		cr_expect(eq(int,
			     (int)VMGuestLib_StatGet(word, "", &reply, &size) ==
				     TOO_SMALL,
			     len > 256 - 1 - strlen("guestlib.stat.get  ")),
			  "%zu", len);
		VMGuestLib_StatFree(reply, size);
	}
}

Test(api, looks_at_the_pointers_of_stat_get_first)
{
	char *reply = (char *)1;
	size_t size = 5;

	simulated_begin("{}");
	cr_expect(eq(int, VMGuestLib_StatGet(NULL, "host", &reply, &size),
		     INVALID_ARG));
	cr_expect(eq(ptr, reply, NULL));
	cr_expect(eq(sz, size, 0));
	cr_expect(eq(int, VMGuestLib_StatGet("text", "host", NULL, &size),
		     INVALID_ARG));
	cr_expect(eq(int, VMGuestLib_StatGet("text", "host", &reply, NULL),
		     INVALID_ARG));
	simulated_begin("{\"host\":{\"product\":\"workstation\"}}");
	cr_expect(eq(int, VMGuestLib_StatGet("text", "host", &reply, &size),
		     NOT_AVAILABLE));
	simulated_begin("{\"events\":[{\"at\":0,\"do\":\"silent\"}]}");
	cr_expect(eq(int, VMGuestLib_StatGet("text", "host", &reply, &size),
		     OTHER));
}

Test(api, has_a_text_for_every_number)
{
	for (int error = -1; error <= 12; error++) {
		const char *text =
			VMGuestLib_GetErrorText((VMGuestLibError)error);

		cr_assert(ne(ptr, (void *)text, NULL));
		cr_expect(ge(sz, strlen(text), 6), "%d", error);
	}
}

/* OTHER comes of an exchange that failed, and of a probe that could not run. */
Test(api, has_a_text_for_other_that_is_true_of_both)
{
	const char *text = VMGuestLib_GetErrorText(VMGUESTLIB_ERROR_OTHER);

	cr_expect(strstr(text, "Communication") && strstr(text, "could not run"),
		  "%s", text);
}

Test(api, has_a_code_and_a_cause_for_each_error)
{
	static const struct {
		int err, code, of_stat_get, cause;
	} errors[] = {
		{ VMG_OK, OK, OK, VMG_CAUSE_NONE },
		{ VMG_E_NOT_VM, NOT_RUNNING, NOT_RUNNING, VMG_CAUSE_NOT_VM },
		{ VMG_E_PROBE_LIMITED, OTHER, OTHER, VMG_CAUSE_PROBE_LIMITED },
		{ VMG_E_PROBE_FORBIDDEN, OTHER, OTHER,
		  VMG_CAUSE_PROBE_FORBIDDEN },
		{ VMG_E_PROBE_NAMESPACE, OTHER, OTHER,
		  VMG_CAUSE_PROBE_NAMESPACE },
		{ VMG_E_NO_MESSAGES, OTHER, OTHER, VMG_CAUSE_NO_MESSAGES },
		{ VMG_E_NO_CHANNEL, OTHER, OTHER, VMG_CAUSE_NO_CHANNEL },
		{ VMG_E_IO, OTHER, OTHER, VMG_CAUSE_CHANNEL_LOST },
		{ VMG_E_CHECKPOINT, OTHER, OTHER, VMG_CAUSE_CHECKPOINT },
		{ VMG_E_TIMEOUT, OTHER, OTHER, VMG_CAUSE_TIMEOUT },
		{ VMG_E_NO_REPLY, OTHER, OTHER, VMG_CAUSE_NO_REPLY },
		{ VMG_E_UNKNOWN_COMMAND, NOT_ENABLED, NOT_AVAILABLE,
		  VMG_CAUSE_UNKNOWN_COMMAND },
		{ VMG_E_REFUSED, NOT_ENABLED, NOT_AVAILABLE,
		  VMG_CAUSE_REFUSED },
		{ VMG_E_PROTO, OTHER, OTHER, VMG_CAUSE_DAMAGED },
		{ VMG_E_EMPTY, OTHER, NOT_AVAILABLE, VMG_CAUSE_EMPTY },
		{ VMG_E_CUT, OTHER, OTHER, VMG_CAUSE_CUT },
		{ VMG_E_SESSION_CHANGED, OTHER, OTHER,
		  VMG_CAUSE_SESSION_CHANGED },
		{ VMG_E_NOMEM, MEMORY, MEMORY, VMG_CAUSE_NO_MEMORY },
	};

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		enum vmg_err err = (enum vmg_err)errors[i].err;

		cr_expect(eq(int, vmg_err_public(err), errors[i].code), "%d",
			  err);
		cr_expect(eq(int, vmg_err_public_stat(err),
			     errors[i].of_stat_get),
			  "%d", err);
		cr_expect(eq(int, vmg_err_cause(err), errors[i].cause), "%d",
			  err);
	}
}
