/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "simhost_guest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define COMMAND "guestlib.info.get 3"

/* A host with three statistics, on which event happens at the start. */
static struct simhost *sim_with(const char *event)
{
	char scenario[512], *errors;
	struct simhost *sim;

	snprintf(scenario, sizeof scenario,
		 "{\"host\": {\"statistics\": 3}, \"vm\": {\"session\": 7},"
		 " \"fixed\": {\"cpuReservationMHz\": 17},"
		 " \"events\": [{\"at\": 0, %s}]}",
		 event);
	sim = simhost_open(scenario, NULL, &errors);
	cr_assert(sim != NULL, "%s", errors);
	simhost_set_time(sim, 0);
	return sim;
}

/* Offsets in the reply of version 3, the two bytes of "1 " included. */
enum {
	AT_VERSION = 2,
	AT_SESSION = 6,
	AT_SIZE = 14,
	AT_COUNT = 18,
	AT_FIRST = 22, /* id, valid, value: 12 bytes each */
	GOOD_LEN = 58
};

enum width { LE32, LE64, BE32, BYTE };

/* A damage, the length of the reply with it, and one field that shows it. */
static struct damage {
	const char event[96];
	long len;
	int at, width;
	uint64_t is;
} damages[] = {
	{ "\"do\": \"damage\", \"how\": \"truncate\", \"bytes\": 30", 30,
	  AT_SIZE, LE32, 40 },
	{ "\"do\": \"damage\", \"how\": \"truncate\", \"bytes\": 0", 0, 0, BYTE,
	  0 },
	{ "\"do\": \"damage\", \"how\": \"truncate\", \"bytes\": 99", 58,
	  AT_SIZE, LE32, 40 },
	{ "\"do\": \"damage\", \"how\": \"enlarge\", \"bytes\": 10", 68,
	  AT_SIZE, LE32, 40 },
	{ "\"do\": \"damage\", \"how\": \"flip\", \"offset\": 0, \"mask\": 8",
	  58, 0, BYTE, '9' },
	{ "\"do\": \"damage\", \"how\": \"flip\", \"offset\": 2", 58, 2, BYTE,
	  252 },
	{ "\"do\": \"damage\", \"how\": \"flip\", \"offset\": 58", 58, 57, BYTE,
	  0xa0 /* 4000 shares are 0x0fa0 */ },
	{ "\"do\": \"damage\", \"how\": \"duplicate\", \"id\": 1", 70,
	  AT_FIRST + 12, BE32, 1 },
	{ "\"do\": \"damage\", \"how\": \"duplicate\", \"id\": 3", 70, AT_COUNT,
	  BE32, 4 },
	{ "\"do\": \"damage\", \"how\": \"gap\", \"id\": 2", 46, AT_FIRST + 12,
	  BE32, 3 },
	{ "\"do\": \"damage\", \"how\": \"gap\", \"id\": 2", 46, AT_COUNT, BE32,
	  2 },
	{ "\"do\": \"damage\", \"how\": \"order\"", 58, AT_FIRST, BE32, 3 },
	{ "\"do\": \"damage\", \"how\": \"order\"", 58, AT_FIRST + 24, BE32,
	  1 },
	{ "\"do\": \"damage\", \"how\": \"size\"", 58, AT_SIZE, LE32, 41 },
	{ "\"do\": \"damage\", \"how\": \"size\", \"by\": -1", 58, AT_SIZE,
	  LE32, 39 },
	{ "\"do\": \"damage\", \"how\": \"count\", \"by\": 2", 58, AT_COUNT,
	  BE32, 5 },
	{ "\"do\": \"damage\", \"how\": \"count\", \"by\": -4", 58, AT_COUNT,
	  BE32, UINT32_MAX },
	{ "\"do\": \"damage\", \"how\": \"session\"", 58, AT_SESSION, LE64, 0 },
	{ "\"do\": \"damage\", \"how\": \"session\", \"value\": 9", 58,
	  AT_SESSION, LE64, 9 },
	{ "\"do\": \"damage\", \"how\": \"version\"", 58, AT_VERSION, LE32,
	  99 },
	{ "\"do\": \"damage\", \"how\": \"version\", \"value\": 2", 58,
	  AT_VERSION, LE32, 2 },
	{ "\"do\": \"damage\", \"how\": \"valid\", \"id\": 1", 58, AT_FIRST + 4,
	  BE32, 2 },
	{ "\"do\": \"damage\", \"how\": \"valid\", \"id\": 1, \"value\": 0", 58,
	  AT_FIRST + 4, BE32, 0 },
	{ "\"do\": \"damage\", \"how\": \"refuse\"", 19, 0, BYTE, '0' },
	{ "\"do\": \"damage\", \"how\": \"refuse\", \"text\": \"No\"", 4, 2,
	  BYTE, 'N' },
};

