/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "simhost_guest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static long ask(const char *scenario, const char *request, void *to,
		size_t room)
{
	char *errors;
	struct simhost *sim = simhost_open(scenario, NULL, &errors);
	long len;

	cr_assert(sim != NULL, "%s", errors);
	simhost_set_time(sim, 0);
	len = guest_rpc(sim, request, to, room);
	simhost_close(sim);
	return len;
}

/* Every statistic a number that shows its place, where it fits its width. */
static const char fixed_scenario[] =
	"{\"vm\": {\"session\": \"0x8877665544332211\","
	"          \"resource_pool\": \"pools\"},"
	" \"fixed\": {\"cpuReservationMHz\": 1, \"cpuLimitMHz\": 2,"
	" \"cpuShares\": 3, \"cpuUsedMs\": 17179869188, \"hostMHz\": 5,"
	" \"memReservationMB\": 6, \"memLimitMB\": 7, \"memShares\": null,"
	" \"memMappedMB\": 9, \"memActiveMB\": 10, \"memOverheadMB\": 11,"
	" \"memBalloonedMB\": 12, \"memSwappedMB\": 13, \"memSharedMB\": 14,"
	" \"memSharedSavedMB\": 15, \"memUsedMB\": 16, \"elapsedMs\": 17}}";

/* By hand: offset in the reply of version 2 behind "1 ", and what is there. */
static const struct {
	int offset;
	uint32_t valid;
	uint64_t value;
	int wide;
} v2_cells[] = {
	{ 12, 1, 1, 0 },	   /* cpuReservationMHz */
	{ 20, 1, 2, 0 },	   /* cpuLimitMHz */
	{ 28, 1, 3, 0 },	   /* cpuShares */
	{ 36, 1, 17179869188, 1 }, /* cpuUsedMs: 4 << 32, less 4 ... */
	{ 48, 1, 5, 0 },	   /* hostMHz */
	{ 56, 1, 6, 0 },	   /* memReservationMB */
	{ 64, 1, 7, 0 },	   /* memLimitMB */
	{ 72, 0, 0, 0 },	   /* memShares, not valid */
	{ 80, 1, 9, 0 },	   /* memMappedMB */
	{ 88, 1, 10, 0 },	   /* memActiveMB */
	{ 96, 1, 11, 0 },	   /* memOverheadMB */
	{ 104, 1, 12, 0 },	   /* memBalloonedMB */
	{ 112, 1, 13, 0 },	   /* memSwappedMB */
	{ 120, 1, 14, 0 },	   /* memSharedMB */
	{ 128, 1, 15, 0 },	   /* memSharedSavedMB */
	{ 136, 1, 16, 0 },	   /* memUsedMB */
	{ 144, 1, 17, 1 },	   /* elapsedMs */
};

Test(simhost_reply, lays_out_version_2)
{
	uint8_t reply[671], *body = reply + 2;

	cr_assert(eq(
		long,
		ask(fixed_scenario, "guestlib.info.get 2", reply, sizeof reply),
		671));
	cr_expect(eq(int, memcmp(reply, "1 ", 2), 0));
	cr_expect(eq(u32, le32(body), 2), "version");
	cr_expect(eq(u64, le64(body + 4), 0x8877665544332211), "session");
	for (size_t i = 0; i < ARRAY_LEN(v2_cells); i++) {
		const uint8_t *cell = body + v2_cells[i].offset;

		cr_expect(eq(u32, cell[0], v2_cells[i].valid), "cell %zu", i);
		cr_expect(eq(u64,
			     v2_cells[i].wide ? le64(cell + 4) : le32(cell + 4),
			     v2_cells[i].value),
			  "cell %zu", i);
	}
	cr_expect(eq(int, body[156], 1), "the path is valid");
	cr_expect(eq(str, (char *)body + 157, "pools"));
	for (size_t i = 157 + 5; i < 669; i++)
		cr_expect(eq(int, body[i], 0), "zero to the end: %zu", i);
}

/* Size of the value of each id in version 3; 0 is text. By hand. */
static const uint8_t v3_width[41] = { 0, 4, 4, 4, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4,
				      4, 4, 4, 8, 0, 8, 8, 4, 8, 8, 8, 8, 8, 8,
				      8, 8, 8, 4, 4, 4, 4, 4, 4, 0, 8, 0, 8 };

