/* SPDX-License-Identifier: MIT */
/* The keys of a scenario and their limits, both in this file only.
 * The manual page describes each key of these tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "keys.h"
#include "scenario.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SECONDS_MAX 1e9
#define MEMORY_MAX 1e9

static const char *const start_names[] = { "program", "request", NULL };
static const char *const product_names[] = { "esx", "workstation", "qemu",
					     NULL };

/* A row: the key, its kind, the member that takes it, and what is accepted. */
#define ROW(key, of, member, what, ...)                            \
	{                                                          \
		.name = (key), .kind = SIM_KEY_##what,             \
		.offset = offsetof(struct of, member), __VA_ARGS__ \
	}
#define FROM(least, most) .min = (least), .max = (most)
#define REQUIRED .required = true

#define HOST(key, kind, ...) ROW(#key, sim_host, key, kind, __VA_ARGS__)
static const struct sim_key host_keys[] = {
	HOST(mhz, U32, FROM(1, 1e6)),
	HOST(cores, U32, FROM(1, 1e5)),
	HOST(cores_per_package, U32, FROM(1, 1e5)),
	HOST(memory_mb, U64, FROM(1, MEMORY_MAX)),
	HOST(host_info, BOOL, FROM(0, 0)),
	HOST(protocols, OTHER, FROM(0, 0)),
	HOST(statistics, U32, FROM(0, SIM_STATISTICS)),
	HOST(high_bandwidth, BOOL, FROM(0, 0)),
	HOST(product, NAME, .names = product_names),
	HOST(channels, U32, FROM(1, SIM_CHANNELS_MAX)),
	HOST(cookies, BOOL, FROM(0, 0)),
	HOST(idle_seconds, REAL, FROM(0, SECONDS_MAX)),
	HOST(cpu_load, REAL, FROM(0, 1)),
	HOST(memory_load, REAL, FROM(0, 1)),
	HOST(hypervisor, TEXT, FROM(0, 127)),
	HOST(sets, OTHER, FROM(0, 0)),
	HOST(invented, U32, FROM(0, 1e5)),
	HOST(numa, BOOL, FROM(0, 0)),
	HOST(new_names, BOOL, FROM(0, 0)),
};
#undef HOST

#define VM(key, kind, ...) ROW(#key, sim_vm, key, kind, __VA_ARGS__)
#define VM_CHANGES                                                       \
	VM(cpu_limit_mhz, LIMIT, FROM(1, UINT32_MAX)),                   \
		VM(cpu_reservation_mhz, U32, FROM(0, UINT32_MAX - 1)),   \
		VM(cpu_shares, U32, FROM(1, 1e6)),                       \
		VM(memory_limit_mb, LIMIT, FROM(1, UINT32_MAX)),         \
		VM(memory_reservation_mb, U32, FROM(0, UINT32_MAX - 1)), \
		VM(memory_shares, U64, FROM(1, 1e12)),                   \
		VM(balloon_max_mb, LIMIT, FROM(0, UINT32_MAX - 1)),      \
		VM(resource_pool, TEXT, FROM(0, SIM_POOL_MAX - 1))

#define VM_MEMORY VM(memory_mb, U64, FROM(4, MEMORY_MAX))

/* What may change while the machine runs: a move has all but the last of them,
 * since its memory_mb is the host's. */
static const struct sim_key vm_change_keys[] = { VM_CHANGES, VM_MEMORY };
#define MOVE_CHANGES (COUNT_OF(vm_change_keys) - 1)

/* And what it has from the start. */
static const struct sim_key vm_keys[] = {
	VM_CHANGES,
	VM_MEMORY,
	VM(vcpus, U32, FROM(1, 768)),
	VM(session, WORD, FROM(0, 0)),
	VM(uuid, TEXT, FROM(0, 63)),
};
#undef VM_CHANGES
#undef VM_MEMORY
#undef VM

/* Of a point: number n of a struct sim_curve. */
#define POINT(key, n, most)                                     \
	{                                                       \
		.name = (key), .kind = SIM_KEY_REAL,            \
		.offset = (n) * sizeof(double), FROM(0, (most)) \
	}
static const struct sim_key load_keys[] = {
	POINT("at", SIM_CURVE_AT, SECONDS_MAX),
	POINT("used", SIM_LOAD_USED, 1.5),
	POINT("stolen", SIM_LOAD_STOLEN, 1),
	POINT("contention", SIM_LOAD_CONTENTION, 1),
	POINT("memory_wait", SIM_LOAD_MEMORY_WAIT, 1),
	POINT("active", SIM_LOAD_ACTIVE, 1),
	POINT("mapped", SIM_LOAD_MAPPED, 1),
	POINT("numa_remote", SIM_LOAD_NUMA_REMOTE, 1),
	POINT("swap_in", SIM_LOAD_SWAP_IN, 1e6),
	POINT("swap_out", SIM_LOAD_SWAP_OUT, 1e6),
};

#define RATE_MAX 1e9
#define BACK(n) (SIM_DEVICE_DIRECTION - 1 + (n))
static const struct sim_key disk_load_keys[] = {
	POINT("at", SIM_CURVE_AT, SECONDS_MAX),
	POINT("reads", SIM_DEVICE_RATE, RATE_MAX),
	POINT("read_bytes", SIM_DEVICE_BYTES, RATE_MAX),
	POINT("read_ms", SIM_DEVICE_MS, RATE_MAX),
	POINT("writes", BACK(SIM_DEVICE_RATE), RATE_MAX),
	POINT("write_bytes", BACK(SIM_DEVICE_BYTES), RATE_MAX),
	POINT("write_ms", BACK(SIM_DEVICE_MS), RATE_MAX),
};
static const struct sim_key nic_load_keys[] = {
	POINT("at", SIM_CURVE_AT, SECONDS_MAX),
	POINT("tx", SIM_DEVICE_RATE, RATE_MAX),
	POINT("tx_bytes", SIM_DEVICE_BYTES, RATE_MAX),
	POINT("rx", BACK(SIM_DEVICE_RATE), RATE_MAX),
	POINT("rx_bytes", BACK(SIM_DEVICE_BYTES), RATE_MAX),
};
#undef POINT

