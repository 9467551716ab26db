/* SPDX-License-Identifier: MIT */
#include "derive.h"

/* Source: open-vm-tools' callers and hosts' logs agree on it for id 2; id 7
 * follows the same callers. */
#define UNLIMITED 0xFFFFFFFFu

/* What the formulae stand on. */
struct inputs {
	const struct vmg_read *now, *before;
	const struct vmg_guest *guest;
	struct vmg_reading *readings;
};

static void put_whole(const struct inputs *in, enum vmg_row row, uint64_t whole)
{
	in->readings[row].present = true;
	in->readings[row].whole = whole;
}

static void put_real(const struct inputs *in, enum vmg_row row, double real)
{
	in->readings[row].present = true;
	in->readings[row].real = real;
}

static bool cell_has(const struct vmg_cell *cell)
{
	return cell->given == VMG_GIVEN_VALUE;
}

bool vmg_cell_is_unlimited(const struct vmg_cell *cell)
{
	return cell_has(cell) && cell->value == UNLIMITED;
}

static bool now_has(const struct inputs *in, enum vmg_row row, uint64_t *value)
{
	const struct vmg_cell *cell = &in->now->cells[row];

	if (!cell_has(cell))
		return false;
	*value = cell->value;
	return true;
}

/* The same where 0 cannot be what the host means, or cannot be divided by. */
static bool now_has_some(const struct inputs *in, enum vmg_row row,
			 uint64_t *value)
{
	return now_has(in, row, value) && *value > 0;
}

static bool difference(const struct inputs *in, enum vmg_row row,
		       uint64_t *grown)
{
	const struct vmg_cell *now = &in->now->cells[row];
	const struct vmg_cell *before;

	if (!in->before || in->before->session != in->now->session)
		return false;
	before = &in->before->cells[row];
	if (!cell_has(now) || !cell_has(before) || now->value < before->value)
		return false;
	*grown = now->value - before->value;
	return true;
}

/* How much the counter grew for each millisecond that elapsed. */
static bool rate(const struct inputs *in, enum vmg_row row, double *per_ms)
{
	uint64_t grown, elapsed;

	if (!difference(in, row, &grown) ||
	    !difference(in, VMG_ROW_ELAPSED, &elapsed) || elapsed == 0)
		return false;
	*per_ms = (double)grown / (double)elapsed;
	return true;
}

static void per_vcpu_derive(const struct inputs *in, enum vmg_row counter,
			    enum vmg_row share)
{
	double per_ms;

	if (in->guest->vcpus > 0 && rate(in, counter, &per_ms))
		put_real(in, share, per_ms / (double)in->guest->vcpus);
}

static void effective_derive(const struct inputs *in)
{
	const struct vmg_cell *limit = &in->now->cells[VMG_ROW_CPU_LIMIT];
	uint64_t host_mhz, mhz;
	double per_ms, effective;

	if (!now_has_some(in, VMG_ROW_HOST_CPU, &host_mhz) ||
	    !rate(in, VMG_ROW_CPU_USED_TIME, &per_ms))
		return;
	effective = (double)host_mhz * per_ms;
	put_real(in, VMG_ROW_CPU_EFFECTIVE, effective);
	if (now_has_some(in, VMG_ROW_CPU_LIMIT, &mhz) &&
	    !vmg_cell_is_unlimited(limit))
		put_real(in, VMG_ROW_CPU_USED_OF_LIMIT,
			 effective / (double)mhz);
	if (now_has_some(in, VMG_ROW_CPU_RESERVATION, &mhz))
		put_real(in, VMG_ROW_CPU_USED_OF_RESERVATION,
			 effective / (double)mhz);
}

/* usable: what the limit would have to be below to bind; 0: not known. */
static void limit_derive(const struct inputs *in, enum vmg_row limit,
			 enum vmg_row limited, enum vmg_row binding,
			 double usable)
{
	const struct vmg_cell *cell = &in->now->cells[limit];
	bool finite = !vmg_cell_is_unlimited(cell);

	if (!cell_has(cell))
		return;
	put_whole(in, limited, finite);
	if (finite)
		put_whole(in, limit, cell->value);
	if (!finite)
		put_whole(in, binding, 0);
	else if (usable > 0)
		put_whole(in, binding, (double)cell->value < usable);
}

static void cpu_derive(const struct inputs *in)
{
	uint64_t host_mhz = 0, elapsed_ms;

	now_has(in, VMG_ROW_HOST_CPU, &host_mhz);
	limit_derive(in, VMG_ROW_CPU_LIMIT, VMG_ROW_CPU_LIMITED,
		     VMG_ROW_CPU_LIMIT_BINDING,
		     (double)in->guest->vcpus * (double)host_mhz);
	per_vcpu_derive(in, VMG_ROW_CPU_USED_TIME, VMG_ROW_CPU_USED);
	per_vcpu_derive(in, VMG_ROW_CPU_STOLEN_TIME, VMG_ROW_CPU_STOLEN);
	effective_derive(in);
	if (in->guest->vcpus > 0)
		put_whole(in, VMG_ROW_VCPUS, in->guest->vcpus);
	if (now_has(in, VMG_ROW_ELAPSED, &elapsed_ms))
		put_real(in, VMG_ROW_SESSION_UPTIME, (double)elapsed_ms / 1000);
}

