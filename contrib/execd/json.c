/* SPDX-License-Identifier: MIT */
/* One JSON object a line and measurement, with the names of Influx lines. */
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

static void object_open(struct writer *w, const struct vmg_metric *metric,
			const struct vmg_labels *labels)
{
	char name[VMG_NAME_SIZE];

	vmg_metric_measurement(metric, name);
	note(w, yajl_gen_map_open(w->gen));
	text_write(w, "name");
	text_write(w, name);
	text_write(w, "tags");
	note(w, yajl_gen_map_open(w->gen));
	for (size_t i = 0; i < labels->tag_count; i++) {
		text_write(w, labels->tags[i].key);
		text_write(w, labels->tags[i].value);
	}
	note(w, yajl_gen_map_close(w->gen));
	text_write(w, "fields");
	note(w, yajl_gen_map_open(w->gen));
}

static void object_close(struct writer *w, const struct vmg_frame *frame)
{
	note(w, yajl_gen_map_close(w->gen));
	if (frame->labels->timestamp) {
		text_write(w, "timestamp");
		whole_write(w, frame->time_ns);
	}
	note(w, yajl_gen_map_close(w->gen));
	yajl_gen_reset(w->gen, "\n");
}

static void area_write(struct writer *w, const struct vmg_frame *frame,
		       enum vmg_area area)
{
	const struct vmg_metric *metric;
	struct vmg_field field;
	bool begun = false;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (metric->area != area || !vmg_field_make(&field, frame, i))
			continue;
		if (!begun)
			object_open(w, metric, frame->labels);
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
	for (enum vmg_area area = 0; area <= VMG_AREA_SESSION; area++)
		area_write(&w, frame, area);
	yajl_gen_free(w.gen);
	if (w.status != yajl_gen_status_ok)
		batch->failed = true;
}

const struct vmg_format vmg_format_json = {
	.name = "json",
	.tag_refuse = vmg_tag_refuse_fields,
	.write = json_write,
};
