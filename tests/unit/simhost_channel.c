/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <stdio.h>

#include "simhost_guest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define COMMAND "guestlib.info.get 3"

static struct simhost *sim_at_zero(const char *scenario)
{
	char *errors;
	struct simhost *sim = simhost_open(scenario, NULL, &errors);

	cr_assert(sim != NULL, "%s", errors);
	simhost_set_time(sim, 0);
	return sim;
}

/* Three statistics, 1 = 0, 2 = unlimited, 3 not valid, and a known session. */
static const char vector_scenario[] =
	"{\"host\": {\"statistics\": 3},"
	" \"vm\": {\"session\": \"0x1122334455667788\"},"
	" \"fixed\": {\"cpuReservationMHz\": 0, \"cpuLimitMHz\": 4294967295,"
	"             \"cpuShares\": null}}";

static const uint8_t vector_reply[58] = {
	'1',  ' ',		/* success */
	3,    0,    0,	  0,	/* version, LE */
	0x88, 0x77, 0x66, 0x55, /* session, LE */
	0x44, 0x33, 0x22, 0x11, /* ... */
	0x28, 0,    0,	  0,	/* dataSize, LE: 40 */
	0,    0,    0,	  3,	/* count, BE from here */
	0,    0,    0,	  1,	0,   0,
	0,    1,    0,	  0,	0,   0, /* id 1, valid, 0 */
	0,    0,    0,	  2,	0,   0,
	0,    1,    255,  255,	255, 255, /* id 2, unlimited */
	0,    0,    0,	  3,	0,   0,
	0,    0,    0,	  0,	0,   0, /* id 3, not valid */
};

Test(simhost_channel, answers_whole_words_as_real_hosts_do)
{
	struct guest other[2], g = { .sim = sim_at_zero(vector_scenario) };
	uint8_t reply[58];

	other[0].sim = other[1].sim = g.sim;
	guest_open(&other[0], RPCI_COOKIE);
	guest_open(&other[1], RPCI_COOKIE);

	cr_expect(eq(u32, guest_open(&g, RPCI_COOKIE), 0x00010000));
	cr_expect(eq(u64, g.r.dx, 0x00025658), "the third channel has id 2");
	cr_expect(g.high != 0 && g.low != 0, "random cookies");
	cr_expect(eq(u32, guest_step(&g, 1, 19), 0x00810000));
	cr_expect(eq(u32, guest_bulk_send(&g, COMMAND, 19), 0x00010000));
	cr_expect(eq(u32, guest_step(&g, 3, 0), 0x00830000));
	cr_expect(eq(u64, g.r.bx, 58));
	cr_expect(eq(u64, g.r.dx, 0x00015658));
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 58), 0x00010000));
	cr_expect(eq(int, memcmp(reply, vector_reply, 58), 0));
	cr_expect(eq(u32, guest_step(&g, 5, 1), 0x00010000));
	cr_expect(eq(u32, guest_step(&g, 6, 0), 0x00010000));
	cr_expect(eq(u64, g.r.ax, MAGIC));
	simhost_close(g.sim);
}

Test(simhost_channel, takes_and_gives_words_at_low_bandwidth)
{
	/* The words of the command, as protocol captures show them. */
	static const uint32_t words[] = { 0x73657567, 0x62696c74, 0x666e692e,
					  0x65672e6f, 0x00332074 };
	struct guest g = { .sim = sim_at_zero(vector_scenario) };
	uint8_t reply[60];

	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 19);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		cr_expect(eq(u32, guest_step(&g, 2, words[i]), 0x00010000),
			  "word %zu", i);
	cr_expect(eq(u32, guest_step(&g, 2, 0), 0), "no word too many");
	guest_step(&g, 3, 0);
	cr_expect(eq(u64, g.r.bx, 58));
	for (size_t i = 0; i < 60; i += 4) {
		uint32_t word;

		cr_expect(eq(u32, guest_step(&g, 4, 1), 0x00010000), "at %zu",
			  i);
		cr_expect(eq(u64, g.r.dx >> 16, 2), "at %zu", i);
		word = (uint32_t)g.r.bx;
		memcpy(reply + i, &word, 4);
	}
	cr_expect(eq(u32, guest_step(&g, 4, 1), 0), "and none here");
	cr_expect(eq(int, memcmp(reply, vector_reply, 58), 0));
	cr_expect(eq(u32, guest_step(&g, 5, 1), 0x00010000));
	simhost_close(g.sim);
}

