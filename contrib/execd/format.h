/* SPDX-License-Identifier: MIT */
/* What an output format is: it turns the points of a sample into its spelling,
 * by unit and kind. It knows no statistic, and it is pure: a frame in, bytes
 * out. */
#ifndef VMG_EXECD_FORMAT_H
#define VMG_EXECD_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "counters.h"
#include "metrics.h"

struct vmg_tag {
	const char *key, *value; /* UTF-8 without control characters */
};

/* What stands on every value, from the options. */
struct vmg_labels {
	const struct vmg_tag *tags; /* sorted by key */
	size_t tag_count;
	const char *prefix; /* Graphite's; may be "" */
	const char *host;   /* in Graphite's path, collectd's identifiers */
	bool timestamp;
};

struct vmg_frame {
	const struct vmg_sample *sample;
	const struct vmg_labels *labels;
	/* Set for a point whose value, or place, the format cannot hold; left
	 * alone else. */
	bool *left_out; /* [sample->point_count] */
	/* For collectd. */
	uint64_t interval_ms;	       /* when the next value is due */
	struct vmg_counters *counters; /* kept from batch to batch */
};

struct vmg_format {
	const char *name; /* as --format takes it */

	/* Why this build cannot write it, for a message, and then nothing else
	 * is set; NULL: it can. */
	const char *missing;

	/* NULL if the format can carry this tag; else what it accepts, for a
	 * message. */
	const char *(*tag_refuse)(const struct vmg_tag *tag);

	/* Appends one batch: whole lines, or nothing where no point is. */
	void (*write)(struct vmg_batch *batch, const struct vmg_frame *frame);
};

/* The formats by position, the default first; NULL past the end. */
const struct vmg_format *vmg_format_at(size_t index);

extern const struct vmg_format vmg_format_influx, vmg_format_json,
	vmg_format_prometheus, vmg_format_graphite, vmg_format_putval;

/* What formats share.
 *
 * A point as Influx lines, JSON and Graphite show it: bytes, percent,
 * milliseconds, MHz. */
struct vmg_field {
	char name[VMG_NAME_SIZE];
	enum vmg_number
		number; /* follows the unit alone: a type never changes */
	union {
		uint64_t whole;
		const char *text;
	};
	char real[32]; /* decimal, with a point or an exponent */
};

/* The field of the frame's point at this position. False where the metric is
 * not offered as a field; one whose value does not fit is marked as left out.
 */
bool vmg_field_make(struct vmg_field *field, const struct vmg_frame *frame,
		    size_t at);

/* True if a point belongs to the line of the one before it: the same area and
 * instance. */
bool vmg_point_continues(const struct vmg_sample *sample, size_t at);

/* The text that the line of a point has as a tag, named after the stem: what a
 * disk or a network card is. NULL: none. */
const struct vmg_point *vmg_line_text(const struct vmg_sample *sample,
				      size_t at);

/* "vmguest_cpu_used_seconds_total". A text has its value in a label named after
 * the stem. False, and an empty name, if not offered in Prometheus. */
bool vmg_prometheus_name(const struct vmg_metric *metric,
			 char name[VMG_NAME_SIZE]);

/* The number as text, with as many digits as a double holds for sure, and a
 * point or an exponent always. False for what is not finite. */
bool vmg_real_text(double real, char text[32]);

/* A duration with nine decimals at most, never with an exponent. */
bool vmg_seconds_text(double seconds, char text[32]);

#endif
