/* SPDX-License-Identifier: MIT */
/* Text replies to guestlib.stat.get: those of real hosts, and what is done to
 * them. Every reply stands in a heap block of its exact size, so that a sanitizer
 * sees a read past its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "extended.h"
#include "extended_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

/* What was read last, and the reply that its offsets point into. */
static struct vmg_extended_reply reply;
static struct vmg_extended_list list;
static uint8_t *bytes;

static void block(const char *text, size_t len)
{
	free(bytes);
	bytes = malloc(len ? len : 1);
	cr_assert(ne(ptr, bytes, NULL));
	memcpy(bytes, text, len);
}

static void block_release(void)
{
	free(bytes);
	bytes = NULL;
}

static enum vmg_err read_len(enum vmg_extended_set set, const char *text,
			     size_t len)
{
	block(text, len);
	return vmg_extended_decode(bytes, len, set, &reply);
}

static enum vmg_err read(enum vmg_extended_set set, const char *text)
{
	return read_len(set, text, strlen(text));
}

static enum vmg_err list_read(enum vmg_extended_set set, const char *text)
{
	block(text, strlen(text));
	return vmg_extended_list_decode(bytes, strlen(text), set, &list);
}

static bool text_is(struct vmg_text t, const char *text)
{
	return t.len == strlen(text) && memcmp(bytes + t.at, text, t.len) == 0;
}

static const struct vmg_extended_line *line(const char *name)
{
	for (uint32_t i = 0; i < reply.count; i++)
		if (text_is(reply.line[i].name, name))
			return &reply.line[i];
	cr_fatal("no line %s", name);
	return NULL;
}

static void expect_number(const char *name, uint64_t number)
{
	cr_expect(eq(int, line(name)->state, VMG_EXTENDED_NUMBER), "%s", name);
	cr_expect(eq(u64, line(name)->number, number), "%s", name);
}

static void expect_text(const char *name, const char *text)
{
	cr_expect(eq(int, line(name)->state, VMG_EXTENDED_TEXT), "%s", name);
	cr_expect(text_is(line(name)->value, text), "%s", name);
}

static void expect_state(const char *name, enum vmg_extended_state state)
{
	cr_expect(eq(int, line(name)->state, state), "%s", name);
	cr_expect(eq(u64, line(name)->number, 0), "%s", name);
}

TestSuite(extended, .fini = block_release);

Test(extended, reads_the_session_of_a_real_host)
{
	cr_assert(eq(int, read(VMG_EXTENDED_SESSION, SAMPLE_SESSION), VMG_OK));
	cr_expect(eq(u32, reply.count, 5));
	cr_expect(not(reply.cut));
	/* The classic id of the same VM, in the same log. */
	cr_expect(eq(u64, reply.session, 0x8ea2f41f24fa2519));
	expect_text("session", "-8168698359495121639");
	expect_number("uptime", 6664499511);
	expect_text("version", "VMware ESX 6.0.0 build-2494585");
	expect_text("provider", "");
	expect_text("uuid.bios",
		    "56 4d 41 c0 a9 72 3d 10-5f 84 b6 06 38 32 0a 6a");
}

Test(extended, reads_the_resources_of_a_real_host)
{
	cr_assert(eq(int, read(VMG_EXTENDED_RESOURCES, SAMPLE_RESOURCES),
		     VMG_OK));
	cr_expect(eq(u32, reply.count, 16));
	cr_expect(eq(u64, reply.session, 0));
	expect_state("vm.cpu.limit", VMG_EXTENDED_UNLIMITED);
	expect_number("vm.cpu.used", 835101825);
	expect_number("vm.cpu.contention.cpu", 85941947);
	/* Just under 3 TiB: unlimited to people, a number here. */
	expect_number("guest.mem.limit", 3221225456);
	expect_number("guest.mem.consumed", 1035848);
	expect_number("ovhd.mem.swapOut", 0);
}

