/* SPDX-License-Identifier: MIT */
#include "missing.h"
#include "explain.h"

#include <stdio.h>
#include <string.h>

void vmg_missing_init(struct vmg_missing *missing)
{
	missing->host_info_off = false;
	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		missing->said[i] = VMG_GIVEN_VALUE;
		missing->said_derived[i] = false;
	}
}

/* What the host does with its host-wide statistics. It hides all or none; an old
 * one does not know them. */
enum host_info { HOST_INFO_UNKNOWN, HOST_INFO_OFF, HOST_INFO_ON };

static enum host_info host_info_of(const struct vmg_read *read)
{
	enum host_info info = HOST_INFO_UNKNOWN;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		if (!vmg_row_is_host_info(i))
			continue;
		if (read->cells[i].given == VMG_GIVEN_VALUE)
			return HOST_INFO_ON;
		if (read->cells[i].given == VMG_GIVEN_NOT_VALID)
			info = HOST_INFO_OFF;
	}
	return info;
}

/* Only to those who asked for host information. */
static void host_info_say(struct vmg_missing *missing, enum host_info info,
			  const struct vmg_selection *selection,
			  struct vmg_sayer *sayer)
{
	bool selected = false, off = info == HOST_INFO_OFF;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		selected |= vmg_row_is_host_info(i) &&
			    vmg_selection_has(selection, i);
	if (!selected || info == HOST_INFO_UNKNOWN ||
	    off == missing->host_info_off ||
	    !vmg_sayer_may(sayer, VMG_TOPIC_HOST_INFO))
		return;
	missing->host_info_off = off;
	if (off)
		vmg_sayer_say(sayer, VMG_SAY_INFO,
			      "host information is off: of area host only "
			      "host_cpu has a value. This is the default; "
			      "tools.guestlib.enableHostInfo = \"TRUE\" in the "
			      "VM's configuration turns it on.");
	else
		vmg_sayer_say(sayer, VMG_SAY_INFO, "host information is on.");
}

/* One line for the rows of now that are missing for this reason, if they are
 * others than those said before. */
static void reason_say(const struct vmg_missing *missing, enum vmg_given why,
		       const enum vmg_given now[VMG_ROW_COUNT],
		       const struct vmg_sayer *sayer)
{
	char names[VMG_SAY_SIZE] = "", name[VMG_NAME_SIZE];
	bool changed = false;
	size_t len = 0;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		changed |= (now[i] == why) != (missing->said[i] == why);
		if (now[i] != why)
			continue;
		vmg_metric_name(vmg_metric_at(i), name);
		if (len < sizeof names)
			len += (size_t)snprintf(names + len, sizeof names - len,
						"%s%s", len > 0 ? ", " : "",
						name);
	}
	if (changed && len > 0)
		vmg_sayer_say(sayer, VMG_SAY_WARNING, "%s%s",
			      vmg_explain_given(why), names);
}

/* What changed since it was said, as long as that may be said. */
static void missing_say(struct vmg_missing *missing,
			const enum vmg_given now[VMG_ROW_COUNT], size_t count,
			bool hidden, struct vmg_sayer *sayer)
{
	if (memcmp(missing->said, now, sizeof missing->said) == 0 ||
	    !vmg_sayer_may(sayer, VMG_TOPIC_MISSING))
		return;
	reason_say(missing, VMG_GIVEN_NOT_SENT, now, sayer);
	reason_say(missing, VMG_GIVEN_NOT_VALID, now, sayer);
	if (count == 0)
		vmg_sayer_say(sayer, VMG_SAY_INFO,
			      "every selected statistic has a value again%s.",
			      hidden ? ", but for host information" : "");
	memcpy(missing->said, now, sizeof missing->said);
}

size_t vmg_missing_count(struct vmg_missing *missing,
			 const struct vmg_read *read,
			 const struct vmg_selection *selection,
			 struct vmg_sayer *sayer)
{
	enum host_info host_info = host_info_of(read);
	enum vmg_given now[VMG_ROW_COUNT];
	const struct vmg_metric *metric;
	bool hidden = false;
	size_t count = 0;

	host_info_say(missing, host_info, selection, sayer);
	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		now[i] = VMG_GIVEN_VALUE;
		if (metric->source != VMG_SOURCE_WIRE ||
		    metric->number == VMG_NUMBER_TEXT ||
		    !vmg_selection_has(selection, i))
			continue;
		if (host_info == HOST_INFO_OFF && vmg_row_is_host_info(i))
			hidden = true;
		else
			now[i] = read->cells[i].given;
	}
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		count += now[i] != VMG_GIVEN_VALUE;
	missing_say(missing, now, count, hidden, sayer);
	return count;
}

static void derived_say(enum vmg_row row, enum vmg_row lacks,
			const struct vmg_sayer *sayer)
{
	char name[VMG_NAME_SIZE], lacking[VMG_NAME_SIZE];

	vmg_metric_name(vmg_metric_at(row), name);
	vmg_metric_name(vmg_metric_at(lacks), lacking);
	vmg_sayer_say(sayer, VMG_SAY_WARNING,
		      "%s cannot be computed: this host gives no %s.", name,
		      lacking);
}

void vmg_missing_derived(struct vmg_missing *missing,
			 const struct vmg_read *read,
			 const struct vmg_reading readings[VMG_ROW_COUNT],
			 const struct vmg_selection *selection,
			 const struct vmg_sayer *sayer)
{
	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		enum vmg_row lacks = vmg_derived_lacks(read, i);

		if (lacks == VMG_ROW_COUNT || readings[i].present ||
		    !vmg_selection_has(selection, i) ||
		    vmg_selection_has(selection, lacks) ||
		    missing->said_derived[i])
			continue;
		missing->said_derived[i] = true;
		derived_say(i, lacks, sayer);
	}
}
