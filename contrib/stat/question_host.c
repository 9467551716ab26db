/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "extended.h"
#include "question.h"
#include "row.h"

/* How far an attempt came: what fails later has passed the earlier stages. */
enum stage {
	STAGE_PORT,
	STAGE_CHANNEL,
	STAGE_SERVICE,
	STAGE_DONE,
};

static enum stage stage_of(enum vmg_cause cause)
{
	switch (cause) {
	case VMG_CAUSE_NONE:
		return STAGE_DONE;
	case VMG_CAUSE_NOT_VM:
	case VMG_CAUSE_PROBE_LIMITED:
	case VMG_CAUSE_PROBE_FORBIDDEN:
	case VMG_CAUSE_PROBE_NAMESPACE:
		return STAGE_PORT;
	case VMG_CAUSE_NO_MESSAGES:
	case VMG_CAUSE_NO_CHANNEL:
	case VMG_CAUSE_CHANNEL_LOST:
	case VMG_CAUSE_CHECKPOINT:
	case VMG_CAUSE_TIMEOUT:
	case VMG_CAUSE_NO_REPLY:
		return STAGE_CHANNEL;
	default:
		return STAGE_SERVICE;
	}
}

/* True if this stage was passed; else the answer says why not. */
static bool is_passed(const struct patient *p, enum stage stage,
		      struct answer *a)
{
	enum stage reached = stage_of(p->failure.cause);

	if (reached > stage)
		return true;
	a->mark = MARK_NO;
	if (reached == stage)
		vmg_explain_failure(&p->failure, a->text);
	else
		answer_say(a, "not reached");
	return false;
}

static const char *product_name(uint32_t product)
{
	static const char *const names[] = {
		"unknown product",
		"Express",
		"ESX",
		"Server",
		"Workstation, Player or Fusion",
		"ACE",
	};

	return product < sizeof names / sizeof names[0] ? names[product]
							: names[0];
}

void ask_port(const struct patient *p, struct answer *a)
{
	if (!is_passed(p, STAGE_PORT, a))
		return;
	answer_say(a, "answers: version %u, product %u (%s)",
		   p->host.port_version, p->host.port_product,
		   product_name(p->host.port_product));
}

void ask_channel(const struct patient *p, struct answer *a)
{
	if (is_passed(p, STAGE_CHANNEL, a))
		answer_say(a, "opens, and answers");
}

void ask_service(const struct patient *p, struct answer *a)
{
	if (is_passed(p, STAGE_SERVICE, a))
		answer_say(a, "the host gives this VM statistics");
}

void ask_protocol(const struct patient *p, struct answer *a)
{
	if (p->host.protocol == 0) {
		a->mark = MARK_NO;
		answer_say(a, "not known");
		return;
	}
	answer_say(a, "version %u", p->host.protocol);
	if (p->host.protocol >= 3)
		return;
	a->mark = MARK_PARTLY;
	answer_say(a, "; version 3 is refused by hosts before vSphere 4, which "
		      "have no stolen time");
}

void ask_statistics(const struct patient *p, struct answer *a)
{
	static const enum vmg_state states[] = { VMG_STATE_NOT_SENT,
						 VMG_STATE_NOT_VALID };
	const struct vmg_sample *sample = p->sample;
	char name[VMG_NAME_SIZE];

	if (!sample->up || sample->absence_count == 0) {
		a->mark = sample->up ? MARK_OK : MARK_NO;
		answer_say(a, sample->up ? "all have a value" : "none");
		return;
	}
	a->mark = MARK_PARTLY;
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		const char *before = vmg_explain_state(states[i]);

		for (size_t k = 0; k < sample->absence_count; k++) {
			if (sample->absences[k].state != states[i])
				continue;
			vmg_metric_name(sample->absences[k].metric, name);
			answer_say(a, "%s%s%s", a->text[0] && i ? " " : "",
				   before, name);
			before = ", ";
		}
	}
}

void ask_host_totals(const struct patient *p, struct answer *a)
{
	const struct vmg_sample *sample = p->sample;
	const struct vmg_metric *cores = vmg_metric_at(VMG_ROW_HOST_CPU_CORES);

	for (size_t i = 0; i < sample->point_count; i++) {
		if (sample->points[i].metric != cores)
			continue;
		answer_say(a, "shown");
		return;
	}
	a->mark = MARK_INFO;
	answer_say(a, "%s",
		   sample->up ? "hidden; the provider can show them by "
				"tools.guestlib.enableHostInfo = \"TRUE\" in "
				"the VM's configuration"
			      : "not known");
}

struct sets {
	unsigned given; /* enum vmg_set; with a failure: in part */
	struct vmg_failure failures[VMG_SET_COUNT];
};

/* One set after the other, since one may be missing; without the session's the
 * host has none, or none now. */
static void sets_ask(const struct patient *p, struct sets *sets)
{
	*sets = (struct sets){ .given = 0 };
	for (unsigned i = 0; i < VMG_SET_COUNT; i++) {
		sets->failures[i] = p->failure; /* why there is no handle */
		if (vmg_extended_update(p->handle, 1u << i) ==
		    VMGUESTLIB_ERROR_SUCCESS)
			sets->given |= 1u << i;
		vmg_extended_failure(p->handle, 1u << i, &sets->failures[i]);
		if (!(sets->given & VMG_SET_SESSION))
			break;
	}
}

static void sets_say(const struct sets *sets, struct answer *a)
{
	/* Each reason is a sentence. */
	static const char *const words[2][2] = { { "no", "incomplete" },
						 { " No", " Incomplete" } };
	char names[VMG_SETS_SIZE], why[VMG_LOG_SIZE];
	bool behind = false;

	vmg_sets_text(sets->given, ", ", names);
	answer_say(a, "%s", names);
	for (unsigned i = 0; i < VMG_SET_COUNT; i++) {
		if (sets->failures[i].cause == VMG_CAUSE_NONE)
			continue;
		a->mark = MARK_INFO;
		vmg_sets_text(1u << i, "", names);
		vmg_explain_extended(&sets->failures[i], why);
		if (!behind && sets->given)
			answer_say(a, "; ");
		answer_say(a, "%s %s: %s", words[behind][sets->given >> i & 1],
			   names, why);
		behind = true;
	}
}

void ask_extended(const struct patient *p, struct answer *a)
{
	struct sets sets;

	if (!p->sample->up) {
		a->mark = MARK_INFO;
		answer_say(a, "not asked for");
		return;
	}
	sets_ask(p, &sets);
	sets_say(&sets, a);
}
