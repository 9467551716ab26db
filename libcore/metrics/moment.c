/* SPDX-License-Identifier: MIT */
/* What the diagnosis takes of a sample. */
#include "diagnose.h"
#include "row.h"

#include <stdio.h>
#include <string.h>

/* Facts that are no metric are VMG_ROW_COUNT: a clock, and the guest's own. */
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
	[VMG_FACT_UPTIME_US] = VMG_ROW_COUNT,
	[VMG_FACT_SWAP_IN_KB] = VMG_ROW_MEMORY_SWAP_IN,
	[VMG_FACT_CONTENTION_US] = VMG_ROW_CPU_CONTENTION_TIME,
	[VMG_FACT_MEMORY_WAIT_US] = VMG_ROW_CPU_CONTENTION_MEMORY_TIME,
	[VMG_FACT_NUMA_LOCAL_KB] = VMG_ROW_MEMORY_NUMA_LOCAL,
	[VMG_FACT_NUMA_REMOTE_KB] = VMG_ROW_MEMORY_NUMA_REMOTE,
	[VMG_FACT_GUEST_BUSY_MS] = VMG_ROW_COUNT,
	[VMG_FACT_GUEST_SWAP_IN_KB] = VMG_ROW_COUNT,
	[VMG_FACT_GUEST_STALL_MS] = VMG_ROW_COUNT,
};

const struct vmg_metric *vmg_fact_metric(enum vmg_fact fact)
{
	return rows[fact] == VMG_ROW_COUNT ? NULL : vmg_metric_at(rows[fact]);
}

/* What of a disk one of its metrics adds to; NULL: nothing. */
static uint64_t *total_of(struct vmg_disk *disk,
			  const struct vmg_metric *metric)
{
	switch (metric->unit) {
	case VMG_METRIC_OPERATIONS:
		return &disk->operations;
	case VMG_METRIC_US_TOTAL:
		return &disk->time_us;
	default:
		return NULL;
	}
}

struct vmg_disk *vmg_disk_find(struct vmg_disks *disks, const char *name)
{
	struct vmg_disk *disk;

	for (size_t i = 0; i < disks->count; i++)
		if (strcmp(disks->list[i].name, name) == 0)
			return &disks->list[i];
	if (disks->count == VMG_DISKS_MAX)
		return NULL;
	disk = &disks->list[disks->count++];
	*disk = (struct vmg_disk){ .operations = 0 };
	snprintf(disk->name, sizeof disk->name, "%s", name);
	return disk;
}

void vmg_disk_add(struct vmg_disks *disks, const struct vmg_metric *metric,
		  const char *name, uint64_t number)
{
	struct vmg_disk *disk;

	if (metric->area != VMG_AREA_VSCSI)
		return;
	disk = vmg_disk_find(disks, name);
	if (disk && total_of(disk, metric))
		*total_of(disk, metric) += number;
}

void vmg_moment_take(struct vmg_moment *moment, struct vmg_disks *disks,
		     const struct vmg_sample *sample)
{
	*moment = (struct vmg_moment){
		.time_ns = sample->time_ns,
		.up = sample->up,
		.session = sample->session,
		.vcpus = sample->vcpus,
		.memory_mb = sample->memory_mb,
		.disks = disks->list,
	};
	moment->known[VMG_FACT_UPTIME_US] = sample->extended_us > 0;
	moment->number[VMG_FACT_UPTIME_US] = sample->extended_us;
	disks->count = 0;
	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];

		vmg_disk_add(disks, point->metric, point->instance,
			     point->value.whole);
		for (size_t fact = 0; fact < VMG_FACT_COUNT; fact++) {
			if (vmg_fact_metric(fact) != point->metric)
				continue;
			moment->known[fact] = true;
			moment->number[fact] = point->value.whole;
		}
	}
	moment->disk_count = disks->count;
}