#define DEVICE(key, member, kind, ...) \
	ROW(key, sim_device, member, kind, __VA_ARGS__)
static const struct sim_key disk_keys[] = {
	DEVICE("name", name, TEXT, FROM(0, SIM_DEVICE_NAME - 1), REQUIRED),
	DEVICE("plugged", plugged, BOOL, FROM(0, 0)),
	DEVICE("load", load, OTHER, FROM(0, 0)),
};
static const struct sim_key nic_keys[] = {
	DEVICE("mac", name, TEXT, FROM(0, SIM_DEVICE_NAME - 1), REQUIRED),
	DEVICE("plugged", plugged, BOOL, FROM(0, 0)),
	DEVICE("load", load, OTHER, FROM(0, 0)),
	DEVICE("limit_mbps", limit_mbps, LIMIT, FROM(0, UINT32_MAX - 1)),
	DEVICE("reservation_mbps", reservation_mbps, U32, FROM(0, UINT32_MAX)),
};
#undef DEVICE

static const char *const step_names[] = {
	"open",	      "sendsize", "sendpayload", "recvsize", "recvpayload",
	"recvstatus", "close",	  "any",	 NULL
};
static const char *const rpc_names[] = { "info.get", "stat.get", "any", NULL };
static const char *const port_names[] = { "bulk", "words", "any", NULL };
static const char *const damage_names[] = {
	"truncate",  "enlarge", "flip",	  "duplicate", "gap",
	"order",     "size",	"count",  "session",   "version",
	"valid",     "length",	"refuse", "nul",       "twice",
	"no_equals", "crlf",	"huge",	  "replace",   NULL
};

#define FAULT(key, member, kind, ...) \
	ROW(key, sim_fault, member, kind, __VA_ARGS__)
static const struct sim_key fault_keys[] = {
	FAULT("for", lasts, REAL, FROM(0.001, SECONDS_MAX)),
	FAULT("count", count, U32, FROM(1, UINT32_MAX)),
	FAULT("after", after, U32, FROM(0, UINT32_MAX)),
};
enum { KEY_FOR = 1, KEY_COUNT = 2 }; /* bits of a set of the above */

static const struct sim_key damage_keys[] = {
	FAULT("how", how, NAME, .names = damage_names, REQUIRED),
	FAULT("rpc", rpc, NAME, .names = rpc_names),
	FAULT("protocol", protocol, U32, FROM(2, 3)),
	FAULT("port", port, NAME, .names = port_names),
};

#define REPLY_MAX (16 << 20)
static const struct sim_key how_keys[SIM_DAMAGES][2] = {
	[SIM_TRUNCATE] = { FAULT("bytes", bytes, U64, FROM(0, REPLY_MAX),
				 REQUIRED) },
	[SIM_ENLARGE] = { FAULT("bytes", bytes, U64, FROM(1, REPLY_MAX),
				REQUIRED) },
	[SIM_FLIP] = { FAULT("offset", offset, U64, FROM(0, REPLY_MAX),
			     REQUIRED),
		       FAULT("mask", mask, U32, FROM(1, 255)) },
	[SIM_DUPLICATE] = { FAULT("id", id, U32, FROM(1, SIM_STATISTICS)) },
	[SIM_GAP] = { FAULT("id", id, U32, FROM(1, SIM_STATISTICS)) },
	[SIM_SIZE] = { FAULT("by", by, WHOLE, FROM(INT32_MIN, INT32_MAX)) },
	[SIM_COUNT] = { FAULT("by", by, WHOLE, FROM(INT32_MIN, INT32_MAX)) },
	[SIM_SESSION] = { FAULT("value", value, WORD, FROM(0, 0)) },
	[SIM_VERSION] = { FAULT("value", value, U64, FROM(0, UINT32_MAX)) },
	[SIM_VALID] = { FAULT("id", id, U32, FROM(1, SIM_STATISTICS)),
			FAULT("value", value, U64, FROM(0, UINT32_MAX)) },
	[SIM_LENGTH] = { FAULT("id", id, U32, FROM(1, SIM_STATISTICS)),
			 FAULT("value", value, U64, FROM(0, UINT32_MAX)) },
	[SIM_REFUSAL] = { FAULT("text", text, TEXT, FROM(0, 255)) },
	[SIM_TEXT_NUL] = { FAULT("offset", offset, U64, FROM(0, REPLY_MAX)) },
	[SIM_TEXT_REPLACE] = { FAULT("text", text, TEXT, FROM(0, 255),
				     REQUIRED) },
};

static const struct sim_key step_key[] = {
	FAULT("step", step, NAME, .names = step_names),
};
static const struct sim_key status_keys[] = {
	FAULT("step", step, NAME, .names = step_names),
	FAULT("bits", bits, U32, FROM(0, 65535), REQUIRED),
};
static const struct sim_key type_key[] = {
	FAULT("value", value, U64, FROM(0, 65535), REQUIRED),
};
static const struct sim_key announce_key[] = {
	FAULT("bytes", bytes, U64, FROM(0, UINT32_MAX), REQUIRED),
};
static const struct sim_key delay_keys[] = {
	FAULT("step", step, NAME, .names = step_names),
	FAULT("seconds", seconds, REAL, FROM(0.001, 60), REQUIRED),
};
/* Of a move that waits for its moment. */
static const struct sim_key move_keys[] = {
	FAULT("step", step, NAME, .names = step_names),
	FAULT("after", after, U32, FROM(0, UINT32_MAX)),
};
#undef FAULT

#define EVENT(key, member, kind, ...) \
	ROW(key, sim_event, member, kind, __VA_ARGS__)
