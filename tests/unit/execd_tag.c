/* SPDX-License-Identifier: MIT */
/* Which tags each format refuses, since they could not be found again. */
#include "format.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static bool is_refused(const struct vmg_format *format, const char *key)
{
	return format->tag_refuse(
		       &(struct vmg_tag){ .key = key, .value = "x" }) != NULL;
}

static bool takes_tags(const struct vmg_format *format)
{
	return !format->missing && format != &vmg_format_putval;
}

static bool has_fields(const struct vmg_format *format)
{
	return takes_tags(format) && format != &vmg_format_prometheus &&
	       format != &vmg_format_graphite;
}

Test(tag, is_no_field)
{
	const struct vmg_format *format;
	const struct vmg_metric *metric;
	char name[VMG_NAME_SIZE];

	for (size_t i = 0; (format = vmg_format_at(i)); i++)
		for (size_t row = 0; (metric = vmg_metric_at(row)); row++)
			if (vmg_metric_field(metric, name) &&
			    has_fields(format))
				cr_expect(is_refused(format, name), "%s %s",
					  format->name, name);
}

static const struct {
	const struct vmg_format *format;
	const char *keys[16];
} reserved[] = {
	{ &vmg_format_influx,
	  { "time", "_measurement", "_field", "disk", "nic", "device", "id",
	    "up", "used_ms", "limit_binding" } },
	{ &vmg_format_json,
	  { "time", "_measurement", "_field", "disk", "nic", "device", "id" } },
	{ &vmg_format_graphite, { "name" } },
	{ &vmg_format_prometheus,
	  { "resource_pool", "disk", "nic", "device", "version", "uuid", "le",
	    "quantile", "job", "instance", "__name__", "__x" } },
};

Test(tag, is_nothing_that_a_reader_keeps_for_itself)
{
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		for (size_t k = 0;
		     !reserved[i].format->missing && reserved[i].keys[k]; k++)
			cr_expect(is_refused(reserved[i].format,
					     reserved[i].keys[k]),
				  "%s %s", reserved[i].format->name,
				  reserved[i].keys[k]);
}

Test(tag, is_anything_else)
{
	static const char *const keys[] = { "dc",   "host",  "names", "Id",
					    "rack", "disks", "_x" };
	const struct vmg_format *format;

	for (size_t i = 0; (format = vmg_format_at(i)); i++)
		for (size_t k = 0;
		     takes_tags(format) && k < sizeof keys / sizeof keys[0];
		     k++)
			cr_expect(not(is_refused(format, keys[k])), "%s %s",
				  format->name, keys[k]);
	cr_expect(not(is_refused(&vmg_format_prometheus, "used_ms")));
	cr_expect(not(is_refused(&vmg_format_prometheus, "id")));
	cr_expect(not(is_refused(&vmg_format_graphite, "id")));
}