ParameterizedTestParameters(simhost_fault, damages_one_reply)
{
	return cr_make_param_array(struct damage, damages, ARRAY_LEN(damages));
}

static uint64_t field(const uint8_t *at, int width)
{
	switch (width) {
	case LE32:
		return le32(at);
	case LE64:
		return le64(at);
	case BE32:
		return be32(at);
	}
	return *at;
}

ParameterizedTest(struct damage *d, simhost_fault, damages_one_reply)
{
	struct simhost *sim = sim_with(d->event);
	uint8_t reply[128] = { 0 };
	struct simhost_counts n;

	cr_expect(
		eq(long, guest_rpc(sim, COMMAND, reply, sizeof reply), d->len),
		"%s", d->event);
	cr_expect(eq(u64, field(reply + d->at, d->width), d->is), "%s",
		  d->event);
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.faults, 1), "%s", d->event);

	cr_expect(eq(long, guest_rpc(sim, COMMAND, reply, sizeof reply),
		     GOOD_LEN),
		  "%s", d->event);
	cr_expect(eq(u32, le32(reply + AT_VERSION), 3), "%s", d->event);
	cr_expect(eq(u64, le64(reply + AT_SESSION), 7), "%s", d->event);
	cr_expect(eq(u32, be32(reply + AT_FIRST + 8), 17), "%s", d->event);
	simhost_close(sim);
}

Test(simhost_fault, damages_a_length_inside_a_reply)
{
	struct simhost *sim = simhost_open(
		"{\"vm\": {\"resource_pool\": \"pool\"}, \"events\": ["
		"{\"at\": 0, \"do\": \"damage\", \"how\": \"length\"}]}",
		NULL, NULL);
	uint8_t reply[1024];

	/* Id 18 follows 22 + 17 rows: 15 of 12 bytes, 2 of 16. */
	guest_rpc(sim, COMMAND, reply, sizeof reply);
	cr_expect(eq(u32, be32(reply + 22 + 15 * 12 + 2 * 16), 18));
	cr_expect(eq(u32, be32(reply + 22 + 15 * 12 + 2 * 16 + 8), 513));
	simhost_close(sim);
}

Test(simhost_fault, spares_the_other_protocol_and_the_other_rpc)
{
	struct simhost *sim = sim_with(
		"\"do\": \"damage\", \"how\": \"truncate\", \"bytes\": 3, "
		"\"protocol\": 3");
	uint8_t reply[1024];

	cr_expect(eq(long, guest_rpc(sim, "guestlib.info.get 2", reply, 1024),
		     671));
	cr_expect(ge(long,
		     guest_rpc(sim, "guestlib.stat.get text host", reply, 1024),
		     4));
	cr_expect(eq(long, guest_rpc(sim, COMMAND, reply, 1024), 3));
	simhost_close(sim);
	sim = sim_with("\"do\": \"damage\", \"how\": \"truncate\", "
		       "\"bytes\": 3, \"rpc\": \"stat.get\"");
	cr_expect(eq(long, guest_rpc(sim, COMMAND, reply, 1024), GOOD_LEN));
	cr_expect(eq(long,
		     guest_rpc(sim, "guestlib.stat.get text host", reply, 1024),
		     3));
	simhost_close(sim);
}

