/* SPDX-License-Identifier: MIT */
#ifndef SIM_STAT_H
#define SIM_STAT_H

#include "bytes.h"

/* What guestlib.stat.get answers. */

enum sim_set {
	SIM_SET_SESSION,
	SIM_SET_HOST,
	SIM_SET_RESOURCES,
	SIM_SET_VSCSI, /* of one disk */
	SIM_SET_VNET,  /* of one NIC */
	SIM_SETS
};

/* By enum sim_set; ends with NULL. */
extern const char *const sim_set_names[];

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

/* Whole units of what was added up in fractions: 2999.9999999 is 3000. What is
 * beyond 2^62 becomes that. */
void sim_metric_set(struct sim_metric_value *metrics, enum sim_metric metric,
		    double number);

/* The parts of a request's arguments, which may contain blanks: encoding,
 * stat and its parameter. Longer ones than fit are refused. */
struct sim_stat_request {
	char encoding[16], stat[32], param[192];
};

bool sim_stat_parse(struct sim_stat_request *r, const char *text, size_t len);

/* The set that is asked for, or SIM_SETS. */
enum sim_set sim_stat_set(const struct sim_stat_request *r);

/* Appends a line of the list of all that can be asked for. A set without
 * instances has the name "". */
void sim_stat_list(struct sim_bytes *out, enum sim_set set, const char *name);

/* Appends the metrics of the set, and as many invented ones.
 * metrics[SIM_METRICS]. */
void sim_stat_reply(struct sim_bytes *out, const char *encoding,
		    enum sim_set set, const struct sim_metric_value *metrics,
		    uint32_t invented);

#endif