static struct command {
	const char scenario[64];
	uint32_t command;
	struct simhost_regs out;
} commands[] = {
	{ "{\"host\": {\"mhz\": 2594}}", 1, { 2594, 9, 1, 0x5658, 7, 8, 5 } },
	{ "{}", 10, { 6, MAGIC, 2, 0x5658, 7, 8, 5 } },
	{ "{\"host\": {\"product\": \"workstation\"}}",
	  10,
	  { 6, MAGIC, 4, 0x5658, 7, 8, 5 } },
	{ "{\"host\": {\"product\": \"qemu\"}}",
	  10,
	  { 6, MAGIC, 2, 0x5658, 7, 8, 5 } },
	{ "{\"host\": {\"product\": \"qemu\"}}",
	  30,
	  { UINT32_MAX, 9, 30, 0x5658, 7, 8, 5 } },
	{ "{\"vm\": {\"memory_mb\": 512}}",
	  20,
	  { 512, 9, 20, 0x5658, 7, 8, 5 } },
	{ "{}", 17, { UINT32_MAX, 9, 17, 0x5658, 7, 8, 5 } },
	{ "{}", 91, { UINT32_MAX, 9, 91, 0x5658, 7, 8, 5 } },
};

ParameterizedTestParameters(simhost_channel, answers_commands)
{
	return cr_make_param_array(struct command, commands,
				   ARRAY_LEN(commands));
}

ParameterizedTest(struct command *c, simhost_channel, answers_commands)
{
	struct simhost *sim = sim_at_zero(c->scenario);
	struct simhost_regs r = { MAGIC, 9, c->command, 0x5658, 7, 8, 5 };

	simhost_exchange(sim, SIMHOST_IN, &r, NULL);
	cr_expect(eq(int, memcmp(&r, &c->out, sizeof r), 0),
		  "command %u: %llx %llx %llx %llx", c->command,
		  (unsigned long long)r.ax, (unsigned long long)r.bx,
		  (unsigned long long)r.cx, (unsigned long long)r.dx);
	simhost_close(sim);
}

Test(simhost_channel, answers_the_time_in_both_forms)
{
	struct simhost *sim = sim_at_zero(NULL);
	struct simhost_regs a = { MAGIC, 0, 23, 0x5658, 0, 0, 0 };
	struct simhost_regs b = { MAGIC, 0, 46, 0x5658, 0, 0, 0 };

	simhost_exchange(sim, SIMHOST_IN, &a, NULL);
	simhost_exchange(sim, SIMHOST_IN, &b, NULL);
	cr_expect(ge(u64, a.ax, 1600000000));
	cr_expect(lt(u64, a.bx, 1000000));
	cr_expect(eq(u64, a.cx, 1000000));
	cr_expect(eq(u64, b.ax, MAGIC));
	cr_expect(le(u64, b.dx - a.ax, 1));
	cr_expect(eq(u64, b.si, 0));
	simhost_close(sim);
}

static struct stranger {
	const char why[32];
	uint64_t ax, dx;
	int op;
} strangers[] = {
	{ "no magic", 5, 0x5658, SIMHOST_IN },
	{ "another port", MAGIC, 0x80, SIMHOST_IN },
	{ "bulk port, one word", MAGIC, 0x5659, SIMHOST_IN },
	{ "low port, a buffer", MAGIC, 0x5658, SIMHOST_REP_OUTS },
};

ParameterizedTestParameters(simhost_channel, leaves_strangers_alone)
{
	return cr_make_param_array(struct stranger, strangers,
				   ARRAY_LEN(strangers));
}

ParameterizedTest(struct stranger *s, simhost_channel, leaves_strangers_alone)
{
	struct simhost *sim = sim_at_zero(NULL);
	struct simhost_regs r = { s->ax, 1, 10, s->dx, 0, 0, 0 };

	simhost_exchange(sim, (enum simhost_op)s->op, &r, &simhost_own_memory);
	cr_expect(eq(u64, r.ax, UINT32_MAX), "%s", s->why);
	cr_expect(eq(u64, r.bx, 1), "%s", s->why);
	simhost_close(sim);
}