/* How often a fault strikes: as the scenario has it. */
static struct often {
	const char event[96];
	int strikes[6]; /* the reply at second 0, 1, 2 ... */
} oftens[] = {
	{ "\"do\": \"damage\", \"how\": \"version\"", { 1, 0, 0, 0, 0, 0 } },
	{ "\"do\": \"damage\", \"how\": \"version\", \"count\": 3",
	  { 1, 1, 1, 0, 0, 0 } },
	{ "\"do\": \"damage\", \"how\": \"version\", \"for\": 2",
	  { 1, 1, 0, 0, 0, 0 } },
	{ "\"do\": \"damage\", \"how\": \"version\", \"for\": 2, \"count\": 1",
	  { 1, 0, 0, 0, 0, 0 } },
	{ "\"do\": \"damage\", \"how\": \"version\", \"after\": 2",
	  { 0, 0, 1, 0, 0, 0 } },
	{ "\"do\": \"damage\", \"how\": \"version\", \"after\": 1, \"for\": 4",
	  { 0, 1, 1, 1, 0, 0 } },
};

ParameterizedTestParameters(simhost_fault, strikes_as_often_as_told)
{
	return cr_make_param_array(struct often, oftens, ARRAY_LEN(oftens));
}

ParameterizedTest(struct often *o, simhost_fault, strikes_as_often_as_told)
{
	struct simhost *sim = sim_with(o->event);
	uint8_t reply[128];

	for (int second = 0; second < 6; second++) {
		simhost_set_time(sim, second);
		guest_rpc(sim, COMMAND, reply, sizeof reply);
		cr_expect(eq(int, le32(reply + 2) == 99, o->strikes[second]),
			  "%s at %d", o->event, second);
	}
	simhost_close(sim);
}

/* One RPC, and what each of its steps gives: ECX, and EBX for the two bulk
 * steps. 0xdead: not reached. */
static struct fault {
	char event[112];
	uint32_t open, sendsize, send, recvsize, receive, status;
} faults[] = {
	{ "\"do\": \"refuse\"", 0, 0xdead, 0xdead, 0xdead, 0xdead, 0xdead },
	{ "\"do\": \"lose\"", 0x10000, 0, 0xdead, 0xdead, 0xdead, 0xdead },
	{ "\"do\": \"lose\", \"after\": 2", 0x10000, 0x810000, 0x10000, 0,
	  0xdead, 0xdead },
	{ "\"do\": \"lose\", \"step\": \"sendpayload\"", 0x10000, 0x810000, 0,
	  0xdead, 0xdead, 0xdead },
	{ "\"do\": \"lose\", \"step\": \"recvstatus\"", 0x10000, 0x810000,
	  0x10000, 0x830000, 0x10000, 0 },
	{ "\"do\": \"checkpoint\"", 0x10000, 0x810000, 0x100000, 0xdead, 0xdead,
	  0xdead },
	{ "\"do\": \"checkpoint\", \"step\": \"sendsize\"", 0x10000, 0x100000,
	  0xdead, 0xdead, 0xdead, 0xdead },
	{ "\"do\": \"checkpoint\", \"step\": \"recvpayload\"", 0x10000,
	  0x810000, 0x10000, 0x830000, 0x100000, 0xdead },
	{ "\"do\": \"checkpoint\", \"step\": \"recvstatus\"", 0x10000, 0x810000,
	  0x10000, 0x830000, 0x10000, 0x100000 },
	{ "\"do\": \"silent\"", 0x10000, 0x810000, 0x10000, 0x810000, 0xdead,
	  0xdead },
	{ "\"do\": \"status\", \"bits\": 1, \"step\": \"sendsize\"", 0x10000,
	  0x10000, 0x10000, 0x830000, 0x10000, 0x10000 },
	{ "\"do\": \"status\", \"bits\": 3, \"step\": \"recvsize\"", 0x10000,
	  0x810000, 0x10000, 0x30000, 0x10000, 0x10000 },
	{ "\"do\": \"status\", \"bits\": 64, \"step\": \"recvpayload\"",
	  0x10000, 0x810000, 0x10000, 0x830000, 0x400000, 0xdead },
	{ "\"do\": \"status\", \"bits\": 0, \"step\": \"open\"", 0, 0xdead,
	  0xdead, 0xdead, 0xdead, 0xdead },
	{ "\"do\": \"status\", \"bits\": 32", 0x200000, 0xdead, 0xdead, 0xdead,
	  0xdead, 0xdead },
};

