/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One rule for each unit. */
static const struct rule {
	const char
		*type; /* of collectd's stock types.db; NULL: no value list */
	/* From the unit to the type's: a factor, a divisor, 0 of both for 1. */
	uint32_t times, by;
	double cap; /* 0: none */
} rules[] = {
	[VMG_METRIC_MHZ] = { .type = "frequency", .times = 1000000 },
	[VMG_METRIC_SPEED] = { .type = "frequency", .times = 1000000 },
	[VMG_METRIC_MBPS] = { .type = "gauge" },
	[VMG_METRIC_MB] = { .type = "memory", .times = 1048576 },
	[VMG_METRIC_KB] = { .type = "memory", .times = 1024 },
	[VMG_METRIC_BYTES] = { .type = "memory" },
	[VMG_METRIC_COUNT] = { .type = "count" },
	[VMG_METRIC_SHARE] = { .type = "percent", .times = 100, .cap = 100 },
	[VMG_METRIC_RATIO] = { .type = "gauge" },
	[VMG_METRIC_FLAG] = { .type = "gauge" },
	[VMG_METRIC_SECONDS] = { .type = "duration" },
	[VMG_METRIC_AGE] = { .type = "uptime" },
	[VMG_METRIC_LATENCY] = { .type = "response_time" },
	[VMG_METRIC_MS_TOTAL] = { .type = "total_time_in_ms" },
	[VMG_METRIC_US_TOTAL] = { .type = "total_time_in_ms", .by = 1000 },
	[VMG_METRIC_KB_TOTAL] = { .type = "total_bytes", .times = 1024 },
	[VMG_METRIC_BYTES_TOTAL] = { .type = "total_bytes" },
	[VMG_METRIC_OPERATIONS] = { .type = "total_operations" },
	[VMG_METRIC_PACKETS] = { .type = "packets" },
	[VMG_METRIC_EVENTS] = { .type = "derive" },
	[VMG_METRIC_TEXT] = { .type = NULL },
};

/* A '/' separates an identifier's parts. */
static char instance_character(char c)
{
	return c == '/' ? '_' : c;
}

static bool instances_are_same(const char *one, const char *other)
{
	while (*one && instance_character(*one) == instance_character(*other)) {
		one++;
		other++;
	}
	return *one == *other;
}

/* The plugin instance: one for the VM's own values, one for the host's, one for
 * each disk and card. Returns true where it says the area, so that the type
 * instance need not. */
static bool instance_make(enum vmg_area area, const char *of,
			  char instance[VMG_INSTANCE_SIZE + 8])
{
	if (vmg_area_instance_key(area)) {
		snprintf(instance, VMG_INSTANCE_SIZE + 8, "%s_%s",
			 vmg_area_name(area), of);
		for (char *c = instance; *c; c++)
			*c = instance_character(*c);
		return true;
	}
	strcpy(instance, area == VMG_AREA_HOST ? "host" : "vm");
	return area == VMG_AREA_HOST;
}

/* What the type says already is not said again. */
static void type_instance_make(const struct vmg_metric *metric,
			       const char *type, bool area_is_said,
			       char name[VMG_NAME_SIZE])
{
	static const char memory[] = "memory_";
	const size_t len = sizeof memory - 1;

	if (area_is_said)
		snprintf(name, VMG_NAME_SIZE, "%s", metric->stem);
	else
		vmg_metric_name(metric, name);
	if (strcmp(type, "memory") == 0 && strncmp(name, memory, len) == 0)
		memmove(name, name + len, strlen(name + len) + 1);
}

bool vmg_identity_make(const struct vmg_metric *metric, const char *instance,
		       struct vmg_identity *identity)
{
	const struct rule *rule = &rules[metric->unit];
	bool area_is_said;

	if (!rule->type || !metric->collectd)
		return false;
	area_is_said =
		instance_make(metric->area, instance, identity->instance);
	identity->type = rule->type;
	if (metric->collectd[0])
		snprintf(identity->type_instance, VMG_NAME_SIZE, "%s",
			 metric->collectd);
	else
		type_instance_make(metric, rule->type, area_is_said,
				   identity->type_instance);
	return true;
}

bool vmg_identity_is_taken(const struct vmg_sample *sample, size_t at)
{
	const struct vmg_point *point = &sample->points[at], *other;

	for (size_t i = 0; i < at && point->instance[0]; i++) {
		other = &sample->points[i];
		if (other->metric->area == point->metric->area &&
		    strcmp(other->instance, point->instance) != 0 &&
		    instances_are_same(other->instance, point->instance))
			return true;
	}
	return false;
}

static uint32_t or_one(uint32_t factor)
{
	return factor ? factor : 1;
}

/* Exact, as a double would not be. */
static bool total_make(const struct rule *rule, uint64_t whole,
		       struct vmg_number_of_type *number)
{
	uint32_t times = or_one(rule->times);

	whole /= or_one(rule->by);
	if (whole > INT64_MAX / times)
		return false;
	number->derive = (int64_t)(whole * times);
	return true;
}

bool vmg_number_make(const struct vmg_point *point,
		     struct vmg_number_of_type *number)
{
	const struct rule *rule = &rules[point->metric->unit];

	if (!rule->type)
		return false;
	number->is_derive = vmg_metric_kind(point->metric) == VMG_KIND_COUNTER;
	if (number->is_derive)
		return total_make(rule, point->value.whole, number);
	number->gauge = vmg_point_number(point) * or_one(rule->times);
	if (rule->cap > 0 && number->gauge > rule->cap)
		number->gauge = rule->cap;
	return isfinite(number->gauge);
}

static void text_add(struct vmg_move *move, const char *key, const char *value)
{
	if (value)
		move->texts[move->text_count++] =
			(struct vmg_move_text){ key, value };
}

bool vmg_move_make(const struct vmg_sample *sample, struct vmg_move *move)
{
	if (sample->logged_session == 0)
		return false;
	move->identity = (struct vmg_identity){
		.instance = "vm",
		.type = "derive",
		.type_instance = "session_changes",
	};
	vmg_session_text(sample->logged_session, move->old_session);
	vmg_session_text(sample->session, move->new_session);
	move->text_count = 0;
	text_add(move, "old_session", move->old_session);
	text_add(move, "new_session", move->new_session);
	text_add(move, "version", VMG_VERSION);
	text_add(move, "resource_pool", sample->resource_pool);
	text_add(move, "host_version", sample->host_version);
	text_add(move, "uuid", sample->uuid);
	snprintf(move->message, sizeof move->message,
		 "Session changed from %s to %s: this VM was moved, resumed, "
		 "reverted or reset.",
		 move->old_session, move->new_session);
	return true;
}