Test(simhost_channel, does_nothing_for_a_repetition_of_nothing)
{
	struct guest g = { .sim = sim_at_zero(NULL) };

	guest_open(&g, RPCI_COOKIE);
	cr_expect(eq(u32, guest_bulk_send(&g, "", 0), 0x10000),
		  "EBX is what the guest put there");
	simhost_close(g.sim);
}

Test(simhost_channel, gives_out_no_more_channels_than_it_has)
{
	struct simhost *sim = sim_at_zero("{\"host\": {\"channels\": 2}}");
	struct guest a = { .sim = sim }, b = { .sim = sim }, c = { .sim = sim };
	struct simhost_counts n;

	cr_expect(eq(u32, guest_open(&a, RPCI_COOKIE), 0x10000));
	cr_expect(eq(u32, guest_open(&b, RPCI_COOKIE), 0x10000));
	cr_expect(ne(u64, a.dx, b.dx));
	cr_expect(eq(u32, guest_open(&c, RPCI_COOKIE), 0));
	cr_expect(eq(u64, c.r.ax, 0));
	guest_step(&a, 6, 0);
	cr_expect(eq(u32, guest_open(&c, RPCI_COOKIE), 0x10000));
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.opens, 3));
	cr_expect(eq(u64, n.refused, 1));
	cr_expect(eq(u64, n.closes, 1));
	cr_expect(eq(uint, n.channels_open, 2));
	simhost_close(sim);
}

Test(simhost_channel, has_eight_channels_unless_told)
{
	struct guest g = { .sim = sim_at_zero(NULL) };

	for (int i = 0; i < 8; i++)
		cr_expect(eq(u32, guest_open(&g, RPCI_COOKIE), 0x10000));
	cr_expect(eq(u32, guest_open(&g, RPCI_COOKIE), 0));
	simhost_close(g.sim);
}

Test(simhost_channel, goes_without_cookies_where_it_must)
{
	struct guest g = { .sim = sim_at_zero(
				   "{\"host\": {\"cookies\": false}}") };

	cr_expect(eq(u32, guest_open(&g, RPCI_COOKIE), 0));
	cr_expect(eq(u32, guest_open(&g, RPCI), 0x10000));
	cr_expect(eq(u64, g.high | g.low, 0));
	cr_expect(eq(u32, guest_step(&g, 1, 4), 0x810000));
	simhost_close(g.sim);
}

Test(simhost_channel, opens_no_other_protocols)
{
	struct guest g = { .sim = sim_at_zero(NULL) };

	cr_expect(eq(u32, guest_open(&g, 0x12345678), 0));
	cr_expect(eq(u32, guest_open(&g, 0xcf4c4354), 0x10000), "TCLO");
	cr_expect(eq(u32, guest_step(&g, 1, 0), 0x810000));
	cr_expect(eq(u32, guest_step(&g, 3, 0), 0x810000), "no reply");
	cr_expect(eq(u64, g.r.bx, 0));
	simhost_close(g.sim);
}

/* Every step that needs a channel, with each part of its name wrong. */
static struct wrong {
	uint32_t type;
	uint64_t dx, high, low; /* what is wrong, by exclusive or */
} wrongs[] = {
	{ 1, 0x10000, 0, 0 },  { 2, 0x10000, 0, 0 },
	{ 3, 0x10000, 0, 0 },  { 4, 0x10000, 0, 0 },
	{ 5, 0x10000, 0, 0 },  { 6, 0x10000, 0, 0 },
	{ 1, 0, 1, 0 },	       { 3, 0, 1, 0 },
	{ 6, 0, 1, 0 },	       { 1, 0, 0, 1 },
	{ 3, 0, 0, 1 },	       { 6, 0, 0, 0x80000000u },
	{ 1, 0x800000, 0, 0 }, { 1, 0xfff80000u, 0, 0 },
	{ 7, 0, 0, 0 },	       { 0xffff, 0, 0, 0 },
};

ParameterizedTestParameters(simhost_channel, refuses_a_wrong_channel)
{
	return cr_make_param_array(struct wrong, wrongs, ARRAY_LEN(wrongs));
}

ParameterizedTest(struct wrong *w, simhost_channel, refuses_a_wrong_channel)
{
	struct guest g = { .sim = sim_at_zero(NULL) }, wrong;

	guest_open(&g, RPCI_COOKIE);
	wrong = g;
	wrong.dx ^= w->dx;
	wrong.high ^= w->high;
	wrong.low ^= w->low;
	cr_expect(eq(u32, guest_step(&wrong, w->type, 1), 0));
	cr_expect(eq(u64, wrong.r.ax, 0));
	cr_expect(eq(u32, guest_step(&g, 1, 4), 0x810000),
		  "the right one still works");
	simhost_close(g.sim);
}

