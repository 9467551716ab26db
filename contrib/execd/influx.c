/* SPDX-License-Identifier: MIT */
/* InfluxDB's line protocol: one line per measurement and instance.
 * Source: InfluxData, "Line protocol reference". */
#include "format.h"
#include "tag.h"

#include <string.h>

/* Of tag keys and tag values; of texts. Names of measurements and fields are
 * ours and need none. */
#define SPECIAL_TAG ",= "
#define SPECIAL_TEXT "\"\\"

/* A backslash is itself in a tag, but not before what it would escape, and
 * Telegraf takes a pair of them together: such tags have no spelling that all
 * readers agree on. */
static bool backslash_is_plain(const char *text)
{
	while ((text = strchr(text, '\\'))) {
		text++;
		if (!*text || strchr(SPECIAL_TAG SPECIAL_TEXT, *text))
			return false;
	}
	return true;
}

static const char *tag_refuse(const struct vmg_tag *tag)
{
	if (!backslash_is_plain(tag->key) || !backslash_is_plain(tag->value))
		return "no backslash at the end, nor before a comma, an equals "
		       "sign, a blank, a quotation mark or another backslash: "
		       "line protocol cannot carry it";
	return vmg_tag_refuse_fields(tag);
}

/* Signed in every release of InfluxDB: unsigned fields are refused. */
static bool whole_fits(uint64_t whole)
{
	return whole <= INT64_MAX;
}

static void value_write(struct vmg_batch *batch, const struct vmg_field *field)
{
	switch (field->number) {
	case VMG_NUMBER_WHOLE:
		vmg_batch_whole(batch, field->whole);
		vmg_batch_text(batch, "i");
		break;
	case VMG_NUMBER_REAL:
		vmg_batch_text(batch, field->real);
		break;
	case VMG_NUMBER_TEXT:
		vmg_batch_text(batch, "\"");
		vmg_batch_escaped(batch, field->text, SPECIAL_TEXT);
		vmg_batch_text(batch, "\"");
		break;
	}
}

static void tag_write(struct vmg_batch *batch, const char *key,
		      const char *value)
{
	vmg_batch_text(batch, ",");
	vmg_batch_escaped(batch, key, SPECIAL_TAG);
	vmg_batch_text(batch, "=");
	vmg_batch_escaped(batch, value, SPECIAL_TAG);
}

/* In the order of their keys, as InfluxDB wants them: those of the options are in
 * it, and so are these. */
static void tags_write(struct vmg_batch *batch, const struct vmg_labels *labels,
		       const struct vmg_tag *own, size_t own_count)
{
	size_t at = 0;

	for (size_t i = 0; i < labels->tag_count; i++) {
		const struct vmg_tag *tag = &labels->tags[i];

		for (; at < own_count && strcmp(own[at].key, tag->key) < 0;
		     at++)
			tag_write(batch, own[at].key, own[at].value);
		tag_write(batch, tag->key, tag->value);
	}
	for (; at < own_count; at++)
		tag_write(batch, own[at].key, own[at].value);
}

static void key_write(struct vmg_batch *batch, const struct vmg_frame *frame,
		      size_t at)
{
	const struct vmg_point *point = &frame->sample->points[at];
	const struct vmg_point *text = vmg_line_text(frame->sample, at);
	const char *instance_key = vmg_area_instance_key(point->metric->area);
	char measurement[VMG_NAME_SIZE];
	struct vmg_tag own[2]; /* "device" comes before "disk" and "nic" */
	size_t count = 0;

	vmg_metric_measurement(point->metric, measurement);
	vmg_batch_text(batch, measurement);
	if (text && backslash_is_plain(text->value.text))
		own[count++] = (struct vmg_tag){ text->metric->stem,
						 text->value.text };
	if (instance_key)
		own[count++] =
			(struct vmg_tag){ instance_key, point->instance };
	tags_write(batch, frame->labels, own, count);
}

static void line_end(struct vmg_batch *batch, const struct vmg_frame *frame)
{
	if (frame->labels->timestamp) {
		vmg_batch_text(batch, " ");
		vmg_batch_whole(batch, frame->sample->time_ns);
	}
	vmg_batch_text(batch, "\n");
}

static bool field_make(struct vmg_field *field, const struct vmg_frame *frame,
		       size_t at)
{
	if (!vmg_field_make(field, frame, at))
		return false;
	if ((field->number != VMG_NUMBER_WHOLE || whole_fits(field->whole)) &&
	    backslash_is_plain(frame->sample->points[at].instance))
		return true;
	frame->left_out[at] = true;
	return false;
}

/* A line is begun by the first of its fields that is there. */
static void influx_write(struct vmg_batch *batch, const struct vmg_frame *frame)
{
	const struct vmg_sample *sample = frame->sample;
	struct vmg_field field;
	bool begun = false;

	for (size_t i = 0; i < sample->point_count; i++) {
		if (begun && !vmg_point_continues(sample, i)) {
			line_end(batch, frame);
			begun = false;
		}
		if (!field_make(&field, frame, i))
			continue;
		if (!begun)
			key_write(batch, frame, i);
		vmg_batch_text(batch, begun ? "," : " ");
		begun = true;
		vmg_batch_text(batch, field.name);
		vmg_batch_text(batch, "=");
		value_write(batch, &field);
	}
	if (begun)
		line_end(batch, frame);
}

const struct vmg_format vmg_format_influx = {
	.name = "influx",
	.tag_refuse = tag_refuse,
	.write = influx_write,
};
