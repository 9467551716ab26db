/* SPDX-License-Identifier: MIT */
#include "derive.h"

/* Source: open-vm-tools' callers and hosts' logs agree on it for id 2; id 7
 * follows the same callers. */
#define UNLIMITED 0xFFFFFFFFu

/* What a formula needs beside the statistics that it takes. */
enum {
	NEED_BEFORE = 1, /* an earlier reading of this session, in which no
			  * counter that is taken was higher, and the clock, if
			  * it is taken, was lower */
	NEED_VCPUS = 2,
	NEED_MEMORY = 4,
	/* While the first that it takes is an unlimited limit, the result is 0,
	 * whatever else is missing. */
	ZERO_WHILE_UNLIMITED = 8,
};

struct inputs {
	const struct vmg_reading *now, *before;
	const struct vmg_guest *guest;
};

/* A row that is computed. compute() is called where every statistic that it
 * takes has a value and every need is met; false: there is no result, since a
 * divisor is 0 or a sum does not fit. */
struct formula {
	enum vmg_row row;
	enum vmg_row takes[4];
	size_t take_count;
	unsigned needs;
	bool (*compute)(const struct inputs *in, struct vmg_result *result);
};

static bool has_value(const struct vmg_stat_value *cell)
{
	return cell->state == VMG_STATE_VALUE;
}

static uint64_t value(const struct inputs *in, enum vmg_row row)
{
	return in->now->cells[row].number;
}

static uint64_t growth(const struct inputs *in, enum vmg_row row)
{
	return in->now->cells[row].number - in->before->cells[row].number;
}

/* How much a counter grew for each millisecond that elapsed. */
static double rate(const struct inputs *in, enum vmg_row counter)
{
	return (double)growth(in, counter) /
	       (double)growth(in, VMG_ROW_ELAPSED);
}

static bool whole(struct vmg_result *result, uint64_t number)
{
	result->value.whole = number;
	return true;
}

static bool share(struct vmg_result *result, double part, double all)
{
	if (all <= 0)
		return false;
	result->value.real = part / all;
	return true;
}

static bool is_unlimited(uint64_t limit)
{
	return limit == UNLIMITED;
}

static bool cpu_used(const struct inputs *in, struct vmg_result *result)
{
	return share(result, rate(in, VMG_ROW_CPU_USED_TIME),
		     (double)in->guest->vcpus);
}

static bool cpu_stolen(const struct inputs *in, struct vmg_result *result)
{
	return share(result, rate(in, VMG_ROW_CPU_STOLEN_TIME),
		     (double)in->guest->vcpus);
}

static double effective_mhz(const struct inputs *in)
{
	return (double)value(in, VMG_ROW_HOST_CPU) *
	       rate(in, VMG_ROW_CPU_USED_TIME);
}

static bool cpu_effective(const struct inputs *in, struct vmg_result *result)
{
	result->value.real = effective_mhz(in);
	return value(in, VMG_ROW_HOST_CPU) > 0;
}

static bool cpu_used_of_limit(const struct inputs *in,
			      struct vmg_result *result)
{
	uint64_t limit = value(in, VMG_ROW_CPU_LIMIT);

	return value(in, VMG_ROW_HOST_CPU) > 0 && !is_unlimited(limit) &&
	       share(result, effective_mhz(in), (double)limit);
}

static bool cpu_used_of_reservation(const struct inputs *in,
				    struct vmg_result *result)
{
	return value(in, VMG_ROW_HOST_CPU) > 0 &&
	       share(result, effective_mhz(in),
		     (double)value(in, VMG_ROW_CPU_RESERVATION));
}

/* 0: not known, or it fell. */
static double uptime_growth(const struct inputs *in)
{
	uint64_t now = in->now->uptime_us, before = in->before->uptime_us;

	return before > 0 && now > before ? (double)(now - before) : 0;
}

static bool contention_share(const struct inputs *in, enum vmg_row counter,
			     struct vmg_result *result)
{
	return share(result, (double)growth(in, counter),
		     uptime_growth(in) * (double)in->guest->vcpus);
}

