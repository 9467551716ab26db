/* SPDX-License-Identifier: MIT */
#include "diagnose.h"
#include "row.h"

#include <math.h>
#include <string.h>

/* A level has to be reached for this part of the judged time. */
#define LASTING 0.5
/* What rounding may take off a number that is compared. */
#define EPSILON 1e-9

/* In percent of the vCPUs' time. */
#define DEMAND_LEAST 10
#define DENIED_LEAST 5
#define BUSY_LEAST 50
/* A limit from this part of the size on changes nothing. */
#define INERT 0.98
/* What old hosts send as a memory limit where there is none. Source: hosts' logs
 * of ESX 3.5; ESXi 6.0 sends 3145727. */
#define UNLIMITED_MB 2080768

#define GUEST_SWAP_LEAST_KB 1024 /* a second */
#define GUEST_STALL_LEAST 0.01
#define GUEST_FULL 0.9
#define RECLAIMED_LEAST 0.1
#define DISK_GUEST_LEAST_MS 20

#define SILENCE_MS 60000
#define YOUNG_S 600
/* The host closes a channel that is not used for so long. */
#define CHANNEL_IDLE_NS (80 * 1000000000ull)
#define DAY_S 86400

enum {
#define VMG_CONDITION(name, number, ...) name = (number),
#include "thresholds.def"
};

#define NEVER INFINITY
#define PERCENT VMG_IN_PERCENT
#define MIB_PER_S VMG_IN_MIB_PER_S
#define MIB VMG_IN_MIB
#define MILLISECONDS VMG_IN_MILLISECONDS
#define A_DAY VMG_IN_A_DAY
#define TIMES VMG_IN_TIMES
#define FLAG VMG_IN_FLAG
#define VMG_FINDING(finding, ...) [VMG_FINDING_##finding] = { __VA_ARGS__ },
static const struct vmg_threshold thresholds[] = {
#include "thresholds.def"
};
#undef NEVER
#undef PERCENT
#undef MIB_PER_S
#undef MIB
#undef MILLISECONDS
#undef A_DAY
#undef TIMES
#undef FLAG

const struct vmg_threshold *vmg_threshold_at(size_t id)
{
	return id < VMG_FINDING_COUNT ? &thresholds[id] : NULL;
}

/* One interval. */

/* Two readings of one session and what happened between them. Shares are of the
 * vCPUs' time; NAN is what is not known, and no comparison with it is true. */
struct interval {
	const struct vmg_moment *before, *now;
	double seconds, extended_s; /* by the clock of extended statistics */
	double used, stolen, contention, denied;
	double usable_mhz, effective_mhz;
	double limit_mhz; /* INFINITY: none */
};

static double level(const struct vmg_moment *m, enum vmg_fact fact)
{
	return m->known[fact] ? (double)m->number[fact] : NAN;
}

/* How much a counter grew; NAN if it fell. */
static double growth(const struct interval *in, enum vmg_fact fact)
{
	uint64_t before = in->before->number[fact];
	uint64_t now = in->now->number[fact];

	if (!in->before->known[fact] || !in->now->known[fact] || now < before)
		return NAN;
	return (double)(now - before);
}

static double per_second(const struct interval *in, enum vmg_fact fact)
{
	return growth(in, fact) / in->seconds;
}

static double share_of_vcpus(const struct interval *in, enum vmg_fact fact)
{
	double vcpus = (double)in->now->vcpus;

	return vcpus > 0 ? per_second(in, fact) / 1000 / vcpus : NAN;
}

/* The same of an extended counter of microseconds. */
static double wait_of_vcpus(const struct interval *in, enum vmg_fact fact)
{
	double vcpus = (double)in->now->vcpus;

	return vcpus > 0 ? growth(in, fact) / 1e6 / in->extended_s / vcpus
			 : NAN;
}

