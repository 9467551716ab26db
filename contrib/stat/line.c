/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <math.h>
#include <string.h>

#define MS 1e3
#define US 1e6
#define KIB_PER_MIB 1024

static const struct vmg_point *
point_find(const struct line *line, enum vmg_row row, const char *instance)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	for (size_t i = 0; i < line->sample->point_count; i++) {
		const struct vmg_point *point = &line->sample->points[i];

		if (point->metric == metric &&
		    strcmp(point->instance, instance) == 0)
			return point;
	}
	return NULL;
}

double line_value(const struct line *line, enum vmg_row row,
		  const char *instance)
{
	const struct vmg_point *point = point_find(line, row, instance);

	return point ? vmg_point_number(point) : NAN;
}

double line_growth(const struct line *line, enum vmg_row row,
		   const char *instance)
{
	const struct vmg_point *now = point_find(line, row, instance);
	const struct total *before;

	if (!now)
		return NAN;
	if (line->first)
		return (double)now->value.whole;
	before = line->before->session == line->sample->session
			 ? totals_find(line->before, now->metric, instance)
			 : NULL;
	return before && before->number <= now->value.whole
		       ? (double)(now->value.whole - before->number)
		       : NAN;
}

/* Extended statistics are read a moment later, and have a clock of their own. */
static double seconds_of(const struct line *line, enum vmg_row row)
{
	uint64_t now = line->sample->extended_us, before = 0;

	if (vmg_metric_at(row)->source != VMG_SOURCE_EXTENDED)
		return line_growth(line, VMG_ROW_ELAPSED, "") / MS;
	if (!line->first) {
		before = line->before->extended_us;
		if (before == 0)
			return NAN;
	}
	return now > before ? (double)(now - before) / US : NAN;
}

double line_rate(const struct line *line, enum vmg_row row,
		 const char *instance)
{
	double seconds = seconds_of(line, row);

	return seconds > 0 ? line_growth(line, row, instance) / seconds : NAN;
}

static double value(const struct line *line, enum vmg_row row)
{
	return line_value(line, row, "");
}

/* Of a total of so many units a second: percent of the vCPUs' time. */
static double share(const struct line *line, enum vmg_row row, double units)
{
	double vcpus = (double)line->sample->vcpus;

	return vcpus > 0 ? 100 * line_rate(line, row, "") / units / vcpus : NAN;
}

static double used(const struct line *line)
{
	return share(line, VMG_ROW_CPU_USED_TIME, MS);
}

static double stolen(const struct line *line)
{
	return share(line, VMG_ROW_CPU_STOLEN_TIME, MS);
}

static double contention(const struct line *line)
{
	return share(line, VMG_ROW_CPU_CONTENTION_TIME, US);
}

static double memory_wait(const struct line *line)
{
	return share(line, VMG_ROW_CPU_CONTENTION_MEMORY_TIME, US);
}

static double effective_mhz(const struct line *line)
{
	return value(line, VMG_ROW_HOST_CPU) *
	       line_rate(line, VMG_ROW_CPU_USED_TIME, "") / MS;
}

static double effective_ghz(const struct line *line)
{
	return effective_mhz(line) / 1000;
}

static double of_limit(const struct line *line)
{
	if (value(line, VMG_ROW_CPU_LIMITED) == 0)
		return INFINITY;
	return 100 * effective_mhz(line) / value(line, VMG_ROW_CPU_LIMIT);
}

static double swap_in(const struct line *line)
{
	return line_rate(line, VMG_ROW_MEMORY_SWAP_IN, "") / KIB_PER_MIB;
}

static double swap_out(const struct line *line)
{
	return line_rate(line, VMG_ROW_MEMORY_SWAP_OUT, "") / KIB_PER_MIB;
}

static double numa_local(const struct line *line)
{
	return 100 * value(line, VMG_ROW_MEMORY_NUMA_LOCAL_SHARE);
}

#define VALUE(name, row)                            \
	static double name(const struct line *line) \
	{                                           \
		return value(line, VMG_ROW_##row);  \
	}
VALUE(active, MEMORY_ACTIVE)
VALUE(ballooned, MEMORY_BALLOONED)
VALUE(zipped, MEMORY_ZIPPED)
VALUE(swapped, MEMORY_SWAPPED)
VALUE(target, MEMORY_TARGET)
VALUE(mapped, MEMORY_MAPPED)
VALUE(host_mhz, HOST_CPU)
VALUE(host_cores, HOST_CPU_CORES)
VALUE(host_total, HOST_MEMORY_TOTAL)
VALUE(host_used, HOST_MEMORY_USED)
VALUE(host_free, HOST_MEMORY_FREE)
VALUE(host_swapped, HOST_MEMORY_SWAPPED)
#undef VALUE

static const struct column columns[] = {
	{ "used", "used_percent", 6, 1, VIEW_CPU, false, false, used },
	{ "stolen", "stolen_percent", 7, 1, VIEW_CPU, false, false, stolen },
	{ "contn", "contention_percent", 6, 1, VIEW_CPU, false, false,
	  contention },
	{ "GHz", "effective_ghz", 7, 2, VIEW_CPU, false, false, effective_ghz },
	{ "lim%", "used_of_limit_percent", 6, 1, VIEW_CPU, false, false,
	  of_limit },
	{ "active", "active_mib", 8, 0, VIEW_MEMORY, false, true, active },
	{ "balloon", "ballooned_mib", 8, 0, VIEW_MEMORY, false, true,
	  ballooned },
	{ "zip", "zipped_mib", 6, 0, VIEW_MEMORY, false, true, zipped },
	{ "hswap", "swapped_mib", 7, 0, VIEW_MEMORY, false, true, swapped },
	{ "swpin/s", "swap_in_mib_per_s", 8, 0, VIEW_MEMORY, false, true,
	  swap_in },
	{ "target", "target_mib", 8, 0, VIEW_MEMORY, true, true, target },
	{ "mapped", "mapped_mib", 8, 0, VIEW_MEMORY, true, true, mapped },
	{ "MHz", "host_mhz", 7, 0, VIEW_HOST, false, false, host_mhz },
	{ "cores", "host_cores", 6, 0, VIEW_HOST, false, false, host_cores },
	{ "total", "host_total_mib", 9, 0, VIEW_HOST, false, true, host_total },
	{ "used", "host_used_mib", 9, 0, VIEW_HOST, false, true, host_used },
	{ "free", "host_free_mib", 9, 0, VIEW_HOST, false, true, host_free },
	{ "hswap", "host_swapped_mib", 9, 0, VIEW_HOST, false, true,
	  host_swapped },
	{ "%SWPWT", "memory_wait_percent", 8, 1, VIEW_WAITING, false, false,
	  memory_wait },
	{ "N%L", "numa_local_percent", 7, 1, VIEW_WAITING, false, false,
	  numa_local },
	{ "contn", "contention_percent", 7, 1, VIEW_WAITING, false, false,
	  contention },
	{ "swpin/s", "swap_in_mib_per_s", 9, 1, VIEW_WAITING, false, true,
	  swap_in },
	{ "swpout/s", "swap_out_mib_per_s", 9, 1, VIEW_WAITING, false, true,
	  swap_out },
};

const struct column *column_at(size_t index)
{
	return index < column_count() ? &columns[index] : NULL;
}

size_t column_count(void)
{
	return sizeof columns / sizeof columns[0];
}
