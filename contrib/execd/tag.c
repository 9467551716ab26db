/* SPDX-License-Identifier: MIT */
#include "tag.h"

#include <string.h>

bool vmg_tag_is_among(const struct vmg_tag *tag, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(tag->key, *names) == 0)
			return true;
	return false;
}

static bool tag_is_field(const struct vmg_tag *tag)
{
	const struct vmg_metric *metric;
	char name[VMG_NAME_SIZE];

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++)
		if (vmg_metric_field(metric, name) &&
		    strcmp(name, tag->key) == 0)
			return true;
	return false;
}

/* InfluxDB takes a tag with the name of a field, but a query by that name then
 * finds the field alone. */
const char *vmg_tag_refuse_fields(const struct vmg_tag *tag)
{
	static const char *const reserved[] = {
		"time", "_measurement", "_field", "disk", "nic", "device", NULL
	};

	if (tag_is_field(tag) || vmg_tag_is_among(tag, reserved))
		return "a key that is neither a field's name, which InfluxDB "
		       "could not tell from the tag, nor time, _measurement, "
		       "_field, disk, nic or device";
	return NULL;
}