/* A limit by its two facts: INFINITY if there is none, NAN if not known. */
static double limit_of(const struct vmg_moment *m, enum vmg_fact limited,
		       enum vmg_fact limit)
{
	if (m->known[limited] && m->number[limited] == 0)
		return INFINITY;
	return level(m, limit);
}

static double memory_limit_of(const struct vmg_moment *m)
{
	double limit =
		limit_of(m, VMG_FACT_MEMORY_LIMITED, VMG_FACT_MEMORY_LIMIT_MB);

	return limit >= UNLIMITED_MB && limit > (double)m->memory_mb ? INFINITY
								     : limit;
}

static double memory_of(const struct vmg_moment *m)
{
	return m->memory_mb > 0 ? (double)m->memory_mb : NAN;
}

static double usable_of(const struct vmg_moment *m)
{
	double usable = (double)m->vcpus * level(m, VMG_FACT_HOST_MHZ);

	return usable > 0 ? usable : NAN;
}

/* False: the host's clock did not go on. */
static bool interval_measure(struct interval *in,
			     const struct vmg_moment *before,
			     const struct vmg_moment *now)
{
	*in = (struct interval){ .before = before, .now = now };
	in->seconds = growth(in, VMG_FACT_ELAPSED_MS) / 1000;
	if (!(in->seconds > 0))
		return false;
	in->extended_s = growth(in, VMG_FACT_UPTIME_US) / 1e6;
	if (!(in->extended_s > 0))
		in->extended_s = in->seconds;
	in->used = share_of_vcpus(in, VMG_FACT_USED_MS);
	in->stolen = share_of_vcpus(in, VMG_FACT_STOLEN_MS);
	in->contention = wait_of_vcpus(in, VMG_FACT_CONTENTION_US);
	in->denied = fmax(in->stolen, in->contention);
	in->usable_mhz = usable_of(now);
	in->effective_mhz = in->used * in->usable_mhz;
	in->limit_mhz =
		limit_of(now, VMG_FACT_CPU_LIMITED, VMG_FACT_CPU_LIMIT_MHZ);
	return true;
}

/* All intervals of a window. */

struct walk {
	const struct vmg_moment *next, *end;
	const struct vmg_moment *before; /* the last one with statistics */
	bool moved;
	size_t down, moves, reopens, skipped;
};

static struct walk walk_begin(const struct vmg_moment *moments, size_t count)
{
	return (struct walk){ .next = moments, .end = moments + count };
}

/* Whether the machine stood still in it for a reason that passes. */
static bool is_disturbed(struct walk *w, const struct interval *in)
{
	double reopens = growth(in, VMG_FACT_REOPENS);

	if (w->moved && in->before->number[VMG_FACT_ELAPSED_MS] < SILENCE_MS)
		return true;
	if (!(reopens > 0) ||
	    in->now->time_ns - in->before->time_ns >= CHANNEL_IDLE_NS)
		return false;
	w->reopens += (size_t)reopens;
	return true;
}

/* The next one that is to be judged; false at the end. */
static bool walk_next(struct walk *w, struct interval *in)
{
	while (w->next < w->end) {
		const struct vmg_moment *before = w->before, *now = w->next++;

		if (!now->up) {
			w->down++;
			continue;
		}
		w->before = now;
		if (!before)
			continue;
		if (before->session != now->session) {
			w->moved = true;
			w->moves++;
			continue;
		}
		if (!interval_measure(in, before, now))
			continue;
		if (!is_disturbed(w, in))
			return true;
		w->skipped++;
	}
	return false;
}

/* What each finding measures in one interval. */

static bool is_idle(const struct interval *in)
{
	return 100 * (in->used + in->denied) < DEMAND_LEAST - EPSILON;
}

static bool is_denied(const struct interval *in)
{
	return 100 * in->denied >= DENIED_LEAST - EPSILON && !is_idle(in);
}

static bool cpu_limit_binds(const struct interval *in)
{
	return in->limit_mhz < INERT * in->usable_mhz;
}

