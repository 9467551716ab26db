/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct vmg_format *vmg_format_at(size_t index)
{
	static const struct vmg_format *const formats[] = {
		&vmg_format_influx,	&vmg_format_json,
		&vmg_format_prometheus, &vmg_format_graphite,
		&vmg_format_putval,
	};

	return index < sizeof formats / sizeof formats[0] ? formats[index]
							  : NULL;
}

bool vmg_real_text(double real, char text[32])
{
	if (!isfinite(real))
		return false;
	snprintf(text, 32, "%.15g", real);
	if (!strpbrk(text, ".e"))
		strcat(text, ".0");
	return true;
}

bool vmg_seconds_text(double seconds, char text[32])
{
	char *end;

	/* Beyond this the digits would not fit, nor the decimals mean much. */
	if (!isfinite(seconds) || fabs(seconds) >= 1e15)
		return vmg_real_text(seconds, text);
	end = text + snprintf(text, 32, "%.9f", seconds);
	while (end[-1] == '0' && end[-2] != '.')
		*--end = '\0';
	return true;
}

/* From a metric's unit to a field's. */
static bool whole_make(struct vmg_field *field, enum vmg_metric_unit unit,
		       uint64_t whole)
{
	uint64_t factor = 1;

	switch (unit) {
	case VMG_METRIC_MB:
		factor = 1048576;
		break;
	case VMG_METRIC_KB:
	case VMG_METRIC_KB_TOTAL:
		factor = 1024;
		break;
	case VMG_METRIC_US_TOTAL:
		whole /= 1000;
		break;
	default:
		break;
	}
	if (whole > UINT64_MAX / factor)
		return false;
	field->whole = whole * factor;
	return true;
}

static bool real_make(struct vmg_field *field, enum vmg_metric_unit unit,
		      double real)
{
	switch (unit) {
	case VMG_METRIC_SHARE:
	case VMG_METRIC_RATIO:
		return vmg_real_text(100 * real, field->real);
	case VMG_METRIC_LATENCY:
		return vmg_seconds_text(1000 * real, field->real);
	case VMG_METRIC_SECONDS:
	case VMG_METRIC_AGE:
		return vmg_seconds_text(real, field->real);
	default:
		return vmg_real_text(real, field->real);
	}
}

static bool value_make(struct vmg_field *field, enum vmg_metric_unit unit,
		       const union vmg_value *value)
{
	switch (field->number) {
	case VMG_NUMBER_WHOLE:
		return whole_make(field, unit, value->whole);
	case VMG_NUMBER_REAL:
		return real_make(field, unit, value->real);
	case VMG_NUMBER_TEXT:
		break;
	}
	field->text = value->text;
	return true;
}

bool vmg_field_make(struct vmg_field *field, const struct vmg_frame *frame,
		    size_t at)
{
	const struct vmg_point *point = &frame->sample->points[at];

	if (!vmg_metric_field(point->metric, field->name))
		return false;
	field->number = vmg_metric_number(point->metric);
	if (value_make(field, point->metric->unit, &point->value))
		return true;
	frame->left_out[at] = true;
	return false;
}

bool vmg_point_continues(const struct vmg_sample *sample, size_t at)
{
	const struct vmg_point *point = &sample->points[at];

	return at > 0 && point[-1].metric->area == point->metric->area &&
	       strcmp(point[-1].instance, point->instance) == 0;
}

const struct vmg_point *vmg_line_text(const struct vmg_sample *sample,
				      size_t at)
{
	const struct vmg_point *point = &sample->points[at];

	if (!vmg_area_instance_key(point->metric->area))
		return NULL;
	while (vmg_point_continues(sample, at))
		at--;
	do
		if (vmg_metric_number(sample->points[at].metric) ==
		    VMG_NUMBER_TEXT)
			return &sample->points[at];
	while (++at < sample->point_count && vmg_point_continues(sample, at));
	return NULL;
}