static const struct sim_key ramp_keys[] = {
	EVENT("mb", mb, REAL, FROM(0, MEMORY_MAX), REQUIRED),
	EVENT("over", over, REAL, FROM(0, SECONDS_MAX)),
};
static const struct sim_key device_keys[] = {
	EVENT("device", device_name, TEXT, FROM(0, SIM_DEVICE_NAME - 1),
	      REQUIRED),
	EVENT("to", to, TEXT, FROM(0, SIM_DEVICE_NAME - 1), REQUIRED),
};
static const struct sim_key disable_keys[] = {
	EVENT("for", lasts, REAL, FROM(0.001, SECONDS_MAX)),
};

/* What an event can do, in the order of event_names. Of the keys, one table;
 * vmotion, host and vm have those of host and VM, damage its own. */
static const char *const event_names[] = {
	"vmotion", "host",     "vm",	 "balloon",    "swap",	  "compress",
	"zip",	   "plug",     "unplug", "rename",     "disable", "enable",
	"damage",  "refuse",   "lose",	 "checkpoint", "silent",  "status",
	"type",	   "announce", "delay",	 NULL
};
static const struct {
	enum sim_do what;
	enum sim_fault_kind fault;
	const struct sim_key *keys;
	size_t count;
} event_kinds[] = {
	{ SIM_DO_VMOTION, SIM_FAULT_MOVE, move_keys, 2 },
	{ .what = SIM_DO_HOST },
	{ .what = SIM_DO_VM },
	{ .what = SIM_DO_BALLOON, .keys = ramp_keys, .count = 2 },
	{ .what = SIM_DO_SWAP, .keys = ramp_keys, .count = 2 },
	{ .what = SIM_DO_COMPRESS, .keys = ramp_keys, .count = 2 },
	{ .what = SIM_DO_COMPRESS, .keys = ramp_keys, .count = 2 },
	{ .what = SIM_DO_PLUG, .keys = device_keys, .count = 1 },
	{ .what = SIM_DO_UNPLUG, .keys = device_keys, .count = 1 },
	{ .what = SIM_DO_RENAME, .keys = device_keys, .count = 2 },
	{ .what = SIM_DO_DISABLE, .keys = disable_keys, .count = 1 },
	{ .what = SIM_DO_ENABLE },
	{ SIM_DO_FAULT, SIM_FAULT_DAMAGE, damage_keys, 4 },
	{ SIM_DO_FAULT, SIM_FAULT_REFUSE, NULL, 0 },
	{ SIM_DO_FAULT, SIM_FAULT_LOSE, step_key, 1 },
	{ SIM_DO_FAULT, SIM_FAULT_CHECKPOINT, step_key, 1 },
	{ SIM_DO_FAULT, SIM_FAULT_SILENT, NULL, 0 },
	{ SIM_DO_FAULT, SIM_FAULT_STATUS, status_keys, 2 },
	{ SIM_DO_FAULT, SIM_FAULT_TYPE, type_key, 1 },
	{ SIM_DO_FAULT, SIM_FAULT_ANNOUNCE, announce_key, 1 },
	{ SIM_DO_FAULT, SIM_FAULT_DELAY, delay_keys, 2 },
};

static const struct sim_key event_keys[] = {
	EVENT("at", at, REAL, FROM(0, SECONDS_MAX), REQUIRED),
	{ .name = "do", .kind = SIM_KEY_OTHER },
};
#undef EVENT

#define TOP(key, kind, ...) ROW(#key, sim_scenario, key, kind, __VA_ARGS__)
#define PART(key)                                   \
	{                                           \
		.name = #key, .kind = SIM_KEY_OTHER \
	}
static const struct sim_key top_keys[] = {
	PART(version),
	TOP(description, TEXT, FROM(0, 255)),
	TOP(seed, WORD, FROM(0, 0)),
	TOP(speed, REAL, FROM(0.001, 1e6)),
	TOP(loop, REAL, FROM(0, SECONDS_MAX)),
	TOP(start, NAME, .names = start_names),
	PART(host),
	PART(vm),
	PART(load),
	PART(events),
	PART(disks),
	PART(nics),
	PART(fixed),
};
#undef TOP
#undef PART

static const struct sim_scenario scenario_default = {
	.seed = 1,
	.speed = 1,
	.host = { .mhz = 2593,
		  .cores = 28,
		  .cores_per_package = 14,
		  .memory_mb = 262144,
		  .host_info = true,
		  .protocols = 1 << 2 | 1 << 3,
		  .statistics = SIM_KNOWN,
		  .high_bandwidth = true,
		  .product = SIM_ESX,
		  .channels = 8,
		  .cookies = true,
		  .idle_seconds = 80,
		  .cpu_load = 0.35,
		  .memory_load = 0.6,
		  .hypervisor = "VMware ESX 7.0.3 build-23307199",
		  .sets = (1 << SIM_SETS) - 1,
		  .numa = true },
	.vm = { .vcpus = 4,
		.memory_mb = 8192,
		.cpu_limit_mhz = SIM_UNLIMITED,
		.cpu_shares = 4000,
		.memory_limit_mb = SIM_UNLIMITED,
		.memory_shares = 81920,
		.balloon_max_mb = SIM_UNLIMITED,
		.resource_pool = "host/user",
		.uuid = "42 20 6f a4 2a 8a 54 5b-74 7a 05 5f 1f 22 d0 ce" },
};

static const double load_default[SIM_LOADS] = {
	[SIM_LOAD_USED] = 0.25,
	[SIM_LOAD_STOLEN] = 0.01,
	[SIM_LOAD_ACTIVE] = 0.25,
	[SIM_LOAD_MAPPED] = 0.9,
};

void sim_event_apply(const struct sim_event *e, struct sim_host *host,
		     struct sim_vm *vm)
{
	uint64_t memory_mb = vm->memory_mb;

	for (size_t k = 0; k < COUNT_OF(host_keys); k++)
		if (e->host_set & UINT64_C(1) << k)
			sim_key_copy(&host_keys[k], host, &e->host);
	for (size_t k = 0; k < COUNT_OF(vm_change_keys); k++)
		if (e->vm_set & UINT64_C(1) << k)
			sim_key_copy(&vm_change_keys[k], vm, &e->vm);
	/* In the next round of a loop it is already there. */
	if (vm->memory_mb < memory_mb)
		vm->memory_mb = memory_mb;
}

