/* SPDX-License-Identifier: MIT */
#ifndef SIM_STAT_H
#define SIM_STAT_H

#include "bytes.h"

/* What guestlib.stat.get answers. */

enum sim_metric {
	/* session */
	SIM_SESSION_ID,
	SIM_UPTIME,
	SIM_HYPERVISOR,
	SIM_PROVIDER,
	SIM_UUID_BIOS,
	/* host */
	SIM_PROCESSOR_MHZ,
	SIM_CORES_PER_PACKAGE,
	/* resources */
	SIM_CPU_RESERVED,
	SIM_CPU_LIMIT,
	SIM_CPU_USED,
	SIM_CPU_CONTENTION_CPU,
	SIM_CPU_CONTENTION_MEM,
	SIM_NUMA_LOCAL,
	SIM_NUMA_REMOTE,
	SIM_MEM_RESERVED,
	SIM_MEM_LIMIT,
	SIM_MEM_MAPPED,
	SIM_MEM_CONSUMED,
	SIM_MEM_SWAPPED,
	SIM_MEM_BALLOONED,
	SIM_MEM_SWAP_IN,
	SIM_MEM_SWAP_OUT,
	SIM_OVHD_SWAPPED,
	SIM_OVHD_SWAP_IN,
	SIM_OVHD_SWAP_OUT,
	/* vscsi */
	SIM_NUM_READS,
	SIM_NUM_WRITES,
	SIM_SIZE_READS,
	SIM_SIZE_WRITES,
	SIM_LATENCY_READS,
	SIM_LATENCY_WRITES,
	/* vnet */
	SIM_NUM_TX,
	SIM_SIZE_TX,
	SIM_NUM_RX,
	SIM_SIZE_RX,
	SIM_NET_RESERVATION,
	SIM_NET_LIMIT,
	SIM_METRICS
};

struct sim_metric_value {
	bool valid;
	int64_t number;
	const char *text; /* of the few that are no numbers, else NULL */
};

/* Its number, or SIM_METRICS when there is none of that name. */
enum sim_metric sim_metric_find(const char *name);
bool sim_metric_is_text(enum sim_metric metric);

/* The parts of a request's arguments, which may contain blanks: encoding,
 * stat and its parameter. Longer ones than fit are refused. */
struct sim_stat_request {
	char encoding[16], stat[32], param[64];
};

bool sim_stat_parse(struct sim_stat_request *r, const char *text, size_t len);

/* Appends the reply to r, "1 " or "0 " included. names are the disks and NICs
 * that exist. value[] is by enum sim_metric. */
struct sim_devices {
	const char (*disks)[32], (*nics)[32];
	size_t disk_count, nic_count;
};

void sim_stat_reply(struct sim_bytes *out, const struct sim_stat_request *r,
		    const struct sim_metric_value *values,
		    const struct sim_devices *devices);

#endif
