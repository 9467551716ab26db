/* SPDX-License-Identifier: MIT */
/* InfluxDB's line protocol: one line per measurement.
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

static void key_write(struct vmg_batch *batch, const struct vmg_metric *metric,
		      const struct vmg_labels *labels)
{
	char measurement[VMG_NAME_SIZE];

	vmg_metric_measurement(metric, measurement);
	vmg_batch_text(batch, measurement);
	for (size_t i = 0; i < labels->tag_count; i++) {
		vmg_batch_text(batch, ",");
		vmg_batch_escaped(batch, labels->tags[i].key, SPECIAL_TAG);
		vmg_batch_text(batch, "=");
		vmg_batch_escaped(batch, labels->tags[i].value, SPECIAL_TAG);
	}
}

static void area_write(struct vmg_batch *batch, const struct vmg_frame *frame,
		       enum vmg_area area)
{
	const struct vmg_metric *metric;
	struct vmg_field field;
	bool begun = false;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (metric->area != area || !vmg_field_make(&field, frame, i))
			continue;
		if (field.number == VMG_NUMBER_WHOLE &&
		    !whole_fits(field.whole)) {
			frame->left_out[i] = true;
			continue;
		}
		if (!begun)
			key_write(batch, metric, frame->labels);
		vmg_batch_text(batch, begun ? "," : " ");
		begun = true;
		vmg_batch_text(batch, field.name);
		vmg_batch_text(batch, "=");
		value_write(batch, &field);
	}
	if (begun && frame->labels->timestamp) {
		vmg_batch_text(batch, " ");
		vmg_batch_whole(batch, frame->time_ns);
	}
	if (begun)
		vmg_batch_text(batch, "\n");
}

static void influx_write(struct vmg_batch *batch, const struct vmg_frame *frame)
{
	for (enum vmg_area area = 0; area <= VMG_AREA_SESSION; area++)
		area_write(batch, frame, area);
}

const struct vmg_format vmg_format_influx = {
	.name = "influx",
	.tag_refuse = tag_refuse,
	.write = influx_write,
};
