/* SPDX-License-Identifier: MIT */
/* collectd's plain text protocol, as its exec plugin reads it: the values and
 * the notification that the plugin gives.
 * Source: collectd-unixsock(5), PUTVAL and PUTNOTIF; collectd-exec(5). */
#include "format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "values.h"

/* The exec plugin reads lines of less than 1200 bytes (src/exec.c); each
 * character may take two. So long are all texts of a notification together. */
#define TEXTS_MAX 340

/* collectd's option Timeout, after how many intervals it forgets a value: the
 * default, since programs are not given it. It looks once an interval. */
#define TIMEOUT 2

static const char *tag_refuse(const struct vmg_tag *tag)
{
	(void)tag;
	return "no tag, since collectd's identifiers have no place for one";
}

static void part_write(struct vmg_batch *batch, const char *text)
{
	vmg_batch_escaped(batch, text, "\"\\");
}

/* A '/' separates the parts of an identifier. */
static void host_write(struct vmg_batch *batch, const char *host)
{
	char c[2] = "";

	for (; *host; host++) {
		c[0] = *host;
		if (c[0] == '/')
			c[0] = '_';
		part_write(batch, c);
	}
}

/* With three decimals. */
static void seconds_write(struct vmg_batch *batch, uint64_t ms)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64 ".%03u", ms / 1000,
		 (unsigned)(ms % 1000));
	vmg_batch_text(batch, text);
}

static void number_write(struct vmg_batch *batch,
			 const struct vmg_number_of_type *number)
{
	char text[32];

	if (number->is_derive)
		snprintf(text, sizeof text, "%" PRId64, number->derive);
	else
		snprintf(text, sizeof text, "%.15g", number->gauge);
	vmg_batch_text(batch, text);
}

static void value_write(struct vmg_batch *batch, const struct vmg_frame *frame,
			const struct vmg_identity *identity,
			const struct vmg_number_of_type *number)
{
	vmg_batch_text(batch, "PUTVAL \"");
	host_write(batch, frame->labels->host);
	vmg_batch_text(batch, "/vmguest-");
	part_write(batch, identity->instance);
	vmg_batch_text(batch, "/");
	vmg_batch_text(batch, identity->type);
	vmg_batch_text(batch, "-");
	vmg_batch_text(batch, identity->type_instance);
	vmg_batch_text(batch, "\" interval=");
	seconds_write(batch, frame->interval_ms);
	vmg_batch_text(batch, " ");
	seconds_write(batch, frame->sample->time_ns / 1000000);
	vmg_batch_text(batch, ":");
	number_write(batch, number);
	vmg_batch_text(batch, "\n");
}

static void option_write(struct vmg_batch *batch, const char *type,
			 const char *key, const char *value)
{
	vmg_batch_text(batch, type);
	vmg_batch_text(batch, key);
	vmg_batch_text(batch, "=\"");
	part_write(batch, value);
	vmg_batch_text(batch, "\"");
}

static void move_write(struct vmg_batch *batch, const struct vmg_frame *frame,
		       const struct vmg_move *move)
{
	size_t room = TEXTS_MAX;

	vmg_batch_text(batch, "PUTNOTIF host=\"");
	host_write(batch, frame->labels->host);
	vmg_batch_text(batch, "\" severity=okay time=");
	seconds_write(batch, frame->sample->time_ns / 1000000);
	option_write(batch, " ", "plugin", "vmguest");
	option_write(batch, " ", "plugin_instance", move->identity.instance);
	option_write(batch, " ", "type", move->identity.type);
	option_write(batch, " ", "type_instance", move->identity.type_instance);
	for (size_t i = 0; i < move->text_count; i++) {
		size_t len = strlen(move->texts[i].value);

		if (len > room)
			continue;
		room -= len;
		option_write(batch, " s:", move->texts[i].key,
			     move->texts[i].value);
	}
	option_write(batch, " ", "message", move->message);
	vmg_batch_text(batch, "\n");
}

static void putval_write(struct vmg_batch *batch, const struct vmg_frame *frame)
{
	const uint64_t memory_ns = frame->interval_ms * (TIMEOUT + 1) * 1000000;
	const struct vmg_sample *sample = frame->sample;
	struct vmg_number_of_type number;
	struct vmg_identity identity;
	struct vmg_move move;

	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];

		if (!vmg_identity_make(point->metric, point->instance,
				       &identity))
			continue;
		if (!vmg_number_make(point, &number) ||
		    vmg_identity_is_taken(sample, i))
			frame->left_out[i] = true;
		else if (vmg_counter_may_pass(frame->counters, sample, point,
					      number.derive, memory_ns))
			value_write(batch, frame, &identity, &number);
	}
	vmg_counters_prune(frame->counters, sample->time_ns, memory_ns);
	if (vmg_move_make(sample, &move))
		move_write(batch, frame, &move);
}

const struct vmg_format vmg_format_putval = {
	.name = "putval",
	.tag_refuse = tag_refuse,
	.write = putval_write,
};