static void protocols_read(struct sim_mistakes *m, const struct sim_path *path,
			   yajl_val value, struct sim_host *host)
{
	static const struct sim_key key = { .kind = SIM_KEY_U32, FROM(2, 3) };
	uint32_t protocols = 0, one;

	if (!sim_array_check(m, path, value, "one or both of 2 and 3"))
		return;
	for (size_t i = 0; i < value->u.array.len; i++) {
		struct sim_path at = { path, NULL, i };

		if (sim_key_read(m, &at, &key, value->u.array.values[i], &one))
			protocols |= UINT32_C(1) << one;
	}
	if (value->u.array.len == 0)
		sim_mistake(m, path, value, "one or both of 2 and 3");
	host->protocols = protocols;
}

static void sets_read(struct sim_mistakes *m, const struct sim_path *path,
		      yajl_val value, struct sim_host *host)
{
	static const struct sim_key key = { .kind = SIM_KEY_NAME,
					    .names = sim_set_names };
	uint32_t one;

	if (!sim_array_check(m, path, value, "names of sets"))
		return;
	host->sets = 0;
	for (size_t i = 0; i < value->u.array.len; i++) {
		struct sim_path at = { path, NULL, i };

		if (sim_key_read(m, &at, &key, value->u.array.values[i], &one))
			host->sets |= UINT32_C(1) << one;
	}
}

/* A host's keys, in its own object or in an event. */
static void host_rest_read(struct sim_mistakes *m, const struct sim_path *path,
			   yajl_val object, struct sim_host *host)
{
	yajl_val protocols = sim_member(object, "protocols");
	yajl_val sets = sim_member(object, "sets");
	struct sim_path at_protocols = { path, "protocols", 0 };
	struct sim_path at_sets = { path, "sets", 0 };

	if (protocols)
		protocols_read(m, &at_protocols, protocols, host);
	if (sets)
		sets_read(m, &at_sets, sets, host);
}

static void host_read(struct sim_mistakes *m, const struct sim_path *path,
		      yajl_val value, struct sim_scenario *s)
{
	struct sim_key_group group = { host_keys, COUNT_OF(host_keys), &s->host,
				       0 };

	sim_keys_read(m, path, value, &group, 1);
	if (YAJL_IS_OBJECT(value))
		host_rest_read(m, path, value, &s->host);
}

static void vm_read(struct sim_mistakes *m, const struct sim_path *path,
		    yajl_val value, struct sim_scenario *s)
{
	struct sim_key_group group = { vm_keys, COUNT_OF(vm_keys), &s->vm, 0 };

	sim_keys_read(m, path, value, &group, 1);
}

/* The keys of a load's points, and what the first point leaves out. */
struct load_table {
	const struct sim_key *keys;
	size_t count;
	const double *first;
	size_t width; /* numbers of first, and of each point */
};

_Static_assert((int)SIM_DEVICE_LOADS <= (int)SIM_LOADS,
	       "a point of any load fits");

static const struct load_table vm_load = { load_keys, COUNT_OF(load_keys),
					   load_default, SIM_LOADS };

/* A load that has one point, the first of all. */
static void load_begin(const struct load_table *table, struct sim_curve *load)
{
	load->width = table->width;
	load->points = calloc(load->width, sizeof *load->points);
	if (!load->points)
		return;
	memcpy(load->points, table->first, load->width * sizeof(double));
	load->count = 1;
}

static void load_read(struct sim_mistakes *m, const struct sim_path *path,
		      yajl_val value, const struct load_table *table,
		      struct sim_curve *load)
{
	double point[SIM_LOADS];

	if (!sim_array_check(m, path, value, "load points"))
		return;
	if (value->u.array.len == 0) {
		sim_mistake(m, path, value, "at least one load point");
		return;
	}
	load->width = table->width;
	memcpy(point, table->first, load->width * sizeof *point);
	load->points = calloc(value->u.array.len * load->width, sizeof *point);
	for (size_t i = 0; load->points && i < value->u.array.len; i++) {
		struct sim_path at = { path, NULL, i },
				at_at = { &at, "at", 0 };
		struct sim_key_group group = { table->keys, table->count, point,
					       0 };
		yajl_val object = value->u.array.values[i];
		double before = point[SIM_CURVE_AT];

		/* What a point leaves out stays as in the one before. */
		sim_keys_read(m, &at, object, &group, 1);
		if (i > 0 && point[SIM_CURVE_AT] <= before)
			sim_mistake(m, &at_at,
				    YAJL_IS_OBJECT(object)
					    ? sim_member(object, "at")
					    : NULL,
				    "a time after that of the point before, %g",
				    before);
		memcpy(load->points + load->count++ * load->width, point,
		       load->width * sizeof *point);
	}
}

static bool needs_protocol_3(uint32_t how)
{
	return how == SIM_DUPLICATE || how == SIM_GAP || how == SIM_ORDER ||
	       how == SIM_SIZE || how == SIM_COUNT || how == SIM_LENGTH;
}

static bool needs_text(uint32_t how)
{
	return how >= SIM_TEXT_NUL && how < SIM_DAMAGES;
}

static struct sim_fault fault_default(enum sim_fault_kind kind, uint32_t how)
{
	struct sim_fault f = { .kind = kind,
			       .step = SIM_STEPS,
			       .lasts = INFINITY,
			       .how = how,
			       .port = SIM_ANY_PORT,
			       .mask = 255,
			       .id = how == SIM_LENGTH ? SIM_POOL_PATH : 2,
			       .by = 1,
			       .text = "Permission denied" };

	if (kind == SIM_FAULT_CHECKPOINT)
		f.step = SIM_SENDPAYLOAD;
	if (needs_text(how))
		f.rpc = SIM_STAT_GET;
	if (how == SIM_TEXT_NUL)
		f.offset = 4;
	if (how == SIM_VERSION)
		f.value = 99;
	if (how == SIM_VALID)
		f.value = 2;
	if (how == SIM_LENGTH)
		f.value = 513;
	return f;
}