Test(simhost_channel, refuses_bulk_with_a_wrong_cookie)
{
	struct guest g = { .sim = sim_at_zero(NULL) };
	char byte = 0;

	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 1);
	g.high ^= 1;
	cr_expect(eq(u32, guest_bulk_send(&g, &byte, 1), 0));
	g.high ^= 1;
	g.low ^= 1;
	cr_expect(eq(u32, guest_bulk_send(&g, &byte, 1), 0));
	g.low ^= 1;
	cr_expect(eq(u32, guest_bulk_send(&g, &byte, 1), 0x10000));
	simhost_close(g.sim);
}

/* What is out of order gets no success: type, EBX, and what came before. */
static struct disorder {
	const char why[48];
	uint32_t before; /* steps of a good RPC already done */
	uint32_t type;
	uint64_t bx;
} disorders[] = {
	{ "a payload without a size", 0, 2, 1 },
	{ "a reply's payload without its size", 0, 4, 1 },
	{ "a status without a reply", 0, 5, 1 },
	{ "a request too large", 0, 1, 65537 },
	{ "a payload when all is there", 2, 2, 1 },
	{ "a status before all bytes", 3, 5, 1 },
	{ "a payload beyond the end", 4, 4, 1 },
};

ParameterizedTestParameters(simhost_channel, refuses_disorder)
{
	return cr_make_param_array(struct disorder, disorders,
				   ARRAY_LEN(disorders));
}

ParameterizedTest(struct disorder *d, simhost_channel, refuses_disorder)
{
	struct guest g = { .sim = sim_at_zero(NULL) };
	uint8_t reply[1024];

	guest_open(&g, RPCI_COOKIE);
	if (d->before >= 1)
		guest_step(&g, 1, 19);
	if (d->before >= 2)
		guest_bulk_send(&g, COMMAND, 19);
	if (d->before >= 3)
		guest_step(&g, 3, 0);
	if (d->before >= 4)
		cr_assert(eq(u32, guest_bulk_receive(&g, reply, g.r.bx),
			     0x10000));
	cr_expect(eq(u32, guest_step(&g, d->type, d->bx), 0), "%s", d->why);
	simhost_close(g.sim);
}

Test(simhost_channel, moves_a_reply_in_bulk_whole_or_not_at_all)
{
	struct guest g = { .sim = sim_at_zero(vector_scenario) };
	uint8_t reply[64];

	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 19);
	guest_bulk_send(&g, COMMAND, 19);
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 58), 0), "unannounced");
	guest_step(&g, 3, 0);
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 57), 0), "too few");
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 59), 0), "too many");
	guest_step(&g, 4, 1);
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 58), 0),
		  "after a word");
	guest_step(&g, 3, 0);
	cr_expect(eq(u32, guest_bulk_receive(&g, reply, 58), 0x10000));
	simhost_close(g.sim);
}

Test(simhost_channel, takes_a_request_of_the_largest_size)
{
	static char large[65536];
	struct guest g = { .sim = sim_at_zero(NULL) };

	memset(large, 'x', sizeof large);
	guest_open(&g, RPCI_COOKIE);
	cr_expect(eq(u32, guest_step(&g, 1, sizeof large), 0x810000));
	cr_expect(eq(u32, guest_bulk_send(&g, large, 65535), 0), "not all");
	cr_expect(eq(u32, guest_bulk_send(&g, large, 65536), 0x10000));
	guest_step(&g, 3, 0);
	cr_expect(eq(u64, g.r.bx, strlen("0 Unknown command")));
	simhost_close(g.sim);
}

Test(simhost_channel, forgets_a_reply_that_the_guest_gives_up)
{
	struct guest g = { .sim = sim_at_zero(NULL) };

	guest_open(&g, RPCI_COOKIE);
	for (uint32_t type = 4; type <= 5; type++) {
		guest_step(&g, 1, 19);
		guest_bulk_send(&g, COMMAND, 19);
		cr_expect(eq(u32, guest_step(&g, 3, 0), 0x830000), "type %u",
			  type);
		cr_expect(eq(u32, guest_step(&g, type, 0), 0x10000), "type %u",
			  type);
		cr_expect(eq(u32, guest_step(&g, 3, 0), 0x810000), "type %u",
			  type);
	}
	simhost_close(g.sim);
}

