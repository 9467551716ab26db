/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "simhost_guest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MISSING (-999)

static struct simhost *sim_at_zero(const char *scenario)
{
	char *errors;
	struct simhost *sim = simhost_open(scenario, NULL, &errors);

	cr_assert(sim != NULL, "%s", errors);
	simhost_set_time(sim, 0);
	return sim;
}

/* The reply to a request for text, until the next call. */
static char *text_ask(struct simhost *sim, const char *set)
{
	static char reply[1 << 20];
	char request[256];
	long len;

	snprintf(request, sizeof request, "guestlib.stat.get text %s", set);
	len = guest_rpc(sim, request, reply, sizeof reply - 1);
	cr_assert(ge(long, len, 2), "%s", set);
	reply[len] = '\0';
	return reply;
}

/* A metric of the set now, or MISSING. */
static double metric(struct simhost *sim, const char *set, const char *name)
{
	char line[64], *at;

	snprintf(line, sizeof line, "%s = ", name);
	at = strstr(text_ask(sim, set), line);
	return at ? atof(at + strlen(line)) : MISSING;
}

#define RES "resources"

static void list_expect(struct simhost *sim, const char *devices)
{
	char expected[256];

	snprintf(expected, sizeof expected, "1 session \nhost \nresources \n%s",
		 devices);
	cr_expect(eq(str, text_ask(sim, ""), expected));
}

Test(simhost_extended, counts_each_disk_and_nic_by_itself)
{
	struct simhost *sim = sim_at_zero(
		"{\"disks\": [\"scsi0:0\", \"nvme0:0\", {\"name\": \"sata0:3\","
		"   \"load\": [{\"reads\": 7, \"read_ms\": 20}]}],"
		" \"nics\": [\"00:0C:29:32:0A:6A\", {\"mac\": \"aa:bb\","
		"   \"limit_mbps\": 100, \"reservation_mbps\": 9}]}");
	static const struct {
		const char *set, *name;
		double at_10_s;
	} rows[] = {
		{ "vscsi scsi0:0", "num.reads", 250 },
		{ "vscsi scsi0:0", "num.writes", 160 },
		{ "vscsi scsi0:0", "size.reads", 250 * 16384 },
		{ "vscsi scsi0:0", "size.writes", 160 * 8192 },
		{ "vscsi scsi0:0", "latency.reads", 250 * 1800 },
		{ "vscsi scsi0:0", "latency.writes", 160 * 900 },
		{ "vscsi nvme0:0", "num.reads", 500 },
		{ "vscsi nvme0:0", "latency.writes", 320 * 900 },
		{ "vscsi sata0:3", "num.reads", 70 },
		{ "vscsi sata0:3", "latency.reads", 70 * 20000 },
		{ "vscsi sata0:3", "num.writes", 480 },
		{ "vnet 00:0C:29:32:0A:6A", "num.tx", 500 },
		{ "vnet 00:0C:29:32:0A:6A", "size.rx", 800 * 1100 },
		{ "vnet 00:0C:29:32:0A:6A", "limit", -1 },
		{ "vnet aa:bb", "size.tx", 1000 * 420 },
		{ "vnet aa:bb", "num.rx", 1600 },
		{ "vnet aa:bb", "limit", 100 },
		{ "vnet aa:bb", "reservation", 9 },
	};

	list_expect(sim, "vscsi scsi0:0\nvscsi nvme0:0\nvscsi sata0:3\n"
			 "vnet 00:0C:29:32:0A:6A\nvnet aa:bb\n");
	cr_expect(eq(dbl, metric(sim, "vscsi scsi0:0", "num.reads"), 0));
	simhost_set_time(sim, 10);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect(eq(dbl, metric(sim, rows[i].set, rows[i].name),
			     rows[i].at_10_s),
			  "%s %s", rows[i].set, rows[i].name);
	simhost_close(sim);
}

/* Rate and latency both change along straight lines: the time spent is the
 * integral of their product, a parabola. */
