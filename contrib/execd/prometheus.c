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

/* The label that a text is shown in: what the name has in braces, else its stem. */
static void label_make(const struct vmg_metric *metric,
		       char label[VMG_NAME_SIZE])
{
	const char *brace = strchr(metric->prometheus, '{');

	snprintf(label, VMG_NAME_SIZE, "%s", brace ? brace + 1 : metric->stem);
	label[strcspn(label, "}")] = '\0';
}

/* True if a text is shown in a label of this name. */
static bool label_is_text(const char *key)
{
	const struct vmg_metric *metric;
	char label[VMG_NAME_SIZE];

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (vmg_metric_number(metric) != VMG_NUMBER_TEXT ||
		    !metric->prometheus)
			continue;
		label_make(metric, label);
		if (strcmp(label, key) == 0)
			return true;
	}
	return false;
}

static const char *tag_refuse(const struct vmg_tag *tag)
{
	static const char *const ours[] = { "disk", "nic", "device", NULL };
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

/* Behind the stem, by unit. */
static const char *const suffix[] = {
	[VMG_METRIC_MHZ] = "_hertz",
	[VMG_METRIC_SPEED] = "_hertz",
	[VMG_METRIC_MBPS] = "_mbps",
	[VMG_METRIC_MB] = "_bytes",
	[VMG_METRIC_KB] = "_bytes",
	[VMG_METRIC_BYTES] = "_bytes",
	[VMG_METRIC_COUNT] = "",
	[VMG_METRIC_SHARE] = "_ratio",
	[VMG_METRIC_RATIO] = "_ratio",
	[VMG_METRIC_FLAG] = "",
	[VMG_METRIC_SECONDS] = "_seconds",
	[VMG_METRIC_AGE] = "_seconds",
	[VMG_METRIC_LATENCY] = "_latency_seconds",
	[VMG_METRIC_MS_TOTAL] = "_seconds_total",
	[VMG_METRIC_US_TOTAL] = "_seconds_total",
	[VMG_METRIC_KB_TOTAL] = "_bytes_total",
	[VMG_METRIC_BYTES_TOTAL] = "_bytes_total",
	[VMG_METRIC_OPERATIONS] = "_operations_total",
	[VMG_METRIC_PACKETS] = "_packets_total",
	[VMG_METRIC_EVENTS] = "_total",
	[VMG_METRIC_TEXT] = "_info",
};

bool vmg_prometheus_name(const struct vmg_metric *metric,
			 char name[VMG_NAME_SIZE])
{
	name[0] = '\0';
	if (!metric->prometheus)
		return false;
	if (metric->prometheus[0])
		snprintf(name, VMG_NAME_SIZE, "%.*s",
			 (int)strcspn(metric->prometheus, "{"),
			 metric->prometheus);
	else
		snprintf(name, VMG_NAME_SIZE, "vmguest_%s_%s%s",
			 vmg_area_name(metric->area), metric->stem,
			 suffix[metric->unit]);
	return true;
}

/* Whole numbers stay exact: a decimal point is set, nothing is divided. */
static bool whole_text(enum vmg_metric_unit unit, uint64_t whole, char text[32])
{
	uint64_t factor = 1;

	switch (unit) {
	case VMG_METRIC_MS_TOTAL:
		snprintf(text, 32, "%" PRIu64 ".%03u", whole / 1000,
			 (unsigned)(whole % 1000));
		return true;
	case VMG_METRIC_US_TOTAL:
		snprintf(text, 32, "%" PRIu64 ".%06u", whole / 1000000,
			 (unsigned)(whole % 1000000));
		return true;
	case VMG_METRIC_MHZ:
		factor = 1000000;
		break;
	case VMG_METRIC_MB:
		factor = 1048576;
		break;
	case VMG_METRIC_KB:
	case VMG_METRIC_KB_TOTAL:
		factor = 1024;
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
	case VMG_METRIC_SPEED:
		return vmg_real_text(1e6 * real, text);
	case VMG_METRIC_SECONDS:
	case VMG_METRIC_AGE:
	case VMG_METRIC_LATENCY:
		return vmg_seconds_text(real, text);
	default:
		return vmg_real_text(real, text);
	}
}

/* A text has its value in a label, and the number 1. */
static bool value_text(const struct vmg_point *point, char text[32])
{
	switch (vmg_metric_number(point->metric)) {
	case VMG_NUMBER_WHOLE:
		return whole_text(point->metric->unit, point->value.whole,
				  text);
	case VMG_NUMBER_REAL:
		return real_text(point->metric->unit, point->value.real, text);
	case VMG_NUMBER_TEXT:
		break;
	}
	strcpy(text, "1");
	return true;
}

static void label_write(struct vmg_batch *batch, bool *begun, const char *key,
			const char *value)
{
	vmg_batch_text(batch, *begun ? "," : "{");
	*begun = true;
	vmg_batch_text(batch, key);
	vmg_batch_text(batch, "=\"");
	vmg_batch_escaped(batch, value, SPECIAL_LABEL);
	vmg_batch_text(batch, "\"");
}

static void labels_write(struct vmg_batch *batch,
			 const struct vmg_labels *labels,
			 const struct vmg_point *point)
{
	const struct vmg_metric *metric = point->metric;
	const char *instance_key = vmg_area_instance_key(metric->area);
	char label[VMG_NAME_SIZE];
	bool begun = false;

	for (size_t i = 0; i < labels->tag_count; i++)
		label_write(batch, &begun, labels->tags[i].key,
			    labels->tags[i].value);
	if (instance_key)
		label_write(batch, &begun, instance_key, point->instance);
	if (vmg_metric_number(metric) == VMG_NUMBER_TEXT) {
		label_make(metric, label);
		label_write(batch, &begun, label, point->value.text);
	}
	if (begun)
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
	vmg_batch_text(batch, vmg_metric_kind(metric) == VMG_KIND_COUNTER
				      ? " counter\n"
				      : " gauge\n");
}

static void point_write(struct vmg_batch *batch, const struct vmg_frame *frame,
			const struct vmg_point *point, const char *name,
			const char *value)
{
	vmg_batch_text(batch, name);
	labels_write(batch, frame->labels, point);
	vmg_batch_text(batch, " ");
	vmg_batch_text(batch, value);
	if (frame->labels->timestamp) {
		vmg_batch_text(batch, " ");
		vmg_batch_whole(batch, frame->sample->time_ns / 1000000);
	}
	vmg_batch_text(batch, "\n");
}

static bool is_first_of_metric(const struct vmg_sample *sample, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (sample->points[i].metric == sample->points[at].metric)
			return false;
	return true;
}

/* All points of one metric, from its first: the format wants them together,
 * below one HELP and TYPE. */
static void metric_write(struct vmg_batch *batch, const struct vmg_frame *frame,
			 size_t first)
{
	const struct vmg_sample *sample = frame->sample;
	const struct vmg_metric *metric = sample->points[first].metric;
	char name[VMG_NAME_SIZE], value[32];
	bool begun = false;

	if (!vmg_prometheus_name(metric, name))
		return;
	for (size_t i = first; i < sample->point_count; i++) {
		if (sample->points[i].metric != metric)
			continue;
		if (!value_text(&sample->points[i], value)) {
			frame->left_out[i] = true;
			continue;
		}
		if (!begun)
			head_write(batch, metric, name);
		begun = true;
		point_write(batch, frame, &sample->points[i], name, value);
	}
}

static void prometheus_write(struct vmg_batch *batch,
			     const struct vmg_frame *frame)
{
	for (size_t i = 0; i < frame->sample->point_count; i++)
		if (is_first_of_metric(frame->sample, i))
			metric_write(batch, frame, i);
}

const struct vmg_format vmg_format_prometheus = {
	.name = "prometheus",
	.tag_refuse = tag_refuse,
	.write = prometheus_write,
};