static void share_derive(const struct inputs *in, enum vmg_row part,
			 uint64_t whole, enum vmg_row share)
{
	uint64_t value;

	if (whole > 0 && now_has(in, part, &value))
		put_real(in, share, (double)value / (double)whole);
}

static void reclaimed_derive(const struct inputs *in)
{
	static const enum vmg_row parts[] = {
		VMG_ROW_MEMORY_BALLOONED,
		VMG_ROW_MEMORY_SWAPPED,
		VMG_ROW_MEMORY_ZIPPED,
	};
	uint64_t sum = 0, part;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!now_has(in, parts[i], &part) || part > UINT64_MAX - sum)
			return;
		sum += part;
	}
	put_whole(in, VMG_ROW_MEMORY_RECLAIMED, sum);
}

static void memory_derive(const struct inputs *in)
{
	uint64_t configured = in->guest->memory_mb, balloon_max = 0;

	now_has(in, VMG_ROW_MEMORY_BALLOON_MAX, &balloon_max);
	limit_derive(in, VMG_ROW_MEMORY_LIMIT, VMG_ROW_MEMORY_LIMITED,
		     VMG_ROW_MEMORY_LIMIT_BINDING, (double)configured);
	share_derive(in, VMG_ROW_MEMORY_ACTIVE, configured,
		     VMG_ROW_MEMORY_ACTIVE_SHARE);
	share_derive(in, VMG_ROW_MEMORY_BALLOONED, configured,
		     VMG_ROW_MEMORY_BALLOONED_SHARE);
	share_derive(in, VMG_ROW_MEMORY_BALLOONED, balloon_max,
		     VMG_ROW_MEMORY_BALLOON_OF_MAX);
	reclaimed_derive(in);
}

static bool row_is_number_of_wire(const struct vmg_metric *metric)
{
	return metric->source == VMG_SOURCE_WIRE &&
	       metric->number != VMG_NUMBER_TEXT;
}

void vmg_derive(const struct vmg_read *now, const struct vmg_read *before,
		const struct vmg_guest *guest,
		struct vmg_reading readings[VMG_ROW_COUNT])
{
	const struct inputs in = { now, before, guest, readings };
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (metric->source != VMG_SOURCE_SELF &&
		    metric->number != VMG_NUMBER_TEXT)
			readings[i].present = false;
		/* limit_derive() decides about limits. */
		if (row_is_number_of_wire(metric) && cell_has(&now->cells[i]) &&
		    i != VMG_ROW_CPU_LIMIT && i != VMG_ROW_MEMORY_LIMIT)
			put_whole(&in, i, now->cells[i].value);
	}
	cpu_derive(&in);
	memory_derive(&in);
}

/* What each formula takes from the newer read. */
static const struct {
	enum vmg_row row;
	enum vmg_row takes[4];
	size_t count;
} formulae[] = {
	{ VMG_ROW_CPU_USED, { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME }, 2 },
	{ VMG_ROW_CPU_STOLEN, { VMG_ROW_ELAPSED, VMG_ROW_CPU_STOLEN_TIME }, 2 },
	{ VMG_ROW_CPU_EFFECTIVE,
	  { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU },
	  3 },
	{ VMG_ROW_CPU_USED_OF_LIMIT,
	  { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU,
	    VMG_ROW_CPU_LIMIT },
	  4 },
	{ VMG_ROW_CPU_USED_OF_RESERVATION,
	  { VMG_ROW_ELAPSED, VMG_ROW_CPU_USED_TIME, VMG_ROW_HOST_CPU,
	    VMG_ROW_CPU_RESERVATION },
	  4 },
	{ VMG_ROW_CPU_LIMIT_BINDING,
	  { VMG_ROW_CPU_LIMIT, VMG_ROW_HOST_CPU },
	  2 },
	{ VMG_ROW_MEMORY_ACTIVE_SHARE, { VMG_ROW_MEMORY_ACTIVE }, 1 },
	{ VMG_ROW_MEMORY_BALLOONED_SHARE, { VMG_ROW_MEMORY_BALLOONED }, 1 },
	{ VMG_ROW_MEMORY_BALLOON_OF_MAX,
	  { VMG_ROW_MEMORY_BALLOONED, VMG_ROW_MEMORY_BALLOON_MAX },
	  2 },
	{ VMG_ROW_MEMORY_LIMIT_BINDING, { VMG_ROW_MEMORY_LIMIT }, 1 },
	{ VMG_ROW_MEMORY_RECLAIMED,
	  { VMG_ROW_MEMORY_BALLOONED, VMG_ROW_MEMORY_SWAPPED,
	    VMG_ROW_MEMORY_ZIPPED },
	  3 },
};

enum vmg_row vmg_derived_lacks(const struct vmg_read *now, enum vmg_row row)
{
	for (size_t f = 0; f < sizeof formulae / sizeof formulae[0]; f++) {
		if (formulae[f].row != row)
			continue;
		for (size_t i = 0; i < formulae[f].count; i++)
			if (!cell_has(&now->cells[formulae[f].takes[i]]))
				return formulae[f].takes[i];
	}
	return VMG_ROW_COUNT;
}