static bool cpu_contention(const struct inputs *in, struct vmg_result *result)
{
	return contention_share(in, VMG_ROW_CPU_CONTENTION_TIME, result);
}

static bool cpu_contention_memory(const struct inputs *in,
				  struct vmg_result *result)
{
	return contention_share(in, VMG_ROW_CPU_CONTENTION_MEMORY_TIME, result);
}

static bool memory_numa_local(const struct inputs *in,
			      struct vmg_result *result)
{
	double local = (double)value(in, VMG_ROW_MEMORY_NUMA_LOCAL);

	return share(result, local,
		     local + (double)value(in, VMG_ROW_MEMORY_NUMA_REMOTE));
}

/* In seconds. */
static bool latency(const struct inputs *in, enum vmg_row time_us,
		    enum vmg_row operations, struct vmg_result *result)
{
	return share(result, (double)growth(in, time_us),
		     (double)growth(in, operations) * 1e6);
}

static bool read_latency(const struct inputs *in, struct vmg_result *result)
{
	return latency(in, VMG_ROW_VSCSI_READ_TIME,
		       VMG_ROW_VSCSI_READ_OPERATIONS, result);
}

static bool write_latency(const struct inputs *in, struct vmg_result *result)
{
	return latency(in, VMG_ROW_VSCSI_WRITE_TIME,
		       VMG_ROW_VSCSI_WRITE_OPERATIONS, result);
}

static bool vcpus(const struct inputs *in, struct vmg_result *result)
{
	return whole(result, in->guest->vcpus);
}

static bool session_uptime(const struct inputs *in, struct vmg_result *result)
{
	return share(result, (double)value(in, VMG_ROW_ELAPSED), 1000);
}

static bool cpu_limited(const struct inputs *in, struct vmg_result *result)
{
	return whole(result, !is_unlimited(value(in, VMG_ROW_CPU_LIMIT)));
}

static bool memory_limited(const struct inputs *in, struct vmg_result *result)
{
	return whole(result, !is_unlimited(value(in, VMG_ROW_MEMORY_LIMIT)));
}

static bool cpu_limit_binding(const struct inputs *in,
			      struct vmg_result *result)
{
	double usable =
		(double)in->guest->vcpus * (double)value(in, VMG_ROW_HOST_CPU);

	return usable > 0 &&
	       whole(result, (double)value(in, VMG_ROW_CPU_LIMIT) < usable);
}

static bool memory_limit_binding(const struct inputs *in,
				 struct vmg_result *result)
{
	return whole(result,
		     value(in, VMG_ROW_MEMORY_LIMIT) < in->guest->memory_mb);
}

static bool memory_active(const struct inputs *in, struct vmg_result *result)
{
	return share(result, (double)value(in, VMG_ROW_MEMORY_ACTIVE),
		     (double)in->guest->memory_mb);
}

static bool memory_ballooned(const struct inputs *in, struct vmg_result *result)
{
	return share(result, (double)value(in, VMG_ROW_MEMORY_BALLOONED),
		     (double)in->guest->memory_mb);
}

static bool memory_balloon_of_max(const struct inputs *in,
				  struct vmg_result *result)
{
	return share(result, (double)value(in, VMG_ROW_MEMORY_BALLOONED),
		     (double)value(in, VMG_ROW_MEMORY_BALLOON_MAX));
}

static bool memory_reclaimed(const struct inputs *in, struct vmg_result *result)
{
	uint64_t ballooned = value(in, VMG_ROW_MEMORY_BALLOONED);
	uint64_t swapped = value(in, VMG_ROW_MEMORY_SWAPPED);
	uint64_t zipped = value(in, VMG_ROW_MEMORY_ZIPPED);

	return swapped <= UINT64_MAX - ballooned &&
	       zipped <= UINT64_MAX - ballooned - swapped &&
	       whole(result, ballooned + swapped + zipped);
}

/* Everything that is computed, what of, and how. */
#define FORMULA(row, needs, compute, count, ...)                      \
	{                                                             \
		VMG_ROW_##row, { __VA_ARGS__ }, count, needs, compute \
	}