Test(simhost_extended, integrates_operations_bytes_and_latency)
{
	struct simhost *sim = sim_at_zero(
		"{\"disks\": [{\"name\": \"a\", \"load\": ["
		"{\"at\": 0, \"reads\": 0, \"read_ms\": 0, \"read_bytes\": 512,"
		" \"writes\": 0}, {\"at\": 6, \"reads\": 60, \"read_ms\": 6}]}]"
		"}");

	simhost_set_time(sim, 3); /* 10t reads a second, of t ms each */
	cr_expect(eq(dbl, metric(sim, "vscsi a", "num.reads"), 45));
	cr_expect(eq(dbl, metric(sim, "vscsi a", "size.reads"), 45 * 512));
	cr_expect(eq(dbl, metric(sim, "vscsi a", "latency.reads"), 90e3));
	cr_expect(eq(dbl, metric(sim, "vscsi a", "num.writes"), 0));
	simhost_set_time(sim, 8); /* across the bend: 180, and 2 s of 60 */
	cr_expect(eq(dbl, metric(sim, "vscsi a", "num.reads"), 300));
	cr_expect(eq(dbl, metric(sim, "vscsi a", "latency.reads"), 1440e3));
	simhost_close(sim);
}

Test(simhost_extended, stops_before_its_counters_wrap)
{
	struct simhost *sim = sim_at_zero(
		"{\"disks\": [{\"name\": \"a\", \"load\": [{\"reads\": 1e9,"
		" \"read_bytes\": 1e9, \"read_ms\": 1e9}]}]}");

	simhost_set_time(sim, 1e9);
	cr_expect(eq(dbl, metric(sim, "vscsi a", "num.reads"), 1e18));
	cr_expect(gt(dbl, metric(sim, "vscsi a", "size.reads"), 4e18));
	cr_expect(gt(dbl, metric(sim, "vscsi a", "latency.reads"), 4e18));
	simhost_close(sim);
}

static const char busy[] =
	"{\"vm\": {\"vcpus\": 2}, \"load\": ["
	"{\"at\": 0, \"stolen\": 0.1, \"contention\": 0.05,"
	" \"memory_wait\": 0.02, \"swap_in\": 1, \"swap_out\": 2,"
	" \"numa_remote\": 0.25, \"mapped\": 1}, {\"at\": 7, \"stolen\": 0.3}],"
	"\"disks\": [{\"name\": \"a\", \"load\": [{\"reads\": 1},"
	" {\"at\": 5, \"reads\": 90}, {\"at\": 11, \"reads\": 3}]}],"
	"\"events\": [{\"at\": 3, \"do\": \"swap\", \"mb\": 64, \"over\": 4},"
	" {\"at\": 5, \"do\": \"swap\", \"mb\": 0, \"over\": 5}],"
	"\"loop\": 13}";

Test(simhost_extended, does_not_depend_on_how_often_it_is_read)
{
	static const char *const names[][2] = {
		{ RES, "vm.cpu.contention.cpu" },
		{ RES, "vm.cpu.contention.mem" },
		{ RES, "guest.mem.swapIn" },
		{ RES, "guest.mem.swapOut" },
		{ RES, "ovhd.mem.swapIn" },
		{ "vscsi a", "num.reads" },
		{ "vscsi a", "latency.reads" },
	};
	struct simhost *often = sim_at_zero(busy), *once = sim_at_zero(busy);

	for (int i = 0; i <= 10000; i++)
		simhost_set_time(often, i * 0.01);
	simhost_set_time(once, 100);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		double a = metric(often, names[i][0], names[i][1]);
		double b = metric(once, names[i][0], names[i][1]);

		cr_expect(gt(dbl, a, 0), "%s", names[i][1]);
		cr_expect(a - b <= 1 && b - a <= 1, "%s: %f, %f", names[i][1],
			  a, b);
	}
	simhost_close(often);
	simhost_close(once);
}

