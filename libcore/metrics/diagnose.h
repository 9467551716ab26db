/* SPDX-License-Identifier: MIT */
/* What holds this virtual machine back, from a window of readings. Pure.
 *
 * It works on the counters: the average over a window is exact, however the
 * readings are spread. No difference is taken across sessions, and none is
 * judged that begins within 60 s of a change of session, or in which a message
 * channel was lost: snapshots and moves stop a machine for a moment. */
#ifndef VMG_DIAGNOSE_H
#define VMG_DIAGNOSE_H

#include "metrics.h"

/* What it looks at. Those below SWAP_IN need extended statistics or the guest's
 * own system: what is not known is not judged. */
enum vmg_fact {
	VMG_FACT_ELAPSED_MS,
	VMG_FACT_USED_MS,
	VMG_FACT_STOLEN_MS,
	VMG_FACT_HOST_MHZ,
	VMG_FACT_CPU_LIMITED,
	VMG_FACT_CPU_LIMIT_MHZ,
	VMG_FACT_CPU_RESERVATION_MHZ,
	VMG_FACT_MEMORY_LIMITED,
	VMG_FACT_MEMORY_LIMIT_MB,
	VMG_FACT_MEMORY_RESERVATION_MB,
	VMG_FACT_ACTIVE_MB,
	VMG_FACT_BALLOONED_MB,
	VMG_FACT_SWAPPED_MB,
	VMG_FACT_ZIPPED_MB,
	VMG_FACT_REOPENS,
	VMG_FACT_HOST_CORES, /* one of those that hosts hide together */
	/* Extended. These are read a moment later, and have a clock of their own. */
	VMG_FACT_UPTIME_US,
	VMG_FACT_SWAP_IN_KB,
	VMG_FACT_CONTENTION_US,
	VMG_FACT_MEMORY_WAIT_US,
	VMG_FACT_NUMA_LOCAL_KB,
	VMG_FACT_NUMA_REMOTE_KB,
	/* The guest's own. */
	VMG_FACT_GUEST_BUSY_MS,	   /* all vCPUs together */
	VMG_FACT_GUEST_SWAP_IN_KB, /* from its own swap */
	VMG_FACT_GUEST_STALL_MS,   /* some task waited for memory */
	VMG_FACT_COUNT
};

/* A disk as host and guest count it since some beginning. */
struct vmg_disk {
	char name[VMG_INSTANCE_SIZE];
	uint64_t operations, time_us;
	bool guest_known;
	uint64_t guest_operations, guest_time_ms;
};

/* As many as the library gives. */
#define VMG_DISKS_MAX 128
struct vmg_disks {
	struct vmg_disk list[VMG_DISKS_MAX];
	size_t count;
};

/* The disk of this name, a new one if there is none; NULL: no room. */
struct vmg_disk *vmg_disk_find(struct vmg_disks *disks, const char *name);

/* Adds a total of a disk, if the metric is one. */
void vmg_disk_add(struct vmg_disks *disks, const struct vmg_metric *metric,
		  const char *name, uint64_t number);

/* One reading. */
struct vmg_moment {
	uint64_t time_ns; /* since 1970 */
	bool up;
	uint64_t session;
	uint64_t vcpus, memory_mb; /* 0: not known */
	bool known[VMG_FACT_COUNT];
	uint64_t number[VMG_FACT_COUNT];
	const struct vmg_disk *disks;
	size_t disk_count;
};

/* What a sample has; the guest's own is added by the caller. Its disks are put
 * into disks, to which the moment points. */
void vmg_moment_take(struct vmg_moment *moment, struct vmg_disks *disks,
		     const struct vmg_sample *sample);

/* The metric that a fact is; NULL: none, as with the guest's own. */
const struct vmg_metric *vmg_fact_metric(enum vmg_fact fact);

enum vmg_severity {
	VMG_SEVERITY_NONE,
	VMG_SEVERITY_NOTE,
	VMG_SEVERITY_WARNING,
	VMG_SEVERITY_CRITICAL,
};

enum vmg_finding_id {
#define VMG_FINDING(finding, ...) VMG_FINDING_##finding,
#include "thresholds.def"
	VMG_FINDING_COUNT
};

enum vmg_finding_unit {
	VMG_IN_PERCENT,
	VMG_IN_MIB_PER_S,
	VMG_IN_MIB,
	VMG_IN_MILLISECONDS,
	VMG_IN_A_DAY,
	VMG_IN_TIMES,
	VMG_IN_FLAG,
};

/* A row of thresholds.def; a level that does not exist is infinite. */
struct vmg_threshold {
	const char *name; /* "cpu-limit" */
	enum vmg_finding_unit unit;
	double note, warning, critical;
	unsigned seconds;
	const char *condition, *source, *sentence;
};

/* By enum vmg_finding_id. NULL past the end. */
const struct vmg_threshold *vmg_threshold_at(size_t id);

struct vmg_finding {
	enum vmg_finding_id id;
	enum vmg_severity severity;
	double value, worst; /* in the threshold's unit: average, and largest */
	/* In how many of the judged intervals it was above the lowest level. */
	size_t hits, intervals;
	uint64_t since_ns; /* the first of these; 0: already at the start */
	char disk[VMG_INSTANCE_SIZE];
};

/* What the window was. Shares are of the vCPUs' time, 1 is all of it; NAN: not
 * known. Sizes and limits are those of the last reading. */
struct vmg_window {
	uint64_t from_ns, to_ns;
	size_t readings, down; /* down: without statistics */
	size_t intervals;      /* that were judged */
	size_t skipped;	       /* after a move, or in a snapshot */
	size_t moves, reopens;
	double seconds; /* by the host's clock, of what was judged */
	bool young;	/* it just booted: notes only */

	double used, stolen, contention;
	double denied; /* the larger of the last two */
	size_t denied_often; /* intervals in which that is felt */
	double memory_wait;
	double session_stolen; /* since the session began */
	double session_s;      /* how long that is */
	double effective_mhz, usable_mhz;
	size_t at_limit; /* intervals */
	uint64_t vcpus, host_mhz, memory_mb;
	bool cpu_limit_known;
	double cpu_limit_mhz, memory_limit_mb; /* INFINITY: there is none */
	double reclaimed_mb, ballooned_mb, swapped_mb, zipped_mb;
	double reclaimed_most_mb; /* at any time in the window; 0: not known */
	bool host_info;		  /* the host's totals can be seen */
};

struct vmg_diagnosis {
	struct vmg_window window;
	struct vmg_finding findings[VMG_FINDING_COUNT]; /* worst first */
	size_t count;
};

/* Readings are in the order of their times. */
void vmg_diagnose(struct vmg_diagnosis *diagnosis,
		  const struct vmg_moment *moments, size_t count);

#endif