static void event_keys_read(struct sim_mistakes *m, const struct sim_path *path,
			    yajl_val value, struct sim_event *e, size_t kind)
{
	struct sim_key_group g[4] = { { event_keys, COUNT_OF(event_keys), e,
					0 } };
	size_t n = 1, host = 0, vm = 0;
	uint32_t how = e->fault.how;

	if (e->what == SIM_DO_VMOTION || e->what == SIM_DO_HOST)
		g[host = n++] =
			(struct sim_key_group){ host_keys, COUNT_OF(host_keys),
						&e->host, 0 };
	if (e->what == SIM_DO_VMOTION || e->what == SIM_DO_VM)
		g[vm = n++] = (struct sim_key_group){
			vm_change_keys,
			e->what == SIM_DO_VM ? COUNT_OF(vm_change_keys)
					     : MOVE_CHANGES,
			&e->vm, 0
		};
	if (e->what == SIM_DO_FAULT)
		g[n++] = (struct sim_key_group){ fault_keys,
						 COUNT_OF(fault_keys),
						 &e->fault, 0 };
	if (event_kinds[kind].keys)
		g[n++] = (struct sim_key_group){
			event_kinds[kind].keys, event_kinds[kind].count,
			e->what == SIM_DO_FAULT || e->what == SIM_DO_VMOTION
				? (void *)&e->fault
				: e,
			0
		};
	if (how < SIM_DAMAGES)
		g[n++] = (struct sim_key_group){
			how_keys[how],
			(how_keys[how][0].name ? 1u : 0u) +
				(how_keys[how][1].name ? 1u : 0u),
			&e->fault, 0
		};
	sim_keys_read(m, path, value, g, n);
	if (host)
		e->host_set = g[host].set;
	if (vm)
		e->vm_set = g[vm].set;
	if (e->what == SIM_DO_FAULT && !(g[1].set & KEY_COUNT))
		e->fault.count = g[1].set & KEY_FOR ? UINT32_MAX : 1;
	if (e->what == SIM_DO_VMOTION) /* its own keys are the last */
		e->fault.count = g[n - 1].set ? 1 : 0;
}

/* The part of an event that decides which keys it has. */
static bool event_kind_read(struct sim_mistakes *m, const struct sim_path *path,
			    yajl_val value, struct sim_event *e, size_t *kind)
{
	static const struct sim_key do_key = { .name = "do",
					       .kind = SIM_KEY_NAME,
					       .names = event_names };
	struct sim_path at_do = { path, "do", 0 }, at_how = { path, "how", 0 };
	uint32_t number, how = SIM_DAMAGES;

	if (!YAJL_IS_OBJECT(value)) {
		sim_mistake(m, path, value, "an object");
		return false;
	}
	if (!sim_key_read(m, &at_do, &do_key, sim_member(value, "do"), &number))
		return false;
	*kind = number;
	e->what = event_kinds[number].what;
	if (e->what != SIM_DO_FAULT && e->what != SIM_DO_VMOTION)
		return true;
	if (event_kinds[number].fault == SIM_FAULT_DAMAGE &&
	    !sim_key_read(m, &at_how, &damage_keys[0], sim_member(value, "how"),
			  &how))
		return false;
	e->fault = fault_default(event_kinds[number].fault, how);
	return true;
}

static void event_read(struct sim_mistakes *m, const struct sim_path *path,
		       yajl_val value, struct sim_event *e)
{
	struct sim_path at_protocol = { path, "protocol", 0 };
	struct sim_path at_rpc = { path, "rpc", 0 };
	size_t kind;

	e->lasts = INFINITY;
	e->fault.how = SIM_DAMAGES;
	if (!event_kind_read(m, path, value, e, &kind))
		return;
	event_keys_read(m, path, value, e, kind);
	host_rest_read(m, path, value, &e->host);
	if (needs_protocol_3(e->fault.how)) {
		if (e->fault.protocol == 2)
			sim_mistake(m, &at_protocol,
				    sim_member(value, "protocol"),
				    "3: this damage is one of version 3");
		e->fault.protocol = 3;
	}
	if (needs_text(e->fault.how) && e->fault.rpc != SIM_STAT_GET)
		sim_mistake(m, &at_rpc, sim_member(value, "rpc"),
			    "stat.get: this damage is one of its texts");
}

static void events_read(struct sim_mistakes *m, const struct sim_path *path,
			yajl_val value, struct sim_scenario *s)
{
	if (!sim_array_check(m, path, value, "events"))
		return;
	s->events = calloc(value->u.array.len + 1, sizeof *s->events);
	for (size_t i = 0; s->events && i < value->u.array.len; i++) {
		struct sim_path at = { path, NULL, i };

		s->events[s->event_count].index = i;
		event_read(m, &at, value->u.array.values[i],
			   &s->events[s->event_count++]);
	}
}

/* What disks and NICs have in common, and do not. */
struct device_table {
	enum sim_set set;
	const char *part;	    /* the scenario's key */
	const struct sim_key *keys; /* the name's is the first */
	size_t count;
	struct load_table load;
	const char *name; /* of the one in a scenario that lacks the part */
};

/* Rates are those of the first device: the n-th has n times as much. */
static const double disk_load[SIM_DEVICE_LOADS] = {
	[SIM_DEVICE_RATE] = 25,		 [SIM_DEVICE_BYTES] = 16384,
	[SIM_DEVICE_MS] = 1.8,		 [BACK(SIM_DEVICE_RATE)] = 16,
	[BACK(SIM_DEVICE_BYTES)] = 8192, [BACK(SIM_DEVICE_MS)] = 0.9,
};
static const double nic_load[SIM_DEVICE_LOADS] = {
	[SIM_DEVICE_RATE] = 50,
	[SIM_DEVICE_BYTES] = 420,
	[BACK(SIM_DEVICE_RATE)] = 80,
	[BACK(SIM_DEVICE_BYTES)] = 1100,
};

