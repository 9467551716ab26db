/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <time.h>

#include "simhost_guest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct simhost *sim_at_zero(const char *scenario)
{
	char *errors;
	struct simhost *sim = simhost_open(scenario, NULL, &errors);

	cr_assert(sim != NULL, "%s", errors);
	simhost_set_time(sim, 0);
	return sim;
}

/* All numbers of a reply with an empty pool path, by id. */
struct all {
	uint64_t session, at[39];
};

static struct all read_all(struct simhost *sim)
{
	static const char wide[] = { 4,	 17, 19, 20, 22, 23, 24, 25,
				     26, 27, 28, 29, 30, 38, 0 };
	uint8_t reply[1024], *at = reply + 22;
	struct all all = { 0 };
	long len = guest_rpc(sim, "guestlib.info.get 3", reply, sizeof reply);

	cr_assert(ge(long, len, 23));
	all.session = le64(reply + 6);
	for (unsigned id = 1; id <= 38; id++) {
		at += 8;
		if (id == 18 || id == 37) {
			at += 4 + (be32(at) + 3) / 4 * 4;
		} else if (strchr(wide, (int)id)) {
			all.at[id] = be64(at);
			at += 8;
		} else {
			all.at[id] = be32(at);
			at += 4;
		}
	}
	return all;
}

static struct all read_at(struct simhost *sim, double seconds)
{
	simhost_set_time(sim, seconds);
	return read_all(sim);
}

Test(simhost_world, integrates_the_load_over_time_and_vcpus)
{
	struct simhost *sim = sim_at_zero(
		"{\"vm\": {\"vcpus\": 2}, \"load\": ["
		"{\"at\": 0, \"used\": 0, \"stolen\": 0.1},"
		"{\"at\": 10, \"used\": 1}, {\"at\": 20, \"used\": 1}]}");
	struct all a = read_all(sim);

	cr_expect(eq(u64, a.at[4] | a.at[17] | a.at[19], 0));
	a = read_at(sim, 5); /* a triangle: 5 s x 0.5 / 2 x 2 vCPUs */
	cr_expect(eq(u64, a.at[4], 2500));
	cr_expect(eq(u64, a.at[17], 5000));
	cr_expect(eq(u64, a.at[19], 1000));
	a = read_at(sim, 10);
	cr_expect(eq(u64, a.at[4], 10000));
	a = read_at(sim, 100); /* and 90 s of all that two vCPUs can do */
	cr_expect(eq(u64, a.at[4], 190000));
	cr_expect(eq(u64, a.at[19], 20000));
	simhost_close(sim);
}

Test(simhost_world, does_not_depend_on_how_often_it_is_read)
{
	static const char scenario[] =
		"{\"vm\": {\"cpu_limit_mhz\": 5000}, \"load\": ["
		"{\"at\": 0, \"used\": 0.1}, {\"at\": 7, \"used\": 0.9},"
		"{\"at\": 13, \"used\": 0.2}],"
		"\"events\": [{\"at\": 3, \"do\": \"vm\", \"cpu_limit_mhz\": "
		"3000},"
		"{\"at\": 5, \"do\": \"balloon\", \"mb\": 500, \"over\": 9}],"
		"\"loop\": 17}";
	struct simhost *often = sim_at_zero(scenario);
	struct simhost *once = sim_at_zero(scenario);
	struct all a, b;

	for (int i = 0; i < 10000; i++)
		a = read_at(often, i * 0.01);
	b = read_at(once, 99.99);
	for (unsigned id = 1; id <= 38; id++)
		cr_expect(le(u64,
			     a.at[id] > b.at[id] ? a.at[id] - b.at[id]
						 : b.at[id] - a.at[id],
			     1),
			  "id %u: %llu, %llu", id, (unsigned long long)a.at[id],
			  (unsigned long long)b.at[id]);
	simhost_close(often);
	simhost_close(once);
}