static double cpu_limit(const struct interval *in)
{
	double used = 100 * in->effective_mhz / in->limit_mhz;
	double least = thresholds[VMG_FINDING_CPU_LIMIT].warning;

	return is_denied(in) && cpu_limit_binds(in) && used >= least ? used
								     : NAN;
}

static double cpu_reservation(const struct interval *in)
{
	double reserved = level(in->now, VMG_FACT_CPU_RESERVATION_MHZ);
	double missing =
		fmin(reserved - in->effective_mhz, in->denied * in->usable_mhz);

	if (!(reserved > 0) || !is_denied(in) || !isnan(cpu_limit(in)))
		return NAN;
	return 100 * fmax(missing, 0) / reserved;
}

static double cpu_denied(const struct interval *in)
{
	return is_idle(in) ? NAN : 100 * in->stolen;
}

/* The same where the limit is a finding of its own. */
static double cpu_denied_below_limit(const struct interval *in)
{
	return isnan(cpu_limit(in)) ? cpu_denied(in) : NAN;
}

static double cpu_contention(const struct interval *in)
{
	double beyond = 100 * (in->contention - in->stolen);

	if (is_idle(in) || !isnan(cpu_limit(in)) ||
	    !(beyond >= BEYOND_LEAST - EPSILON))
		return NAN;
	return 100 * in->contention;
}

static double vcpus(const struct interval *in)
{
	if (!(100 * in->stolen >= DENIED_LEAST - EPSILON))
		return NAN;
	return 100 * (in->used + in->stolen);
}

static double shared_core(const struct interval *in)
{
	double busy = share_of_vcpus(in, VMG_FACT_GUEST_BUSY_MS);

	if (!(100 * busy >= BUSY_LEAST) || !(100 * in->stolen < DENIED_LEAST))
		return NAN;
	return 100 * (1 - in->used / busy);
}

static double reclaimed_mb(const struct vmg_moment *m)
{
	return level(m, VMG_FACT_BALLOONED_MB) + level(m, VMG_FACT_SWAPPED_MB) +
	       level(m, VMG_FACT_ZIPPED_MB);
}

static double memory_limit(const struct interval *in)
{
	double below = 1 - memory_limit_of(in->now) / memory_of(in->now);

	return below > 0 ? 100 * below : NAN;
}

static double memory_reservation(const struct interval *in)
{
	double reserved = level(in->now, VMG_FACT_MEMORY_RESERVATION_MB);
	double left = memory_of(in->now) - reclaimed_mb(in->now);

	return reserved > 0 && left < reserved
		       ? 100 * (reserved - left) / reserved
		       : NAN;
}

static double memory_wait(const struct interval *in)
{
	return 100 * wait_of_vcpus(in, VMG_FACT_MEMORY_WAIT_US);
}

static bool guest_is_short(const struct interval *in)
{
	double filled = level(in->now, VMG_FACT_ACTIVE_MB) +
			level(in->now, VMG_FACT_BALLOONED_MB);

	return per_second(in, VMG_FACT_GUEST_SWAP_IN_KB) >=
		       GUEST_SWAP_LEAST_KB ||
	       per_second(in, VMG_FACT_GUEST_STALL_MS) / 1000 >=
		       GUEST_STALL_LEAST ||
	       filled > GUEST_FULL * memory_of(in->now);
}

static double ballooned(const struct interval *in)
{
	return 100 * level(in->now, VMG_FACT_BALLOONED_MB) / memory_of(in->now);
}

static double balloon(const struct interval *in)
{
	return guest_is_short(in) ? ballooned(in) : NAN;
}

static double balloon_idle(const struct interval *in)
{
	return guest_is_short(in) ? NAN : ballooned(in);
}

static double change_mib(const struct interval *in, enum vmg_fact fact)
{
	return fabs(level(in->now, fact) - level(in->before, fact)) /
	       in->seconds;
}

/* Without extended statistics the change is what must have been moved at
 * least. */