Test(extended, reads_the_resources_of_a_host_with_numa)
{
	cr_assert(eq(int,
		     read(VMG_EXTENDED_RESOURCES, SAMPLE_JVM_RESOURCES_LATER),
		     VMG_OK));
	cr_expect(eq(u32, reply.count, 18));
	expect_number("vm.cpu.used", 2273262974831);
	expect_number("vm.numa.local", 333836);
	expect_number("vm.numa.remote", 11671540);
	expect_state("guest.mem.limit", VMG_EXTENDED_UNLIMITED);
}

Test(extended, reads_disk_nic_and_host_of_a_real_host)
{
	cr_assert(
		eq(int, read(VMG_EXTENDED_VSCSI, SAMPLE_VSCSI_LATER), VMG_OK));
	cr_expect(eq(u32, reply.count, 6));
	expect_number("num.reads", 8133);
	expect_number("size.writes", 64409600);
	expect_number("latency.reads", 36825479);
	cr_assert(eq(int, read(VMG_EXTENDED_VNET, SAMPLE_VNET), VMG_OK));
	cr_expect(eq(u32, reply.count, 6));
	expect_number("size.rx", 160761);
	expect_number("reservation", 0);
	expect_state("limit", VMG_EXTENDED_UNLIMITED);
	cr_assert(eq(int, read(VMG_EXTENDED_HOST, SAMPLE_JVM_HOST), VMG_OK));
	cr_expect(eq(u32, reply.count, 2));
	expect_number("host.cpu.coresPerPkg", 14);
}

/* One VM twice in a session, by the logs' own numbers. */
static const struct {
	enum vmg_extended_set set;
	const char *first, *later;
	const char *name;
	uint64_t grown;
} grown[] = {
#define DISK VMG_EXTENDED_VSCSI, SAMPLE_VSCSI, SAMPLE_VSCSI_LATER
#define NIC VMG_EXTENDED_VNET, SAMPLE_VNET, SAMPLE_VNET_LATER
#define VM VMG_EXTENDED_RESOURCES, SAMPLE_RESOURCES, SAMPLE_RESOURCES_LATER
#define JVM \
	VMG_EXTENDED_RESOURCES, SAMPLE_JVM_RESOURCES, SAMPLE_JVM_RESOURCES_LATER
	{ VMG_EXTENDED_SESSION, SAMPLE_SESSION, SAMPLE_SESSION_LATER, "uptime",
	  31400697082 },
	{ VM, "vm.cpu.used", 1596801331 },
	{ VM, "vm.cpu.contention.cpu", 136887005 },
	{ VM, "vm.cpu.contention.mem", 0 },
	{ VM, "guest.mem.swapIn", 0 },
	{ VM, "guest.mem.consumed", 3484 },
	{ DISK, "num.reads", 6822 },
	{ DISK, "num.writes", 3285 },
	{ DISK, "size.reads", 139112448 },
	{ DISK, "size.writes", 46190592 },
	{ DISK, "latency.reads", 28078319 },
	{ DISK, "latency.writes", 6783467 },
	{ NIC, "num.tx", 5639 },
	{ NIC, "size.tx", 470118 },
	{ NIC, "num.rx", 18833 },
	{ NIC, "size.rx", 3374516 },
	{ JVM, "vm.cpu.used", 6366013376 },
	{ JVM, "vm.cpu.contention.cpu", 131527098 },
	{ JVM, "guest.mem.mapped", 4505808 },
	/* Pages move to another node: a level falls. */
	{ JVM, "vm.numa.remote", 11671540 },
	{ JVM, "vm.numa.local", (uint64_t)-7020324 },
#undef JVM
#undef VM
#undef NIC
#undef DISK
};