Test(simhost_extended, waits_as_it_is_stolen_from_and_more)
{
	struct simhost *sim = sim_at_zero(
		"{\"host\": {\"mhz\": 1000}, \"vm\": {\"vcpus\": 2},"
		" \"load\": [{\"used\": 0.5, \"stolen\": 0.1}],"
		" \"events\": [{\"at\": 10, \"do\": \"vm\","
		" \"cpu_limit_mhz\": 500}]}");

	simhost_set_time(sim, 10);
	cr_expect(eq(dbl, metric(sim, RES, "vm.cpu.contention.cpu"), 2e6));
	simhost_set_time(sim, 20); /* the limit steals 0.25 of each vCPU too */
	cr_expect(eq(dbl, metric(sim, RES, "vm.cpu.contention.cpu"), 9e6));
	simhost_close(sim);
	sim = sim_at_zero("{\"vm\": {\"vcpus\": 2}, \"load\": [{\"stolen\": 0,"
			  " \"contention\": 0.2, \"memory_wait\": 0.1}]}");
	simhost_set_time(sim, 10);
	cr_expect(eq(dbl, metric(sim, RES, "vm.cpu.contention.cpu"), 4e6));
	cr_expect(eq(dbl, metric(sim, RES, "vm.cpu.contention.mem"), 2e6));
	simhost_close(sim);
}

Test(simhost_extended, swaps_out_and_in_and_waits_for_what_comes_in)
{
	struct simhost *sim = sim_at_zero(
		"{\"load\": [{\"mapped\": 1}], \"events\": ["
		"{\"at\": 10, \"do\": \"swap\", \"mb\": 100, \"over\": 10},"
		"{\"at\": 30, \"do\": \"swap\", \"mb\": 60}], \"loop\": 50}");

	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapOut"), 0));
	simhost_set_time(sim, 15);
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapped"), 50 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapOut"), 50 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "ovhd.mem.swapOut"), 50 * 32));
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapIn"), 0));
	cr_expect(eq(dbl, metric(sim, RES, "vm.cpu.contention.mem"), 0));
	simhost_set_time(sim, 30);
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapped"), 60 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "ovhd.mem.swapped"), 60 * 32));
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapOut"), 100 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapIn"), 40 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "ovhd.mem.swapIn"), 40 * 32));
	cr_expect(eq(dbl, metric(sim, RES, "vm.cpu.contention.mem"), 409600),
		  "10 us for each KB");
	simhost_set_time(sim, 51); /* a new round begins without swap */
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapped"), 0));
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapIn"), 100 * 1024));
	simhost_close(sim);
}

Test(simhost_extended, swaps_at_a_rate)
{
	struct simhost *sim =
		sim_at_zero("{\"load\": [{\"swap_in\": 0, \"swap_out\": 2},"
			    " {\"at\": 10, \"swap_in\": 4}]}");

	simhost_set_time(sim, 10);
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapIn"), 20 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapOut"), 20 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapped"), 0));
	cr_expect(eq(dbl, metric(sim, RES, "vm.cpu.contention.mem"), 204800));
	simhost_close(sim);
}

Test(simhost_extended, moves_memory_between_numa_nodes)
{
	struct simhost *sim =
		sim_at_zero("{\"vm\": {\"memory_mb\": 1000},"
			    " \"load\": [{\"mapped\": 1, \"numa_remote\": 0},"
			    "{\"at\": 10, \"numa_remote\": 0.8}],"
			    " \"events\": [{\"at\": 20, \"do\": \"host\","
			    " \"numa\": false}]}");

	simhost_set_time(sim, 5);
	cr_expect(eq(dbl, metric(sim, RES, "vm.numa.local"), 600 * 1024));
	cr_expect(eq(dbl, metric(sim, RES, "vm.numa.remote"), 400 * 1024));
	simhost_set_time(sim, 10);
	cr_expect(eq(dbl, metric(sim, RES, "vm.numa.local"), 200 * 1024));
	simhost_set_time(sim, 20);
	cr_expect(eq(dbl, metric(sim, RES, "vm.numa.local"), MISSING));
	cr_expect(eq(dbl, metric(sim, RES, "vm.numa.remote"), MISSING));
	simhost_close(sim);
}