Test(simhost_world, denies_what_a_limit_forbids)
{
	/* 2 vCPUs of 1000 MHz may have 1000 MHz: half a vCPU each. */
	struct simhost *sim = sim_at_zero(
		"{\"host\": {\"mhz\": 1000}, \"vm\": {\"vcpus\": 2,"
		" \"cpu_limit_mhz\": 1000}, \"load\": [{\"at\": 0, \"used\": 0,"
		" \"stolen\": 0}, {\"at\": 10, \"used\": 1}]}");
	struct all a = read_at(sim, 5);

	cr_expect(eq(u64, a.at[4], 2500), "below the limit until here");
	cr_expect(eq(u64, a.at[19], 0));
	a = read_at(sim, 10);
	cr_expect(eq(u64, a.at[4], 7500), "5 s at the limit");
	cr_expect(eq(u64, a.at[19], 2500), "the rest of a demand of 10000");
	a = read_at(sim, 20);
	cr_expect(eq(u64, a.at[4], 17500));
	cr_expect(eq(u64, a.at[19], 12500));
	simhost_close(sim);
}

Test(simhost_world, restarts_three_counters_in_a_move)
{
	struct simhost *sim = sim_at_zero(
		"{\"load\": [{\"at\": 0, \"used\": 0.5, \"stolen\": 0.5}],"
		" \"events\": [{\"at\": 10, \"do\": \"vmotion\", \"mhz\": 3000,"
		" \"cores\": 64, \"memory_mb\": 100000,"
		" \"cpu_limit_mhz\": 9000, \"statistics\": 38}]}");
	struct all before = read_at(sim, 9.999), after = read_at(sim, 12);

	cr_expect(ne(u64, before.session, after.session));
	cr_expect(ne(u64, after.session, 0));
	cr_expect(eq(u64, before.at[17], 9999));
	cr_expect(eq(u64, after.at[17], 2000));
	cr_expect(eq(u64, after.at[4], 4000));
	cr_expect(eq(u64, after.at[19], 4000));
	cr_expect(eq(u64, before.at[5], 2593));
	cr_expect(eq(u64, after.at[5], 3000));
	cr_expect(eq(u64, after.at[21], 64));
	cr_expect(eq(u64, after.at[26], 100000));
	cr_expect(eq(u64, before.at[2], UINT32_MAX), "unlimited");
	cr_expect(eq(u64, after.at[2], 9000));
	simhost_close(sim);
}

Test(simhost_world, inflates_and_deflates_in_straight_lines)
{
	struct simhost *sim = sim_at_zero(
		"{\"vm\": {\"memory_mb\": 8192}, \"events\": ["
		"{\"at\": 10, \"do\": \"balloon\", \"mb\": 1000, \"over\": 10},"
		"{\"at\": 15, \"do\": \"balloon\", \"mb\": 0, \"over\": 5},"
		"{\"at\": 30, \"do\": \"swap\", \"mb\": 300},"
		"{\"at\": 30, \"do\": \"zip\", \"mb\": 200, \"over\": 2}]}");
	struct all start = read_all(sim), a = read_at(sim, 12.5);

	cr_expect(eq(u64, a.at[12], 250), "ballooned");
	cr_expect(eq(u64, a.at[35], 1000), "its target");
	cr_expect(eq(u64, a.at[20], 8192 - 1000), "the target of the host");
	cr_expect(eq(u64, a.at[9], start.at[9] - 250), "mapped");
	a = read_at(sim, 15);
	cr_expect(eq(u64, a.at[12], 500));
	cr_expect(eq(u64, a.at[35], 0));
	a = read_at(sim, 17.5);
	cr_expect(eq(u64, a.at[12], 250), "from where it was");
	a = read_at(sim, 31);
	cr_expect(eq(u64, a.at[12], 0));
	cr_expect(eq(u64, a.at[13], 300), "swapped at once");
	cr_expect(eq(u64, a.at[31], 100), "zipped half way");
	cr_expect(eq(u64, a.at[9], start.at[9] - 400));
	simhost_close(sim);
}

static const char *const coherent[] = {
	"{}",
	"{\"host\": {\"memory_mb\": 8192, \"memory_load\": 1}}",
	"{\"vm\": {\"memory_mb\": 4}, \"load\": [{\"at\": 0, \"mapped\": 1,"
	" \"active\": 1}]}",
	"{\"events\": [{\"at\": 0, \"do\": \"balloon\", \"mb\": 5000},"
	"{\"at\": 0, \"do\": \"swap\", \"mb\": 5000},"
	"{\"at\": 0, \"do\": \"compress\", \"mb\": 5000}]}",
};

