/* SPDX-License-Identifier: MIT */
#include "execd_frame.h"

#include <string.h>

void frame_init(struct frame *f)
{
	*f = (struct frame){
		.sample = { .time_ns = 1700000000123456789u },
		.labels = { .prefix = "", .host = "host" },
	};
	f->labels.tags = f->tags;
	f->sample.points = f->points;
}

/* The order of a sample: area, instance, row. */
static bool is_behind(const struct vmg_point *one,
		      const struct vmg_point *other)
{
	int instances = strcmp(one->instance, other->instance);

	if (one->metric->area != other->metric->area)
		return one->metric->area > other->metric->area;
	if (instances != 0)
		return instances > 0;
	return one->metric > other->metric;
}

void frame_point(struct frame *f, const struct vmg_metric *metric,
		 const char *instance, union vmg_value value)
{
	struct vmg_point point = { metric, instance, value };
	size_t at = f->sample.point_count++;

	for (; at > 0 && is_behind(&f->points[at - 1], &point); at--)
		f->points[at] = f->points[at - 1];
	f->points[at] = point;
}

static void row_point(struct frame *f, enum vmg_row row, union vmg_value value)
{
	frame_point(f, vmg_metric_at(row), "", value);
}

void frame_whole(struct frame *f, enum vmg_row row, uint64_t whole)
{
	row_point(f, row, (union vmg_value){ .whole = whole });
}

void frame_real(struct frame *f, enum vmg_row row, double real)
{
	row_point(f, row, (union vmg_value){ .real = real });
}

void frame_text(struct frame *f, enum vmg_row row, const char *text)
{
	row_point(f, row, (union vmg_value){ .text = text });
}

/* In the order of a table: that of their points. */
enum { READS, LATENCY, PACKETS };
static const struct vmg_metric invented[] = {
	[READS] = { .stem = "read",
		    .what = "Reads.",
		    .influx = "",
		    .prometheus = "",
		    .area = VMG_AREA_VSCSI,
		    .unit = VMG_METRIC_OPERATIONS },
	[LATENCY] = { .stem = "read",
		      .what = "Latency.",
		      .influx = "",
		      .prometheus = "",
		      .area = VMG_AREA_VSCSI,
		      .unit = VMG_METRIC_LATENCY },
	[PACKETS] = { .stem = "rx",
		      .what = "Packets.",
		      .influx = "",
		      .prometheus = "",
		      .area = VMG_AREA_VNET,
		      .unit = VMG_METRIC_PACKETS },
};

void frame_instances(struct frame *f)
{
	frame_init(f);
	frame_whole(f, VMG_ROW_UP, 1);
	frame_point(f, &invented[READS], "scsi0:0",
		    (union vmg_value){ .whole = 7 });
	frame_point(f, &invented[READS], "scsi 0,1",
		    (union vmg_value){ .whole = 8 });
	frame_point(f, &invented[LATENCY], "scsi0:0",
		    (union vmg_value){ .real = 0.5 });
	frame_point(f, &invented[PACKETS], "00:0c:29:00:00:01",
		    (union vmg_value){ .whole = 9 });
}

bool frame_left_out(const struct frame *f, enum vmg_row row)
{
	for (size_t i = 0; i < f->sample.point_count; i++)
		if (f->points[i].metric == vmg_metric_at(row))
			return f->left_out[i];
	return false;
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
		.left_out = f->left_out,
		.interval_ms = 10000,
		.counters = &f->counters,
	};

	vmg_batch_clear(&f->batch);
	format->write(&f->batch, &frame);
	vmg_batch_add(&f->batch, "", 1);
	return f->batch.failed ? "failed" : f->batch.bytes;
}

void frame_release(struct frame *f)
{
	vmg_batch_release(&f->batch);
	vmg_counters_release(&f->counters);
}
