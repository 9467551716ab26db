/* SPDX-License-Identifier: MIT */
/* What is worth a line in the log, once per change; a host that changes its
 * answers from read to read gets fewer. Everything that the sampler logs is
 * written here. */
#ifndef VMG_REPORT_H
#define VMG_REPORT_H

#include "extended.h"
#include "memory.h"
#include "missing.h"

/* What can change by itself, each with a credit of its own: one that changes
 * all the time hides no other. */
enum vmg_topic {
	VMG_TOPIC_ANSWER,
	VMG_TOPIC_SESSION,
	VMG_TOPIC_MISSING,
	VMG_TOPIC_HOST_INFO,
	VMG_TOPIC_MEMORY,
	VMG_TOPIC_VCPUS,
	VMG_TOPIC_EXTENDED,
	VMG_TOPIC_COUNT
};

/* Begun by vmg_report_init(). */
struct vmg_report {
	vmg_log_fn *log;
	void *log_ctx;
	bool once; /* no retry is announced */

	struct {
		unsigned spent; /* of VMG_LOG_CREDIT */
		unsigned reads; /* since one came back */
		bool throttled; /* which was logged */
	} topics[VMG_TOPIC_COUNT];

	/* What the log has already. */
	struct {
		bool up;
		enum vmg_cause cause;
		uint64_t session; /* 0: none yet */
		enum vmg_memory_source memory;
		uint64_t memory_mb;
		bool vcpus_unknown;
		bool host_info_off;
		enum vmg_state states[VMG_ROW_COUNT]; /* VALUE: not missing */
		struct vmg_rows not_computed;
		struct vmg_set_state {
			enum vmg_cause cause;
			bool answered; /* in part, if there is a cause */
		} sets[VMG_SET_COUNT];
		size_t unknown_count;
	} logged;
};

/* What one read found. While the sample is down only it is looked at. */
struct vmg_facts {
	const struct vmg_sample *sample;
	const struct vmg_selection *selection;
	const struct vmg_reading *reading;
	const struct vmg_result *results; /* [VMG_ROW_COUNT] */
	const struct vmg_missing *missing;
	const struct vmg_memory *memory;
	const struct vmg_extended_client *extended;
	bool vcpus_needed;
};

void vmg_report_init(struct vmg_report *report, vmg_log_fn *log, void *log_ctx,
		     bool once);

/* Logs what changed. Once for each read. Returns the session of which it logged
 * that it is over; 0: of none. */
uint64_t vmg_report_write(struct vmg_report *report,
			  const struct vmg_facts *facts);

#endif
