/* SPDX-License-Identifier: MIT */
/* What the diagnosis takes of a sample. */
#include "diagnose.h"
#include "row.h"

/* Facts that no sample has are VMG_ROW_COUNT: the guest's own, and those of
 * extended statistics, which are not sampled. */
static const enum vmg_row rows[VMG_FACT_COUNT] = {
	[VMG_FACT_ELAPSED_MS] = VMG_ROW_ELAPSED,
	[VMG_FACT_USED_MS] = VMG_ROW_CPU_USED_TIME,
	[VMG_FACT_STOLEN_MS] = VMG_ROW_CPU_STOLEN_TIME,
	[VMG_FACT_HOST_MHZ] = VMG_ROW_HOST_CPU,
	[VMG_FACT_CPU_LIMITED] = VMG_ROW_CPU_LIMITED,
	[VMG_FACT_CPU_LIMIT_MHZ] = VMG_ROW_CPU_LIMIT,
	[VMG_FACT_CPU_RESERVATION_MHZ] = VMG_ROW_CPU_RESERVATION,
	[VMG_FACT_MEMORY_LIMITED] = VMG_ROW_MEMORY_LIMITED,
	[VMG_FACT_MEMORY_LIMIT_MB] = VMG_ROW_MEMORY_LIMIT,
	[VMG_FACT_MEMORY_RESERVATION_MB] = VMG_ROW_MEMORY_RESERVATION,
	[VMG_FACT_ACTIVE_MB] = VMG_ROW_MEMORY_ACTIVE,
	[VMG_FACT_BALLOONED_MB] = VMG_ROW_MEMORY_BALLOONED,
	[VMG_FACT_SWAPPED_MB] = VMG_ROW_MEMORY_SWAPPED,
	[VMG_FACT_ZIPPED_MB] = VMG_ROW_MEMORY_ZIPPED,
	[VMG_FACT_REOPENS] = VMG_ROW_CHANNEL_REOPENS,
	[VMG_FACT_HOST_CORES] = VMG_ROW_HOST_CPU_CORES,
	[VMG_FACT_SWAP_IN_KB] = VMG_ROW_COUNT,
	[VMG_FACT_CONTENTION_MS] = VMG_ROW_COUNT,
	[VMG_FACT_MEMORY_WAIT_MS] = VMG_ROW_COUNT,
	[VMG_FACT_NUMA_LOCAL_KB] = VMG_ROW_COUNT,
	[VMG_FACT_NUMA_REMOTE_KB] = VMG_ROW_COUNT,
	[VMG_FACT_GUEST_BUSY_MS] = VMG_ROW_COUNT,
	[VMG_FACT_GUEST_SWAP_IN_KB] = VMG_ROW_COUNT,
	[VMG_FACT_GUEST_STALL_MS] = VMG_ROW_COUNT,
};

const struct vmg_metric *vmg_fact_metric(enum vmg_fact fact)
{
	return rows[fact] == VMG_ROW_COUNT ? NULL : vmg_metric_at(rows[fact]);
}

void vmg_moment_take(struct vmg_moment *moment, const struct vmg_sample *sample)
{
	*moment = (struct vmg_moment){
		.time_ns = sample->time_ns,
		.up = sample->up,
		.session = sample->session,
		.vcpus = sample->vcpus,
		.memory_mb = sample->memory_mb,
	};
	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];

		for (size_t fact = 0; fact < VMG_FACT_COUNT; fact++) {
			if (vmg_fact_metric(fact) != point->metric)
				continue;
			moment->known[fact] = true;
			moment->number[fact] = point->value.whole;
		}
	}
}
