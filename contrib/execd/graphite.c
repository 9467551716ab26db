/* SPDX-License-Identifier: MIT */
/* Graphite's plaintext protocol: PREFIX.HOST.measurement.field, with an instance
 * in front of the field where the area has them; numbers only.
 * Source: Graphite, "Feeding In Your Data" and "Graphite Tag Support". */
#include "format.h"

#include <string.h>

/* Carbon makes a folder of each component: each character that is not plain, or
 * one of kept, becomes a '_'. This is the next one of them; '\0' at the end. */
static char component_next(const char **text, const char *kept)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-_";
	char c = **text;

	if (c == '\0')
		return c;
	do
		(*text)++;
	while ((**text & 0xC0) == 0x80); /* the rest of a UTF-8 character */
	return strchr(plain, c) || strchr(kept, c) ? c : '_';
}

static void component_write(struct vmg_batch *batch, const char *text,
			    const char *kept)
{
	char c;

	while ((c = component_next(&text, kept)))
		vmg_batch_add(batch, &c, 1);
}

static bool component_is_same(const char *one, const char *other)
{
	char a, b;

	do {
		a = component_next(&one, "");
		b = component_next(&other, "");
	} while (a == b && a != '\0');
	return a == b;
}

static const char *tag_refuse(const struct vmg_tag *tag)
{
	if (strcmp(tag->key, "name") == 0)
		return "another key, since carbon keeps the path in name";
	if (strpbrk(tag->key, ";!^= ") || strpbrk(tag->value, "; ") ||
	    tag->value[0] == '~')
		return "a key without any of ';!^=', a value without ';' that "
		       "does not begin with '~', and no blanks";
	return NULL;
}

static void value_write(struct vmg_batch *batch, const struct vmg_field *field)
{
	if (field->number == VMG_NUMBER_WHOLE)
		vmg_batch_whole(batch, field->whole);
	else
		vmg_batch_text(batch, field->real);
}

/* True if an instance earlier in the list has the same component: the two would
 * be one series. */
static bool instance_collides(const struct vmg_sample *sample, size_t at)
{
	const struct vmg_point *point = &sample->points[at], *other;

	for (size_t i = 0; i < at && point->instance[0]; i++) {
		other = &sample->points[i];
		if (!vmg_point_continues(sample, i) &&
		    other->metric->area == point->metric->area &&
		    strcmp(other->instance, point->instance) != 0 &&
		    component_is_same(other->instance, point->instance))
			return true;
	}
	return false;
}

static void path_write(struct vmg_batch *batch, const struct vmg_labels *labels,
		       const struct vmg_point *point,
		       const struct vmg_field *field)
{
	char measurement[VMG_NAME_SIZE];

	vmg_metric_measurement(point->metric, measurement);
	component_write(batch, labels->prefix, ".:");
	if (labels->prefix[0])
		vmg_batch_text(batch, ".");
	component_write(batch, labels->host, ":");
	vmg_batch_text(batch, ".");
	vmg_batch_text(batch, measurement);
	if (point->instance[0]) {
		vmg_batch_text(batch, ".");
		component_write(batch, point->instance, "");
	}
	vmg_batch_text(batch, ".");
	vmg_batch_text(batch, field->name);
	for (size_t i = 0; i < labels->tag_count; i++) {
		vmg_batch_text(batch, ";");
		vmg_batch_text(batch, labels->tags[i].key);
		vmg_batch_text(batch, "=");
		vmg_batch_text(batch, labels->tags[i].value);
	}
}

static void graphite_write(struct vmg_batch *batch,
			   const struct vmg_frame *frame)
{
	const struct vmg_sample *sample = frame->sample;
	struct vmg_field field;

	for (size_t i = 0; i < sample->point_count; i++) {
		if (vmg_metric_number(sample->points[i].metric) ==
			    VMG_NUMBER_TEXT ||
		    !vmg_field_make(&field, frame, i))
			continue;
		if (instance_collides(sample, i)) {
			frame->left_out[i] = true;
			continue;
		}
		path_write(batch, frame->labels, &sample->points[i], &field);
		vmg_batch_text(batch, " ");
		value_write(batch, &field);
		vmg_batch_text(batch, " ");
		vmg_batch_whole(batch, sample->time_ns / 1000000000);
		vmg_batch_text(batch, "\n");
	}
}

const struct vmg_format vmg_format_graphite = {
	.name = "graphite",
	.tag_refuse = tag_refuse,
	.write = graphite_write,
};