static const struct device_table device_tables[] = {
	{ SIM_SET_VSCSI,
	  "disks",
	  disk_keys,
	  COUNT_OF(disk_keys),
	  { disk_load_keys, COUNT_OF(disk_load_keys), disk_load,
	    SIM_DEVICE_LOADS },
	  "scsi0:0" },
	{ SIM_SET_VNET,
	  "nics",
	  nic_keys,
	  COUNT_OF(nic_keys),
	  { nic_load_keys, COUNT_OF(nic_load_keys), nic_load,
	    SIM_DEVICE_LOADS },
	  "00:50:56:9a:2b:10" },
};

static bool device_name_check(struct sim_mistakes *m,
			      const struct sim_path *path, yajl_val value,
			      const char *name)
{
	if (name[0] && !strchr(name, ' '))
		return true;
	sim_mistake(m, path, value, "a name without blanks");
	return false;
}

/* Index of the device of that name, or the count. */
static size_t device_find(const struct sim_scenario *s, const char *name)
{
	size_t i = 0;

	while (i < s->device_count && strcmp(s->devices[i].name, name) != 0)
		i++;
	return i;
}

/* points may be NULL: a constant load. nth counts the devices of a kind. */
static void device_load_read(struct sim_mistakes *m,
			     const struct sim_path *path, yajl_val points,
			     const struct load_table *table, size_t nth,
			     struct sim_curve *load)
{
	struct load_table own = *table;
	double first[SIM_DEVICE_LOADS];

	memcpy(first, table->first, sizeof first);
	first[SIM_DEVICE_RATE] *= (double)nth;
	first[BACK(SIM_DEVICE_RATE)] *= (double)nth;
	own.first = first;
	if (points)
		load_read(m, path, points, &own, load);
	else
		load_begin(&own, load);
}

/* Its own keys; value is a name alone, an object, or NULL, as in a scenario that
 * lacks the part. False, and a mistake, when they are wrong. */
static bool device_keys_read(struct sim_mistakes *m,
			     const struct sim_path *path, yajl_val value,
			     const struct device_table *table,
			     const struct sim_scenario *s, struct sim_device *d)
{
	struct sim_key_group group = { table->keys, table->count, d, 0 };
	struct sim_path member = { path, table->keys[0].name, 0 };
	const struct sim_path *at = path;
	yajl_val name = value;
	size_t mistakes = m->count;

	if (!value) {
		strcpy(d->name, table->name);
	} else if (YAJL_IS_OBJECT(value)) {
		sim_keys_read(m, path, value, &group, 1);
		name = sim_member(value, member.key);
		at = &member;
	} else if (YAJL_IS_STRING(value)) {
		sim_key_read(m, path, &table->keys[0], value, d->name);
	} else {
		sim_mistake(m, path, value, "a name, or an object");
	}
	if (m->count == mistakes && device_name_check(m, at, name, d->name) &&
	    device_find(s, d->name) < s->device_count)
		sim_mistake(m, at, name,
			    "a name that no disk or NIC before it has");
	return m->count == mistakes;
}

static void device_read(struct sim_mistakes *m, const struct sim_path *path,
			yajl_val value, const struct device_table *table,
			size_t nth, struct sim_scenario *s)
{
	struct sim_device d = { .set = table->set,
				.plugged = true,
				.limit_mbps = SIM_UNLIMITED };
	struct sim_path load = { path, "load", 0 };

	if (!device_keys_read(m, path, value, table, s, &d))
		d.name[0] = '\0'; /* clashes with none */
	device_load_read(m, &load,
			 YAJL_IS_OBJECT(value) ? sim_member(value, load.key)
					       : NULL,
			 &table->load, nth, &d.load);
	s->devices[s->device_count++] = d;
}

static void devices_read(struct sim_mistakes *m, const struct sim_path *top,
			 yajl_val root, const struct device_table *table,
			 struct sim_scenario *s)
{
	yajl_val part = root ? sim_member(root, table->part) : NULL;
	struct sim_path path = { top, table->part, 0 };

	if (!part) {
		device_read(m, &path, NULL, table, 1, s);
		return;
	}
	if (!sim_array_check(m, &path, part, table->part))
		return;
	if (part->u.array.len > SIM_DEVICES_MAX) {
		sim_mistake(m, &path, part, "at most %d of them",
			    SIM_DEVICES_MAX);
		return;
	}
	for (size_t i = 0; i < part->u.array.len; i++) {
		struct sim_path at = { &path, NULL, i };

		device_read(m, &at, part->u.array.values[i], table, i + 1, s);
	}
}

/* In the order of the list that a guest gets. root NULL: the defaults. */
static void all_devices_read(struct sim_mistakes *m, const struct sim_path *top,
			     yajl_val root, struct sim_scenario *s)
{
	s->devices = calloc(COUNT_OF(device_tables) * SIM_DEVICES_MAX,
			    sizeof *s->devices);
	for (size_t i = 0; s->devices && i < COUNT_OF(device_tables); i++)
		devices_read(m, top, root, &device_tables[i], s);
}

/* A number that fits the statistic, or null. */
static void fixed_number_read(struct sim_mistakes *m,
			      const struct sim_path *path, yajl_val value,
			      uint64_t max, struct sim_fixed *f)
{
	static const struct sim_key word = { .kind = SIM_KEY_WORD };

	if (YAJL_IS_NULL(value)) {
		f->set = true;
		return;
	}
	if (!sim_key_read(m, path, &word, value, &f->value))
		return;
	if (f->value > max)
		sim_mistake(m, path, value, "a whole number from 0 to %llu",
			    (unsigned long long)max);
	f->set = f->valid = true;
}

static void fixed_text_read(struct sim_mistakes *m, const struct sim_path *path,
			    yajl_val value, size_t max, struct sim_fixed *f)
{
	struct sim_key text = { .kind = SIM_KEY_TEXT, .max = (double)max };

	f->set = true;
	f->valid = !YAJL_IS_NULL(value) &&
		   sim_key_read(m, path, &text, value, f->text);
}

