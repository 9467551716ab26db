/* SPDX-License-Identifier: MIT */
/* A block of the plugin's options, as collectd's parser would hand it over: a line
 * is an option, its words are values; in quotation marks a text, true or false a
 * boolean, what begins with a digit a number. "<" before a line makes it a block. */
#include "options.h"
#include "fuzz.h"

/* Few, since each that is wrong has all that is right listed. */
#define LINES 8
#define WORDS 4

static oconfig_value_t value_of(char *word)
{
	oconfig_value_t value = { .type = OCONFIG_TYPE_STRING };

	value.value.string = word;
	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
		value.type = OCONFIG_TYPE_BOOLEAN;
		value.value.boolean = word[0] == 't';
	} else if (word[0] == '-' || (word[0] >= '0' && word[0] <= '9')) {
		value.type = OCONFIG_TYPE_NUMBER;
		value.value.number = strtod(word, NULL);
	} else if (word[0] == '"') {
		value.value.string = word + 1;
	}
	return value;
}

static void line_take(char *line, oconfig_item_t *item, oconfig_value_t *values)
{
	static oconfig_item_t child;
	char *rest = NULL, *word;

	*item = (oconfig_item_t){ .key = (char *)"", .values = values };
	if (*line == '<') {
		child = (oconfig_item_t){ .key = (char *)"Child" };
		item->children = &child;
		item->children_num = 1;
		line++;
	}
	word = strtok_r(line, " ", &rest);
	if (word)
		item->key = word;
	while (item->values_num < WORDS && (word = strtok_r(NULL, " ", &rest)))
		values[item->values_num++] = value_of(word);
}

static void say(void *ctx, enum vmg_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	CLAIM(strlen(text) < VMG_LOG_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	oconfig_value_t values[LINES][WORDS];
	oconfig_item_t lines[LINES], block = { .key = (char *)"Plugin",
					       .children = lines };
	char *text = text_copy(data, size), *rest = NULL, *line;
	struct vmg_config config;

	for (line = strtok_r(text, "\n", &rest);
	     line && block.children_num < LINES;
	     line = strtok_r(NULL, "\n", &rest)) {
		line_take(line, &lines[block.children_num],
			  values[block.children_num]);
		block.children_num++;
	}
	vmg_config_init(&config);
	vmg_config_read(&config, &block, say, NULL);
	vmg_config_selection(&config);
	CLAIM(config.vcpus <= 4096);
	free(text);
	return 0;
}
