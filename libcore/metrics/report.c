/* SPDX-License-Identifier: MIT */
#include "report.h"
#include "explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const topic_words[VMG_TOPIC_COUNT] = {
	[VMG_TOPIC_ANSWER] = "the host's answer",
	[VMG_TOPIC_SESSION] = "the session",
	[VMG_TOPIC_MISSING] = "the list of statistics without a value",
	[VMG_TOPIC_HOST_INFO] = "host information",
	[VMG_TOPIC_MEMORY] = "the configured memory",
	[VMG_TOPIC_VCPUS] = "the number of vCPUs",
	[VMG_TOPIC_EXTENDED] = "the availability of extended statistics",
};

__attribute__((format(printf, 3, 4))) static void
log_line(const struct vmg_report *report, enum vmg_log_level level,
	 const char *format, ...)
{
	char text[VMG_LOG_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	report->log(report->log_ctx, level, text);
}

static void credit_earn(struct vmg_report *report)
{
	for (size_t i = 0; i < VMG_TOPIC_COUNT; i++) {
		if (report->topics[i].spent == 0)
			continue;
		if (++report->topics[i].reads < VMG_LOG_PACE)
			continue;
		report->topics[i].reads = 0;
		if (--report->topics[i].spent == 0)
			report->topics[i].throttled = false;
	}
}

/* True if a change of the topic may be logged now, which uses its credit. If
 * not, what was logged stands, and is compared again at the next read: what is
 * true when there is credit is then logged. */
static bool credit_spend(struct vmg_report *report, enum vmg_topic topic)
{
	if (report->topics[topic].spent < VMG_LOG_CREDIT) {
		report->topics[topic].spent++;
		return true;
	}
	if (!report->topics[topic].throttled)
		log_line(report, VMG_LOG_WARNING,
			 "%s keeps changing; further messages are rate-limited "
			 "to "
			 "one in %d reads.",
			 topic_words[topic], VMG_LOG_PACE);
	report->topics[topic].throttled = true;
	return false;
}

static void failure_write(struct vmg_report *report,
			  const struct vmg_failure *failure)
{
	char text[VMG_LOG_SIZE];

	if (!report->logged.up && report->logged.cause == failure->cause)
		return;
	if (!credit_spend(report, VMG_TOPIC_ANSWER))
		return;
	report->logged.up = false;
	report->logged.cause = failure->cause;
	vmg_explain_failure(failure, text);
	if (report->once)
		log_line(report, VMG_LOG_WARNING, "%s", text);
	else if (vmg_cause_lasts(failure->cause))
		log_line(report, VMG_LOG_WARNING,
			 "%s Retrying after %d reads, later every %d.", text,
			 VMG_RETRY_FIRST, VMG_RETRY_LONGEST);
	else
		log_line(report, VMG_LOG_WARNING,
			 "%s Retrying at the next read.", text);
}

static void answer_write(struct vmg_report *report, uint64_t session)
{
	char text[VMG_SESSION_SIZE];

	if (report->logged.up || !credit_spend(report, VMG_TOPIC_ANSWER))
		return;
	vmg_session_text(session, text);
	log_line(report, VMG_LOG_INFO,
		 "receiving statistics from the host, session %s.", text);
	report->logged.up = true;
	report->logged.cause = VMG_CAUSE_NONE;
}

static uint64_t session_write(struct vmg_report *report, uint64_t session)
{
	char old[VMG_SESSION_SIZE], new[VMG_SESSION_SIZE];
	uint64_t ended = report->logged.session;

	if (ended == 0)
		report->logged.session = session;
	if (report->logged.session == session ||
	    !credit_spend(report, VMG_TOPIC_SESSION))
		return 0;
	vmg_session_text(ended, old);
	vmg_session_text(session, new);
	log_line(report, VMG_LOG_INFO,
		 "session changed from %s to %s: this VM was moved, resumed, "
		 "reverted or reset. Rates restart.",
		 old, new);
	report->logged.session = session;
	return ended;
}

static void memory_write(struct vmg_report *report,
			 const struct vmg_memory *memory)
{
	bool grown = memory->source == VMG_MEMORY_FROM_HOST &&
		     memory->mb != report->logged.memory_mb;

	if (memory->source == VMG_MEMORY_NOT_ASKED ||
	    (memory->source == report->logged.memory && !grown) ||
	    !credit_spend(report, VMG_TOPIC_MEMORY))
		return;
	report->logged.memory = memory->source;
	report->logged.memory_mb = memory->mb;
	if (memory->source == VMG_MEMORY_FROM_HOST)
		log_line(report, VMG_LOG_INFO,
			 "configured memory: %" PRIu64 " MB, from the host.",
			 memory->mb);
	else if (memory->source == VMG_MEMORY_FROM_KERNEL)
		log_line(report, VMG_LOG_INFO,
			 "configured memory: %" PRIu64
			 " MB, as the guest's kernel "
			 "counts it, which is slightly less; the host did not "
			 "answer.",
			 memory->mb);
	else
		log_line(
			report, VMG_LOG_WARNING,
			"configured memory: unknown, neither the host nor the "
			"guest's kernel reported it; percentages of it are not "
			"published.");
}

static void vcpus_write(struct vmg_report *report,
			const struct vmg_facts *facts)
{
	bool unknown = facts->vcpus_needed && facts->sample->vcpus == 0;

	if (unknown == report->logged.vcpus_unknown ||
	    !credit_spend(report, VMG_TOPIC_VCPUS))
		return;
	report->logged.vcpus_unknown = unknown;
	if (unknown)
		log_line(report, VMG_LOG_WARNING,
			 "the number of vCPUs is unknown: "
			 "/sys/devices/system/cpu "
			 "is not the kernel's own here, as in some containers. "
			 "Percentages of vCPUs are not published. Set VCPUs "
			 "(vmguest-execd: --vcpus) to this VM's number.");
	else
		log_line(report, VMG_LOG_INFO, "vCPUs: %" PRIu64 ".",
			 facts->sample->vcpus);
}

static bool host_info_is_selected(const struct vmg_selection *selection)
{
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (vmg_row_is_host_info(i) && vmg_selection_has(selection, i))
			return true;
	return false;
}

/* Only where host information is selected. */
static void host_info_write(struct vmg_report *report,
			    const struct vmg_facts *facts)
{
	enum vmg_host_info info = facts->missing->host_info;
	bool off = info == VMG_HOST_INFO_OFF;

	if (info == VMG_HOST_INFO_UNKNOWN ||
	    off == report->logged.host_info_off ||
	    !host_info_is_selected(facts->selection) ||
	    !credit_spend(report, VMG_TOPIC_HOST_INFO))
		return;
	report->logged.host_info_off = off;
	if (off)
		log_line(report, VMG_LOG_INFO,
			 "host information is off: of area host only host_cpu "
			 "has a "
			 "value. This is the default; to turn it on, ask the "
			 "VMware "
			 "administrator to set tools.guestlib.enableHostInfo = "
			 "\"TRUE\" in the VM's configuration.");
	else
		log_line(report, VMG_LOG_INFO, "host information is on.");
}

/* One line for the rows that are missing for this reason, if they are others
 * than those logged before. */
static void reason_write(const struct vmg_report *report, enum vmg_state why,
			 const enum vmg_state now[VMG_ROW_COUNT])
{
	char names[VMG_LOG_SIZE] = "", name[VMG_NAME_SIZE];
	bool changed = false;
	size_t len = 0;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		changed |= (now[i] == why) != (report->logged.states[i] == why);
		if (now[i] != why)
			continue;
		vmg_metric_name(vmg_metric_at(i), name);
		if (len < sizeof names)
			len += (size_t)snprintf(names + len, sizeof names - len,
						"%s%s", len > 0 ? ", " : "",
						name);
	}
	if (changed && len > 0)
		log_line(report, VMG_LOG_WARNING, "%s%s",
			 vmg_explain_state(why), names);
}

