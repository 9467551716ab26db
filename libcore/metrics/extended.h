/* SPDX-License-Identifier: MIT */
/* The extended statistics of one read: which sets are asked for, and what of the
 * answers has a row. */
#ifndef VMG_METRICS_EXTENDED_H
#define VMG_METRICS_EXTENDED_H

#include "derive.h"
#include "retry.h"

/* The library gives 128 disks and as many network cards at most. */
#define VMG_INSTANCES_MAX 256

/* As many as the area of disks has. */
#define VMG_INSTANCE_ROWS 9

/* A disk or a network card. */
struct vmg_instance {
	uint8_t area; /* enum vmg_area */
	char name[VMG_INSTANCE_SIZE];
	struct vmg_stat_value cells[VMG_INSTANCE_ROWS]; /* of the area's rows */
};

/* By area and name, each once. */
struct vmg_instances {
	struct vmg_instance list[VMG_INSTANCES_MAX];
	size_t count;
};

const struct vmg_instance *
vmg_instance_find(const struct vmg_instances *instances, uint8_t area,
		  const char *name);

/* Texts are at most 127 bytes long. */
#define VMG_EXTENDED_TEXT_SIZE 128

#define VMG_SET_COUNT 5

/* All zero but wanted is a new one. */
struct vmg_extended_client {
	unsigned wanted; /* enum vmg_set */
	struct vmg_retry retries[VMG_SET_COUNT];
	uint64_t session; /* of which the retries are: another host may have
			   * what this one refuses */

	/* Of the last read. */
	unsigned answered; /* sets with values */
	struct vmg_failure failures[VMG_SET_COUNT];
	char host_version[VMG_EXTENDED_TEXT_SIZE];
	char uuid[VMG_EXTENDED_TEXT_SIZE];

	/* Names without a row, as they were first met. */
	char unknown[VMG_UNKNOWN_NAMES][VMG_EXTENDED_TEXT_SIZE];
	size_t unknown_count;
};

/* Asks for the sets that are due, and for the session's clock with them. Fills
 * the reading's uptime and its cells of extended statistics, which have no value
 * yet, and the instances. What is of another session than the reading is left
 * out. */
void vmg_extended_read(struct vmg_extended_client *client,
		       VMGuestLibHandle handle, struct vmg_reading *now,
		       struct vmg_instances *instances);

#endif
