/* SPDX-License-Identifier: MIT */
/* A frame for the tests of output formats, filled point by point in any order. */
#ifndef VMG_TESTS_EXECD_FRAME_H
#define VMG_TESTS_EXECD_FRAME_H

#include "format.h"
#include "row.h"

#define FRAME_POINTS 64

struct frame {
	struct vmg_sample sample;
	struct vmg_point points[FRAME_POINTS];
	struct vmg_labels labels;
	struct vmg_tag tags[4];
	bool left_out[FRAME_POINTS];
	struct vmg_batch batch;
	struct vmg_counters counters;
};

void frame_init(struct frame *f);
void frame_whole(struct frame *f, enum vmg_row row, uint64_t whole);
void frame_real(struct frame *f, enum vmg_row row, double real);
void frame_text(struct frame *f, enum vmg_row row, const char *text);

/* A point of any metric, and of an instance. */
void frame_point(struct frame *f, const struct vmg_metric *metric,
		 const char *instance, union vmg_value value);

/* A frame with up, and with what two disks and a network card might have:
 * operations, a latency, packets. */
void frame_instances(struct frame *f);

/* True if the format marked the row's point. */
bool frame_left_out(const struct frame *f, enum vmg_row row);

void frame_tag(struct frame *f, const char *key, const char *value);

/* What the format writes, as a text that lives until the next call. Its time is
 * 1700000000.123456789, unless the test sets another; its interval 10 s. */
const char *frame_written(struct frame *f, const struct vmg_format *format);

void frame_release(struct frame *f);

#endif
