/* SPDX-License-Identifier: MIT */
/* Graphite's plaintext protocol: PREFIX.HOST.measurement.field, numbers only.
 * Source: Graphite, "Feeding In Your Data" and "Graphite Tag Support". */
#include "format.h"

#include <string.h>

/* Carbon makes a folder of each component: each character that is not plain, or
 * one of kept, becomes a '_'. */
static void component_write(struct vmg_batch *batch, const char *text,
			    const char *kept)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-_:";

	for (; *text; text++) {
		bool keep = strchr(plain, *text) || strchr(kept, *text);

		if ((*text & 0xC0) != 0x80) /* the rest of a UTF-8 character */
			vmg_batch_add(batch, keep ? text : "_", 1);
	}
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

static void path_write(struct vmg_batch *batch, const struct vmg_labels *labels,
		       const struct vmg_metric *metric,
		       const struct vmg_field *field)
{
	char measurement[VMG_NAME_SIZE];

	vmg_metric_measurement(metric, measurement);
	component_write(batch, labels->prefix, ".");
	if (labels->prefix[0])
		vmg_batch_text(batch, ".");
	component_write(batch, labels->host, "");
	vmg_batch_text(batch, ".");
	vmg_batch_text(batch, measurement);
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
	const struct vmg_metric *metric;
	struct vmg_field field;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (metric->number == VMG_NUMBER_TEXT ||
		    !vmg_field_make(&field, frame, i))
			continue;
		path_write(batch, frame->labels, metric, &field);
		vmg_batch_text(batch, " ");
		value_write(batch, &field);
		vmg_batch_text(batch, " ");
		vmg_batch_whole(batch, frame->time_ns / 1000000000);
		vmg_batch_text(batch, "\n");
	}
}

const struct vmg_format vmg_format_graphite = {
	.name = "graphite",
	.tag_refuse = tag_refuse,
	.write = graphite_write,
};