Test(simhost_world, adds_up)
{
	for (size_t i = 0; i < ARRAY_LEN(coherent); i++) {
		struct simhost *sim = sim_at_zero(coherent[i]);
		struct all a = read_at(sim, 33.3);

		cr_expect(eq(u64, a.at[16], a.at[9] - a.at[15]), "used");
		cr_expect(le(u64, a.at[10], a.at[9]), "active <= mapped");
		cr_expect(le(u64, a.at[15], a.at[14]), "saved <= shared");
		cr_expect(le(u64, a.at[32], a.at[31]), "zip saved <= zipped");
		cr_expect(eq(u64, a.at[25] + a.at[27], a.at[26]), "host total");
		cr_expect(eq(u64, a.at[29] + a.at[30], a.at[26]), "and mapped");
		cr_expect(ge(u64, a.at[22], a.at[4]), "the host used more");
		simhost_close(sim);
	}
}

Test(simhost_world, repeats_a_loop_but_not_its_counters)
{
	struct simhost *sim = sim_at_zero(
		"{\"vm\": {\"vcpus\": 1}, \"load\": ["
		"{\"at\": 0, \"used\": 1}, {\"at\": 10, \"used\": 0}],"
		" \"events\": [{\"at\": 4, \"do\": \"balloon\", \"mb\": 64},"
		"{\"at\": 8, \"do\": \"vm\", \"cpu_shares\": 77}],"
		" \"loop\": 10}");
	struct all a = read_at(sim, 9), b;
	uint64_t session = a.session;

	cr_expect(eq(u64, a.at[12], 64));
	cr_expect(eq(u64, a.at[3], 77));
	b = read_at(sim, 11);
	cr_expect(eq(u64, b.at[12], 0), "as at the start");
	cr_expect(eq(u64, b.at[3], 4000));
	cr_expect(eq(u64, b.session, session));
	cr_expect(eq(u64, b.at[17], 11000));
	cr_expect(eq(u64, b.at[4], 5000 + 950));
	b = read_at(sim, 1009);
	cr_expect(eq(u64, b.at[12], 64));
	cr_expect(eq(u64, b.at[4], 100 * 5000 + 4950));
	simhost_close(sim);
}

/* Command 20: MB, at once and without a channel. */
static uint64_t memory_size(struct simhost *sim)
{
	struct simhost_regs r = { MAGIC, 0, 20, 0x5658, 0, 0, 0 };

	simhost_exchange(sim, SIMHOST_IN, &r, NULL);
	return r.ax;
}

Test(simhost_world, adds_memory_within_a_session)
{
	struct simhost *sim = sim_at_zero(
		"{\"load\": [{\"active\": 0.5, \"mapped\": 1}],"
		" \"events\": [{\"at\": 5, \"do\": \"vm\", "
		"\"memory_mb\": 16384},"
		"{\"at\": 6, \"do\": \"balloon\", \"mb\": 10000}],"
		" \"loop\": 10}");
	struct all a = read_at(sim, 4), b;

	cr_expect(eq(u64, memory_size(sim), 8192));
	cr_expect(eq(u64, a.at[36], 5324), "65 % for the balloon");
	simhost_set_time(sim, 5);
	cr_expect(eq(u64, memory_size(sim), 16384));
	b = read_all(sim);
	cr_expect(eq(u64, b.session, a.session));
	cr_expect(eq(u64, b.at[36], 10649));
	cr_expect(eq(u64, b.at[9], 16384), "mapped");
	cr_expect(eq(u64, b.at[10], 8192), "active");
	cr_expect(eq(u64, b.at[20], 16384), "target");
	cr_expect(ge(u64, b.at[11], a.at[11] + 64), "overhead");
	b = read_at(sim, 9);
	cr_expect(eq(u64, b.at[12], 10000), "more than it had at first");
	simhost_set_time(sim, 11);
	cr_expect(eq(u64, memory_size(sim), 16384), "none is taken away");
	simhost_close(sim);
}

Test(simhost_world, changes_a_host_without_a_move)
{
	struct simhost *sim = sim_at_zero(
		"{\"events\": [{\"at\": 1, \"do\": \"host\", \"protocols\": "
		"[2],"
		" \"high_bandwidth\": false}, {\"at\": 2, \"do\": \"host\","
		" \"protocols\": [3], \"high_bandwidth\": true,"
		" \"statistics\": 20}]}");
	struct guest g = { .sim = sim };
	uint8_t reply[1024];

	simhost_set_time(sim, 1);
	guest_open(&g, RPCI_COOKIE);
	cr_expect(eq(u32, guest_step(&g, 1, 4), 0x10000), "no bulk");
	simhost_set_time(sim, 2);
	cr_expect(eq(u32, guest_step(&g, 1, 4), 0x810000), "the same channel");
	guest_rpc(sim, "guestlib.info.get 3", reply, sizeof reply);
	cr_expect(eq(u32, be32(reply + 18), 20));
	simhost_close(sim);
}