/* Walks a reply of version 3: ids ascend, widths fit, nothing is left. */
static uint32_t v3_walk(const uint8_t *reply, size_t len, uint32_t valid[41],
			uint64_t value[41])
{
	const uint8_t *at = reply + 2 + 16 + 4, *end = reply + len;
	uint32_t count = be32(reply + 2 + 16);

	cr_assert(eq(u32, le32(reply + 2), 3));
	cr_assert(eq(sz, le32(reply + 2 + 12), len - 18), "dataSize");
	for (uint32_t id = 1; id <= count; id++) {
		cr_assert(at + 8 <= end, "statistic %u", id);
		cr_assert(eq(u32, be32(at), id), "statistic %u", id);
		valid[id] = be32(at + 4);
		at += 8;
		if (v3_width[id] == 4)
			value[id] = be32(at);
		else if (v3_width[id] == 8)
			value[id] = be64(at);
		else
			value[id] = be32(at); /* the length of the text */
		at += v3_width[id] ? v3_width[id] : 4 + (value[id] + 3) / 4 * 4;
	}
	cr_assert(at == end, "nothing behind the last");
	return count;
}

Test(simhost_reply, sends_any_number_of_statistics)
{
	for (int k = 0; k <= 40; k++) {
		char scenario[128];
		uint8_t reply[1024];
		uint32_t valid[41];
		uint64_t value[41];
		long len;

		snprintf(scenario, sizeof scenario,
			 "{\"host\": {\"statistics\": %d},"
			 " \"vm\": {\"resource_pool\": \"\"}}",
			 k);
		len = ask(scenario, "guestlib.info.get 3", reply, sizeof reply);
		cr_assert(ge(long, len, 1), "%d statistics", k);
		cr_expect(
			eq(u32, v3_walk(reply, (size_t)len, valid, value), k),
			"%d statistics", k);
		if (k == 38)
			cr_expect(eq(long, len, 534), "as real hosts");
		if (k == 0)
			cr_expect(eq(long, len, 2 + 16 + 4), "the smallest");
	}
}

Test(simhost_reply, hides_host_wide_statistics_and_nothing_else)
{
	uint8_t reply[1024];
	uint32_t valid[41];
	uint64_t value[41];
	long len = ask("{\"host\": {\"host_info\": false}}",
		       "guestlib.info.get 3", reply, sizeof reply);

	v3_walk(reply, (size_t)len, valid, value);
	for (unsigned id = 1; id <= 38; id++) {
		uint32_t expected = (id < 21 || id > 30) && id != 37;

		cr_expect(eq(u32, valid[id], expected), "id %u", id);
		cr_expect(valid[id] || value[id] == 0, "id %u", id);
	}
}

Test(simhost_reply, sends_shares_beyond_32_bits_in_id_38_alone)
{
	uint8_t reply[1024];
	uint32_t valid[41];
	uint64_t value[41];
	long len = ask("{\"vm\": {\"memory_shares\": 5000000000}}",
		       "guestlib.info.get 3", reply, sizeof reply);

	v3_walk(reply, (size_t)len, valid, value);
	cr_expect(eq(u32, valid[8], 0));
	cr_expect(eq(u32, valid[38], 1));
	cr_expect(eq(u64, value[38], 5000000000));
}

/* A path of each length, and which of the two statistics carries it. */
static const struct {
	size_t len;
	uint32_t in_18, in_37;
} paths[] = { { 0, 1, 0 },   { 1, 1, 0 },   { 4, 1, 0 },   { 511, 1, 0 },
	      { 512, 1, 0 }, { 513, 0, 1 }, { 1024, 0, 1 } };