Test(extended, reads_how_a_real_host_counts)
{
	for (size_t i = 0; i < ARRAY_LEN(grown); i++) {
		uint64_t first;

		cr_assert(eq(int, read(grown[i].set, grown[i].first), VMG_OK));
		first = line(grown[i].name)->number;
		cr_assert(eq(int, read(grown[i].set, grown[i].later), VMG_OK));
		cr_expect(eq(u64, line(grown[i].name)->number - first,
			     grown[i].grown),
			  "%s", grown[i].name);
	}
}

/* The id that the classic reply had in the same logs. */
Test(extended, reads_a_session_as_the_classic_reply_has_it)
{
	cr_assert(eq(int, read(VMG_EXTENDED_SESSION, SAMPLE_SESSION_OTHER),
		     VMG_OK));
	cr_expect(eq(u64, reply.session, 0xd0331dbae294cfd9));
	cr_assert(
		eq(int, read(VMG_EXTENDED_SESSION, SAMPLE_SESSION_7), VMG_OK));
	cr_expect(eq(u64, reply.session, (uint64_t)-14796381390335328));
	expect_text("version", "VMware ESX 7.0.3 build-23307199");
}

Test(extended, reads_what_documents_print)
{
	cr_assert(eq(int, read(VMG_EXTENDED_RESOURCES, SAMPLE_GUIDE_RESOURCES),
		     VMG_OK));
	cr_expect(eq(u32, reply.count, 18));
	expect_number("vm.cpu.limit", 11995);
	expect_number("vm.cpu.contention.mem", 1488848);
	expect_number("guest.mem.swapOut", 6588);
	cr_assert(eq(int, read(VMG_EXTENDED_VNET, SAMPLE_GUIDE_VNET), VMG_OK));
	expect_number("num.tx", 209);
	expect_number("size.rx", 1312789);
	expect_state("limit", VMG_EXTENDED_UNLIMITED);
}

/* Rows hold no pointers: workers load at other addresses. */
static struct sample {
	char why[32];
	enum vmg_extended_set set;
	char text[640];
} samples[] = {
	{ "session", VMG_EXTENDED_SESSION, SAMPLE_SESSION },
	{ "session, later", VMG_EXTENDED_SESSION, SAMPLE_SESSION_LATER },
	{ "host", VMG_EXTENDED_HOST, SAMPLE_HOST },
	{ "a JVM's host", VMG_EXTENDED_HOST, SAMPLE_JVM_HOST },
	{ "resources", VMG_EXTENDED_RESOURCES, SAMPLE_RESOURCES },
	{ "resources, later", VMG_EXTENDED_RESOURCES, SAMPLE_RESOURCES_LATER },
	{ "a JVM's", VMG_EXTENDED_RESOURCES, SAMPLE_JVM_RESOURCES },
	{ "a JVM's, later", VMG_EXTENDED_RESOURCES,
	  SAMPLE_JVM_RESOURCES_LATER },
	{ "resources, another session", VMG_EXTENDED_RESOURCES,
	  SAMPLE_RESOURCES_OTHER },
	{ "another session", VMG_EXTENDED_SESSION, SAMPLE_SESSION_OTHER },
	{ "ESXi 7", VMG_EXTENDED_SESSION, SAMPLE_SESSION_7 },
	{ "the guide's resources", VMG_EXTENDED_RESOURCES,
	  SAMPLE_GUIDE_RESOURCES },
	{ "the guide's NIC", VMG_EXTENDED_VNET, SAMPLE_GUIDE_VNET },
	{ "disk", VMG_EXTENDED_VSCSI, SAMPLE_VSCSI },
	{ "disk, another session", VMG_EXTENDED_VSCSI, SAMPLE_VSCSI_OTHER },
	{ "disk, later", VMG_EXTENDED_VSCSI, SAMPLE_VSCSI_LATER },
	{ "NIC", VMG_EXTENDED_VNET, SAMPLE_VNET },
	{ "NIC, later", VMG_EXTENDED_VNET, SAMPLE_VNET_LATER },
};

ParameterizedTestParameters(extended, table_has_every_line_of_real_hosts)
{
	return cr_make_param_array(struct sample, samples, ARRAY_LEN(samples));
}

