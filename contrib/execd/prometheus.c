/* SPDX-License-Identifier: MIT */
/* Prometheus's text format: base units, and each name with HELP and TYPE.
 * Source: Prometheus, "Exposition formats" and "Metric and label naming". */
#include "format.h"
#include "tag.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SPECIAL_LABEL "\\\""
#define SPECIAL_HELP "\\"

/* True if a text is shown in a label of this name. */
static bool label_is_text(const char *key)
{
	const struct vmg_metric *metric;
	char name[VMG_NAME_SIZE];

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++)
		if (metric->number == VMG_NUMBER_TEXT &&
		    vmg_metric_prometheus(metric, name) &&
		    strcmp(metric->stem, key) == 0)
			return true;
	return false;
}

static const char *tag_refuse(const struct vmg_tag *tag)
{
	static const char *const ours[] = { "disk",    "nic",  "device",
					    "version", "uuid", NULL };
	static const char *const theirs[] = { "le", "quantile", "job",
					      "instance", NULL };
	bool good = !isdigit((unsigned char)tag->key[0]) &&
		    strncmp(tag->key, "__", 2) != 0;

	if (label_is_text(tag->key) || vmg_tag_is_among(tag, ours))
		return "another key, since this one is a label of vmguest's "
		       "own";
	if (vmg_tag_is_among(tag, theirs))
		return "another key, since Prometheus uses this one itself, as "
		       "it does le, quantile, job and instance";
	for (const char *c = tag->key; *c; c++)
		good &= isalnum((unsigned char)*c) || *c == '_';
	return good ? NULL
		    : "a key of letters, digits and '_', which begins with no "
		      "digit and no \"__\"";
}

/* Whole numbers stay exact: a decimal point is set, nothing is divided. */
static bool whole_text(enum vmg_metric_unit unit, uint64_t whole, char text[32])
{
	uint64_t factor = 1;

	switch (unit) {
	case VMG_METRIC_MS:
		snprintf(text, 32, "%" PRIu64 ".%03u", whole / 1000,
			 (unsigned)(whole % 1000));
		return true;
	case VMG_METRIC_MHZ:
		factor = 1000000;
		break;
	case VMG_METRIC_MB:
		factor = 1048576;
		break;
	default:
		break;
	}
	if (whole > UINT64_MAX / factor)
		return false;
	snprintf(text, 32, "%" PRIu64, whole * factor);
	return true;
}

static bool real_text(enum vmg_metric_unit unit, double real, char text[32])
{
	switch (unit) {
	case VMG_METRIC_MHZ:
		return vmg_real_text(1e6 * real, text);
	case VMG_METRIC_MB:
		return vmg_real_text(1048576 * real, text);
	case VMG_METRIC_MS:
		return vmg_real_text(real / 1000, text);
	case VMG_METRIC_SECONDS:
	case VMG_METRIC_AGE:
		return vmg_seconds_text(real, text);
	default:
		return vmg_real_text(real, text);
	}
}

/* A text has its value in a label, and the number 1. */
static bool value_text(const struct vmg_metric *metric,
		       const struct vmg_reading *reading, char text[32])
{
	switch ((enum vmg_number)metric->number) {
	case VMG_NUMBER_WHOLE:
		return whole_text(metric->unit, reading->whole, text);
	case VMG_NUMBER_REAL:
		return real_text(metric->unit, reading->real, text);
	case VMG_NUMBER_TEXT:
		break;
	}
	strcpy(text, "1");
	return reading->text != NULL;
}

static void label_write(struct vmg_batch *batch, bool first, const char *key,
			const char *value)
{
	vmg_batch_text(batch, first ? "{" : ",");
	vmg_batch_text(batch, key);
	vmg_batch_text(batch, "=\"");
	vmg_batch_escaped(batch, value, SPECIAL_LABEL);
	vmg_batch_text(batch, "\"");
}

static void labels_write(struct vmg_batch *batch,
			 const struct vmg_labels *labels,
			 const struct vmg_metric *metric,
			 const struct vmg_reading *reading)
{
	bool text = metric->number == VMG_NUMBER_TEXT;

	for (size_t i = 0; i < labels->tag_count; i++)
		label_write(batch, i == 0, labels->tags[i].key,
			    labels->tags[i].value);
	if (text)
		label_write(batch, labels->tag_count == 0, metric->stem,
			    reading->text);
	if (text || labels->tag_count > 0)
		vmg_batch_text(batch, "}");
}

static void head_write(struct vmg_batch *batch, const struct vmg_metric *metric,
		       const char *name)
{
	vmg_batch_text(batch, "# HELP ");
	vmg_batch_text(batch, name);
	vmg_batch_text(batch, " ");
	vmg_batch_escaped(batch, metric->what, SPECIAL_HELP);
	vmg_batch_text(batch, "\n# TYPE ");
	vmg_batch_text(batch, name);
	vmg_batch_text(batch, metric->kind == VMG_KIND_COUNTER ? " counter\n"
							       : " gauge\n");
}

static void row_write(struct vmg_batch *batch, const struct vmg_frame *frame,
		      size_t row)
{
	const struct vmg_reading *reading = &frame->sample->readings[row];
	const struct vmg_metric *metric = vmg_metric_at(row);
	char name[VMG_NAME_SIZE], text[32];

	if (!reading->present || !vmg_metric_prometheus(metric, name))
		return;
	if (!value_text(metric, reading, text)) {
		frame->left_out[row] = true;
		return;
	}
	head_write(batch, metric, name);
	vmg_batch_text(batch, name);
	labels_write(batch, frame->labels, metric, reading);
	vmg_batch_text(batch, " ");
	vmg_batch_text(batch, text);
	if (frame->labels->timestamp) {
		vmg_batch_text(batch, " ");
		vmg_batch_whole(batch, frame->time_ns / 1000000);
	}
	vmg_batch_text(batch, "\n");
}

static void prometheus_write(struct vmg_batch *batch,
			     const struct vmg_frame *frame)
{
	for (size_t row = 0; row < VMG_ROW_COUNT; row++)
		row_write(batch, frame, row);
}

const struct vmg_format vmg_format_prometheus = {
	.name = "prometheus",
	.tag_refuse = tag_refuse,
	.write = prometheus_write,
};