ParameterizedTestParameters(simhost_fault, breaks_one_step)
{
	return cr_make_param_array(struct fault, faults, ARRAY_LEN(faults));
}

/* Goes on as long as steps succeed, as a guest would. */
static struct fault rpc_try(struct simhost *sim)
{
	struct fault was = { "", 0, 0xdead, 0xdead, 0xdead, 0xdead, 0xdead };
	struct guest g = { .sim = sim };
	uint8_t reply[1024];

	was.open = guest_open(&g, RPCI_COOKIE);
	if (was.open & 0x10000)
		was.sendsize = guest_step(&g, 1, 19);
	if (was.sendsize != 0xdead && was.sendsize & 0x10000)
		was.send = guest_bulk_send(&g, COMMAND, 19);
	if (was.send != 0xdead && was.send & 0x10000)
		was.recvsize = guest_step(&g, 3, 0);
	if (was.recvsize != 0xdead && was.recvsize & 0x20000)
		was.receive = guest_bulk_receive(&g, reply, g.r.bx);
	if (was.receive != 0xdead && was.receive & 0x10000)
		was.status = guest_step(&g, 5, 1);
	guest_step(&g, 6, 0);
	return was;
}

ParameterizedTest(struct fault *f, simhost_fault, breaks_one_step)
{
	struct simhost *sim = sim_with(f->event);
	struct fault was = rpc_try(sim);

	cr_expect(eq(u32, was.open, f->open), "%s", f->event);
	cr_expect(eq(u32, was.sendsize, f->sendsize), "%s", f->event);
	cr_expect(eq(u32, was.send, f->send), "%s", f->event);
	cr_expect(eq(u32, was.recvsize, f->recvsize), "%s", f->event);
	cr_expect(eq(u32, was.receive, f->receive), "%s", f->event);
	cr_expect(eq(u32, was.status, f->status), "%s", f->event);
	was = rpc_try(sim);
	cr_expect(eq(u32, was.status, 0x10000), "%s: and then all is well",
		  f->event);
	simhost_close(sim);
}

/* A move in the middle, and whether the guest has its reply before it. */
static struct move {
	char event[112];
	bool done;
} moves[] = {
	{ "\"do\": \"vmotion\", \"mhz\": 9", true },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"step\": \"open\"", true },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"step\": \"sendsize\"",
	  false },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"step\": \"sendpayload\"",
	  false },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"step\": \"recvsize\"",
	  false },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"step\": \"recvpayload\"",
	  false },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"step\": \"recvstatus\"",
	  false },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"after\": 3", false },
	{ "\"do\": \"vmotion\", \"mhz\": 9, \"step\": \"close\"", true },
};

ParameterizedTestParameters(simhost_fault, moves_at_a_step)
{
	return cr_make_param_array(struct move, moves, ARRAY_LEN(moves));
}

static uint32_t mhz_ask(struct simhost *sim)
{
	struct simhost_regs r = { MAGIC, 0, 1, 0x5658, 0, 0, 0 };

	simhost_exchange(sim, SIMHOST_IN, &r, NULL);
	return (uint32_t)r.ax;
}

ParameterizedTest(struct move *m, simhost_fault, moves_at_a_step)
{
	struct simhost *sim = sim_with(m->event);
	struct simhost_counts n;
	struct fault was;

	if (strstr(m->event, "step") || strstr(m->event, "after"))
		cr_expect(eq(u32, mhz_ask(sim), 2593), "%s: it waits",
			  m->event);
	was = rpc_try(sim);
	cr_expect(eq(int, was.status == 0x10000, m->done), "%s", m->event);
	cr_expect(eq(u32, mhz_ask(sim), 9), "%s", m->event);
	cr_expect(ne(u64, simhost_session(sim), 7), "%s", m->event);
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.moves, 1), "%s", m->event);
	cr_expect(eq(u64, n.faults, 0), "%s", m->event);
	cr_expect(eq(uint, n.channels_open, 0), "%s", m->event);
	was = rpc_try(sim);
	cr_expect(eq(u32, was.status, 0x10000), "%s: and once only", m->event);
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.moves, 1), "%s", m->event);
	simhost_close(sim);
}