Test(simhost_extended, restarts_all_counters_in_a_move)
{
	static const char *const names[][2] = {
		{ "session", "uptime" },
		{ RES, "vm.cpu.used" },
		{ RES, "vm.cpu.contention.cpu" },
		{ RES, "vm.cpu.contention.mem" },
		{ RES, "guest.mem.swapIn" },
		{ RES, "guest.mem.swapOut" },
		{ "vscsi scsi0:0", "num.reads" },
		{ "vscsi scsi0:0", "size.writes" },
		{ "vscsi scsi0:0", "latency.writes" },
		{ "vnet 00:50:56:9a:2b:10", "num.tx" },
		{ "vnet 00:50:56:9a:2b:10", "size.rx" },
	};
	struct simhost *sim = sim_at_zero(
		"{\"load\": [{\"swap_in\": 1, \"swap_out\": 1}], \"events\": ["
		"{\"at\": 0, \"do\": \"swap\", \"mb\": 10},"
		"{\"at\": 10, \"do\": \"vmotion\"}]}");

	simhost_set_time(sim, 9);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		cr_expect(gt(dbl, metric(sim, names[i][0], names[i][1]), 0),
			  "%s", names[i][1]);
	simhost_set_time(sim, 10);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		cr_expect(eq(dbl, metric(sim, names[i][0], names[i][1]), 0),
			  "%s", names[i][1]);
	cr_expect(eq(dbl, metric(sim, RES, "guest.mem.swapped"), 10240),
		  "a level is no counter");
	simhost_close(sim);
}

Test(simhost_extended, plugs_and_unplugs)
{
	struct simhost *sim = sim_at_zero(
		"{\"disks\": [\"a\", {\"name\": \"b\", \"plugged\": false,"
		" \"load\": [{\"reads\": 10}]}], \"nics\": [],"
		" \"events\": [{\"at\": 10, \"do\": \"plug\", \"device\": "
		"\"b\"},"
		" {\"at\": 20, \"do\": \"plug\", \"device\": \"b\"},"
		" {\"at\": 30, \"do\": \"unplug\", \"device\": \"b\"},"
		" {\"at\": 40, \"do\": \"plug\", \"device\": \"b\"}],"
		" \"loop\": 50}");

	list_expect(sim, "vscsi a\n");
	cr_expect(eq(str, text_ask(sim, "vscsi b"), "0 Unknown stat"));
	simhost_set_time(sim, 25);
	list_expect(sim, "vscsi a\nvscsi b\n");
	cr_expect(eq(dbl, metric(sim, "vscsi b", "num.reads"), 150));
	simhost_set_time(sim, 30);
	list_expect(sim, "vscsi a\n");
	simhost_set_time(sim, 41);
	cr_expect(eq(dbl, metric(sim, "vscsi b", "num.reads"), 10), "anew");
	simhost_set_time(sim, 51);
	list_expect(sim, "vscsi a\n");
	simhost_close(sim);
}

Test(simhost_extended, renames_a_device_and_goes_on_counting)
{
	struct simhost *sim = sim_at_zero(
		"{\"disks\": [], \"nics\": [\"a\", \"b\"], \"events\": ["
		"{\"at\": 10, \"do\": \"rename\", \"device\": \"a\","
		" \"to\": \"c\"}], \"loop\": 20}");

	simhost_set_time(sim, 10);
	list_expect(sim, "vnet c\nvnet b\n");
	cr_expect(eq(str, text_ask(sim, "vnet a"), "0 Unknown stat"));
	cr_expect(eq(dbl, metric(sim, "vnet c", "num.tx"), 500));
	simhost_set_time(sim, 20);
	list_expect(sim, "vnet a\nvnet b\n");
	simhost_close(sim);
}

Test(simhost_extended, has_new_names_in_each_list)
{
	struct simhost *sim =
		sim_at_zero("{\"disks\": [\"a\"], \"nics\": [\"b\"],"
			    " \"host\": {\"new_names\": true}}");

	simhost_set_time(sim, 1);
	list_expect(sim, "vscsi a-1\nvnet b-1\n");
	cr_expect(eq(dbl, metric(sim, "vscsi a-1", "num.reads"), 25));
	list_expect(sim, "vscsi a-2\nvnet b-2\n");
	cr_expect(eq(str, text_ask(sim, "vscsi a-1"), "0 Unknown stat"));
	simhost_close(sim);
}

Test(simhost_extended, lacks_sets_and_loses_them_in_a_move)
{
	struct simhost *sim = sim_at_zero(
		"{\"host\": {\"sets\": [\"session\", \"vscsi\"]}, \"events\": ["
		"{\"at\": 1, \"do\": \"vmotion\", \"sets\": []},"
		"{\"at\": 2, \"do\": \"vmotion\", \"sets\": [\"vnet\"]}]}");

	cr_expect(eq(str, text_ask(sim, ""), "1 session \nvscsi scsi0:0\n"));
	cr_expect(eq(str, text_ask(sim, "host"), "0 Unknown stat"));
	cr_expect(eq(dbl, metric(sim, "vscsi scsi0:0", "num.reads"), 0));
	simhost_set_time(sim, 1);
	cr_expect(eq(str, text_ask(sim, ""), "0 Unknown command"));
	cr_expect(eq(str, text_ask(sim, "session"), "0 Unknown command"));
	simhost_set_time(sim, 2);
	cr_expect(eq(str, text_ask(sim, ""), "1 vnet 00:50:56:9a:2b:10\n"));
	simhost_close(sim);
}