Test(simhost_channel, keeps_a_reply_that_was_not_accepted)
{
	struct guest g = { .sim = sim_at_zero(NULL) };

	guest_open(&g, RPCI_COOKIE);
	guest_step(&g, 1, 1);
	guest_step(&g, 2, 'x');
	guest_step(&g, 1, 19);
	guest_bulk_send(&g, COMMAND, 19);
	guest_step(&g, 3, 0);
	cr_expect(eq(u64, g.r.bx, strlen("0 Unknown command")),
		  "the older reply comes first");
	simhost_close(g.sim);
}

Test(simhost_channel, serves_without_the_bulk_port_when_told)
{
	struct guest g = { .sim = sim_at_zero(
				   "{\"host\": {\"high_bandwidth\": false}}") };

	guest_open(&g, RPCI_COOKIE);
	cr_expect(eq(u32, guest_step(&g, 1, 1), 0x10000));
	cr_expect(eq(u32, guest_bulk_send(&g, "x", 1), 0));
	cr_expect(eq(u32, guest_step(&g, 2, 'x'), 0x10000));
	cr_expect(eq(u32, guest_step(&g, 3, 0), 0x30000));
	simhost_close(g.sim);
}

Test(simhost_channel, closes_what_was_idle_for_too_long)
{
	struct simhost *sim = sim_at_zero("{\"host\": {\"idle_seconds\": 10}}");
	struct guest used = { .sim = sim }, idle = { .sim = sim };
	struct simhost_counts n;

	guest_open(&used, RPCI_COOKIE);
	guest_open(&idle, RPCI_COOKIE);
	simhost_set_time(sim, 9);
	cr_expect(eq(u32, guest_step(&used, 1, 4), 0x810000));
	simhost_set_time(sim, 10);
	cr_expect(eq(u32, guest_step(&used, 1, 4), 0x810000));
	cr_expect(eq(u32, guest_step(&idle, 1, 4), 0));
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.lost, 1));
	cr_expect(eq(uint, n.channels_open, 1));
	simhost_close(sim);
}

Test(simhost_channel, loses_every_channel_in_a_move)
{
	struct simhost *sim =
		sim_at_zero("{\"events\": [{\"at\": 5, \"do\": \"vmotion\"}]}");
	struct guest g = { .sim = sim };
	uint64_t session = simhost_session(sim);
	struct simhost_counts n;

	guest_open(&g, RPCI_COOKIE);
	simhost_set_time(sim, 4.999);
	cr_expect(eq(u32, guest_step(&g, 1, 4), 0x810000));
	simhost_set_time(sim, 5);
	cr_expect(eq(u32, guest_step(&g, 2, 4), 0));
	cr_expect(ne(u64, simhost_session(sim), session));
	cr_expect(eq(u32, guest_open(&g, RPCI_COOKIE), 0x10000));
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.moves, 1));
	cr_expect(eq(u64, n.lost, 1));
	simhost_close(sim);
}

static void *rpcs_run(void *sim)
{
	uint8_t reply[1024];
	struct guest g = { .sim = sim };
	size_t good = 0;

	for (int i = 0; i < 200; i++) {
		if (guest_open(&g, RPCI_COOKIE) != 0x10000)
			continue;
		guest_step(&g, 1, 19);
		guest_bulk_send(&g, COMMAND, 19);
		guest_step(&g, 3, 0);
		good += g.r.bx < sizeof reply &&
			guest_bulk_receive(&g, reply, g.r.bx) == 0x10000 &&
			memcmp(reply, "1 \3", 3) == 0;
		guest_step(&g, 6, 0);
	}
	return (void *)good;
}

Test(simhost_channel, serves_several_threads_at_once)
{
	struct simhost *sim = simhost_open(NULL, NULL, NULL);
	pthread_t threads[4];
	struct simhost_counts n;
	void *good;

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, rpcs_run, sim);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &good);
		cr_expect(eq(sz, (size_t)good, 200));
	}
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.rpcs, 800));
	cr_expect(eq(uint, n.channels_open, 0));
	simhost_close(sim);
}