/* One reply to COMMAND, its payload over that port. */
static uint32_t reply_over(struct guest *g, bool bulk, uint8_t *reply)
{
	guest_open(g, RPCI_COOKIE);
	guest_step(g, 1, 19);
	guest_bulk_send(g, COMMAND, 19);
	cr_assert(eq(u32, guest_step(g, 3, 0), 0x830000));
	cr_assert(eq(u64, g->r.bx, GOOD_LEN), "the size of a sound reply");
	if (bulk)
		guest_bulk_receive(g, reply, GOOD_LEN);
	for (int i = 0; !bulk && i < GOOD_LEN; i += 4) {
		guest_step(g, 4, 1);
		memcpy(reply + i, &g->r.bx, GOOD_LEN - i < 4 ? 2 : 4);
	}
	cr_assert(eq(u32, guest_step(g, 5, 1), 0x10000));
	guest_step(g, 6, 0);
	return le32(reply + AT_SIZE);
}

static const char ports[][8] = { "bulk", "words" };

Test(simhost_fault, damages_what_goes_over_one_port)
{
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		bool bulk = i == 0;
		uint8_t reply[GOOD_LEN + 4];
		struct simhost_counts n;
		char event[128];
		struct guest g;

		snprintf(event, sizeof event,
			 "\"do\": \"damage\", \"how\": \"size\", "
			 "\"port\": \"%s\", \"count\": 2, \"after\": 1",
			 ports[i]);
		g = (struct guest){ .sim = sim_with(event) };
		cr_expect(eq(u32, reply_over(&g, bulk, reply), 40), "after 1");
		cr_expect(eq(u32, reply_over(&g, !bulk, reply), 40));
		cr_expect(eq(u32, reply_over(&g, bulk, reply), 41));
		cr_expect(eq(u32, reply_over(&g, !bulk, reply), 40));
		cr_expect(eq(u32, reply_over(&g, bulk, reply), 41));
		cr_expect(eq(u32, reply_over(&g, bulk, reply), 40), "count 2");
		simhost_counts(g.sim, &n);
		cr_expect(eq(u64, n.faults, 2));
		simhost_close(g.sim);
	}
}

Test(simhost_fault, keeps_the_announced_size_on_one_port)
{
	struct guest g = { .sim = sim_with(
				   "\"do\": \"damage\", \"port\": \"bulk\", "
				   "\"how\": \"truncate\", \"bytes\": 20") };
	uint8_t reply[GOOD_LEN];

	cr_expect(eq(u32, reply_over(&g, true, reply), 40));
	cr_expect(eq(u32, be32(reply + AT_COUNT), 0), "zeros");
	simhost_close(g.sim);
}

Test(simhost_fault, delays_a_step_and_does_it)
{
	struct guest g = { .sim = sim_with("\"do\": \"delay\", "
					   "\"seconds\": 7.5, "
					   "\"step\": \"recvsize\"") };
	struct simhost_counts n;

	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 19);
	guest_bulk_send(&g, COMMAND, 19);
	cr_expect(eq(dbl, g.delay, 0), "not at the steps before");
	cr_expect(eq(u32, guest_step(&g, 3, 0), 0x830000));
	cr_expect(eq(dbl, g.delay, 7.5));
	cr_expect(eq(u32, guest_step(&g, 3, 0), 0x830000));
	cr_expect(eq(dbl, g.delay, 7.5), "once only");
	simhost_counts(g.sim, &n);
	cr_expect(eq(u64, n.faults, 1));
	simhost_close(g.sim);
}