/* Hidden host information is a state of its own, and no reason. */
static void states_of(const struct vmg_missing *missing,
		      enum vmg_state states[VMG_ROW_COUNT])
{
	size_t at = 0;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		states[i] = VMG_STATE_VALUE;
		if (at == missing->count ||
		    missing->absences[at].metric != vmg_metric_at(i))
			continue;
		if (missing->host_info != VMG_HOST_INFO_OFF ||
		    !vmg_row_is_host_info(i))
			states[i] = missing->absences[at].state;
		at++;
	}
}

static void missing_write(struct vmg_report *report,
			  const struct vmg_missing *missing)
{
	bool hidden = missing->count > missing->unavailable;
	enum vmg_state now[VMG_ROW_COUNT];

	states_of(missing, now);
	if (memcmp(report->logged.states, now, sizeof now) == 0 ||
	    !credit_spend(report, VMG_TOPIC_MISSING))
		return;
	reason_write(report, VMG_STATE_NOT_SENT, now);
	reason_write(report, VMG_STATE_NOT_VALID, now);
	if (missing->unavailable == 0)
		log_line(report, VMG_LOG_INFO,
			 "every selected statistic has a value again%s.",
			 hidden ? ", except host information" : "");
	memcpy(report->logged.states, now, sizeof now);
}

static void sets_of(const struct vmg_extended_client *extended,
		    struct vmg_set_state states[VMG_SET_COUNT])
{
	for (size_t i = 0; i < VMG_SET_COUNT; i++)
		states[i] = (struct vmg_set_state){
			.cause = extended->failures[i].cause,
			.answered =
				extended->failures[i].cause != VMG_CAUSE_NONE &&
				extended->answered >> i & 1,
		};
}