Test(simhost_extended, invents_metrics)
{
	struct simhost *sim = sim_at_zero("{\"host\": {\"invented\": 2}}");
	char reply[512] = "";

	cr_expect(eq(str, text_ask(sim, "host"),
		     "1 host.cpu.processorMHz = 2593\n"
		     "host.cpu.coresPerPkg = 14\n"
		     "invented.1 = 1\ninvented.2 = 2\n"));
	guest_rpc(sim, "guestlib.stat.get json host", reply, sizeof reply - 1);
	cr_expect(strstr(reply,
			 "\"invented.2\":{\"type\":\"instant\","
			 "\"units\":\"furlongs\",\"value\":2}}\n") != NULL,
		  "%s", reply);
	simhost_close(sim);
	sim = sim_at_zero("{\"host\": {\"invented\": 40000}}");
	cr_expect(gt(sz, strlen(text_ask(sim, "host")), 1 << 20 >> 1));
	simhost_close(sim);
}

#define SOUND "1 host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n"

static struct text_damage {
	const char event[64], reply[112];
	size_t len;
} text_damages[] = {
	{ "\"how\": \"truncate\", \"bytes\": 9", "1 host.cp", 9 },
	{ "\"how\": \"truncate\", \"bytes\": 2", "1 ", 2 },
	{ "\"how\": \"nul\"",
	  "1 ho\0t.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n",
	  sizeof SOUND - 1 },
	{ "\"how\": \"nul\", \"offset\": 0",
	  "\0 host.cpu.processorMHz = 2593\n"
	  "host.cpu.coresPerPkg = 14\n",
	  sizeof SOUND - 1 },
	{ "\"how\": \"nul\", \"offset\": 900", SOUND, sizeof SOUND - 1 },
	{ "\"how\": \"twice\"", SOUND "host.cpu.processorMHz = 2593\n",
	  sizeof SOUND - 1 + 29 },
	{ "\"how\": \"no_equals\"",
	  "1 host.cpu.processorMHz  2593\nhost.cpu.coresPerPkg = 14\n",
	  sizeof SOUND - 2 },
	{ "\"how\": \"crlf\"",
	  "1 host.cpu.processorMHz = 2593\r\nhost.cpu.coresPerPkg = 14\r\n",
	  sizeof SOUND + 1 },
	{ "\"how\": \"huge\"",
	  "1 host.cpu.processorMHz = 18446744073709551616\n"
	  "host.cpu.coresPerPkg = 14\n",
	  sizeof SOUND - 1 + 16 },
	{ "\"how\": \"replace\", \"text\": \"{\\\"a\\\":1}\"", "1 {\"a\":1}",
	  9 },
	{ "\"how\": \"replace\", \"text\": \"\"", "1 ", 2 },
};

ParameterizedTestParameters(simhost_extended, damages_a_text)
{
	return cr_make_param_array(struct text_damage, text_damages,
				   ARRAY_LEN(text_damages));
}

ParameterizedTest(struct text_damage *d, simhost_extended, damages_a_text)
{
	static const char *const ports[] = { "any", "bulk" };

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		char scenario[256], reply[256] = "";
		/* On one port the size stays that of the sound reply. */
		size_t len = i == 1 ? sizeof SOUND - 1 : d->len;
		struct simhost *sim;

		snprintf(scenario, sizeof scenario,
			 "{\"events\": [{\"at\": 0, \"do\": \"damage\","
			 " \"rpc\": \"stat.get\", \"port\": \"%s\", %s}]}",
			 ports[i], d->event);
		sim = sim_at_zero(scenario);
		cr_expect(eq(long,
			     guest_rpc(sim, "guestlib.stat.get text host",
				       reply, sizeof reply),
			     (long)len),
			  "%s", d->event);
		cr_expect(
			eq(int,
			   memcmp(reply, d->reply, d->len < len ? d->len : len),
			   0),
			"%s: %s", d->event, reply);
		cr_expect(eq(str, text_ask(sim, "host"), SOUND), "once");
		simhost_close(sim);
	}
}

