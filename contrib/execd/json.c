/* SPDX-License-Identifier: MIT */
/* One JSON object a line, measurement and instance, with the names of Influx lines. */
#include "format.h"
#include "tag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

/* A generator that writes into a batch, and what it said first. */
struct writer {
	yajl_gen gen;
	yajl_gen_status status;
};

static void print(void *ctx, const char *bytes, size_t len)
{
	vmg_batch_add(ctx, bytes, len);
}

static void note(struct writer *w, yajl_gen_status status)
{
	if (w->status == yajl_gen_status_ok)
		w->status = status;
}

static void text_write(struct writer *w, const char *text)
{
	note(w, yajl_gen_string(w->gen, (const unsigned char *)text,
				strlen(text)));
}

static void number_write(struct writer *w, const char *digits)
{
	note(w, yajl_gen_number(w->gen, digits, strlen(digits)));
}

/* yajl's own integers end at 2^63. */
static void whole_write(struct writer *w, uint64_t whole)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, whole);
	number_write(w, digits);
}

static void field_write(struct writer *w, const struct vmg_field *field)
{
	text_write(w, field->name);
	switch (field->number) {
	case VMG_NUMBER_WHOLE:
		whole_write(w, field->whole);
		break;
	case VMG_NUMBER_REAL:
		number_write(w, field->real);
		break;
	case VMG_NUMBER_TEXT:
		text_write(w, field->text);
		break;
	}
}

static void tag_write(struct writer *w, const char *key, const char *value)
{
	text_write(w, key);
	text_write(w, value);
}

static void object_open(struct writer *w, const struct vmg_frame *frame,
			size_t at)
{
	const struct vmg_point *point = &frame->sample->points[at];
	const struct vmg_point *text = vmg_line_text(frame->sample, at);
	const struct vmg_labels *labels = frame->labels;
	const char *instance_key = vmg_area_instance_key(point->metric->area);
	char name[VMG_NAME_SIZE];

	vmg_metric_measurement(point->metric, name);
	note(w, yajl_gen_map_open(w->gen));
	text_write(w, "name");
	text_write(w, name);
	text_write(w, "tags");
	note(w, yajl_gen_map_open(w->gen));
	for (size_t i = 0; i < labels->tag_count; i++)
		tag_write(w, labels->tags[i].key, labels->tags[i].value);
	if (instance_key)
		tag_write(w, instance_key, point->instance);
	if (text)
		tag_write(w, text->metric->stem, text->value.text);
	note(w, yajl_gen_map_close(w->gen));
	text_write(w, "fields");
	note(w, yajl_gen_map_open(w->gen));
}

static void object_close(struct writer *w, const struct vmg_frame *frame)
{
	note(w, yajl_gen_map_close(w->gen));
	if (frame->labels->timestamp) {
		text_write(w, "timestamp");
		whole_write(w, frame->sample->time_ns);
	}
	note(w, yajl_gen_map_close(w->gen));
	yajl_gen_reset(w->gen, "\n");
}

/* An object is begun by the first of its fields that is there. */
static void objects_write(struct writer *w, const struct vmg_frame *frame)
{
	const struct vmg_sample *sample = frame->sample;
	struct vmg_field field;
	bool begun = false;

	for (size_t i = 0; i < sample->point_count; i++) {
		if (begun && !vmg_point_continues(sample, i)) {
			object_close(w, frame);
			begun = false;
		}
		if (!vmg_field_make(&field, frame, i))
			continue;
		if (!begun)
			object_open(w, frame, i);
		begun = true;
		field_write(w, &field);
	}
	if (begun)
		object_close(w, frame);
}

static void json_write(struct vmg_batch *batch, const struct vmg_frame *frame)
{
	struct writer w = { yajl_gen_alloc(NULL), yajl_gen_status_ok };

	if (!w.gen) {
		batch->failed = true;
		return;
	}
	yajl_gen_config(w.gen, yajl_gen_print_callback, print, batch);
	objects_write(&w, frame);
	yajl_gen_free(w.gen);
	if (w.status != yajl_gen_status_ok)
		batch->failed = true;
}

const struct vmg_format vmg_format_json = {
	.name = "json",
	.tag_refuse = vmg_tag_refuse_fields,
	.write = json_write,
};