static double host_swap(const struct interval *in)
{
	return fmax(change_mib(in, VMG_FACT_SWAPPED_MB),
		    growth(in, VMG_FACT_SWAP_IN_KB) / 1024 / in->extended_s);
}

static double host_swap_old(const struct interval *in)
{
	return level(in->now, VMG_FACT_SWAPPED_MB);
}

static double compression(const struct interval *in)
{
	return change_mib(in, VMG_FACT_ZIPPED_MB);
}

static double compression_old(const struct interval *in)
{
	return level(in->now, VMG_FACT_ZIPPED_MB);
}

static double numa(const struct interval *in)
{
	double local = level(in->now, VMG_FACT_NUMA_LOCAL_KB);
	double remote = level(in->now, VMG_FACT_NUMA_REMOTE_KB);

	return local + remote > 0 ? 100 * remote / (local + remote) : NAN;
}

/* Milliseconds an operation took in the interval; NAN if there were too few of
 * them, or if the guest does not find it slow as well. */
static double disk_latency(const struct interval *in,
			   const struct vmg_disk *before,
			   const struct vmg_disk *now)
{
	double operations = (double)(now->operations - before->operations);
	double guest_operations =
		(double)(now->guest_operations - before->guest_operations);
	double guest_ms = (double)(now->guest_time_ms - before->guest_time_ms);

	if (now->operations < before->operations ||
	    now->time_us < before->time_us || !before->guest_known ||
	    !now->guest_known ||
	    now->guest_operations <= before->guest_operations ||
	    now->guest_time_ms < before->guest_time_ms)
		return NAN;
	if (operations / in->extended_s < DISK_RATE_LEAST ||
	    guest_ms / guest_operations < DISK_GUEST_LEAST_MS)
		return NAN;
	return (double)(now->time_us - before->time_us) / 1000 / operations;
}

/* The slowest one. */
static double disk_worst(const struct interval *in, const char **name)
{
	double worst = NAN;

	for (size_t i = 0; i < in->before->disk_count; i++) {
		for (size_t k = 0; k < in->now->disk_count; k++) {
			const struct vmg_disk *before = &in->before->disks[i];
			const struct vmg_disk *now = &in->now->disks[k];
			double ms;

			if (strcmp(before->name, now->name) != 0)
				continue;
			ms = disk_latency(in, before, now);
			if (isnan(ms) || ms <= worst)
				continue;
			worst = ms;
			*name = now->name;
		}
	}
	return worst;
}

static double disk(const struct interval *in)
{
	const char *name;

	return disk_worst(in, &name);
}

/* Judging. */

typedef double measure_fn(const struct interval *in);

/* NULL: of the window as a whole. */
static measure_fn *const measures[VMG_FINDING_COUNT] = {
	[VMG_FINDING_VCPUS] = vcpus,
	[VMG_FINDING_CPU_LIMIT] = cpu_limit,
	[VMG_FINDING_CPU_RESERVATION] = cpu_reservation,
	[VMG_FINDING_CPU_DENIED] = cpu_denied,
	[VMG_FINDING_CPU_CONTENTION] = cpu_contention,
	[VMG_FINDING_MEMORY_LIMIT] = memory_limit,
	[VMG_FINDING_MEMORY_RESERVATION] = memory_reservation,
	[VMG_FINDING_MEMORY_WAIT] = memory_wait,
	[VMG_FINDING_HOST_SWAP] = host_swap,
	[VMG_FINDING_BALLOON] = balloon,
	[VMG_FINDING_COMPRESSION] = compression,
	[VMG_FINDING_DISK] = disk,
	[VMG_FINDING_NUMA] = numa,
	[VMG_FINDING_SHARED_CORE] = shared_core,
	[VMG_FINDING_BALLOON_IDLE] = balloon_idle,
	[VMG_FINDING_HOST_SWAP_OLD] = host_swap_old,
	[VMG_FINDING_COMPRESSION_OLD] = compression_old,
};

enum { LEVELS = 3 };