Test(simhost_world, never_goes_back)
{
	struct simhost *sim = sim_at_zero(NULL);
	struct all a = read_at(sim, 100), b = read_at(sim, 50);

	cr_expect(eq(u64, a.at[17], 100000));
	cr_expect(eq(u64, b.at[17], 100000));
	simhost_close(sim);
}

Test(simhost_world, is_the_same_for_the_same_seed)
{
	struct simhost *a = sim_at_zero("{\"seed\": 5}");
	struct simhost *b = sim_at_zero("{\"seed\": 5}");
	struct simhost *c = sim_at_zero("{\"seed\": 6}");
	struct guest ga = { .sim = a }, gb = { .sim = b }, gc = { .sim = c };

	cr_expect(eq(u64, simhost_session(a), simhost_session(b)));
	cr_expect(ne(u64, simhost_session(a), simhost_session(c)));
	guest_open(&ga, RPCI_COOKIE);
	guest_open(&gb, RPCI_COOKIE);
	guest_open(&gc, RPCI_COOKIE);
	cr_expect(eq(u64, ga.high, gb.high));
	cr_expect(eq(u64, ga.low, gb.low));
	cr_expect(ne(u64, ga.high, gc.high));
	simhost_close(a);
	simhost_close(b);
	simhost_close(c);
}

Test(simhost_world, runs_by_the_machines_clock_at_its_own_speed)
{
	/* 80 seconds of an idle channel would be 80 microseconds, too. */
	struct simhost *sim = simhost_open("{\"speed\": 1000000, "
					   "\"host\": {\"idle_seconds\": 0}}",
					   NULL, NULL);
	struct all a;
	int i = 0;

	simhost_start(sim);
	do
		a = read_all(sim);
	while (a.at[17] < 60000 && ++i < 1000000);
	cr_expect(ge(u64, a.at[17], 60000), "a minute in 60 microseconds");
	simhost_close(sim);
}

Test(simhost_world, waits_for_the_first_request_if_asked)
{
	struct simhost *sim = simhost_open(
		"{\"speed\": 1000000, \"start\": \"request\","
		" \"host\": {\"idle_seconds\": 0},"
		" \"events\": [{\"at\": 1000, \"do\": \"vmotion\"}]}",
		NULL, NULL);
	struct guest g = { .sim = sim };
	struct simhost_regs version = { MAGIC, 0, 10, 0x5658, 0, 0, 0 };
	struct timespec some = { .tv_nsec = 20000000 };
	struct simhost_counts n;

	simhost_start(sim);
	for (int i = 0; i < 2; i++) {
		simhost_exchange(sim, SIMHOST_IN, &version, NULL);
		simhost_counts(sim, &n);
		cr_expect(eq(u64, n.moves, 0), "a probe is no request");
		nanosleep(&some, NULL);
	}
	/* No more than one exchange: the move is a millisecond away. */
	guest_open(&g, RPCI_COOKIE);
	nanosleep(&some, NULL);
	cr_expect(ge(u64, read_all(sim).at[17], 1000));
	simhost_counts(sim, &n);
	cr_expect(eq(u64, n.moves, 1));
	simhost_close(sim);
}

Test(simhost_world, keeps_fixed_values_whatever_happens)
{
	struct simhost *sim = sim_at_zero(
		"{\"fixed\": {\"cpuUsedMs\": \"0xffffffffffffffff\","
		" \"elapsedMs\": 18446744073709551615, \"hostMHz\": 7,"
		" \"memActiveMB\": null},"
		" \"events\": [{\"at\": 1, \"do\": \"vmotion\", \"mhz\": 1}]}");
	struct all a = read_at(sim, 5);

	cr_expect(eq(u64, a.at[4], UINT64_MAX));
	cr_expect(eq(u64, a.at[17], UINT64_MAX));
	cr_expect(eq(u64, a.at[5], 7));
	cr_expect(eq(u64, a.at[10], 0));
	simhost_close(sim);
}
