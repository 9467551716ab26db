/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* More than any virtual machine has. */
#define VCPUS_MAX 4096

/* Where complaints go, and what block they are about. */
struct reader {
	struct vmg_config *config;
	const char *block;
	vmg_log_fn *log;
	void *log_ctx;
};

typedef void option_fn(const struct reader *r, const oconfig_item_t *option);

static option_fn statistic_read, ignore_selected_read, derived_read,
	host_statistics_read, extended_read, notify_session_read, vcpus_read;

static const struct option {
	const char *key;
	option_fn *read;
} options[] = {
	{ "Statistic", statistic_read },
	{ "IgnoreSelected", ignore_selected_read },
	{ "Derived", derived_read },
	{ "HostStatistics", host_statistics_read },
	{ "ExtendedStatistics", extended_read },
	{ "NotifySession", notify_session_read },
	{ "VCPUs", vcpus_read },
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

__attribute__((format(printf, 2, 3))) static void
complain(const struct reader *r, const char *format, ...)
{
	char text[VMG_LOG_SIZE];
	va_list args;
	int len;

	len = snprintf(text, sizeof text, "<Plugin %.32s>: ", r->block);
	va_start(args, format);
	vsnprintf(text + len, sizeof text - (size_t)len, format, args);
	va_end(args);
	r->log(r->log_ctx, VMG_LOG_WARNING, text);
}

/* A value roughly as it stood in the file, for a message. */
static const char *value_text(const oconfig_value_t *value, char text[64])
{
	switch (value->type) {
	case OCONFIG_TYPE_STRING:
		snprintf(text, 64, "\"%.56s\"", value->value.string);
		break;
	case OCONFIG_TYPE_NUMBER:
		snprintf(text, 64, "%.15g", value->value.number);
		break;
	case OCONFIG_TYPE_BOOLEAN:
		snprintf(text, 64, "%s",
			 value->value.boolean ? "true" : "false");
		break;
	default:
		snprintf(text, 64, "of an unknown type");
	}
	return text;
}

/* The option's only value; NULL, and logged, if it has none or several. */
static const oconfig_value_t *single_value(const struct reader *r,
					   const oconfig_item_t *option,
					   const char *accepted)
{
	if (option->values_num == 1)
		return &option->values[0];
	complain(r, "option %s has %d values. Accepted: %s.", option->key,
		 option->values_num, accepted);
	return NULL;
}

/* Also in quotation marks, as collectd's own plugins take them. */
static bool boolean_of_text(const char *text, bool *boolean)
{
	static const struct {
		const char *text;
		bool boolean;
	} words[] = {
		{ "true", true },   { "yes", true }, { "on", true },
		{ "false", false }, { "no", false }, { "off", false },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcasecmp(text, words[i].text) == 0) {
			*boolean = words[i].boolean;
			return true;
		}
	}
	return false;
}

static void boolean_read(const struct reader *r, const oconfig_item_t *option,
			 bool *boolean)
{
	const oconfig_value_t *value = single_value(r, option, "true, false");
	char text[64];

	if (!value)
		return;
	if (value->type == OCONFIG_TYPE_BOOLEAN)
		*boolean = value->value.boolean != 0;
	else if (value->type != OCONFIG_TYPE_STRING ||
		 !boolean_of_text(value->value.string, boolean))
		complain(r, "option %s cannot be %s. Accepted: true, false.",
			 option->key, value_text(value, text));
}

static void ignore_selected_read(const struct reader *r,
				 const oconfig_item_t *option)
{
	boolean_read(r, option, &r->config->ignore_selected);
}

static void derived_read(const struct reader *r, const oconfig_item_t *option)
{
	boolean_read(r, option, &r->config->derived);
}

static void host_statistics_read(const struct reader *r,
				 const oconfig_item_t *option)
{
	boolean_read(r, option, &r->config->host_statistics);
}

static void notify_session_read(const struct reader *r,
				const oconfig_item_t *option)
{
	boolean_read(r, option, &r->config->notify_session);
}

static void vcpus_read(const struct reader *r, const oconfig_item_t *option)
{
	static const char accepted[] = "auto, or a whole number from 1 to 4096";
	const oconfig_value_t *value = single_value(r, option, accepted);
	double number = 0;
	char text[64];

	if (!value)
		return;
	if (value->type == OCONFIG_TYPE_STRING) {
		if (strcasecmp(value->value.string, "auto") == 0) {
			r->config->vcpus = 0;
			return;
		}
		/* Digits alone: no sign, blank, point or other base. */
		if (strspn(value->value.string, "0123456789") ==
		    strlen(value->value.string))
			number = strtod(value->value.string, NULL);
	} else if (value->type == OCONFIG_TYPE_NUMBER) {
		number = value->value.number;
	}
	if (number >= 1 && number <= VCPUS_MAX && number == floor(number))
		r->config->vcpus = (unsigned)number;
	else
		complain(r, "option %s cannot be %s. Accepted: %s.",
			 option->key, value_text(value, text), accepted);
}