static void levels_of(const struct vmg_threshold *t, double levels[LEVELS])
{
	levels[0] = t->note;
	levels[1] = t->warning;
	levels[2] = t->critical;
}

static double lowest_level(const struct vmg_threshold *t)
{
	return fmin(t->note, fmin(t->warning, t->critical));
}

/* The sums that one measure gives over a window. */
struct tally {
	double judged_s;	/* all intervals */
	double measured_s, sum; /* those in which it applies */
	double reached_s[LEVELS];
};

static void tally_add(struct tally *tally, struct vmg_finding *finding,
		      const struct interval *in, double value)
{
	const struct vmg_threshold *t = &thresholds[finding->id];
	double levels[LEVELS];

	tally->judged_s += in->seconds;
	finding->intervals++;
	if (isnan(value))
		return;
	levels_of(t, levels);
	tally->measured_s += in->seconds;
	tally->sum += value * in->seconds;
	finding->worst = fmax(finding->worst, value);
	for (size_t i = 0; i < LEVELS; i++)
		if (value >= levels[i] - EPSILON)
			tally->reached_s[i] += in->seconds;
	if (value < lowest_level(t) - EPSILON)
		return;
	if (finding->hits++ == 0 && finding->intervals > 1)
		finding->since_ns = in->before->time_ns;
}

static enum vmg_severity tally_judge(const struct tally *tally,
				     struct vmg_finding *finding)
{
	enum vmg_severity severity = VMG_SEVERITY_NONE;
	double levels[LEVELS];

	levels_of(&thresholds[finding->id], levels);
	finding->value = tally->sum / tally->measured_s;
	for (size_t i = 0; i < LEVELS; i++)
		if (finding->value >= levels[i] - EPSILON &&
		    tally->reached_s[i] >= LASTING * tally->judged_s - EPSILON)
			severity = VMG_SEVERITY_NOTE + (enum vmg_severity)i;
	return severity;
}

struct judge {
	struct vmg_diagnosis *diagnosis;
	const struct vmg_moment *moments;
	size_t count;
};

static bool is_found(const struct judge *j, enum vmg_finding_id id,
		     enum vmg_severity least)
{
	for (size_t i = 0; i < j->diagnosis->count; i++)
		if (j->diagnosis->findings[i].id == id)
			return j->diagnosis->findings[i].severity >= least;
	return false;
}

static void found(struct judge *j, const struct vmg_finding *finding)
{
	struct vmg_finding *put;

	if (finding->severity == VMG_SEVERITY_NONE)
		return;
	put = &j->diagnosis->findings[j->diagnosis->count++];
	*put = *finding;
	if (j->diagnosis->window.young)
		put->severity = VMG_SEVERITY_NOTE;
}

/* What another finding says already, or makes doubtful. */
static bool is_covered(const struct judge *j, enum vmg_finding_id id)
{
	switch (id) {
	case VMG_FINDING_CPU_LIMIT:
	case VMG_FINDING_CPU_RESERVATION:
	case VMG_FINDING_CPU_DENIED:
	case VMG_FINDING_CPU_CONTENTION:
		return is_found(j, VMG_FINDING_VCPUS, VMG_SEVERITY_WARNING);
	case VMG_FINDING_BALLOON_IDLE:
		return is_found(j, VMG_FINDING_BALLOON, VMG_SEVERITY_NOTE);
	case VMG_FINDING_HOST_SWAP_OLD:
		return is_found(j, VMG_FINDING_HOST_SWAP, VMG_SEVERITY_NOTE);
	case VMG_FINDING_COMPRESSION_OLD:
		return is_found(j, VMG_FINDING_COMPRESSION, VMG_SEVERITY_NOTE);
	default:
		return false;
	}
}

static measure_fn *measure_of(const struct judge *j, enum vmg_finding_id id)
{
	if (id == VMG_FINDING_CPU_DENIED &&
	    is_found(j, VMG_FINDING_CPU_LIMIT, VMG_SEVERITY_NOTE))
		return cpu_denied_below_limit;
	return measures[id];
}