Test(simhost_reply, carries_the_pool_path_in_one_of_two_places)
{
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		char path[1025] = "", scenario[1200];
		uint8_t reply[2048];
		uint32_t valid[41];
		uint64_t value[41];
		long len;

		memset(path, 'p', paths[i].len);
		snprintf(scenario, sizeof scenario,
			 "{\"vm\": {\"resource_pool\": \"%s\"}}", path);
		len = ask(scenario, "guestlib.info.get 3", reply, sizeof reply);
		v3_walk(reply, (size_t)len, valid, value);
		cr_expect(eq(u32, valid[18], paths[i].in_18), "path %zu", i);
		cr_expect(eq(u32, valid[37], paths[i].in_37), "path %zu", i);
		cr_expect(eq(u64, value[18] + value[37], paths[i].len),
			  "path %zu", i);

		len = ask(scenario, "guestlib.info.get 2", reply, sizeof reply);
		cr_expect(eq(long, len, 671), "path %zu", i);
		cr_expect(eq(u32, reply[2 + 156], paths[i].in_18), "path %zu",
			  i);
		cr_expect(
			eq(int, reply[2 + 668], paths[i].len == 512 ? 'p' : 0),
			"path %zu", i);
	}
}

static struct question {
	const char scenario[64], request[48], reply[48];
} questions[] = {
	{ "{}", "guestlib.info.get 4", "0 3:Unsupported version" },
	{ "{}", "guestlib.info.get 9999", "0 3:Unsupported version" },
	{ "{}", "guestlib.info.get 1", "0 Unsupported version" },
	{ "{\"host\": {\"protocols\": [2]}}", "guestlib.info.get 3",
	  "0 Unsupported version" },
	{ "{\"host\": {\"protocols\": [3]}}", "guestlib.info.get 2",
	  "0 Unsupported version" },
	{ "{}", "guestlib.info.get", "0 Unknown command" },
	{ "{}", "guestlib.info.get ", "0 Unknown command" },
	{ "{}", "guestlib.info.get 3 ", "0 Unknown command" },
	{ "{}", "guestlib.info.get three", "0 Unknown command" },
	{ "{}", "machine.id.get", "0 Unknown command" },
	{ "{\"host\": {\"product\": \"workstation\"}}", "guestlib.info.get 3",
	  "0 Unknown command" },
	{ "{\"host\": {\"product\": \"workstation\"}}",
	  "guestlib.stat.get text host", "0 Unknown command" },
	{ "{}", "guestlib.stat.get text vcpu", "0 Unknown stat" },
	{ "{}", "guestlib.stat.get text vscsi scsi9:9", "0 Unknown stat" },
	{ "{}", "guestlib.stat.get text vnet", "0 Unknown stat" },
	{ "{\"events\": [{\"at\": 0, \"do\": \"disable\"}]}",
	  "guestlib.info.get 2", "0 Disabled by the administrator" },
};

ParameterizedTestParameters(simhost_reply, refuses_in_words)
{
	return cr_make_param_array(struct question, questions,
				   ARRAY_LEN(questions));
}

ParameterizedTest(struct question *q, simhost_reply, refuses_in_words)
{
	char reply[256] = "";

	ask(q->scenario, q->request, reply, sizeof reply - 1);
	cr_expect(eq(str, reply, (char *)q->reply), "%s", q->request);
}

/* The shapes of public samples, with numbers that the scenario pins. */
static const char stat_scenario[] =
	"{\"host\": {\"mhz\": 2593, \"cores_per_package\": 14,"
	"  \"hypervisor\": \"VMware ESX 6.0.0 build-2494585\"},"
	" \"vm\": {\"session\": \"0xd0331dbae294cfd9\","
	"  \"uuid\": \"56 4d\", \"cpu_limit_mhz\": 8000},"
	" \"disks\": [\"ide0:0\"], \"nics\": [\"00:0c:29:32:0a:6a\"],"
	" \"fixed\": {\"uptime\": 10777157759, \"vm.cpu.used\": 224057517,"
	"  \"vm.numa.local\": null, \"vm.numa.remote\": null,"
	"  \"guest.mem.limit\": 3221225456, \"guest.mem.mapped\": 1048576,"
	"  \"guest.mem.consumed\": 1009556,"
	"  \"num.tx\": 209, \"size.tx\": 38137, \"num.rx\": 10920,"
	"  \"size.rx\": 1312789, \"num.reads\": 4197, \"num.writes\": 10161,"
	"  \"size.reads\": 84475904, \"size.writes\": 461414400,"
	"  \"latency.reads\": 27897419, \"latency.writes\": 25334559}}";