ParameterizedTest(struct sample *s, extended,
		  table_has_every_line_of_real_hosts)
{
	cr_assert(eq(int, read(s->set, s->text), VMG_OK), "%s", s->why);
	for (uint32_t i = 0; i < reply.count; i++) {
		const struct vmg_extended_line *l = &reply.line[i];

		cr_expect(lt(u32, l->row, VMG_EXTENDED_ROWS), "%s: %u", s->why,
			  i);
		cr_expect(ne(int, l->state, VMG_EXTENDED_NONE), "%s: %u",
			  s->why, i);
		cr_expect(i == 0 || l->row > reply.line[i - 1].row,
			  "%s: rows in the order of hosts", s->why);
	}
}

Test(extended, keeps_a_row_to_its_set)
{
	cr_assert(eq(int, read(VMG_EXTENDED_HOST, "limit = 5\nuptime = 1\n"),
		     VMG_OK));
	cr_expect(eq(u32, line("limit")->row, VMG_EXTENDED_ROWS));
	cr_expect(eq(u32, line("uptime")->row, VMG_EXTENDED_ROWS));
}

Test(extended, accepts_what_is_laid_out_otherwise)
{
	cr_assert(eq(int,
		     read(VMG_EXTENDED_VNET,
			  "num.tx=1\r\n\tsize.tx =2\r\n  num.rx= 3 \t\r\n"
			  "a b\t=\tc = d \r\nsize.rx = 4"),
		     VMG_OK));
	cr_expect(eq(u32, reply.count, 5));
	expect_number("num.tx", 1);
	expect_number("size.tx", 2);
	expect_number("num.rx", 3);
	expect_text("a b", "c = d");
	expect_number("size.rx", 4);
}

Test(extended, reads_names_that_nobody_knows)
{
	cr_assert(eq(int,
		     read(VMG_EXTENDED_HOST, "host.x = 7\nhost.y = -7\n"
					     "host.z = seven\nhost.w =\n"
					     "host.cpu.coresPerPk = 2\n"
					     "host.cpu.coresPerPkgs = 3\n"
					     "host.v = 18446744073709551616\n"),
		     VMG_OK));
	for (uint32_t i = 0; i < reply.count; i++)
		cr_expect(eq(u32, reply.line[i].row, VMG_EXTENDED_ROWS));
	expect_number("host.x", 7);
	expect_state("host.y", VMG_EXTENDED_NONE);
	expect_text("host.z", "seven");
	expect_text("host.w", "");
	expect_number("host.cpu.coresPerPk", 2);
	expect_state("host.v", VMG_EXTENDED_NONE);
}

