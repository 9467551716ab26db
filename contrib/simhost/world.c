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

/* How long a vCPU waits for a MB from the host's swap. No source: chosen, 40
 * microseconds for a page of 4 KB. */
#define SWAP_IN_MS 10.24

/* So much of what a host swaps is the overhead's. */
#define OVERHEAD_PART 32

/* Another machine: its counter of used time shows how long it has been up. */
static void host_used_draw(struct sim_world *w)
{
	double days = 1 + (double)(sim_world_random(w) % 100);

	w->host_used_ms =
		floor(days * 86400e3 * w->host.cores * w->host.cpu_load);
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

/* Counts what was swapped since the last time. Between two turns of the ramp the
 * level only falls or only rises. */
static void swap_count(struct sim_world *w)
{
	double mb = ramp_at(&w->swapped, w->now), more = mb - w->swapped_mb;

	w->swapped_mb = mb;
	if (more > 0) {
		w->swap_out_mb += more;
	} else {
		w->swap_in_mb -= more;
		w->memory_wait_ms -= more * SWAP_IN_MS;
	}
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
	swap_count(w);
	for (size_t i = 0; i < s->device_count; i++) {
		w->devices[i].name = s->devices[i].name;
		sim_device_plug(&w->devices[i], s->devices[i].plugged);
	}
	w->disabled_until = -INFINITY;
	for (size_t i = 0; i < s->event_count; i++)
		w->armed[i].on = false;
}

bool sim_world_init(struct sim_world *w, const struct sim_scenario *s)
{
	*w = (struct sim_world){ .scenario = s, .random = s->seed };
	w->armed = calloc(s->event_count + 1, sizeof *w->armed);
	w->devices = calloc(s->device_count + 1, sizeof *w->devices);
	if (!w->armed || !w->devices) {
		sim_world_release(w);
		return false;
	}
	round_begin(w, 0);
	w->session = s->vm.session ? s->vm.session : session_draw(w);
	host_used_draw(w);
	return true;
}

void sim_world_release(struct sim_world *w)
{
	free(w->armed);
	free(w->devices);
	w->armed = NULL;
	w->devices = NULL;
}

static double load_time(const struct sim_curve *load, size_t point)
{
	return load->points[point * load->width + SIM_CURVE_AT];
}

/* When the next bend of the load comes. Counted, not searched by time: the
 * difference of two times is not exact. */
static double load_bend_next(struct sim_world *w)
{
	const struct sim_scenario *s = w->scenario;

	while (w->next_load < s->load.count &&
	       w->round + load_time(&s->load, w->next_load) <= w->now)
		w->next_load++;
	if (w->next_load == s->load.count)
		return INFINITY;
	return w->round + load_time(&s->load, w->next_load);
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

/* The integrals of the load over a time in which it runs along straight lines,
 * by its numbers. */
struct work {
	double from[SIM_LOADS], to[SIM_LOADS], sum[SIM_LOADS], seconds;
};

static void work_measure(struct work *work, const struct sim_curve *load,
			 double from, double to)
{
	work->seconds = to - from;
	sim_curve_at(load, from, work->from);
	sim_curve_at(load, to, work->to);
	for (size_t i = 0; i < SIM_LOADS; i++)
		work->sum[i] =
			(work->from[i] + work->to[i]) / 2 * work->seconds;
}

static void processors_run(struct sim_world *w, const struct work *work)
{
	double ms = 1000 * w->vm.vcpus, cap = INFINITY, used, others;

	/* A ceiling: demand beyond it is not met. */
	if (w->vm.cpu_limit_mhz != SIM_UNLIMITED)
		cap = w->vm.cpu_limit_mhz / ((double)w->vm.vcpus * w->host.mhz);
	used = capped_integral(work->from[SIM_LOAD_USED],
			       work->to[SIM_LOAD_USED], work->seconds, cap);
	others = w->host.cpu_load * w->host.cores * work->seconds;
	w->used_ms += used * ms;
	w->stolen_ms +=
		(work->sum[SIM_LOAD_STOLEN] + work->sum[SIM_LOAD_USED] - used) *
		ms;
	w->contention_ms += work->sum[SIM_LOAD_CONTENTION] * ms;
	w->memory_wait_ms += work->sum[SIM_LOAD_MEMORY_WAIT] * ms +
			     work->sum[SIM_LOAD_SWAP_IN] * SWAP_IN_MS;
	w->host_used_ms += used * ms + others * 1000;
}

/* Runs to a time before which nothing changes but along straight lines; what
 * devices do has bends of its own. */
static void straight_run(struct sim_world *w, double to)
{
	const struct sim_scenario *s = w->scenario;
	struct work work;

	work_measure(&work, &s->load, w->now - w->round, to - w->round);
	processors_run(w, &work);
	for (size_t i = 0; i < s->device_count; i++)
		sim_device_run(&s->devices[i], &w->devices[i],
			       w->now - w->round, to - w->round);
	w->swap_in_mb += work.sum[SIM_LOAD_SWAP_IN];
	w->swap_out_mb += work.sum[SIM_LOAD_SWAP_OUT];
	w->now = to;
	swap_count(w);
}

static void move_happens(struct sim_world *w, const struct sim_event *e)
{
	sim_event_apply(e, &w->host, &w->vm);
	w->session = session_draw(w);
	w->session_start = w->now;
	w->used_ms = w->stolen_ms = w->contention_ms = w->memory_wait_ms = 0;
	w->swap_in_mb = w->swap_out_mb = 0;
	for (size_t i = 0; i < w->scenario->device_count; i++)
		sim_device_reset(&w->devices[i]);
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
		swap_count(w);
		break;
	case SIM_DO_COMPRESS:
		ramp_turn(&w->zipped, w->now, e->mb, e->over);
		break;
	case SIM_DO_PLUG:
	case SIM_DO_UNPLUG:
		sim_device_plug(&w->devices[e->device], e->what == SIM_DO_PLUG);
		break;
	case SIM_DO_RENAME:
		w->devices[e->device].name = e->to;
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
					enum sim_fault_kind kind, unsigned step,
					unsigned protocol)
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
	double load[SIM_LOADS], size = (double)w->vm.memory_mb;
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

	sim_curve_at(&w->scenario->load, w->now - w->round, load);
	m.mapped = less(whole(size * load[SIM_LOAD_MAPPED]), taken);
	m.active = at_most(whole(size * load[SIM_LOAD_ACTIVE]), m.mapped);
	m.shared = m.mapped * 8 / 100;
	m.saved = m.shared * 3 / 4;
	if (m.balloon_max == SIM_UNLIMITED)
		m.balloon_max = whole(size * 0.65);
	m.target = at_most(less(w->vm.memory_mb, reclaimed),
			   w->vm.memory_limit_mb);
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

static void processor_metrics(const struct sim_world *w,
			      const struct sim_values *v,
			      struct sim_metric_value *m)
{
	sim_metric_set(m, SIM_CPU_RESERVED, (double)v->at[1].value);
	sim_metric_set(m, SIM_CPU_LIMIT, limit_of(&v->at[2], 1));
	sim_metric_set(m, SIM_CPU_USED, (double)v->at[4].value * 1000);
	sim_metric_set(m, SIM_CPU_CONTENTION_CPU,
		       ((double)v->at[19].value + w->contention_ms) * 1000);
	sim_metric_set(m, SIM_CPU_CONTENTION_MEM, w->memory_wait_ms * 1000);
}

static void numa_metrics(const struct sim_world *w, double mapped_kb,
			 struct sim_metric_value *m)
{
	double load[SIM_LOADS], remote;

	if (!w->host.numa)
		return;
	sim_curve_at(&w->scenario->load, w->now - w->round, load);
	remote = floor(mapped_kb * load[SIM_LOAD_NUMA_REMOTE]);
	sim_metric_set(m, SIM_NUMA_LOCAL, mapped_kb - remote);
	sim_metric_set(m, SIM_NUMA_REMOTE, remote);
}

static void memory_metrics(const struct sim_world *w,
			   const struct sim_values *v,
			   struct sim_metric_value *m)
{
	double swapped = w->swapped_mb * 1024;
	double in = w->swap_in_mb * 1024, out = w->swap_out_mb * 1024;
	double mapped = (double)v->at[9].value * 1024;

	numa_metrics(w, mapped, m);
	sim_metric_set(m, SIM_MEM_RESERVED, (double)v->at[6].value * 1024);
	sim_metric_set(m, SIM_MEM_LIMIT, limit_of(&v->at[7], 1024));
	sim_metric_set(m, SIM_MEM_MAPPED, mapped);
	sim_metric_set(m, SIM_MEM_CONSUMED, (double)v->at[16].value * 1024);
	sim_metric_set(m, SIM_MEM_SWAPPED, swapped);
	sim_metric_set(m, SIM_MEM_BALLOONED, (double)v->at[12].value * 1024);
	sim_metric_set(m, SIM_MEM_SWAP_IN, in);
	sim_metric_set(m, SIM_MEM_SWAP_OUT, out);
	sim_metric_set(m, SIM_OVHD_SWAPPED, swapped / OVERHEAD_PART);
	sim_metric_set(m, SIM_OVHD_SWAP_IN, in / OVERHEAD_PART);
	sim_metric_set(m, SIM_OVHD_SWAP_OUT, out / OVERHEAD_PART);
}

static void fixed_metrics(const struct sim_world *w,
			  struct sim_metric_value *metrics)
{
	const struct sim_fixed *fixed = w->scenario->extended;

	for (enum sim_metric m = 0; m < SIM_METRICS; m++) {
		if (!fixed[m].set)
			continue;
		metrics[m].valid = fixed[m].valid;
		metrics[m].number = (int64_t)fixed[m].value;
		if (metrics[m].text)
			metrics[m].text = fixed[m].text;
	}
}

void sim_world_metrics(const struct sim_world *w, size_t device,
		       char session[SIM_SESSION_TEXT],
		       struct sim_metric_value *metrics)
{
	struct sim_values v;

	memset(metrics, 0, SIM_METRICS * sizeof *metrics);
	sim_world_values(w, &v);
	snprintf(session, SIM_SESSION_TEXT, "%" PRId64, (int64_t)w->session);
	text_set(metrics, SIM_SESSION_ID, session);
	sim_metric_set(metrics, SIM_UPTIME, (w->now - w->session_start) * 1e6);
	text_set(metrics, SIM_HYPERVISOR, w->host.hypervisor);
	text_set(metrics, SIM_PROVIDER, "");
	text_set(metrics, SIM_UUID_BIOS, w->vm.uuid);
	sim_metric_set(metrics, SIM_PROCESSOR_MHZ, w->host.mhz);
	sim_metric_set(metrics, SIM_CORES_PER_PACKAGE,
		       w->host.cores_per_package);
	processor_metrics(w, &v, metrics);
	memory_metrics(w, &v, metrics);
	if (device < w->scenario->device_count)
		sim_device_metrics(&w->scenario->devices[device],
				   &w->devices[device], metrics);
	fixed_metrics(w, metrics);
}

bool sim_world_instance(const struct sim_world *w, size_t device,
			char name[SIM_INSTANCE_NAME])
{
	const struct sim_device_state *state = &w->devices[device];

	if (!state->plugged)
		return false;
	if (w->host.new_names)
		snprintf(name, SIM_INSTANCE_NAME, "%s-%" PRIu64, state->name,
			 w->lists);
	else
		snprintf(name, SIM_INSTANCE_NAME, "%s", state->name);
	return true;
}

size_t sim_world_device_find(const struct sim_world *w, enum sim_set set,
			     const char *name)
{
	const struct sim_scenario *s = w->scenario;
	char instance[SIM_INSTANCE_NAME];
	size_t i = 0;

	while (i < s->device_count && (s->devices[i].set != set ||
				       !sim_world_instance(w, i, instance) ||
				       strcmp(instance, name) != 0))
		i++;
	return i;
}
