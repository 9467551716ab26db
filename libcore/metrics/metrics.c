/* SPDX-License-Identifier: MIT */
/* The table, and the names made from it. */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RULE ""
#define NONE NULL
#define VMG_METRIC(row, area_, stem_, unit_, source_, id, second_id, \
		   collectd_, influx_, prometheus_, what_)           \
	{                                                            \
		.stem = stem_,                                       \
		.what = what_,                                       \
		.collectd = collectd_,                               \
		.influx = influx_,                                   \
		.prometheus = prometheus_,                           \
		.area = VMG_AREA_##area_,                            \
		.unit = VMG_METRIC_##unit_,                          \
		.source = VMG_SOURCE_##source_,                      \
		.ids = { id, second_id },                            \
	},
#define VMG_METRIC_OF_SET(row, area_, stem_, unit_, source_, set_, collectd_, \
			  influx_, prometheus_, what_)                        \
	{                                                                     \
		.stem = stem_,                                                \
		.what = what_,                                                \
		.collectd = collectd_,                                        \
		.influx = influx_,                                            \
		.prometheus = prometheus_,                                    \
		.area = VMG_AREA_##area_,                                     \
		.unit = VMG_METRIC_##unit_,                                   \
		.source = VMG_SOURCE_##source_,                               \
		.set = VMG_SET_##set_,                                        \
	},
static const struct vmg_metric metrics[] = {
#include "metrics.def"
};
#undef VMG_METRIC_OF_SET
#undef VMG_METRIC
#undef NONE
#undef RULE

static const struct {
	enum vmg_kind kind;
	enum vmg_number number;
} units[] = {
#define VMG_UNIT_ROW(unit, kind, number) \
	[VMG_METRIC_##unit] = { VMG_KIND_##kind, VMG_NUMBER_##number },
#include "units.def"
#undef VMG_UNIT_ROW
};

static const struct {
	const char *name;
	const char *instance_key;
} areas[] = {
	[VMG_AREA_CPU] = { "cpu", NULL },
	[VMG_AREA_MEMORY] = { "memory", NULL },
	[VMG_AREA_HOST] = { "host", NULL },
	[VMG_AREA_VSCSI] = { "vscsi", "disk" },
	[VMG_AREA_VNET] = { "vnet", "nic" },
	[VMG_AREA_SESSION] = { "session", NULL },
};

/* What stands behind the stem in a field, by unit. */
static const char *const field_suffix[] = {
	[VMG_METRIC_MHZ] = "_mhz",
	[VMG_METRIC_SPEED] = "_mhz",
	[VMG_METRIC_MBPS] = "_mbps",
	[VMG_METRIC_MB] = "_bytes",
	[VMG_METRIC_KB] = "_bytes",
	[VMG_METRIC_BYTES] = "_bytes",
	[VMG_METRIC_COUNT] = "",
	[VMG_METRIC_SHARE] = "_percent",
	[VMG_METRIC_RATIO] = "_percent",
	[VMG_METRIC_FLAG] = "",
	[VMG_METRIC_SECONDS] = "_seconds",
	[VMG_METRIC_AGE] = "_seconds",
	[VMG_METRIC_LATENCY] = "_latency_ms",
	[VMG_METRIC_MS_TOTAL] = "_ms",
	[VMG_METRIC_US_TOTAL] = "_ms",
	[VMG_METRIC_KB_TOTAL] = "_bytes",
	[VMG_METRIC_BYTES_TOTAL] = "_bytes",
	[VMG_METRIC_OPERATIONS] = "_operations",
	[VMG_METRIC_PACKETS] = "_packets",
	[VMG_METRIC_EVENTS] = "",
	[VMG_METRIC_TEXT] = "",
};

const struct vmg_metric *vmg_metric_at(size_t row)
{
	return row < sizeof metrics / sizeof metrics[0] ? &metrics[row] : NULL;
}

enum vmg_kind vmg_metric_kind(const struct vmg_metric *metric)
{
	return units[metric->unit].kind;
}

enum vmg_number vmg_metric_number(const struct vmg_metric *metric)
{
	return units[metric->unit].number;
}

const char *vmg_area_name(enum vmg_area area)
{
	return areas[area].name;
}

const char *vmg_area_instance_key(enum vmg_area area)
{
	return areas[area].instance_key;
}

/* snprintf() was a third of what a batch of lines costs. */
static void join(char name[VMG_NAME_SIZE], const char *const parts[],
		 size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		for (const char *c = parts[i]; *c && len < VMG_NAME_SIZE - 1;)
			name[len++] = *c++;
	name[len] = '\0';
}

void vmg_metric_name(const struct vmg_metric *metric, char name[VMG_NAME_SIZE])
{
	join(name,
	     (const char *[]){ vmg_area_name(metric->area), "_", metric->stem },
	     3);
}

void vmg_metric_measurement(const struct vmg_metric *metric,
			    char name[VMG_NAME_SIZE])
{
	join(name, (const char *[]){ "vmguest_", vmg_area_name(metric->area) },
	     2);
}

bool vmg_metric_field(const struct vmg_metric *metric, char name[VMG_NAME_SIZE])
{
	name[0] = '\0';
	if (!metric->influx)
		return false;
	if (metric->influx[0])
		join(name, &metric->influx, 1);
	else
		join(name,
		     (const char *[]){ metric->stem,
				       field_suffix[metric->unit] },
		     2);
	return true;
}

double vmg_point_number(const struct vmg_point *point)
{
	switch (vmg_metric_number(point->metric)) {
	case VMG_NUMBER_WHOLE:
		return (double)point->value.whole;
	case VMG_NUMBER_REAL:
		return point->value.real;
	case VMG_NUMBER_TEXT:
		break;
	}
	return 0;
}

void vmg_session_text(uint64_t session, char text[VMG_SESSION_SIZE])
{
	snprintf(text, VMG_SESSION_SIZE, "0x%016" PRIx64, session);
}