static struct number {
	char text[32];
	enum vmg_extended_state used, limit;
	uint64_t number;
} numbers[] = {
	{ "0", VMG_EXTENDED_NUMBER, VMG_EXTENDED_NUMBER, 0 },
	{ "007", VMG_EXTENDED_NUMBER, VMG_EXTENDED_NUMBER, 7 },
	{ "18446744073709551615", VMG_EXTENDED_NUMBER, VMG_EXTENDED_NUMBER,
	  UINT64_MAX },
	{ "18446744073709551616", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "99999999999999999999999999999", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE,
	  0 },
	{ "-1", VMG_EXTENDED_NONE, VMG_EXTENDED_UNLIMITED, 0 },
	{ "-01", VMG_EXTENDED_NONE, VMG_EXTENDED_UNLIMITED, 0 },
	{ "-2", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "-0", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "-18446744073709551617", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "--1", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "- 1", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "-", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "+1", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "1.5", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "1 2", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "0x10", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "unlimited", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
	{ "", VMG_EXTENDED_NONE, VMG_EXTENDED_NONE, 0 },
};

ParameterizedTestParameters(extended, drops_one_value_that_is_none)
{
	return cr_make_param_array(struct number, numbers, ARRAY_LEN(numbers));
}

ParameterizedTest(struct number *n, extended, drops_one_value_that_is_none)
{
	char text[128];

	snprintf(text, sizeof text,
		 "vm.cpu.used = %s\nvm.cpu.limit = %s\nvm.cpu.reserved = 5\n",
		 n->text, n->text);
	cr_assert(eq(int, read(VMG_EXTENDED_RESOURCES, text), VMG_OK));
	cr_expect(eq(int, line("vm.cpu.used")->state, n->used), "%s", n->text);
	cr_expect(eq(int, line("vm.cpu.limit")->state, n->limit), "%s",
		  n->text);
	cr_expect(eq(u64, line("vm.cpu.used")->number, n->number), "%s",
		  n->text);
	cr_expect(not(reply.cut));
	expect_number("vm.cpu.reserved", 5);
}

static struct session {
	char text[32];
	uint64_t id; /* 0: it is none */
} sessions[] = {
	{ "1", 1 },
	{ "4004861987670969122", 4004861987670969122 },
	{ "9223372036854775807", INT64_MAX },
	{ "-9223372036854775808", (uint64_t)INT64_MIN },
	{ "-9223372036854775809", 0 },
	{ "18446744073709551615", UINT64_MAX }, /* as if without a sign */
	{ "18446744073709551616", 0 },
	{ "-1", UINT64_MAX },
	{ "0", 0 },
	{ "-0", 0 },
	{ "", 0 },
	{ "abc", 0 },
};

ParameterizedTestParameters(extended, compares_sessions_as_64_bits)
{
	return cr_make_param_array(struct session, sessions,
				   ARRAY_LEN(sessions));
}

ParameterizedTest(struct session *s, extended, compares_sessions_as_64_bits)
{
	char text[64];

	snprintf(text, sizeof text, "uptime = 1\nsession = %s\n", s->text);
	cr_assert(eq(int, read(VMG_EXTENDED_SESSION, text), VMG_OK));
	cr_expect(eq(u64, reply.session, s->id), "%s", s->text);
}

static struct damaged {
	char why[40];
	size_t len; /* 0: up to the NUL */
	char text[256];
} damaged[] = {
	{ "a line without '='", 0, "num.reads = 1\nnum.writes 2\n" },
	{ "an empty line", 0, "num.reads = 1\n\nnum.writes = 2\n" },
	{ "nothing but a line's end", 0, "\n" },
	{ "no name", 0, "num.reads = 1\n = 2\n" },
	{ "a name twice", 0, "num.reads = 1\nnum.writes = 1\nnum.reads=1" },
	{ "an unknown name twice", 0, "x = 1\ny = 2\nx = 1\n" },
	{ "a name twice, without a value", 0, "x = -5\nx = 1\n" },
	{ "a NUL in a value", 14, "num.reads = 1\0\n" },
	{ "a NUL in a name", 14, "num\0reads = 1\n" },
	{ "a NUL at the end", 15, "num.reads = 1\n\0" },
	{ "JSON", 0, "{\"num.reads\": {\"value\": 5}}" },
	{ "YAML", 0, SAMPLE_GUIDE_VNET_YAML },
	{ "XML", 0, SAMPLE_GUIDE_VNET_XML },
};

ParameterizedTestParameters(extended, refuses_and_keeps_what_was)
{
	return cr_make_param_array(struct damaged, damaged, ARRAY_LEN(damaged));
}

ParameterizedTest(struct damaged *d, extended, refuses_and_keeps_what_was)
{
	struct vmg_extended_reply before;

	memset(&reply, 0x5a, sizeof reply);
	memcpy(&before, &reply, sizeof reply);
	cr_expect(eq(int,
		     read_len(VMG_EXTENDED_VSCSI, d->text,
			      d->len ? d->len : strlen(d->text)),
		     VMG_E_PROTO),
		  "%s", d->why);
	cr_expect(eq(int, memcmp(&before, &reply, sizeof reply), 0), "%s",
		  d->why);
}

Test(extended, takes_an_empty_reply_for_no_lines)
{
	cr_assert(eq(int, read(VMG_EXTENDED_VSCSI, ""), VMG_OK));
	cr_expect(eq(u32, reply.count, 0));
	cr_assert(eq(int, list_read(VMG_EXTENDED_VSCSI, ""), VMG_OK));
	cr_expect(eq(u32, list.count, 0));
}

/* text times n into to, with its NUL; returns the length. */
static size_t repeat(char *to, const char *text, size_t n)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < n; i++)
		memcpy(to + i * len, text, len + 1);
	return n * len;
}

