/* SPDX-License-Identifier: MIT */
/* The table, and the names made from it. */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RULE ""
#define NONE NULL
#define VMG_METRIC(row, area_, stem_, unit_, kind_, number_, source_, id, \
		   second_id, collectd_, influx_, prometheus_, what_)     \
	[VMG_ROW_##row] = {                                               \
		.stem = stem_,                                            \
		.what = what_,                                            \
		.collectd = collectd_,                                    \
		.influx = influx_,                                        \
		.prometheus = prometheus_,                                \
		.area = VMG_AREA_##area_,                                 \
		.unit = VMG_METRIC_##unit_,                               \
		.kind = VMG_KIND_##kind_,                                 \
		.number = VMG_NUMBER_##number_,                           \
		.source = VMG_SOURCE_##source_,                           \
		.ids = { id, second_id },                                 \
	},
static const struct vmg_metric metrics[VMG_ROW_COUNT] = {
#include "metrics.def"
};
#undef VMG_METRIC
#undef NONE
#undef RULE

/* What stands behind the stem, by unit. */
static const char *const influx_suffix[] = {
	[VMG_METRIC_MHZ] = "_mhz",	 [VMG_METRIC_MB] = "_bytes",
	[VMG_METRIC_MS] = "_ms",	 [VMG_METRIC_COUNT] = "",
	[VMG_METRIC_SHARE] = "_percent", [VMG_METRIC_RATIO] = "_percent",
	[VMG_METRIC_FLAG] = "",		 [VMG_METRIC_SECONDS] = "_seconds",
	[VMG_METRIC_AGE] = "_seconds",	 [VMG_METRIC_EVENTS] = "",
	[VMG_METRIC_TEXT] = "",
};

static const char *const prometheus_suffix[] = {
	[VMG_METRIC_MHZ] = "_hertz",
	[VMG_METRIC_MB] = "_bytes",
	[VMG_METRIC_MS] = "_seconds_total",
	[VMG_METRIC_COUNT] = "",
	[VMG_METRIC_SHARE] = "_ratio",
	[VMG_METRIC_RATIO] = "_ratio",
	[VMG_METRIC_FLAG] = "",
	[VMG_METRIC_SECONDS] = "_seconds",
	[VMG_METRIC_AGE] = "_seconds",
	[VMG_METRIC_EVENTS] = "_total",
	[VMG_METRIC_TEXT] = "_info",
};

const struct vmg_metric *vmg_metric_at(size_t row)
{
	return row < VMG_ROW_COUNT ? &metrics[row] : NULL;
}

const char *vmg_area_name(enum vmg_area area)
{
	static const char *const names[] = {
		[VMG_AREA_CPU] = "cpu",
		[VMG_AREA_MEMORY] = "memory",
		[VMG_AREA_HOST] = "host",
		[VMG_AREA_SESSION] = "session",
	};

	return names[area];
}

void vmg_metric_name(const struct vmg_metric *metric, char name[VMG_NAME_SIZE])
{
	snprintf(name, VMG_NAME_SIZE, "%s_%s", vmg_area_name(metric->area),
		 metric->stem);
}

void vmg_metric_measurement(const struct vmg_metric *metric,
			    char name[VMG_NAME_SIZE])
{
	snprintf(name, VMG_NAME_SIZE, "vmguest_%s",
		 vmg_area_name(metric->area));
}

bool vmg_metric_field(const struct vmg_metric *metric, char name[VMG_NAME_SIZE])
{
	name[0] = '\0';
	if (!metric->influx)
		return false;
	if (metric->influx[0])
		snprintf(name, VMG_NAME_SIZE, "%s", metric->influx);
	else
		snprintf(name, VMG_NAME_SIZE, "%s%s", metric->stem,
			 influx_suffix[metric->unit]);
	return true;
}

bool vmg_metric_prometheus(const struct vmg_metric *metric,
			   char name[VMG_NAME_SIZE])
{
	name[0] = '\0';
	if (!metric->prometheus)
		return false;
	if (metric->prometheus[0])
		snprintf(name, VMG_NAME_SIZE, "%s", metric->prometheus);
	else
		snprintf(name, VMG_NAME_SIZE, "vmguest_%s_%s%s",
			 vmg_area_name(metric->area), metric->stem,
			 prometheus_suffix[metric->unit]);
	return true;
}

double vmg_reading_number(const struct vmg_metric *metric,
			  const struct vmg_reading *reading)
{
	switch ((enum vmg_number)metric->number) {
	case VMG_NUMBER_WHOLE:
		return (double)reading->whole;
	case VMG_NUMBER_REAL:
		return reading->real;
	case VMG_NUMBER_TEXT:
		break;
	}
	return 0;
}

void vmg_session_text(uint64_t session, char text[VMG_SESSION_SIZE])
{
	snprintf(text, VMG_SESSION_SIZE, "0x%016" PRIx64, session);
}
