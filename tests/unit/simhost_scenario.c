/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "simhost_guest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A scenario and the start of the only line that it must earn. */
static struct mistake {
	const char scenario[160], line[112];
} mistakes[] = {
	{ "{\"hots\": {}}", "f: hots: unknown key; accepted: version, desc" },
	{ "[]", "f: an array; accepted: an object" },
	{ "7", "f: 7; accepted: an object" },
	{ "{\"version\": 2}", "f: version: 2; accepted: 1" },
	{ "{\"seed\": -1}",
	  "f: seed: -1; accepted: a whole number below 2^64" },
	{ "{\"seed\": 1.5}",
	  "f: seed: 1.5; accepted: a whole number below 2^" },
	{ "{\"speed\": 0}", "f: speed: 0; accepted: a number from 0.001 to " },
	{ "{\"start\": \"now\"}", "f: start: \"now\"; accepted: "
				  "program or request" },
	{ "{\"speed\": \"fast\"}", "f: speed: \"fast\"; accepted: a number " },
	{ "{\"loop\": 0.5}", "f: loop: 0.5; accepted: 0 for no loop, or at " },
	{ "{\"host\": 5}", "f: host: 5; accepted: an object" },
	{ "{\"host\": {\"mhz\": 0}}",
	  "f: host.mhz: 0; accepted: a whole number from 1 to 1000000" },
	{ "{\"host\": {\"mhz\": -5}}", "f: host.mhz: -5; accepted: a whole " },
	{ "{\"host\": {\"mhz\": 2.5}}", "f: host.mhz: 2.5; accepted: a whole" },
	{ "{\"host\": {\"mhz\": null}}", "f: host.mhz: null; accepted: a who" },
	{ "{\"host\": {\"mhz\": 1, \"mhz\": 2}}",
	  "f: host.mhz: 2; accepted: the key once" },
	{ "{\"host\": {\"host_info\": 1}}",
	  "f: host.host_info: 1; accepted: true or false" },
	{ "{\"host\": {\"statistics\": 41}}",
	  "f: host.statistics: 41; accepted: a whole number from 0 to 40" },
	{ "{\"host\": {\"protocols\": [4]}}",
	  "f: host.protocols[0]: 4; accepted: a whole number from 2 to 3" },
	{ "{\"host\": {\"protocols\": []}}",
	  "f: host.protocols: an array; accepted: one or both of 2 and 3" },
	{ "{\"host\": {\"protocols\": 3}}",
	  "f: host.protocols: 3; accepted: an array of one or both of 2" },
	{ "{\"host\": {\"product\": \"gsx\"}}",
	  "f: host.product: \"gsx\"; accepted: esx, workstation or qemu" },
	{ "{\"host\": {\"channels\": 129}}",
	  "f: host.channels: 129; accepted: a whole number from 1 to 128" },
	{ "{\"vm\": {\"vcpus\": 0}}", "f: vm.vcpus: 0; accepted: a whole num" },
	{ "{\"vm\": {\"memory_mb\": 0}}", "f: vm.memory_mb: 0; accepted: a w" },
	{ "{\"vm\": {\"memory_mb\": 300000}}",
	  "f: vm.memory_mb: 300000; accepted: at most the host's memory_mb" },
	{ "{\"vm\": {\"memory_reservation_mb\": 9000}}",
	  "f: vm.memory_reservation_mb: 9000; accepted: at most memory_mb" },
	{ "{\"vm\": {\"cpu_limit_mhz\": 0}}",
	  "f: vm.cpu_limit_mhz: 0; accepted: a whole number from 1 to 4294" },
	{ "{\"vm\": {\"cpu_limit_mhz\": 5, \"cpu_reservation_mhz\": 6}}",
	  "f: vm.cpu_reservation_mhz: 6; accepted: at most cpu_limit_mhz" },
	{ "{\"vm\": {\"balloon_max_mb\": 8193}}",
	  "f: vm.balloon_max_mb: 8193; accepted: at most memory_mb, 8192" },
	{ "{\"vm\": {\"session\": \"12\"}}",
	  "f: vm.session: \"12\"; accepted: a whole number below 2^64, or" },
	{ "{\"vm\": {\"uuid\": \"a\\nb\"}}", "f: vm.uuid: \"a" },
	{ "{\"load\": {}}", "f: load: an object; accepted: an array of load" },
	{ "{\"load\": []}", "f: load: an array; accepted: at least one load" },
	{ "{\"load\": [{\"used\": 1.6}]}",
	  "f: load[0].used: 1.6; accepted: a number from 0 to 1.5" },
	{ "{\"load\": [{\"used\": -0.1}]}", "f: load[0].used: -0.1; accepted" },
	{ "{\"load\": [{\"stolen\": 2}]}", "f: load[0].stolen: 2; accepted: " },
	{ "{\"load\": [{\"at\": 5}, {\"at\": 5}]}",
	  "f: load[1].at: 5; accepted: a time after that of the point befo" },
	{ "{\"load\": [{\"at\": 5}, {\"used\": 1}]}",
	  "f: load[1].at: missing; accepted: a time after that of the poin" },
	{ "{\"load\": [3]}", "f: load[0]: 3; accepted: an object" },
	{ "{\"events\": [{\"do\": \"vmotion\"}]}",
	  "f: events[0].at: missing; accepted: a number from 0 to" },
	{ "{\"events\": [{\"at\": -1, \"do\": \"vmotion\"}]}",
	  "f: events[0].at: -1; accepted: a number from 0 to" },
	{ "{\"events\": [{\"at\": 1}]}", "f: events[0].do: missing; accepted" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"explode\"}]}",
	  "f: events[0].do: \"explode\"; accepted: vmotion, host, vm, ball" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"enable\", \"mb\": 1}]}",
	  "f: events[0].mb: unknown key; accepted: at, do" },
	{ "{\"loop\": 5, \"events\": [{\"at\": 5, \"do\": \"enable\"}]}",
	  "f: events[0].at: 5; accepted: a time before that of loop, 5" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"balloon\"}]}",
	  "f: events[0].mb: missing; accepted: a number from 0 to" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"balloon\", \"mb\": 6000}]}",
	  "f: events[0].mb: 6000; accepted: at most 5324, what the host ca" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"swap\", \"mb\": 9000}]}",
	  "f: events[0].mb: 9000; accepted: at most 8192" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"vm\", \"vcpus\": 2}]}",
	  "f: events[0].vcpus: unknown key; accepted: at, do, cpu_limit_mh" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"vmotion\", \"memory_mb\": 9}]}",
	  "f: events[0].memory_mb: 9; accepted: at least the memory of the" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"vm\", \"memory_mb\": 8191}]}",
	  "f: events[0].memory_mb: 8191; accepted: at least the memory before, "
	  "8192" },
	{ "{\"events\": [{\"at\": 9, \"do\": \"vm\", \"memory_mb\": 9000},"
	  "{\"at\": 1, \"do\": \"vm\", \"memory_mb\": 9001}]}",
	  "f: events[0].memory_mb: 9000; accepted: at least the memory before, "
	  "9001" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"vm\", \"memory_mb\": 300000}]}",
	  "f: events[0].memory_mb: 300000; accepted: at most the host's mem" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"vm\", \"memory_mb\": \"9\"}]}",
	  "f: events[0].memory_mb: \"9\"; accepted: a whole number from 4 " },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\", \"how\": \"order\","
	  " \"port\": \"usb\"}]}",
	  "f: events[0].port: \"usb\"; accepted: bulk, words or any" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"host\", \"protocols\": [1]}]}",
	  "f: events[0].protocols[0]: 1; accepted: a whole number from 2" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"disable\", \"for\": 0}]}",
	  "f: events[0].for: 0; accepted: a number from 0.001" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\"}]}",
	  "f: events[0].how: missing; accepted: truncate, enlarge, flip, d" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\", \"how\": \"burn\"}]}",
	  "f: events[0].how: \"burn\"; accepted: truncate, enlarge" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\", \"how\": \"flip\"}]}",
	  "f: events[0].offset: missing; accepted: a whole number from 0" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\", \"how\": \"gap\","
	  " \"id\": 41}]}",
	  "f: events[0].id: 41; accepted: a whole number from 1 to 40" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\", \"how\": \"gap\","
	  " \"protocol\": 2}]}",
	  "f: events[0].protocol: 2; accepted: 3: this damage is one of v" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"lose\", \"step\": \"x\"}]}",
	  "f: events[0].step: \"x\"; accepted: open, sendsize, sendpayload" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"status\"}]}",
	  "f: events[0].bits: missing; accepted: a whole number from 0 to" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"silent\", \"count\": 0}]}",
	  "f: events[0].count: 0; accepted: a whole number from 1" },
	{ "{\"events\": [7]}", "f: events[0]: 7; accepted: an object" },
	{ "{\"events\": 7}", "f: events: 7; accepted: an array of events" },
	{ "{\"disks\": [\"a b\"]}",
	  "f: disks[0]: \"a b\"; accepted: a name w" },
	{ "{\"nics\": [\"\"]}", "f: nics[0]: \"\"; accepted: a name without" },
	{ "{\"nics\": [1]}", "f: nics[0]: 1; accepted: a name, or an object" },
	{ "{\"nics\": 1}", "f: nics: 1; accepted: an array of nics" },
	{ "{\"nics\": [{}]}", "f: nics[0].mac: missing; accepted: a text of " },
	{ "{\"disks\": [{\"name\": \"a b\"}]}",
	  "f: disks[0].name: \"a b\"; accepted: a name without blanks" },
	{ "{\"disks\": [{\"name\": \"a\", \"mac\": \"b\"}]}",
	  "f: disks[0].mac: unknown key; accepted: name, plugged, load" },
	{ "{\"disks\": [\"a\", {\"name\": \"a\"}]}",
	  "f: disks[1].name: \"a\"; accepted: a name that no disk or NIC" },
	{ "{\"disks\": [\"a\"], \"nics\": [\"a\"]}",
	  "f: nics[0]: \"a\"; accepted: a name that no disk or NIC before" },
	{ "{\"disks\": [{\"name\": \"a\", \"load\": [{\"reads\": -1}]}]}",
	  "f: disks[0].load[0].reads: -1; accepted: a number from 0 to" },
	{ "{\"disks\": [{\"name\": \"a\", \"load\": [{\"rx\": 1}]}]}",
	  "f: disks[0].load[0].rx: unknown key; accepted: at, reads, read_b" },
	{ "{\"nics\": [{\"mac\": \"a\", \"limit_mbps\": -1}]}",
	  "f: nics[0].limit_mbps: -1; accepted: a whole number from 0 to 4" },
	{ "{\"host\": {\"sets\": [\"vcpu\"]}}",
	  "f: host.sets[0]: \"vcpu\"; accepted: session, host, resources, v" },
	{ "{\"host\": {\"sets\": \"vscsi\"}}",
	  "f: host.sets: \"vscsi\"; accepted: an array of names of sets" },
	{ "{\"host\": {\"invented\": 100001}}",
	  "f: host.invented: 100001; accepted: a whole number from 0 to 100" },
	{ "{\"load\": [{\"numa_remote\": 1.1}]}",
	  "f: load[0].numa_remote: 1.1; accepted: a number from 0 to 1" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"plug\"}]}",
	  "f: events[0].device: missing; accepted: a text of at most 127" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"unplug\","
	  " \"device\": \"scsi0:1\"}]}",
	  "f: events[0].device: \"scsi0:1\"; accepted: a name of disks or n" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"rename\","
	  " \"device\": \"scsi0:0\", \"to\": \"a b\"}]}",
	  "f: events[0].to: \"a b\"; accepted: a name without blanks" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\", \"how\": \"crlf\","
	  " \"rpc\": \"any\"}]}",
	  "f: events[0].rpc: \"any\"; accepted: stat.get: this damage is o" },
	{ "{\"events\": [{\"at\": 1, \"do\": \"damage\","
	  " \"how\": \"replace\"}]}",
	  "f: events[0].text: missing; accepted: a text of at most 255" },
	{ "{\"fixed\": []}", "f: fixed: an array; accepted: an object" },
	{ "{\"fixed\": {\"cpuUsed\": 1}}",
	  "f: fixed.cpuUsed: 1; accepted: the name of a statistic: cpuRese" },
	{ "{\"fixed\": {\"cpuShares\": 4294967296}}",
	  "f: fixed.cpuShares: 4294967296; accepted: a whole number from" },
	{ "{\"fixed\": {\"elapsedMs\": 18446744073709551616}}",
	  "f: fixed.elapsedMs: 18446744073709551616; accepted: a whole nu" },
	{ "{\"fixed\": {\"resourcePoolPath\": 7}}",
	  "f: fixed.resourcePoolPath: 7; accepted: a text of at most 512" },
	{ "{\"fixed\": {\"vm.cpu.used\": \"x\"}}",
	  "f: fixed.vm.cpu.used: \"x\"; accepted: a whole number below 2^6" },
	{ "{\n\"seed\": 1,\n oops}", "f: line 3: " },
	{ "{\"seed\": 1", "f: line 1: " },
	{ "", "f: line 1: " },
};