Test(extended, says_what_it_cuts_and_never_keeps_a_half)
{
	char text[1024];
	size_t len;

	for (size_t n = 126; n <= 129; n++) {
		len = repeat(text, "n", n);
		strcpy(text + len, " = 1\nother = 2\n");
		cr_assert(eq(int, read(VMG_EXTENDED_HOST, text), VMG_OK));
		cr_expect(eq(int, reply.cut, n > 127));
		cr_expect(eq(u32, reply.count, n > 127 ? 1 : 2));
		expect_number("other", 2);

		strcpy(text, "provider = ");
		len = 11 + repeat(text + 11, "v", n);
		strcpy(text + len, "\nuptime = 2\n");
		cr_assert(eq(int, read(VMG_EXTENDED_SESSION, text), VMG_OK));
		cr_expect(eq(int, reply.cut, n > 127));
		cr_expect(eq(int, line("provider")->state,
			     n > 127 ? VMG_EXTENDED_NONE : VMG_EXTENDED_TEXT));
		expect_number("uptime", 2);
	}
}

Test(extended, takes_128_values_and_says_that_there_are_more)
{
	char text[8192];

	for (size_t n = 127; n <= 130; n++) {
		size_t len = 0;

		for (size_t i = 0; i < n; i++)
			len += (size_t)sprintf(text + len, "x%zu = %zu\n", i,
					       i);
		cr_assert(eq(int, read(VMG_EXTENDED_HOST, text), VMG_OK));
		cr_expect(eq(int, reply.cut, n > 128));
		cr_expect(eq(u32, reply.count, n > 128 ? 128 : (uint32_t)n));
		/* What is not kept is still read. */
		strcpy(text + len, "no value\n");
		cr_expect(eq(int, read(VMG_EXTENDED_HOST, text), VMG_E_PROTO));
	}
}

Test(extended, takes_a_reply_of_1_mib)
{
	static char text[VMG_REPLY_MAX + 1];
	size_t len = 0;

	while (len + 16 < VMG_REPLY_MAX)
		len += (size_t)sprintf(text + len, "x%zu=1\n", len);
	cr_assert(eq(int, read_len(VMG_EXTENDED_HOST, text, len), VMG_OK));
	cr_expect(eq(u32, reply.count, 128));
	cr_expect(reply.cut);
	memset(text, '=', VMG_REPLY_MAX);
	cr_expect(eq(int, read_len(VMG_EXTENDED_HOST, text, VMG_REPLY_MAX),
		     VMG_E_PROTO));
	memset(text, 'a', VMG_REPLY_MAX);
	cr_expect(eq(int, read_len(VMG_EXTENDED_HOST, text, VMG_REPLY_MAX),
		     VMG_E_PROTO));
	text[1] = '=';
	cr_expect(eq(int, read_len(VMG_EXTENDED_HOST, text, VMG_REPLY_MAX),
		     VMG_OK));
	cr_expect(reply.cut);
}