static void disk_name(struct vmg_finding *finding, const struct interval *in)
{
	const char *name = "";
	double ms = disk_worst(in, &name);

	if (finding->id == VMG_FINDING_DISK && ms >= finding->worst)
		memcpy(finding->disk, name, strlen(name) + 1);
}

static void intervals_judge(struct judge *j, enum vmg_finding_id id)
{
	struct walk walk = walk_begin(j->moments, j->count);
	measure_fn *measure = measure_of(j, id);
	struct vmg_finding finding = { .id = id };
	struct vmg_window *w = &j->diagnosis->window;
	struct tally tally = { 0 };
	struct interval in;

	while (walk_next(&walk, &in)) {
		tally_add(&tally, &finding, &in, measure(&in));
		disk_name(&finding, &in);
	}
	finding.severity = tally_judge(&tally, &finding);
	if (id == VMG_FINDING_MEMORY_LIMIT && finding.severity &&
	    w->reclaimed_mb >= RECLAIMED_LEAST * (double)w->memory_mb)
		finding.severity = VMG_SEVERITY_CRITICAL;
	found(j, &finding);
}

/* A finding of one number. */
static void number_judge(struct judge *j, enum vmg_finding_id id, double value)
{
	const struct vmg_threshold *t = &thresholds[id];
	struct vmg_finding finding = {
		.id = id,
		.value = value,
		.worst = value,
		.intervals = j->diagnosis->window.intervals,
		.hits = j->diagnosis->window.intervals,
	};

	if (value >= t->note - EPSILON)
		finding.severity = VMG_SEVERITY_NOTE;
	if (value >= t->warning - EPSILON)
		finding.severity = VMG_SEVERITY_WARNING;
	found(j, &finding);
}

static double moves_a_day(const struct vmg_window *w)
{
	double days = (double)(w->to_ns - w->from_ns) / 1e9 / DAY_S;

	return (double)w->moves / fmax(days, 1);
}

static double limit_percent(double limit, double size)
{
	return isinf(limit) || !(size > 0) ? NAN : 100 * limit / size;
}

static double window_number(const struct vmg_window *w, enum vmg_finding_id id)
{
	switch (id) {
	case VMG_FINDING_MOVES:
		return moves_a_day(w);
	case VMG_FINDING_SNAPSHOTS:
		return (double)w->reopens;
	case VMG_FINDING_CPU_LIMIT_INERT:
		return limit_percent(w->cpu_limit_mhz, w->usable_mhz);
	case VMG_FINDING_MEMORY_LIMIT_INERT:
		return limit_percent(w->memory_limit_mb, (double)w->memory_mb);
	default: /* HOST_INFO */
		return !w->host_info;
	}
}

/* Worst first; where they are equal the order of the table stays. */
static void findings_sort(struct vmg_diagnosis *d)
{
	for (size_t i = 1; i < d->count; i++) {
		struct vmg_finding moving = d->findings[i];
		size_t k = i;

		for (; k > 0 && d->findings[k - 1].severity < moving.severity;
		     k--)
			d->findings[k] = d->findings[k - 1];
		d->findings[k] = moving;
	}
}

/* The window. */

/* Over the intervals in which it is known. */
struct mean {
	double sum, seconds;
};

static void mean_add(struct mean *mean, const struct interval *in, double value)
{
	if (isnan(value))
		return;
	mean->sum += value * in->seconds;
	mean->seconds += in->seconds;
}

static double mean_of(const struct mean *mean)
{
	return mean->seconds > 0 ? mean->sum / mean->seconds : NAN;
}

struct means {
	double seconds;
	struct mean used, stolen, contention, denied, effective, memory_wait;
};