static const struct formula formulae[] = {
	FORMULA(SESSION_UPTIME, 0, session_uptime, 1, VMG_ROW_ELAPSED),
	FORMULA(CPU_LIMITED, 0, cpu_limited, 1, VMG_ROW_CPU_LIMIT),
	FORMULA(MEMORY_LIMITED, 0, memory_limited, 1, VMG_ROW_MEMORY_LIMIT),
	FORMULA(CPU_USED, NEED_BEFORE | NEED_VCPUS, cpu_used, 2,
		VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME),
	FORMULA(CPU_STOLEN, NEED_BEFORE | NEED_VCPUS, cpu_stolen, 2,
		VMG_ROW_ELAPSED, VMG_ROW_CPU_STOLEN_TIME),
	FORMULA(CPU_EFFECTIVE, NEED_BEFORE, cpu_effective, 3, VMG_ROW_ELAPSED,
		VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU),
	FORMULA(CPU_USED_OF_LIMIT, NEED_BEFORE, cpu_used_of_limit, 4,
		VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU,
		VMG_ROW_CPU_LIMIT),
	FORMULA(CPU_USED_OF_RESERVATION, NEED_BEFORE, cpu_used_of_reservation,
		4, VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU,
		VMG_ROW_CPU_RESERVATION),
	FORMULA(CPU_LIMIT_BINDING, NEED_VCPUS | ZERO_WHILE_UNLIMITED,
		cpu_limit_binding, 2, VMG_ROW_CPU_LIMIT, VMG_ROW_HOST_CPU),
	FORMULA(VCPUS, NEED_VCPUS, vcpus, 0, 0),
	FORMULA(MEMORY_ACTIVE_SHARE, NEED_MEMORY, memory_active, 1,
		VMG_ROW_MEMORY_ACTIVE),
	FORMULA(MEMORY_BALLOONED_SHARE, NEED_MEMORY, memory_ballooned, 1,
		VMG_ROW_MEMORY_BALLOONED),
	FORMULA(MEMORY_BALLOON_OF_MAX, 0, memory_balloon_of_max, 2,
		VMG_ROW_MEMORY_BALLOONED, VMG_ROW_MEMORY_BALLOON_MAX),
	FORMULA(MEMORY_LIMIT_BINDING, NEED_MEMORY | ZERO_WHILE_UNLIMITED,
		memory_limit_binding, 1, VMG_ROW_MEMORY_LIMIT),
	FORMULA(MEMORY_RECLAIMED, 0, memory_reclaimed, 3,
		VMG_ROW_MEMORY_BALLOONED, VMG_ROW_MEMORY_SWAPPED,
		VMG_ROW_MEMORY_ZIPPED),
	FORMULA(CPU_CONTENTION, NEED_BEFORE | NEED_VCPUS, cpu_contention, 1,
		VMG_ROW_CPU_CONTENTION_TIME),
	FORMULA(CPU_CONTENTION_MEMORY, NEED_BEFORE | NEED_VCPUS,
		cpu_contention_memory, 1, VMG_ROW_CPU_CONTENTION_MEMORY_TIME),
	FORMULA(MEMORY_NUMA_LOCAL_SHARE, 0, memory_numa_local, 2,
		VMG_ROW_MEMORY_NUMA_LOCAL, VMG_ROW_MEMORY_NUMA_REMOTE),
	FORMULA(VSCSI_READ_LATENCY, NEED_BEFORE, read_latency, 2,
		VMG_ROW_VSCSI_READ_OPERATIONS, VMG_ROW_VSCSI_READ_TIME),
	FORMULA(VSCSI_WRITE_LATENCY, NEED_BEFORE, write_latency, 2,
		VMG_ROW_VSCSI_WRITE_OPERATIONS, VMG_ROW_VSCSI_WRITE_TIME),
};
#undef FORMULA

#define FORMULA_COUNT (sizeof formulae / sizeof formulae[0])