static bool set_is_as(const struct vmg_set_state *one,
		      const struct vmg_set_state *other)
{
	return one->cause == other->cause && one->answered == other->answered;
}

/* One line for all sets in the same state as this one, written for the first of
 * them only. */
static void set_write(const struct vmg_report *report,
		      const struct vmg_set_state now[VMG_SET_COUNT],
		      size_t which, const struct vmg_failure *failure)
{
	char names[VMG_SETS_SIZE], text[VMG_LOG_SIZE];
	bool changed = false;
	unsigned sets = 0;

	for (size_t i = 0; i < VMG_SET_COUNT; i++) {
		if (!set_is_as(&now[i], &now[which]))
			continue;
		if (i < which)
			return;
		changed |= !set_is_as(&now[i], &report->logged.sets[i]);
		sets |= 1u << i;
	}
	if (!changed)
		return;
	vmg_sets_text(sets, ", ", names);
	vmg_explain_extended(failure, text);
	if (now[which].answered)
		log_line(report, VMG_LOG_WARNING,
			 "extended statistics (%s) are incomplete: %.800s",
			 names, text);
	else if (report->once || !vmg_cause_lasts(failure->cause))
		log_line(report, VMG_LOG_WARNING,
			 "no extended statistics (%s): %.800s", names, text);
	else
		log_line(report, VMG_LOG_WARNING,
			 "no extended statistics (%s): %.800s Retrying after "
			 "%d reads, later every %d.",
			 names, text, VMG_RETRY_FIRST, VMG_RETRY_LONGEST);
}

static void sets_write(struct vmg_report *report,
		       const struct vmg_extended_client *extended)
{
	struct vmg_set_state now[VMG_SET_COUNT];
	bool same = true, failed = false;

	sets_of(extended, now);
	for (size_t i = 0; i < VMG_SET_COUNT; i++) {
		same &= set_is_as(&now[i], &report->logged.sets[i]);
		failed |= now[i].cause != VMG_CAUSE_NONE;
	}
	if (same || !credit_spend(report, VMG_TOPIC_EXTENDED))
		return;
	for (size_t i = 0; i < VMG_SET_COUNT; i++)
		if (now[i].cause != VMG_CAUSE_NONE)
			set_write(report, now, i, &extended->failures[i]);
	if (!failed)
		log_line(report, VMG_LOG_INFO,
			 "extended statistics are complete again.");
	memcpy(report->logged.sets, now, sizeof now);
}

static void unknown_write(struct vmg_report *report,
			  const struct vmg_extended_client *extended)
{
	size_t *logged = &report->logged.unknown_count;

	for (; *logged < extended->unknown_count; (*logged)++)
		log_line(report, VMG_LOG_INFO,
			 "the host has an extended statistic %s, which this "
			 "version does not support; it is not published.",
			 extended->unknown[*logged]);
}

/* Selected values that are absent for want of a statistic that is not selected
 * itself, so that no other line names it. Once each. */
static void not_computed_write(struct vmg_report *report,
			       const struct vmg_facts *facts)
{
	char name[VMG_NAME_SIZE], lacking[VMG_NAME_SIZE];

	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		const struct vmg_metric *metric = vmg_metric_at(i);
		enum vmg_row lacks;

		if (metric->source != VMG_SOURCE_DERIVED ||
		    facts->results[i].present ||
		    metric->set & ~facts->sample->extended ||
		    vmg_area_instance_key(metric->area) ||
		    !vmg_selection_has(facts->selection, i))
			continue;
		lacks = vmg_derive_lacks(facts->reading, i);
		if (lacks == VMG_ROW_COUNT ||
		    vmg_selection_has(facts->selection, lacks) ||
		    !vmg_rows_add(&report->logged.not_computed, metric))
			continue;
		vmg_metric_name(metric, name);
		vmg_metric_name(vmg_metric_at(lacks), lacking);
		log_line(report, VMG_LOG_WARNING,
			 "%s cannot be calculated: this host provides no %s.",
			 name, lacking);
	}
}

void vmg_report_init(struct vmg_report *report, vmg_log_fn *log_fn,
		     void *log_ctx, bool once)
{
	*report = (struct vmg_report){
		.log = log_fn,
		.log_ctx = log_ctx,
		.once = once,
	};
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		report->logged.states[i] = VMG_STATE_VALUE;
}

uint64_t vmg_report_write(struct vmg_report *report,
			  const struct vmg_facts *facts)
{
	uint64_t ended;

	credit_earn(report);
	if (!facts->sample->up) {
		failure_write(report, &facts->sample->failure);
		return 0;
	}
	answer_write(report, facts->sample->session);
	ended = session_write(report, facts->sample->session);
	vcpus_write(report, facts);
	memory_write(report, facts->memory);
	host_info_write(report, facts);
	missing_write(report, facts->missing);
	not_computed_write(report, facts);
	sets_write(report, facts->extended);
	unknown_write(report, facts->extended);
	return ended;
}