/* Extended statistics may be -1; and nothing is above a signed number. */
static void fixed_metric_read(struct sim_mistakes *m,
			      const struct sim_path *path, yajl_val value,
			      enum sim_metric metric, struct sim_fixed *f)
{
	if (sim_metric_is_text(metric)) {
		fixed_text_read(m, path, value, 127, f);
	} else if (YAJL_IS_INTEGER(value) && YAJL_GET_INTEGER(value) < 0) {
		f->set = f->valid = true;
		f->value = (uint64_t)YAJL_GET_INTEGER(value);
	} else {
		fixed_number_read(m, path, value, INT64_MAX, f);
	}
}

static void fixed_read(struct sim_mistakes *m, const struct sim_path *path,
		       yajl_val value, struct sim_scenario *s)
{
	if (!YAJL_IS_OBJECT(value)) {
		sim_mistake(m, path, value, "an object");
		return;
	}
	for (size_t i = 0; i < value->u.object.len; i++) {
		const char *name = value->u.object.keys[i];
		yajl_val v = value->u.object.values[i];
		struct sim_path at = { path, name, 0 };
		unsigned id = sim_statistic_find(name);
		enum sim_metric metric = sim_metric_find(name);

		if (id && sim_statistic_max(id) > 0)
			fixed_number_read(m, &at, v, sim_statistic_max(id),
					  &s->fixed[id]);
		else if (id)
			fixed_text_read(m, &at, v,
					id == SIM_POOL_PATH ? 512
							    : SIM_POOL_MAX - 1,
					&s->fixed[id]);
		else if (metric < SIM_METRICS)
			fixed_metric_read(m, &at, v, metric,
					  &s->extended[metric]);
		else
			sim_mistake(m, &at, v,
				    "the name of a statistic: %s to %s, or one "
				    "of guestlib.stat.get such as vm.cpu.used",
				    sim_statistic_name(1),
				    sim_statistic_name(SIM_STATISTICS));
	}
}

static void version_read(struct sim_mistakes *m, const struct sim_path *path,
			 yajl_val value)
{
	if (!YAJL_IS_INTEGER(value) || YAJL_GET_INTEGER(value) != 1)
		sim_mistake(m, path, value, "1");
}

static void parts_read(struct sim_mistakes *m, const struct sim_path *path,
		       yajl_val root, struct sim_scenario *s)
{
	for (size_t i = 0; i < root->u.object.len; i++) {
		const char *key = root->u.object.keys[i];
		yajl_val v = root->u.object.values[i];
		struct sim_path at = { path, key, 0 };

		if (strcmp(key, "version") == 0)
			version_read(m, &at, v);
		else if (strcmp(key, "host") == 0)
			host_read(m, &at, v, s);
		else if (strcmp(key, "vm") == 0)
			vm_read(m, &at, v, s);
		else if (strcmp(key, "load") == 0 && !s->load.points)
			load_read(m, &at, v, &vm_load, &s->load);
		else if (strcmp(key, "events") == 0 && !s->events)
			events_read(m, &at, v, s);
		else if (strcmp(key, "fixed") == 0)
			fixed_read(m, &at, v, s);
	}
}

static yajl_val member_of(yajl_val root, const char *part, const char *key)
{
	yajl_val object = root ? sim_member(root, part) : NULL;

	return object && YAJL_IS_OBJECT(object) ? sim_member(object, key)
						: NULL;
}

/* Limits between keys. Only called when each key is valid by itself. */
static void vm_check(struct sim_mistakes *m, yajl_val root,
		     const struct sim_scenario *s)
{
	struct sim_path top = { 0 }, vm = { &top, "vm", 0 },
			at = { &vm, NULL, 0 };

	at.key = "memory_mb";
	if (s->vm.memory_mb > s->host.memory_mb)
		sim_mistake(m, &at, member_of(root, "vm", at.key),
			    "at most the host's memory_mb, %llu",
			    (unsigned long long)s->host.memory_mb);
	at.key = "memory_reservation_mb";
	if (s->vm.memory_reservation_mb > s->vm.memory_mb ||
	    s->vm.memory_reservation_mb > s->vm.memory_limit_mb)
		sim_mistake(m, &at, member_of(root, "vm", at.key),
			    "at most memory_mb and memory_limit_mb");
	at.key = "cpu_reservation_mhz";
	if (s->vm.cpu_reservation_mhz > s->vm.cpu_limit_mhz)
		sim_mistake(m, &at, member_of(root, "vm", at.key),
			    "at most cpu_limit_mhz, %lu",
			    (unsigned long)s->vm.cpu_limit_mhz);
	at.key = "balloon_max_mb";
	if (s->vm.balloon_max_mb != SIM_UNLIMITED &&
	    s->vm.balloon_max_mb > s->vm.memory_mb)
		sim_mistake(m, &at, member_of(root, "vm", at.key),
			    "at most memory_mb, %llu",
			    (unsigned long long)s->vm.memory_mb);
}

/* host and vm are as the events before left them. */
static void event_check(struct sim_mistakes *m, const struct sim_path *path,
			yajl_val value, const struct sim_event *e,
			struct sim_host *host, struct sim_vm *vm)
{
	struct sim_path mb = { path, "mb", 0 };
	struct sim_path memory = { path, "memory_mb", 0 };
	double most = (double)vm->memory_mb;
	bool grows = e->what == SIM_DO_VM && sim_member(value, memory.key);

