/* SPDX-License-Identifier: MIT */
/* The manual page and the shipped configuration know every option; the metrics
 * are generated. The test runs in the folder of the sources. */
#include "options.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static char manual[65536], conf[16384];

/* Reads a file, each stretch of blanks and line ends as one blank. */
static void file_read(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len = 0;
	int c;

	cr_assert(ne(ptr, file, NULL), "%s", path);
	while ((c = fgetc(file)) != EOF && len < size - 1) {
		if (c == '\n' || c == '\t')
			c = ' ';
		if (c != ' ' || (len > 0 && text[len - 1] != ' '))
			text[len++] = (char)c;
	}
	fclose(file);
	cr_assert(lt(sz, len, size - 1), "%s", path);
	text[len] = '\0';
}

static void setup(void)
{
	file_read("plugin/collectd-vmguest.5", manual, sizeof manual);
	file_read("collectd.conf.d/vmguest.conf", conf, sizeof conf);
}

TestSuite(manual, .init = setup);

static char said[VMG_LOG_SIZE];

static void hear(void *ctx, enum vmg_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	snprintf(said, sizeof said, "%s", text);
}

/* An unknown option brings the list of the known ones out. */
static char *accepted_options(void)
{
	oconfig_item_t option = { .key = (char *)"Unknown" };
	oconfig_item_t block = { .children = &option, .children_num = 1 };
	struct vmg_config config;
	char *list;

	vmg_config_init(&config);
	vmg_config_read(&config, &block, hear, NULL);
	list = strstr(said, "Accepted: ");
	cr_assert(ne(ptr, list, NULL));
	return list + strlen("Accepted: ");
}

Test(manual, has_every_option)
{
	char entry[80];
	size_t count = 0;

	for (char *key = strtok(accepted_options(), ", ."); key;
	     key = strtok(NULL, ", ."), count++) {
		snprintf(entry, sizeof entry, ".It Ic %s ", key);
		cr_expect(strstr(manual, entry) != NULL, "not there: %s",
			  entry);
		cr_expect(strstr(conf, key) != NULL, "not there: %s", key);
	}
	cr_expect(eq(sz, count, 7));
}
