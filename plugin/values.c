/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One rule for each unit. */
static const struct rule {
	const char
		*type; /* of collectd's stock types.db; NULL: no value list */
	double factor; /* from the row's unit to the type's */
	double cap;    /* 0: none */
	bool is_derive;
} rules[] = {
	[VMG_METRIC_MHZ] = { "frequency", 1e6, 0, false },
	[VMG_METRIC_MB] = { "memory", 1048576, 0, false },
	[VMG_METRIC_MS] = { "total_time_in_ms", 1, 0, true },
	[VMG_METRIC_COUNT] = { "count", 1, 0, false },
	[VMG_METRIC_SHARE] = { "percent", 100, 100, false },
	[VMG_METRIC_RATIO] = { "gauge", 1, 0, false },
	[VMG_METRIC_FLAG] = { "gauge", 1, 0, false },
	[VMG_METRIC_SECONDS] = { "duration", 1, 0, false },
	[VMG_METRIC_AGE] = { "uptime", 1, 0, false },
	[VMG_METRIC_EVENTS] = { "derive", 1, 0, true },
	[VMG_METRIC_TEXT] = { NULL, 0, 0, false },
};

/* AREA_STEM; the host's rows stand under an instance of their own, and what the
 * type says already is not said again. */
static void type_instance_make(const struct vmg_metric *metric,
			       const char *type, char name[VMG_NAME_SIZE])
{
	static const char memory[] = "memory_";
	const size_t len = sizeof memory - 1;

	if (metric->area == VMG_AREA_HOST)
		snprintf(name, VMG_NAME_SIZE, "%s", metric->stem);
	else
		vmg_metric_name(metric, name);
	if (strcmp(type, "memory") == 0 && strncmp(name, memory, len) == 0)
		memmove(name, name + len, strlen(name + len) + 1);
}

bool vmg_identity_make(const struct vmg_metric *metric,
		       struct vmg_identity *identity)
{
	const struct rule *rule = &rules[metric->unit];

	if (!rule->type || !metric->collectd)
		return false;
	identity->instance = metric->area == VMG_AREA_HOST ? "host" : "vm";
	identity->type = rule->type;
	if (metric->collectd[0])
		snprintf(identity->type_instance, VMG_NAME_SIZE, "%s",
			 metric->collectd);
	else
		type_instance_make(metric, rule->type, identity->type_instance);
	return true;
}

bool vmg_number_make(const struct vmg_metric *metric,
		     const struct vmg_reading *reading,
		     struct vmg_number_of_type *number)
{
	const struct rule *rule = &rules[metric->unit];

	if (!reading->present || !rule->type)
		return false;
	number->is_derive = rule->is_derive;
	if (rule->is_derive) {
		if (reading->whole > INT64_MAX)
			return false;
		number->derive = (int64_t)reading->whole;
		return true;
	}
	number->gauge = vmg_reading_number(metric, reading) * rule->factor;
	if (rule->cap > 0 && number->gauge > rule->cap)
		number->gauge = rule->cap;
	return isfinite(number->gauge);
}