	if (e->what == SIM_DO_BALLOON && vm->balloon_max_mb != SIM_UNLIMITED)
		most = vm->balloon_max_mb;
	else if (e->what == SIM_DO_BALLOON)
		most *= 0.65;
	if (e->mb > most)
		sim_mistake(m, &mb, sim_member(value, mb.key),
			    "at most %.0f, what the host can take from this VM",
			    floor(most));
	if (grows && e->vm.memory_mb < vm->memory_mb)
		sim_mistake(m, &memory, sim_member(value, memory.key),
			    "at least the memory before, %llu",
			    (unsigned long long)vm->memory_mb);
	sim_event_apply(e, host, vm);
	if (host->memory_mb >= vm->memory_mb)
		return;
	if (grows)
		sim_mistake(m, &memory, sim_member(value, memory.key),
			    "at most the host's memory_mb, %llu",
			    (unsigned long long)host->memory_mb);
	else
		sim_mistake(m, &memory, sim_member(value, memory.key),
			    "at least the memory of the VM, %llu",
			    (unsigned long long)vm->memory_mb);
}

static void events_check(struct sim_mistakes *m, yajl_val events,
			 const struct sim_scenario *s)
{
	struct sim_path top = { 0 }, array = { &top, "events", 0 };
	struct sim_host host = s->host;
	struct sim_vm vm = s->vm;

	for (size_t i = 0; i < s->event_count; i++) {
		const struct sim_event *e = &s->events[i];
		struct sim_path path = { &array, NULL, e->index };
		struct sim_path at = { &path, "at", 0 };
		yajl_val value = events->u.array.values[e->index];

		if (s->loop > 0 && e->at >= s->loop)
			sim_mistake(m, &at, sim_member(value, at.key),
				    "a time before that of loop, %g", s->loop);
		event_check(m, &path, value, e, &host, &vm);
	}
}

/* Finds the devices of events. */
static void event_devices_find(struct sim_mistakes *m, yajl_val events,
			       struct sim_scenario *s)
{
	struct sim_path top = { 0 }, array = { &top, "events", 0 };

	for (size_t i = 0; i < s->event_count; i++) {
		struct sim_event *e = &s->events[i];
		struct sim_path path = { &array, NULL, e->index };
		struct sim_path device = { &path, "device", 0 };
		struct sim_path to = { &path, "to", 0 };
		yajl_val value = events->u.array.values[e->index];

		if (e->what != SIM_DO_PLUG && e->what != SIM_DO_UNPLUG &&
		    e->what != SIM_DO_RENAME)
			continue;
		e->device = device_find(s, e->device_name);
		if (e->device == s->device_count)
			sim_mistake(m, &device, sim_member(value, device.key),
				    "a name of disks or nics");
		if (e->what == SIM_DO_RENAME)
			device_name_check(m, &to, sim_member(value, to.key),
					  e->to);
	}
}

static void whole_check(struct sim_mistakes *m, yajl_val root,
			struct sim_scenario *s)
{
	struct sim_path top = { 0 }, loop = { &top, "loop", 0 };

	if (s->loop > 0 && s->loop < 1)
		sim_mistake(m, &loop, sim_member(root, loop.key),
			    "0 for no loop, or at least 1");
	vm_check(m, root, s);
	event_devices_find(m, sim_member(root, "events"), s);
	events_check(m, sim_member(root, "events"), s);
}

/* By time; events of the same time stay in the order of the file. */
static void events_sort(struct sim_scenario *s)
{
	for (size_t i = 1; i < s->event_count; i++) {
		struct sim_event e = s->events[i];
		size_t j = i;

		for (; j > 0 && s->events[j - 1].at > e.at; j--)
			s->events[j] = s->events[j - 1];
		s->events[j] = e;
	}
}

/* The tree parser does not report the line, so parse once more. */
static void syntax_mistake(struct sim_mistakes *m, const char *json)
{
	yajl_handle h = yajl_alloc(NULL, NULL, NULL);
	size_t len = strlen(json), line = 1;
	unsigned char *why;

	if (!h)
		return;
	yajl_config(h, yajl_allow_comments, 1);
	if (yajl_parse(h, (const unsigned char *)json, len) == yajl_status_ok)
		yajl_complete_parse(h);
	for (size_t i = 0; i < yajl_get_bytes_consumed(h) && i < len; i++)
		line += json[i] == '\n';
	why = yajl_get_error(h, 0, (const unsigned char *)json, len);
	m->count++;
	sim_bytes_format(m->text, "%s: line %zu: %.*s; accepted: JSON\n",
			 m->file, line, (int)strcspn((char *)why, "\n"), why);
	yajl_free_error(h, why);
	yajl_free(h);
}

static void root_read(struct sim_mistakes *m, const char *json,
		      struct sim_scenario *s)
{
	char unused[16];
	struct sim_path top = { 0 };
	struct sim_key_group group = { top_keys, COUNT_OF(top_keys), s, 0 };
	yajl_val root = yajl_tree_parse(json, unused, sizeof unused);

	if (!root) {
		syntax_mistake(m, json);
		return;
	}
	sim_keys_read(m, &top, root, &group, 1);
	if (YAJL_IS_OBJECT(root)) {
		parts_read(m, &top, root, s);
		all_devices_read(m, &top, root, s);
		events_sort(s);
		if (m->count == 0)
			whole_check(m, root, s);
	}
	yajl_tree_free(root);
}

/* False when memory ran out. */
static bool is_complete(const struct sim_scenario *s)
{
	bool complete = s->load.points && s->devices;

	for (size_t i = 0; i < s->device_count; i++)
		complete &= s->devices[i].load.points != NULL;
	return complete;
}

struct sim_scenario *sim_scenario_read(const char *json, const char *file,
				       struct sim_bytes *errors)
{
	struct sim_mistakes m = { file ? file : "scenario", errors, 0 };
	struct sim_path top = { 0 };
	struct sim_scenario *s = malloc(sizeof *s);

	if (!s)
		return NULL;
	*s = scenario_default;
	if (json)
		root_read(&m, json, s);
	else
		all_devices_read(&m, &top, NULL, s);
	if (!s->load.points)
		load_begin(&vm_load, &s->load);
	if (m.count > 0 || !is_complete(s)) {
		sim_scenario_free(s);
		return NULL;
	}
	return s;
}

void sim_scenario_free(struct sim_scenario *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->device_count; i++)
		free(s->devices[i].load.points);
	free(s->devices);
	free(s->load.points);
	free(s->events);
	free(s);
}