static const struct {
	const char *request, *reply;
} stats[] = {
	{ "text session",
	  "1 session = -3444376601505771559\nuptime = 10777157759\n"
	  "version = VMware ESX 6.0.0 build-2494585\nprovider = \n"
	  "uuid.bios = 56 4d\n" },
	{ "text host",
	  "1 host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n" },
	{ "text resources",
	  "1 vm.cpu.reserved = 0\nvm.cpu.limit = 8000\n"
	  "vm.cpu.used = 224057517\nvm.cpu.contention.cpu = 0\n"
	  "vm.cpu.contention.mem = 0\nguest.mem.reserved = 0\n"
	  "guest.mem.limit = 3221225456\nguest.mem.mapped = 1048576\n"
	  "guest.mem.consumed = 1009556\nguest.mem.swapped = 0\n"
	  "guest.mem.ballooned = 0\nguest.mem.swapIn = 0\n"
	  "guest.mem.swapOut = 0\novhd.mem.swapped = 0\n"
	  "ovhd.mem.swapIn = 0\novhd.mem.swapOut = 0\n" },
	{ "text vscsi ide0:0",
	  "1 num.reads = 4197\nnum.writes = 10161\nsize.reads = 84475904\n"
	  "size.writes = 461414400\nlatency.reads = 27897419\n"
	  "latency.writes = 25334559\n" },
	{ "text vnet 00:0c:29:32:0a:6a",
	  "1 num.tx = 209\nsize.tx = 38137\nnum.rx = 10920\n"
	  "size.rx = 1312789\nreservation = 0\nlimit = -1\n" },
	{ "text ", "1 session \nhost \nresources \nvscsi ide0:0\n"
		   "vnet 00:0c:29:32:0a:6a\n" },
	{ "text", "1 session \nhost \nresources \nvscsi ide0:0\n"
		  "vnet 00:0c:29:32:0a:6a\n" },
	{ "  ", "1 session \nhost \nresources \nvscsi ide0:0\n"
		"vnet 00:0c:29:32:0a:6a\n" },
	{ "text host ",
	  "1 host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n" },
	{ "text host  ",
	  "1 host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n" },
	{ "txt host extra",
	  "1 host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n" },
	{ "json host",
	  "1 {\"host.cpu.processorMHz\":{\"type\":\"static\","
	  "\"units\":\"MHz\",\"value\":2593},\"host.cpu.coresPerPkg\":"
	  "{\"type\":\"static\",\"units\":\"cores\",\"value\":14}}\n" },
	{ "json session",
	  "1 {\"session\":\"-3444376601505771559\",\"uptime\":10777157759,"
	  "\"version\":\"VMware ESX 6.0.0 build-2494585\",\"provider\":\"\","
	  "\"uuid.bios\":\"56 4d\"}\n" },
	{ "yaml host",
	  "1 host.cpu.processorMHz:\n    type: static\n    units: MHz\n"
	  "    value: 2593\nhost.cpu.coresPerPkg:\n    type: static\n"
	  "    units: cores\n    value: 14\n" },
	{ "xml host", "1 <metrics session=\"-3444376601505771559\">\n"
		      "<metric name=\"host.cpu.processorMHz\" type=\"static\" "
		      "units=\"MHz\">2593</metric>\n"
		      "<metric name=\"host.cpu.coresPerPkg\" type=\"static\" "
		      "units=\"cores\">14</metric>\n</metrics>\n" },
};

Test(simhost_reply, prints_extended_statistics_as_public_samples_show)
{
	for (size_t i = 0; i < ARRAY_LEN(stats); i++) {
		char request[80], reply[2048] = "";

		snprintf(request, sizeof request, "guestlib.stat.get %s",
			 stats[i].request);
		ask(stat_scenario, request, reply, sizeof reply - 1);
		cr_expect(eq(str, reply, (char *)stats[i].reply), "%s",
			  stats[i].request);
	}
}

Test(simhost_reply, refuses_a_stat_request_with_too_long_words)
{
	char request[400] = "guestlib.stat.get ", reply[64] = "";

	memset(request + strlen(request), 'x', 300);
	ask(NULL, request, reply, sizeof reply - 1);
	cr_expect(eq(str, reply, "0 Unknown stat"));
}