Test(simhost_fault, lets_a_checkpoint_be_repaired_in_both_directions)
{
	struct guest g = { .sim = sim_with("\"do\": \"checkpoint\", "
					   "\"step\": \"any\", \"after\": 2") };
	uint8_t reply[GOOD_LEN];

	/* OPEN and SENDSIZE pass, the payload is hit: from SENDSIZE again. */
	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 19);
	cr_expect(eq(u32, guest_bulk_send(&g, COMMAND, 19), 0x100000));
	cr_expect(eq(u32, guest_step(&g, 1, 19), 0x810000));
	cr_expect(eq(u32, guest_bulk_send(&g, COMMAND, 19), 0x10000));
	guest_step(&g, 3, 0);
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 58), 0x10000));
	simhost_close(g.sim);

	g.sim = sim_with("\"do\": \"checkpoint\", \"step\": \"recvpayload\", "
			 "\"after\": 1");
	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 19);
	guest_bulk_send(&g, COMMAND, 19);
	guest_step(&g, 3, 0);
	cr_expect(eq(u32, guest_step(&g, 4, 1), 0x10000));
	cr_expect(eq(u32, guest_step(&g, 4, 1), 0x100000), "the second word");
	cr_expect(eq(u32, guest_step(&g, 3, 0), 0x830000));
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 58), 0x10000),
		  "from the first byte again");
	cr_expect(eq(u32, guest_step(&g, 5, 1), 0x10000));
	simhost_close(g.sim);
}

Test(simhost_fault, keeps_a_checkpoint_for_ever)
{
	struct guest g = { .sim = sim_with("\"do\": \"checkpoint\", "
					   "\"for\": 100") };

	guest_open(&g, RPCI_COOKIE);
	for (int i = 0; i < 100; i++) {
		guest_step(&g, 1, 19);
		cr_expect(eq(u32, guest_bulk_send(&g, COMMAND, 19), 0x100000));
	}
	simhost_close(g.sim);
}

static const uint64_t sizes[] = { 0, 1, 57, 59, 100000, UINT32_MAX };

Test(simhost_fault, announces_what_it_is_told_to)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char event[64];
		struct guest g;
		static uint8_t reply[100001];

		snprintf(event, sizeof event,
			 "\"do\": \"announce\", \"bytes\": %llu",
			 (unsigned long long)sizes[i]);
		g.sim = sim_with(event);
		guest_open(&g, RPCI_COOKIE);
		guest_step(&g, 1, 19);
		guest_bulk_send(&g, COMMAND, 19);
		cr_expect(eq(u32, guest_step(&g, 3, 0), 0x830000));
		cr_expect(eq(u64, g.r.bx, sizes[i]));
		memset(reply, 0xff, sizeof reply);
		if (sizes[i] > 0 && sizes[i] < sizeof reply) {
			cr_expect(eq(u32,
				     guest_bulk_receive(&g, reply, sizes[i]),
				     0x10000));
			cr_expect(eq(int, reply[0], '1'));
			cr_expect(eq(int, reply[sizes[i]], 0xff),
				  "nothing beyond what was asked for");
			for (size_t k = GOOD_LEN; k < sizes[i]; k++)
				cr_expect(eq(int, reply[k], 0));
		}
		simhost_close(g.sim);
	}
}

Test(simhost_fault, says_a_wrong_type_of_message)
{
	struct guest g = { .sim = sim_with("\"do\": \"type\", \"value\": 7, "
					   "\"after\": 1, \"count\": 1") };

	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 19);
	guest_bulk_send(&g, COMMAND, 19);
	guest_step(&g, 3, 0);
	cr_expect(eq(u64, g.r.dx >> 16, 1));
	guest_step(&g, 4, 1);
	cr_expect(eq(u64, g.r.dx >> 16, 7), "the second chance is the payload");
	guest_step(&g, 4, 1);
	cr_expect(eq(u64, g.r.dx >> 16, 2));
	simhost_close(g.sim);
}

Test(simhost_fault, refuses_while_disabled)
{
	struct simhost *sim = simhost_open(
		"{\"events\": [{\"at\": 1, \"do\": \"disable\", \"for\": 2},"
		"{\"at\": 5, \"do\": \"disable\"}, {\"at\": 7, \"do\": "
		"\"enable\"}]}",
		NULL, NULL);
	static const char expected[] = "10011001"; /* first byte each second */

	simhost_set_time(sim, 0);
	for (int i = 0; i < 8; i++) {
		char reply[8], i3[] = "guestlib.info.get 3",
			       i2[] = "guestlib.info.get 2";

		simhost_set_time(sim, i);
		guest_rpc(sim, i3, reply, 8);
		cr_expect(eq(chr, reply[0], expected[i]), "second %d", i);
		guest_rpc(sim, i2, reply, 8);
		cr_expect(eq(chr, reply[0], expected[i]), "second %d", i);
	}
	simhost_close(sim);
}