ParameterizedTestParameters(simhost_scenario, names_a_mistake)
{
	return cr_make_param_array(struct mistake, mistakes,
				   ARRAY_LEN(mistakes));
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

ParameterizedTest(struct mistake *m, simhost_scenario, names_a_mistake)
{
	char *errors = NULL;
	struct simhost *sim = simhost_open(m->scenario, "f", &errors);

	cr_assert(sim == NULL, "%s", m->scenario);
	cr_assert(errors != NULL, "%s", m->scenario);
	cr_expect(eq(int, strncmp(errors, m->line, strlen(m->line)), 0),
		  "%s: %s", m->scenario, errors);
	cr_expect(eq(sz, lines(errors), 1), "%s", errors);
	free(errors);
}

Test(simhost_scenario, names_all_mistakes_at_once)
{
	char *errors = NULL;
	struct simhost *sim = simhost_open(
		"{\"hots\": 1, \"host\": {\"mhz\": 0, \"cores\": \"many\"},"
		" \"vm\": {\"vcpus\": -1}, \"load\": [{\"used\": 9}],"
		" \"events\": [{\"at\": 0, \"do\": \"enable\"},"
		"              {\"at\": 1, \"do\": \"?\"},"
		"              {\"at\": -1, \"do\": \"balloon\", \"x\": 1}],"
		" \"fixed\": {\"y\": 0}}",
		NULL, &errors);

	cr_assert(sim == NULL);
	cr_expect(eq(sz, lines(errors), 10), "%s", errors);
	cr_expect(strstr(errors, "scenario: host.cores: \"many\"") != NULL);
	cr_expect(strstr(errors, "scenario: events[2].mb: missing") != NULL);
	free(errors);
}

Test(simhost_scenario, may_go_without_anyone_who_reads_the_mistakes)
{
	cr_expect(simhost_open("{\"x\": 1}", NULL, NULL) == NULL);
}

Test(simhost_scenario, accepts_comments_and_keeps_its_description)
{
	struct simhost *sim = simhost_open(
		"{ /* why */ \"description\": \"a test\" }", NULL, NULL);

	cr_assert(sim != NULL);
	cr_expect(eq(str, (char *)simhost_description(sim), "a test"));
	simhost_close(sim);
}

Test(simhost_scenario, accepts_the_example_of_its_manual)
{
	char *errors;
	struct simhost *sim = simhost_open(
		"{\"version\": 1, \"seed\": 7, \"speed\": 1,"
		" \"host\": {\"mhz\": 2593, \"cores\": 28,"
		"  \"memory_mb\": 262144, \"host_info\": true,"
		"  \"protocols\": [2, 3], \"statistics\": 38,"
		"  \"high_bandwidth\": true},"
		" \"vm\": {\"vcpus\": 4, \"memory_mb\": 8192,"
		"  \"cpu_limit_mhz\": null, \"cpu_shares\": 4000},"
		" \"load\": [{\"at\": 0, \"used\": 0.4, \"stolen\": 0.02},"
		"  {\"at\": 30, \"used\": 0.9, \"stolen\": 0.3}],"
		" \"events\": [{\"at\": 20, \"do\": \"vmotion\", \"mhz\": "
		"3000},"
		"  {\"at\": 40, \"do\": \"balloon\", \"mb\": 1024, \"over\": "
		"10},"
		"  {\"at\": 60, \"do\": \"disable\", \"for\": 10},"
		"  {\"at\": 80, \"do\": \"damage\", \"how\": \"truncate\","
		"   \"bytes\": 58}], \"loop\": 120}",
		NULL, &errors);

	cr_assert(sim != NULL, "%s", errors);
	simhost_close(sim);
}

Test(simhost_scenario, has_64_disks_and_64_nics_and_no_more)
{
	for (int count = 64; count <= 65; count++) {
		char scenario[2048] = "{\"disks\": [";
		char *errors, *end = scenario + strlen(scenario);
		struct simhost *sim;

		for (int i = 0; i < count; i++)
			end += sprintf(end, "%s\"d%d\"", i ? "," : "", i);
		end += sprintf(end, "], \"nics\": [");
		for (int i = 0; i < 64; i++)
			end += sprintf(end, "%s\"n%d\"", i ? "," : "", i);
		strcpy(end, "]}");
		sim = simhost_open(scenario, "f", &errors);
		cr_expect(eq(int, sim != NULL, count == 64));
		if (!sim)
			cr_expect(eq(str, errors,
				     "f: disks: an array; accepted: at most 64 "
				     "of them\n"));
		free(errors);
		simhost_close(sim);
	}
}

/* All events, out of order, as a file may have them. */
Test(simhost_scenario, sorts_events_by_time)
{
	struct simhost *sim = simhost_open(
		"{\"events\": [{\"at\": 20, \"do\": \"vm\", \"cpu_shares\": 2},"
		"{\"at\": 10, \"do\": \"vm\", \"cpu_shares\": 1},"
		"{\"at\": 20, \"do\": \"vm\", \"cpu_shares\": 3}],"
		"\"host\": {\"statistics\": 3}}",
		NULL, NULL);
	static const uint32_t shares[] = { 4000, 1, 3 };
	uint8_t reply[64];

	for (int i = 0; i < 3; i++) {
		simhost_set_time(sim, i * 10);
		guest_rpc(sim, "guestlib.info.get 3", reply, sizeof reply);
		cr_expect(eq(u32, be32(reply + 54), shares[i]));
	}
	simhost_close(sim);
}