Test(extended, lists_the_instances_of_a_real_host)
{
	cr_assert(eq(int, list_read(VMG_EXTENDED_VSCSI, SAMPLE_LIST), VMG_OK));
	cr_assert(eq(u32, list.count, 1));
	cr_expect(text_is(list.name[0], "ide0:0"));
	cr_assert(eq(int, list_read(VMG_EXTENDED_VNET, SAMPLE_LIST), VMG_OK));
	cr_assert(eq(u32, list.count, 2));
	cr_expect(text_is(list.name[0], "00:0c:29:32:0a:6a"));
	cr_expect(text_is(list.name[1], "00:0c:29:32:0a:74"));
	cr_assert(eq(int, list_read(VMG_EXTENDED_HOST, SAMPLE_LIST), VMG_OK));
	cr_expect(eq(u32, list.count, 0));
}

Test(extended, passes_over_what_is_no_instance)
{
	cr_assert(eq(int,
		     list_read(VMG_EXTENDED_VSCSI,
			       "\n  \r\nvgpu 0\nvscsi\nvscsi \nvscsix a\n"
			       "vsc b\nVSCSI c\n[\"vscsi scsi0:0\"]\n"
			       "  vscsi   scsi0:1 \r\nvscsi scsi0:2"),
		     VMG_OK));
	cr_assert(eq(u32, list.count, 2));
	cr_expect(text_is(list.name[0], "scsi0:1"));
	cr_expect(text_is(list.name[1], "scsi0:2"));
}

Test(extended, takes_every_character_of_a_disk_and_a_mac_in_capitals)
{
	char text[512] = "vnet 00:0C:29:AB:CD:EF\n";

	cr_assert(eq(int, list_read(VMG_EXTENDED_VNET, text), VMG_OK));
	cr_expect(text_is(list.name[0], "00:0C:29:AB:CD:EF"));
	for (int c = 1; c < 256; c++) {
		if (c == '\n')
			continue;
		sprintf(text, "vscsi a%cb c=\"d\"\n", c);
		cr_assert(eq(int, list_read(VMG_EXTENDED_VSCSI, text), VMG_OK));
		sprintf(text, "a%cb c=\"d\"", c);
		cr_expect(eq(u32, list.count, 1), "%d", c);
		cr_expect(text_is(list.name[0], text), "%d", c);
	}
}

Test(extended, takes_128_instances_of_63_bytes_and_says_that_there_are_more)
{
	char text[16384], name[128];

	for (size_t n = 127; n <= 130; n++) {
		size_t len = 0;

		for (size_t i = 0; i < n; i++)
			len += (size_t)sprintf(text + len, "vscsi %0*zu\n", 63,
					       i);
		cr_assert(eq(int, list_read(VMG_EXTENDED_VSCSI, text), VMG_OK));
		cr_expect(eq(int, list.cut, n > 128));
		cr_expect(eq(u32, list.count, n > 128 ? 128 : (uint32_t)n));
	}
	for (size_t n = 62; n <= 65; n++) {
		repeat(name, "d", n);
		sprintf(text, "vscsi %s\nvscsi e\n", name);
		cr_assert(eq(int, list_read(VMG_EXTENDED_VSCSI, text), VMG_OK));
		cr_expect(eq(int, list.cut, n > 63));
		cr_expect(eq(u32, list.count, n > 63 ? 1 : 2));
	}
}

Test(extended, refuses_a_list_with_an_instance_twice_or_a_nul)
{
	static const char nul[] = "vscsi a\0\n";

	memset(&list, 0, sizeof list);
	list.count = 77;
	cr_expect(eq(int, list_read(VMG_EXTENDED_VSCSI, "vscsi a\nvscsi  a\n"),
		     VMG_E_PROTO));
	block(nul, sizeof nul - 1);
	cr_expect(eq(int,
		     vmg_extended_list_decode(bytes, sizeof nul - 1,
					      VMG_EXTENDED_VSCSI, &list),
		     VMG_E_PROTO));
	cr_expect(eq(u32, list.count, 77));
	/* Another set's is no concern. */
	cr_expect(eq(int, list_read(VMG_EXTENDED_VNET, "vscsi a\nvscsi a\n"),
		     VMG_OK));
}
