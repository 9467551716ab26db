/* SPDX-License-Identifier: MIT */
/* A collectd plugin for the tests: writes each notification with its metadata
 * to a file, which no plugin of collectd does without a network or a second
 * user. <Plugin notified> File "..." </Plugin> */
#include <daemon/collectd.h>
#include <daemon/plugin.h>

static char path[4096];

static int notified_config(const char *key, const char *value)
{
	if (strcasecmp(key, "File") != 0)
		return -1;
	snprintf(path, sizeof path, "%s", value);
	return 0;
}

static int notified_write(const notification_t *n, user_data_t *user_data)
{
	FILE *file = fopen(path, "a");

	(void)user_data;
	if (!file)
		return -1;
	fprintf(file, "%d\t%s\t%s\t%s\t%s\t%s\t%s", n->severity, n->host,
		n->plugin, n->plugin_instance, n->type, n->type_instance,
		n->message);
	for (const notification_meta_t *m = n->meta; m; m = m->next)
		if (m->type == NM_TYPE_STRING)
			fprintf(file, "\t%s=%s", m->name,
				m->nm_value.nm_string);
	fputc('\n', file);
	return fclose(file);
}

void module_register(void)
{
	static const char *keys[] = { "File" };

	plugin_register_config("notified", notified_config, keys, 1);
	plugin_register_notification("notified", notified_write, NULL);
}