/* As many lines as the names need. */
static void statistic_complain(const struct reader *r,
			       const oconfig_item_t *option, const char *what)
{
	char line[VMG_LOG_SIZE - 64], name[VMG_NAME_SIZE];
	size_t len = (size_t)snprintf(line, sizeof line,
				      "option %.64s %s. Accepted:", option->key,
				      what);

	for (size_t i = 0; vmg_choice_name(i, name); i++) {
		if (len + VMG_NAME_SIZE >= sizeof line) {
			complain(r, "%s", line);
			len = 0;
		}
		len += (size_t)snprintf(line + len, sizeof line - len, "%s%s",
					len > 0 ? " " : "", name);
	}
	complain(r, "%s", line);
	complain(r, "and vscsi/DISK, vnet/MAC, %d of them at most.",
		 VMG_CHOICE_INSTANCES);
}

static void statistic_read(const struct reader *r, const oconfig_item_t *option)
{
	char text[64], what[80];

	if (option->values_num == 0)
		statistic_complain(r, option, "has no value");
	for (int i = 0; i < option->values_num; i++) {
		const oconfig_value_t *value = &option->values[i];

		if (value->type == OCONFIG_TYPE_STRING &&
		    vmg_choice_add(&r->config->statistics, value->value.string))
			continue;
		snprintf(what, sizeof what, "cannot be %s",
			 value_text(value, text));
		statistic_complain(r, option, what);
	}
}

static void extended_read(const struct reader *r, const oconfig_item_t *option)
{
	char text[64];

	if (option->values_num == 0)
		complain(r, "option %s has no value. Accepted: %s.",
			 option->key, VMG_SETS_ACCEPTED);
	for (int i = 0; i < option->values_num; i++) {
		const oconfig_value_t *value = &option->values[i];

		if (value->type != OCONFIG_TYPE_STRING ||
		    !vmg_sets_add(&r->config->extended, value->value.string))
			complain(r, "option %s cannot be %s. Accepted: %s.",
				 option->key, value_text(value, text),
				 VMG_SETS_ACCEPTED);
	}
}

static void unknown_complain(const struct reader *r,
			     const oconfig_item_t *option)
{
	char keys[256];
	size_t len = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		len += (size_t)snprintf(keys + len, sizeof keys - len, "%s%s",
					i ? ", " : "", options[i].key);
	complain(r, "option %.64s is unknown. Accepted: %s.", option->key,
		 keys);
}

static void option_read(const struct reader *r, const oconfig_item_t *option)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcasecmp(option->key, options[i].key) != 0)
			continue;
		if (option->children_num > 0)
			complain(r,
				 "option %s is not a block. Accepted: %s "
				 "followed by its value, on one line.",
				 option->key, options[i].key);
		else
			options[i].read(r, option);
		return;
	}
	unknown_complain(r, option);
}

void vmg_config_init(struct vmg_config *config)
{
	*config = (struct vmg_config){
		.derived = true,
		.host_statistics = true,
		.notify_session = true,
	};
}

void vmg_config_read(struct vmg_config *config, const oconfig_item_t *block,
		     vmg_log_fn *log_fn, void *log_ctx)
{
	struct reader r = { config, "vmguest", log_fn, log_ctx };

	if (block->values_num > 0 &&
	    block->values[0].type == OCONFIG_TYPE_STRING)
		r.block = block->values[0].value.string;
	for (int i = 0; i < block->children_num; i++)
		option_read(&r, &block->children[i]);
}

void vmg_config_check(const struct vmg_config *config, vmg_log_fn *log_fn,
		      void *log_ctx)
{
	const struct vmg_selection selection = vmg_config_selection(config);
	const struct reader r = { NULL, "vmguest", log_fn, log_ctx };
	unsigned lacks = vmg_selection_lacks(&selection);
	char sets[VMG_SETS_SIZE];

	if (!lacks)
		return;
	vmg_sets_text(lacks, " ", sets);
	complain(
		&r,
		"option Statistic names extended statistics that are not asked "
		"for: add ExtendedStatistics %s.",
		sets);
}

struct vmg_selection vmg_config_selection(const struct vmg_config *config)
{
	struct vmg_selection selection = {
		.no_derived = !config->derived,
		.no_host = !config->host_statistics,
		.extended = config->extended,
	};

	if (config->ignore_selected)
		selection.without = config->statistics;
	else
		selection.only = config->statistics;
	return selection;
}
