/* SPDX-License-Identifier: MIT */
#include "execd_frame.h"

void frame_init(struct frame *f)
{
	*f = (struct frame){ .labels = { .prefix = "", .host = "host" } };
	f->labels.tags = f->tags;
}

static struct vmg_reading *reading(struct frame *f, enum vmg_row row)
{
	f->sample.readings[row].present = true;
	return &f->sample.readings[row];
}

void frame_whole(struct frame *f, enum vmg_row row, uint64_t whole)
{
	reading(f, row)->whole = whole;
}

void frame_real(struct frame *f, enum vmg_row row, double real)
{
	reading(f, row)->real = real;
}

void frame_text(struct frame *f, enum vmg_row row, const char *text)
{
	reading(f, row)->text = text;
}

void frame_tag(struct frame *f, const char *key, const char *value)
{
	f->tags[f->labels.tag_count++] = (struct vmg_tag){ key, value };
}

const char *frame_written(struct frame *f, const struct vmg_format *format)
{
	const struct vmg_frame frame = {
		.sample = &f->sample,
		.labels = &f->labels,
		.time_ns = 1700000000123456789u,
		.left_out = f->left_out,
	};

	vmg_batch_clear(&f->batch);
	format->write(&f->batch, &frame);
	vmg_batch_add(&f->batch, "", 1);
	return f->batch.failed ? "failed" : f->batch.bytes;
}

void frame_release(struct frame *f)
{
	vmg_batch_release(&f->batch);
}