/* The first statistic taken that has no value; VMG_ROW_COUNT: all have one. */
static enum vmg_row formula_lacks(const struct formula *f,
				  const struct vmg_reading *now)
{
	for (size_t i = 0; i < f->take_count; i++)
		if (!has_value(&now->cells[f->takes[i]]))
			return f->takes[i];
	return VMG_ROW_COUNT;
}

static bool counter_went_on(const struct inputs *in, enum vmg_row row)
{
	const struct vmg_stat_value *before = &in->before->cells[row];

	return vmg_metric_kind(vmg_metric_at(row)) != VMG_KIND_COUNTER ||
	       (has_value(before) && value(in, row) >= before->number);
}

static bool before_is_met(const struct formula *f, const struct inputs *in)
{
	if (!in->before || in->before->session != in->now->session)
		return false;
	for (size_t i = 0; i < f->take_count; i++)
		if (!counter_went_on(in, f->takes[i]))
			return false;
	return f->takes[0] != VMG_ROW_ELAPSED ||
	       growth(in, VMG_ROW_ELAPSED) > 0;
}

static bool needs_are_met(const struct formula *f, const struct inputs *in)
{
	if (formula_lacks(f, in->now) != VMG_ROW_COUNT)
		return false;
	if (f->needs & NEED_VCPUS && in->guest->vcpus == 0)
		return false;
	if (f->needs & NEED_MEMORY && in->guest->memory_mb == 0)
		return false;
	return !(f->needs & NEED_BEFORE) || before_is_met(f, in);
}

static bool is_zero_by_rule(const struct formula *f, const struct inputs *in)
{
	return f->needs & ZERO_WHILE_UNLIMITED &&
	       has_value(&in->now->cells[f->takes[0]]) &&
	       is_unlimited(value(in, f->takes[0]));
}

static void formula_apply(const struct formula *f, const struct inputs *in,
			  struct vmg_result *result)
{
	if (is_zero_by_rule(f, in))
		result->present = whole(result, 0);
	else
		result->present =
			needs_are_met(f, in) && f->compute(in, result);
}

/* As sent, but for a limit that stands for "none". */
static bool statistic_passes(enum vmg_row row,
			     const struct vmg_stat_value *cell)
{
	bool limit = row == VMG_ROW_CPU_LIMIT || row == VMG_ROW_MEMORY_LIMIT;
	const struct vmg_metric *metric;

	if (!has_value(cell) || (limit && is_unlimited(cell->number)))
		return false;
	metric = vmg_metric_at(row);
	return (metric->source == VMG_SOURCE_WIRE ||
		metric->source == VMG_SOURCE_EXTENDED) &&
	       vmg_metric_number(metric) != VMG_NUMBER_TEXT;
}

void vmg_derive(const struct vmg_reading *now, const struct vmg_reading *before,
		const struct vmg_guest *guest,
		struct vmg_result results[VMG_ROW_COUNT])
{
	const struct inputs in = { now, before, guest };

	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		results[i] = (struct vmg_result){
			.present = statistic_passes(i, &now->cells[i]),
			.value.whole = now->cells[i].number,
		};
	for (size_t i = 0; i < FORMULA_COUNT; i++)
		formula_apply(&formulae[i], &in, &results[formulae[i].row]);
}

enum vmg_row vmg_derive_lacks(const struct vmg_reading *now, enum vmg_row row)
{
	for (size_t i = 0; i < FORMULA_COUNT; i++)
		if (formulae[i].row == row)
			return formula_lacks(&formulae[i], now);
	return VMG_ROW_COUNT;
}

static bool any_needs(const struct vmg_selection *selection, unsigned need)
{
	for (size_t i = 0; i < FORMULA_COUNT; i++)
		if (formulae[i].needs & need &&
		    vmg_selection_has(selection, formulae[i].row))
			return true;
	return false;
}

bool vmg_derive_needs_vcpus(const struct vmg_selection *selection)
{
	return any_needs(selection, NEED_VCPUS);
}

bool vmg_derive_needs_memory(const struct vmg_selection *selection)
{
	return any_needs(selection, NEED_MEMORY);
}