static void means_add(struct means *means, const struct interval *in)
{
	means->seconds += in->seconds;
	mean_add(&means->used, in, in->used);
	mean_add(&means->stolen, in, in->stolen);
	mean_add(&means->contention, in, in->contention);
	mean_add(&means->denied, in, in->denied);
	mean_add(&means->effective, in, in->effective_mhz);
	mean_add(&means->memory_wait, in, memory_wait(in) / 100);
}

static void sizes_fill(struct vmg_window *w, const struct vmg_moment *m)
{
	double vcpu_s = (double)m->vcpus * level(m, VMG_FACT_ELAPSED_MS) / 1000;

	w->vcpus = m->vcpus;
	w->memory_mb = m->memory_mb;
	if (m->known[VMG_FACT_HOST_MHZ])
		w->host_mhz = m->number[VMG_FACT_HOST_MHZ];
	w->usable_mhz = usable_of(m);
	w->cpu_limit_mhz =
		limit_of(m, VMG_FACT_CPU_LIMITED, VMG_FACT_CPU_LIMIT_MHZ);
	w->cpu_limit_known = !isnan(w->cpu_limit_mhz);
	w->memory_limit_mb = memory_limit_of(m);
	w->ballooned_mb = level(m, VMG_FACT_BALLOONED_MB);
	w->swapped_mb = level(m, VMG_FACT_SWAPPED_MB);
	w->zipped_mb = level(m, VMG_FACT_ZIPPED_MB);
	w->reclaimed_mb = reclaimed_mb(m);
	w->host_info = m->known[VMG_FACT_HOST_CORES];
	w->session_s = level(m, VMG_FACT_ELAPSED_MS) / 1000;
	w->session_stolen =
		vcpu_s > 0 ? level(m, VMG_FACT_STOLEN_MS) / 1000 / vcpu_s : NAN;
}

/* A session begins with a boot and with a move: it was a move where an older one
 * is in sight. */
static bool is_young(const struct vmg_moment *m)
{
	return m->number[VMG_FACT_ELAPSED_MS] < YOUNG_S * 1000;
}

static void window_fill(struct vmg_window *w, const struct vmg_moment *moments,
			size_t count)
{
	struct walk walk = walk_begin(moments, count);
	struct means means = { 0 };
	struct interval in;

	while (walk_next(&walk, &in)) {
		w->intervals++;
		w->at_limit += !isnan(cpu_limit(&in));
		w->denied_often += is_denied(&in);
		w->reclaimed_most_mb =
			fmax(w->reclaimed_most_mb, reclaimed_mb(in.now));
		means_add(&means, &in);
	}
	w->readings = count;
	w->from_ns = moments[0].time_ns;
	w->to_ns = moments[count - 1].time_ns;
	w->down = walk.down;
	w->moves = walk.moves;
	w->reopens = walk.reopens;
	w->skipped = walk.skipped;
	w->seconds = means.seconds;
	w->used = mean_of(&means.used);
	w->stolen = mean_of(&means.stolen);
	w->contention = mean_of(&means.contention);
	w->denied = mean_of(&means.denied);
	w->effective_mhz = mean_of(&means.effective);
	w->memory_wait = mean_of(&means.memory_wait);
	sizes_fill(w, walk.before ? walk.before : &moments[count - 1]);
	w->young = is_young(&moments[count - 1]) && is_young(&moments[0]);
}

void vmg_diagnose(struct vmg_diagnosis *d, const struct vmg_moment *moments,
		  size_t count)
{
	struct judge j = { d, moments, count };

	*d = (struct vmg_diagnosis){ 0 };
	if (count == 0)
		return;
	window_fill(&d->window, moments, count);
	if (d->window.intervals == 0)
		return;
	for (size_t i = 0; i < VMG_FINDING_COUNT; i++) {
		enum vmg_finding_id id = (enum vmg_finding_id)i;

		if (is_covered(&j, id))
			continue;
		if (measures[id])
			intervals_judge(&j, id);
		else
			number_judge(&j, id, window_number(&d->window, id));
	}
	findings_sort(d);
}