Test(simhost_extended, damages_a_list_a_refusal_and_json_too)
{
	static const char *const hows[] = { "nul", "twice", "no_equals", "crlf",
					    "huge" };

	for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
		char scenario[256];
		struct simhost *sim;

		snprintf(scenario, sizeof scenario,
			 "{\"events\": [{\"at\": 0, \"do\": \"damage\","
			 " \"how\": \"%s\", \"count\": 9}]}",
			 hows[i]);
		sim = sim_at_zero(scenario);
		text_ask(sim, "");
		text_ask(sim, "nothing");
		cr_expect(ge(long,
			     guest_rpc(sim, "guestlib.stat.get json host",
				       scenario, sizeof scenario),
			     2));
		simhost_close(sim);
	}
}

static struct simhost *scenario_open(const char *name)
{
	static char json[8192];
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, SCENARIOS "/%s.json", name);
	f = fopen(path, "r");
	cr_assert(f != NULL, "%s", path);
	json[fread(json, 1, sizeof json - 1, f)] = '\0';
	fclose(f);
	return sim_at_zero(json);
}

/* How much a metric grows in a second, from `from` to `to`. */
static double rate(const char *scenario, const char *set, const char *name,
		   double from, double to)
{
	struct simhost *sim = scenario_open(scenario);
	double before;

	simhost_set_time(sim, from);
	before = metric(sim, set, name);
	simhost_set_time(sim, to);
	before = (metric(sim, set, name) - before) / (to - from);
	simhost_close(sim);
	return before;
}

/* The ready scenarios show what their descriptions say. */
static struct story {
	char scenario[20], set[16], name[24];
	double from, to, least, most;
} stories[] = {
	/* of 4 vCPUs in microseconds: 1 and more than 20 % */
	{ "noisy-neighbour", RES, "vm.cpu.contention.cpu", 0, 20, 0, 8e4 },
	{ "noisy-neighbour", RES, "vm.cpu.contention.cpu", 35, 65, 8e5, 4e6 },
	{ "noisy-neighbour", RES, "vm.cpu.contention.mem", 0, 30, 0, 0 },
	{ "noisy-neighbour", RES, "vm.cpu.contention.mem", 55, 70, 4e4, 4e6 },
	{ "noisy-neighbour", RES, "guest.mem.swapIn", 55, 70, 10240, 1e6 },
	{ "slow-disk", RES, "vm.cpu.contention.cpu", 0, 90, 0, 6e4 },
	/* 20 ms a read at most, then above 50 ms, and still 10 a second */
	{ "slow-disk", "vscsi scsi0:1", "latency.reads", 0, 20, 0, 8e6 },
	{ "slow-disk", "vscsi scsi0:1", "latency.reads", 30, 60, 3e6, 5e6 },
	{ "slow-disk", "vscsi scsi0:1", "num.reads", 30, 60, 10, 60 },
	{ "slow-disk", "vscsi scsi0:0", "latency.reads", 0, 90, 0, 2e4 },
	{ "slow-disk", "vscsi nvme0:0", "num.reads", 80, 90, 900, 900 },
	{ "numa", RES, "vm.numa.remote", 20, 21, 4e7, 6.7e7 },
	{ "numa", RES, "vm.numa.local", 30, 70, 1e6, 6.7e7 },
	{ "numa", RES, "vm.cpu.contention.cpu", 0, 90, 0, 6e4 },
};

ParameterizedTestParameters(simhost_extended, scenarios_tell_their_stories)
{
	return cr_make_param_array(struct story, stories, ARRAY_LEN(stories));
}

ParameterizedTest(struct story *s, simhost_extended,
		  scenarios_tell_their_stories)
{
	double is = rate(s->scenario, s->set, s->name, s->from, s->to);

	cr_expect(is >= s->least - 1 && is <= s->most + 1,
		  "%s: %s grows by %f from %f to %f", s->scenario, s->name, is,
		  s->from, s->to);
}
