/* SPDX-License-Identifier: MIT */
/* Time in, statistics out: the only file that knows how they depend on each other. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* splitmix64: small, and any seed will do. */
uint64_t sim_world_random(struct sim_world *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t session_draw(struct sim_world *w)
{
	uint64_t session;

	do
		session = sim_world_random(w);
	while (session == 0);
	return session;
}

/* Another machine: its counter of used time shows how long it has been up. */
static void host_used_draw(struct sim_world *w)
{
	double days = 1 + (double)(sim_world_random(w) % 100);

	w->host_used_ms =
		floor(days * 86400e3 * w->host.cores * w->host.cpu_load);
}

/* Everything that a new round of a looping scenario starts with. Counters and
 * the session go on. */
static void round_begin(struct sim_world *w, double at)
{
	const struct sim_scenario *s = w->scenario;
	uint64_t memory_mb = w->vm.memory_mb;

	w->round = at;
	w->next_event = w->next_load = 0;
	w->host = s->host;
	w->vm = s->vm;
	if (w->vm.memory_mb < memory_mb)
		w->vm.memory_mb = memory_mb; /* no host takes it away */
	w->ballooned = w->swapped = w->zipped = (struct sim_ramp){ 0 };
	w->disabled_until = -INFINITY;
	for (size_t i = 0; i < s->event_count; i++)
		w->armed[i].on = false;
}

bool sim_world_init(struct sim_world *w, const struct sim_scenario *s)
{
	*w = (struct sim_world){ .scenario = s, .random = s->seed };
	w->armed = calloc(s->event_count + 1, sizeof *w->armed);
	if (!w->armed)
		return false;
	round_begin(w, 0);
	w->session = s->vm.session ? s->vm.session : session_draw(w);
	host_used_draw(w);
	return true;
}

void sim_world_release(struct sim_world *w)
{
	free(w->armed);
	w->armed = NULL;
}

static double ramp_at(const struct sim_ramp *r, double now)
{
	if (now >= r->start + r->over)
		return r->to;
	return r->from + (r->to - r->from) * (now - r->start) / r->over;
}

static void ramp_turn(struct sim_ramp *r, double now, double to, double over)
{
	*r = (struct sim_ramp){ ramp_at(r, now), to, now, over };
}

/* The load at a time of the round; constant outside the points. */
static struct sim_load load_at(const struct sim_scenario *s, double at)
{
	const struct sim_load *b = s->load;
	const struct sim_load *end = s->load + s->load_count;
	const struct sim_load *a;
	double part;

	while (b < end && b->at <= at)
		b++;
	if (b == s->load || b == end)
		return b == end ? b[-1] : *b;
	a = b - 1;
	part = (at - a->at) / (b->at - a->at);
	return (struct sim_load){
		.at = at,
		.used = a->used + (b->used - a->used) * part,
		.stolen = a->stolen + (b->stolen - a->stolen) * part,
		.active = a->active + (b->active - a->active) * part,
		.mapped = a->mapped + (b->mapped - a->mapped) * part,
	};
}

/* When the next bend of the load comes. Counted, not searched by time: the
 * difference of two times is not exact. */
static double load_bend_next(struct sim_world *w)
{
	const struct sim_scenario *s = w->scenario;

	while (w->next_load < s->load_count &&
	       w->round + s->load[w->next_load].at <= w->now)
		w->next_load++;
	if (w->next_load == s->load_count)
		return INFINITY;
	return w->round + s->load[w->next_load].at;
}

/* The integral of min(f, cap) over len seconds, f running straight from a to b:
 * the straight part and the part at the cap, each exactly. */
static double capped_integral(double a, double b, double len, double cap)
{
	double below;

	if (a <= cap && b <= cap)
		return (a + b) / 2 * len;
	if (a >= cap && b >= cap)
		return cap * len;
	below = a < cap ? (cap - a) / (b - a) : (cap - b) / (a - b);
	return (fmin(a, b) + cap) / 2 * len * below + cap * len * (1 - below);
}

/* Runs to a time before which nothing changes but along straight lines. */
static void straight_run(struct sim_world *w, double to)
{
	double len = to - w->now;
	double ms = 1000 * w->vm.vcpus;
	struct sim_load a = load_at(w->scenario, w->now - w->round);
	struct sim_load b = load_at(w->scenario, to - w->round);
	double demand = (a.used + b.used) / 2 * len;
	double cap = INFINITY, used, others;

	/* A ceiling: demand beyond it is not met. */
	if (w->vm.cpu_limit_mhz != SIM_UNLIMITED)
		cap = w->vm.cpu_limit_mhz / ((double)w->vm.vcpus * w->host.mhz);
	used = capped_integral(a.used, b.used, len, cap);
	others = w->host.cpu_load * w->host.cores * len;
	w->used_ms += used * ms;
	w->stolen_ms += ((a.stolen + b.stolen) / 2 * len + demand - used) * ms;
	w->host_used_ms += used * ms + others * 1000;
	w->now = to;
}

static void move_happens(struct sim_world *w, const struct sim_event *e)
{
	sim_event_apply(e, &w->host, &w->vm);
	w->session = session_draw(w);
	w->session_start = w->now;
	w->used_ms = w->stolen_ms = 0;
	w->moves++;
	host_used_draw(w);
}

static void event_happens(struct sim_world *w, size_t index)
{
	const struct sim_event *e = &w->scenario->events[index];

	switch (e->what) {
	case SIM_DO_VMOTION:
		if (e->fault.count > 0)
			sim_fault_arm(&e->fault, &w->armed[index], w->now);
		else
			move_happens(w, e);
		break;
	case SIM_DO_HOST:
	case SIM_DO_VM:
		sim_event_apply(e, &w->host, &w->vm);
		break;
	case SIM_DO_BALLOON:
		ramp_turn(&w->ballooned, w->now, e->mb, e->over);
		break;
	case SIM_DO_SWAP:
		ramp_turn(&w->swapped, w->now, e->mb, e->over);
		break;
	case SIM_DO_COMPRESS:
		ramp_turn(&w->zipped, w->now, e->mb, e->over);
		break;
	case SIM_DO_DISABLE:
		w->disabled_until = w->now + e->lasts;
		break;
	case SIM_DO_ENABLE:
		w->disabled_until = -INFINITY;
		break;
	case SIM_DO_FAULT:
		sim_fault_arm(&e->fault, &w->armed[index], w->now);
		break;
	}
}

void sim_world_advance(struct sim_world *w, double seconds)
{
	const struct sim_scenario *s = w->scenario;

	for (;;) {
		double event = INFINITY, end = INFINITY, next;

		if (w->next_event < s->event_count)
			event = w->round + s->events[w->next_event].at;
		if (s->loop > 0)
			end = w->round + s->loop;
		next = fmin(fmin(event, end), load_bend_next(w));
		next = fmin(next, seconds);
		if (next > w->now)
			straight_run(w, next);
		if (event <= w->now)
			event_happens(w, w->next_event++);
		else if (end <= w->now)
			round_begin(w, end);
		else if (w->now >= seconds)
			return;
	}
}

static bool damage_fits(const struct sim_fault *f, enum sim_port port,
			unsigned rpc, unsigned protocol)
{
	return f->kind == SIM_FAULT_DAMAGE && f->port == port &&
	       (f->rpc == SIM_ANY_RPC || f->rpc == rpc) &&
	       (f->protocol == 0 || f->protocol == protocol);
}

static bool fault_fits(const struct sim_fault *f, enum sim_fault_kind kind,
		       unsigned step, unsigned protocol)
{
	if (f->kind != kind)
		return false;
	if (kind == SIM_FAULT_DAMAGE)
		return damage_fits(f, SIM_ANY_PORT, step, protocol);
	return f->step == SIM_STEPS || f->step == step;
}

static const struct sim_event *event_now(struct sim_world *w,
					 enum sim_fault_kind kind,
					 unsigned step, unsigned protocol)
{
	const struct sim_event *events = w->scenario->events;

	/* Events that are no faults are never armed. */
	for (size_t i = 0; i < w->scenario->event_count; i++)
		if (fault_fits(&events[i].fault, kind, step, protocol) &&
		    sim_fault_strikes(&w->armed[i], w->now))
			return &events[i];
	return NULL;
}

const struct sim_fault *sim_world_fault(struct sim_world *w,
					enum sim_fault_kind kind,
					unsigned step, unsigned protocol)
{
	const struct sim_event *event = event_now(w, kind, step, protocol);

	if (!event)
		return NULL;
	w->faults++;
	return &event->fault;
}

const struct sim_fault *sim_world_damage(const struct sim_world *w,
					 enum sim_port port, unsigned rpc,
					 unsigned protocol)
{
	const struct sim_event *events = w->scenario->events;

	for (size_t i = 0; i < w->scenario->event_count; i++)
		if (w->armed[i].on &&
		    damage_fits(&events[i].fault, port, rpc, protocol))
			return &events[i].fault;
	return NULL;
}

bool sim_world_strikes(struct sim_world *w, const struct sim_fault *fault)
{
	const struct sim_event *events = w->scenario->events;

	for (size_t i = 0; i < w->scenario->event_count; i++) {
		if (&events[i].fault == fault &&
		    sim_fault_strikes(&w->armed[i], w->now)) {
			w->faults++;
			return true;
		}
	}
	return false;
}

bool sim_world_moves(struct sim_world *w, enum sim_step step)
{
	const struct sim_event *event = event_now(w, SIM_FAULT_MOVE, step, 0);

	if (!event)
		return false;
	move_happens(w, event);
	return true;
}

bool sim_world_disabled(const struct sim_world *w)
{
	return w->now < w->disabled_until;
}

/* Whole units of what was added up in fractions: 2999.9999999 is 3000. */
static uint64_t whole(double amount)
{
	return (uint64_t)(amount + 1e-6);
}

/* The memory of the VM, in whole MB, as the parts must add up. */
struct memory {
	uint64_t ballooned, swapped, zipped, mapped, active, shared, saved,
		overhead, balloon_max, target;
};

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t at_most(uint64_t a, uint64_t most)
{
	return a < most ? a : most;
}

static struct memory memory_now(const struct sim_world *w)
{
	struct sim_load load = load_at(w->scenario, w->now - w->round);
	double size = (double)w->vm.memory_mb;
	struct memory m = {
		.ballooned = whole(ramp_at(&w->ballooned, w->now)),
		.swapped = whole(ramp_at(&w->swapped, w->now)),
		.zipped = whole(ramp_at(&w->zipped, w->now)),
		.overhead = 36 + w->vm.memory_mb / 128 + 8 * w->vm.vcpus,
		.balloon_max = w->vm.balloon_max_mb,
	};
	uint64_t taken = m.ballooned + m.swapped + m.zipped;
	uint64_t reclaimed =
		(uint64_t)(w->ballooned.to + w->swapped.to + w->zipped.to);

	m.mapped = less(whole(size * load.mapped), taken);
	m.active = at_most(whole(size * load.active), m.mapped);
	m.shared = m.mapped * 8 / 100;
	m.saved = m.shared * 3 / 4;
	if (m.balloon_max == SIM_UNLIMITED)
		m.balloon_max = whole(size * 0.65);
	m.target =
		at_most(less(w->vm.memory_mb, reclaimed), w->vm.memory_limit_mb);
	return m;
}

static void number_set(struct sim_values *v, unsigned id, uint64_t value)
{
	v->at[id] = (struct sim_value){ true, value };
}

static void cpu_values(const struct sim_world *w, struct sim_values *v)
{
	number_set(v, 1, w->vm.cpu_reservation_mhz);
	number_set(v, 2, w->vm.cpu_limit_mhz);
	number_set(v, 3, w->vm.cpu_shares);
	number_set(v, 4, whole(w->used_ms));
	number_set(v, 5, w->host.mhz);
	number_set(v, 17, whole((w->now - w->session_start) * 1000));
	number_set(v, 19, whole(w->stolen_ms));
}

static void memory_values(const struct sim_world *w, const struct memory *m,
			  struct sim_values *v)
{
	number_set(v, 6, w->vm.memory_reservation_mb);
	number_set(v, 7, w->vm.memory_limit_mb);
	number_set(v, 8, w->vm.memory_shares);
	number_set(v, 9, m->mapped);
	number_set(v, 10, m->active);
	number_set(v, 11, m->overhead);
	number_set(v, 12, m->ballooned);
	number_set(v, 13, m->swapped);
	number_set(v, 14, m->shared);
	number_set(v, 15, m->saved);
	number_set(v, 16, m->mapped - m->saved);
	number_set(v, 20, m->target);
	number_set(v, 31, m->zipped);
	number_set(v, 32, m->zipped * 6 / 10);
	number_set(v, 33, 0);
	number_set(v, 34, (uint64_t)w->swapped.to);
	number_set(v, 35, (uint64_t)w->ballooned.to);
	number_set(v, 36, m->balloon_max);
	number_set(v, 38, w->vm.memory_shares);
	/* Hosts of 7.0 and later send a value that does not fit as not valid.
	 */
	v->at[8].valid = w->vm.memory_shares <= UINT32_MAX;
}

static void host_values(const struct sim_world *w, const struct memory *m,
			struct sim_values *v)
{
	uint64_t phys = w->host.memory_mb;
	uint64_t kernel = phys / 50;
	uint64_t others =
		(uint64_t)(w->host.memory_load * (double)less(phys, kernel));
	uint64_t mine = m->mapped - m->saved + m->overhead;
	uint64_t used = at_most(kernel + others + mine, phys);
	uint64_t mapped = at_most(others + m->mapped, phys);

	number_set(v, 21, w->host.cores);
	number_set(v, 22, whole(w->host_used_ms));
	number_set(v, 23, m->swapped);
	number_set(v, 24, others * 5 / 100 + m->shared);
	number_set(v, 25, used);
	number_set(v, 26, phys);
	number_set(v, 27, phys - used);
	number_set(v, 28, kernel);
	number_set(v, 29, mapped);
	number_set(v, 30, phys - mapped);
	for (unsigned id = 21; !w->host.host_info && id <= 30; id++)
		v->at[id] = (struct sim_value){ false, 0 };
}

/* One of the two carries the path, the longer one only when it must. */
static void path_values(const struct sim_world *w, struct sim_values *v)
{
	bool fits = strlen(w->vm.resource_pool) <= 512;

	v->path = v->path_long = w->vm.resource_pool;
	v->at[SIM_POOL_PATH].valid = fits;
	v->at[SIM_POOL_PATH_LONG].valid = !fits;
}

static void fixed_values(const struct sim_world *w, struct sim_values *v)
{
	const struct sim_fixed *fixed = w->scenario->fixed;

	for (unsigned id = 1; id <= SIM_STATISTICS; id++)
		if (fixed[id].set)
			v->at[id] = (struct sim_value){ fixed[id].valid,
							fixed[id].value };
	if (fixed[SIM_POOL_PATH].set)
		v->path = fixed[SIM_POOL_PATH].text;
	if (fixed[SIM_POOL_PATH_LONG].set)
		v->path_long = fixed[SIM_POOL_PATH_LONG].text;
}

void sim_world_values(const struct sim_world *w, struct sim_values *values)
{
	struct memory m = memory_now(w);

	*values = (struct sim_values){ .session = w->session };
	cpu_values(w, values);
	memory_values(w, &m, values);
	host_values(w, &m, values);
	path_values(w, values);
	number_set(values, 39, 0);
	number_set(values, 40, 42);
	fixed_values(w, values);
}

static void metric_set(struct sim_metric_value *metrics, enum sim_metric m,
		       double number)
{
	metrics[m] = (struct sim_metric_value){ true, (int64_t)number, NULL };
}

static void text_set(struct sim_metric_value *metrics, enum sim_metric m,
		     const char *text)
{
	metrics[m] = (struct sim_metric_value){ true, 0, text };
}

/* -1 where there is no limit; else in the smaller unit. */
static double limit_of(const struct sim_value *v, double factor)
{
	return v->value == SIM_UNLIMITED ? -1 : (double)v->value * factor;
}

static void resource_metrics(const struct sim_values *v,
			     struct sim_metric_value *m)
{
	double mapped = (double)v->at[9].value * 1024;
	double swapped = (double)v->at[13].value * 1024;

	metric_set(m, SIM_CPU_RESERVED, (double)v->at[1].value);
	metric_set(m, SIM_CPU_LIMIT, limit_of(&v->at[2], 1));
	metric_set(m, SIM_CPU_USED, (double)v->at[4].value * 1000);
	metric_set(m, SIM_CPU_CONTENTION_CPU, (double)v->at[19].value * 1000);
	metric_set(m, SIM_CPU_CONTENTION_MEM, swapped * 10);
	metric_set(m, SIM_NUMA_LOCAL, mapped);
	metric_set(m, SIM_NUMA_REMOTE, 0);
	metric_set(m, SIM_MEM_RESERVED, (double)v->at[6].value * 1024);
	metric_set(m, SIM_MEM_LIMIT, limit_of(&v->at[7], 1024));
	metric_set(m, SIM_MEM_MAPPED, mapped);
	metric_set(m, SIM_MEM_CONSUMED, (double)v->at[16].value * 1024);
	metric_set(m, SIM_MEM_SWAPPED, swapped);
	metric_set(m, SIM_MEM_BALLOONED, (double)v->at[12].value * 1024);
	metric_set(m, SIM_MEM_SWAP_IN, 0);
	metric_set(m, SIM_MEM_SWAP_OUT, swapped);
	metric_set(m, SIM_OVHD_SWAPPED, 0);
	metric_set(m, SIM_OVHD_SWAP_IN, 0);
	metric_set(m, SIM_OVHD_SWAP_OUT, 0);
}

/* A busy VM reads, writes, sends and receives: all grows with its own time. */
static void device_metrics(const struct sim_world *w,
			   struct sim_metric_value *m)
{
	double busy = w->used_ms + (w->now - w->session_start) * 10;
	double reads = floor(busy / 40), writes = floor(busy / 60);
	double tx = floor(busy / 20), rx = floor(busy / 12);

	metric_set(m, SIM_NUM_READS, reads);
	metric_set(m, SIM_NUM_WRITES, writes);
	metric_set(m, SIM_SIZE_READS, reads * 16384);
	metric_set(m, SIM_SIZE_WRITES, writes * 8192);
	metric_set(m, SIM_LATENCY_READS, reads * 1800);
	metric_set(m, SIM_LATENCY_WRITES, writes * 900);
	metric_set(m, SIM_NUM_TX, tx);
	metric_set(m, SIM_SIZE_TX, tx * 420);
	metric_set(m, SIM_NUM_RX, rx);
	metric_set(m, SIM_SIZE_RX, rx * 1100);
	metric_set(m, SIM_NET_RESERVATION, 0);
	metric_set(m, SIM_NET_LIMIT, -1);
}

void sim_world_metrics(const struct sim_world *w, char session[24],
		       struct sim_metric_value *metrics)
{
	const struct sim_fixed *fixed = w->scenario->extended;
	struct sim_values v;

	sim_world_values(w, &v);
	snprintf(session, 24, "%" PRId64, (int64_t)w->session);
	text_set(metrics, SIM_SESSION_ID, session);
	metric_set(metrics, SIM_UPTIME, (w->now - w->session_start) * 1e6);
	text_set(metrics, SIM_HYPERVISOR, w->host.hypervisor);
	text_set(metrics, SIM_PROVIDER, "");
	text_set(metrics, SIM_UUID_BIOS, w->vm.uuid);
	metric_set(metrics, SIM_PROCESSOR_MHZ, w->host.mhz);
	metric_set(metrics, SIM_CORES_PER_PACKAGE, w->host.cores_per_package);
	resource_metrics(&v, metrics);
	device_metrics(w, metrics);

	for (enum sim_metric m = 0; m < SIM_METRICS; m++) {
		if (!fixed[m].set)
			continue;
		metrics[m].valid = fixed[m].valid;
		metrics[m].number = (int64_t)fixed[m].value;
		if (metrics[m].text)
			metrics[m].text = fixed[m].text;
	}
}
