/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct vmg_format *vmg_format_at(size_t index)
{
	static const struct vmg_format *const formats[] = {
		&vmg_format_influx,
		&vmg_format_json,
		&vmg_format_prometheus,
		&vmg_format_graphite,
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

static bool whole_make(struct vmg_field *field, enum vmg_metric_unit unit,
		       uint64_t whole)
{
	if (unit == VMG_METRIC_MB) {
		if (whole > UINT64_MAX >> 20)
			return false;
		whole <<= 20;
	}
	field->whole = whole;
	return true;
}

static bool real_make(struct vmg_field *field, enum vmg_metric_unit unit,
		      double real)
{
	switch (unit) {
	case VMG_METRIC_SHARE:
	case VMG_METRIC_RATIO:
		return vmg_real_text(100 * real, field->real);
	case VMG_METRIC_MB:
		return vmg_real_text(1048576 * real, field->real);
	case VMG_METRIC_SECONDS:
	case VMG_METRIC_AGE:
		return vmg_seconds_text(real, field->real);
	default:
		return vmg_real_text(real, field->real);
	}
}

static bool value_make(struct vmg_field *field, const struct vmg_metric *metric,
		       const struct vmg_reading *reading)
{
	switch (field->number) {
	case VMG_NUMBER_WHOLE:
		return whole_make(field, metric->unit, reading->whole);
	case VMG_NUMBER_REAL:
		return real_make(field, metric->unit, reading->real);
	case VMG_NUMBER_TEXT:
		break;
	}
	field->text = reading->text;
	return reading->text != NULL;
}

bool vmg_field_make(struct vmg_field *field, const struct vmg_frame *frame,
		    size_t row)
{
	const struct vmg_reading *reading = &frame->sample->readings[row];
	const struct vmg_metric *metric = vmg_metric_at(row);

	if (!reading->present || !vmg_metric_field(metric, field->name))
		return false;
	field->number = metric->number;
	if (value_make(field, metric, reading))
		return true;
	frame->left_out[row] = true;
	return false;
}
