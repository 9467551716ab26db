/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "output.h"
#include "text.h"

/* More than any virtual machine has. */
#define VCPUS_MAX 4096
#define INTERVAL_DEFAULT_MS 10000
#define INTERVAL_MIN_MS 100
#define INTERVAL_MAX_MS (24 * 60 * 60 * 1000)

typedef bool option_fn(struct vmg_options *o, const char *value);

static option_fn signal_take, interval_take, statistic_take, exclude_take,
	extended_take, vcpus_take, format_take, tag_take, prefix_take,
	host_take, output_take;

/* Names with separators between them; cut where there is no more room. */
typedef void names_fn(char *list, size_t size);

static names_fn format_names;

/* An option: with a value and a function that takes it, or a flag. */
static const struct row {
	const char *group;	  /* where --help lists it */
	const char *name, *value; /* the value as --help calls it */
	option_fn *take;
	size_t flag; /* where in struct vmg_options its bool is */
	const char *help;
	names_fn *names; /* of values, listed behind the help */
} rows[] = {
#define FLAG(group, name, member, help)                                        \
	{                                                                      \
		group, name, NULL, NULL, offsetof(struct vmg_options, member), \
			help, NULL                                             \
	}
#define VALUE(group, name, value, take, help)           \
	{                                               \
		group, name, value, take, 0, help, NULL \
	}
	VALUE("When", "signal", "WHAT", signal_take,
	      "what triggers a batch: stdin (the default, by a newline),\n"
	      "usr1, usr2, hup, or none: the clock"),
	VALUE("When", "interval", "TIME", interval_take,
	      "at each multiple of TIME by the clock: 500ms, 10s, 1m, 1h\n"
	      "(10s with --signal none)"),
	FLAG("When", "once", once,
	     "one batch now, then end; without values that need two\n"
	     "readings"),
	VALUE("What", "statistic", "NAME", statistic_take,
	      "only this statistic, area (cpu, memory, host, vscsi, vnet)\n"
	      "or instance (vscsi/scsi0:0, vnet/MAC); may be repeated"),
	VALUE("What", "exclude", "NAME", exclude_take,
	      "not this statistic, area or instance; may be repeated"),
	VALUE("What", "extended", "SETS", extended_take,
	      "also extended statistics: session, host, resources, vscsi,\n"
	      "vnet, all, separated by commas; may be repeated"),
	FLAG("What", "no-derived", sampler.selection.no_derived,
	     "no calculated values: percentages, effective speed"),
	FLAG("What", "no-host-statistics", sampler.selection.no_host,
	     "no statistics of the host as a whole"),
	FLAG("What", "resource-pool", sampler.selection.resource_pool,
	     "also the path of the resource pool"),
	VALUE("What", "vcpus", "N", vcpus_take,
	      "virtual CPUs used to calculate percentages (auto: those\n"
	      "that are online)"),
	{ "How", "format", "FORMAT", format_take, 0,
	  "output format; the first is the default:\n", format_names },
	VALUE("How", "tag", "KEY=VALUE", tag_take,
	      "a tag (Prometheus: a label) on everything; may be\n"
	      "repeated"),
	FLAG("How", "timestamp", loop.labels.timestamp,
	     "the time of the reading: nanoseconds, in Prometheus\n"
	     "milliseconds; Graphite and putval always have it"),
	VALUE("How", "prefix", "PATH", prefix_take,
	      "Graphite: in front of the host name"),
	VALUE("How", "host", "NAME", host_take,
	      "Graphite, putval: the host name (default: of this\n"
	      "machine)"),
	VALUE("How", "output", "FILE", output_take,
	      "replaces FILE by each batch, atomically; with --format\n"
	      "prometheus for node_exporter's textfile collector"),
	FLAG("Other", "help", help, "shows this help"),
	FLAG("Other", "version", version, "shows the version"),
#undef FLAG
#undef VALUE
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

/* getopt_long()'s number of a row: no character is as large. */
#define ROW_NUMBER 256

/* Where --help puts the texts. */
#define HELP_COLUMN 20

static void list_add(char *list, size_t size, const char *separator,
		     const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len > 0 ? separator : "",
		 name);
}

static bool refuse(const char *option, const char *value, const char *accepted)
{
	vmg_log(VMG_LOG_ERROR, "--%s %.100s is not possible. Accepted: %s.",
		option, value[0] ? value : "\"\"", accepted);
	return false;
}

static bool signal_take(struct vmg_options *o, const char *value)
{
	static const struct {
		const char *name, *as_telegraf;
		enum vmg_mode mode;
		enum vmg_trigger trigger;
	} ways[] = {
		{ "stdin", "STDIN", VMG_MODE_STDIN, VMG_TRIGGER_NONE },
		{ "usr1", "SIGUSR1", VMG_MODE_SIGNAL, VMG_TRIGGER_USR1 },
		{ "usr2", "SIGUSR2", VMG_MODE_SIGNAL, VMG_TRIGGER_USR2 },
		{ "hup", "SIGHUP", VMG_MODE_SIGNAL, VMG_TRIGGER_HUP },
		{ "none", "none", VMG_MODE_INTERVAL, VMG_TRIGGER_NONE },
	};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		const char *reason = vmg_trigger_refuse(ways[i].trigger);

		if (strcasecmp(value, ways[i].name) != 0 &&
		    strcasecmp(value, ways[i].as_telegraf) != 0)
			continue;
		if (reason)
			return refuse("signal", value, reason);
		o->signal_given = true;
		o->trigger = ways[i].trigger;
		o->loop.mode = ways[i].mode;
		o->loop.waits_for = ways[i].as_telegraf;
		return true;
	}
	return refuse("signal", value,
		      "stdin, usr1, usr2, hup, none, or as Telegraf spells "
		      "them: STDIN, SIGUSR1, SIGUSR2, SIGHUP");
}

/* Digits, then nothing or a unit; 0 for anything else. */
static uint64_t duration_ms(const char *text)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {
		{ "", 1000 },	{ "ms", 1 },	  { "s", 1000 },
		{ "m", 60000 }, { "h", 3600000 },
	};
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 9)
		return 0;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(text + digits, units[i].unit) == 0)
			return strtoull(text, NULL, 10) * units[i].ms;
	return 0;
}

static bool interval_take(struct vmg_options *o, const char *value)
{
	uint64_t ms = duration_ms(value);

	if (ms < INTERVAL_MIN_MS || ms > INTERVAL_MAX_MS)
		return refuse("interval", value,
			      "a whole number with ms, s, m or h (none: s), "
			      "from 100ms to 24h");
	o->interval_given = true;
	o->loop.interval_ms = ms;
	return true;
}

/* Several lines: there are many names. */
static void names_log(void)
{
	char names[VMG_LOG_SIZE / 2] = "", name[VMG_NAME_SIZE];

	for (size_t i = 0; vmg_choice_name(i, name); i++) {
		if (strlen(names) + VMG_NAME_SIZE >= sizeof names) {
			vmg_log_line(NULL, VMG_LOG_ERROR, names);
			names[0] = '\0';
		}
		list_add(names, sizeof names, " ", name);
	}
	vmg_log_line(NULL, VMG_LOG_ERROR, names);
	vmg_log(VMG_LOG_ERROR, "vscsi/DISK vnet/MAC, %d of them at most",
		VMG_CHOICE_INSTANCES);
}

static bool name_take(struct vmg_choice *chosen, const char *option,
		      const char *value)
{
	if (vmg_choice_add(chosen, value))
		return true;
	vmg_log(VMG_LOG_ERROR, "--%s %.100s is unknown. Accepted:", option,
		value[0] ? value : "\"\"");
	names_log();
	return false;
}

static bool statistic_take(struct vmg_options *o, const char *value)
{
	return name_take(&o->sampler.selection.only, "statistic", value);
}

static bool exclude_take(struct vmg_options *o, const char *value)
{
	return name_take(&o->sampler.selection.without, "exclude", value);
}

static bool extended_take(struct vmg_options *o, const char *value)
{
	const char *at = value;
	char name[VMG_NAME_SIZE];

	do {
		size_t len = strcspn(at, ",");

		snprintf(name, sizeof name, "%.*s", (int)len, at);
		if (len >= sizeof name ||
		    !vmg_sets_add(&o->sampler.selection.extended, name))
			return refuse("extended", value,
				      VMG_SETS_ACCEPTED
				      ", or several with commas between them");
		at += len;
	} while (*at++ == ',');
	return true;
}

static bool vcpus_take(struct vmg_options *o, const char *value)
{
	unsigned long count;

	o->sampler.vcpus = 0;
	if (strcasecmp(value, "auto") == 0)
		return true;
	count = strlen(value) < 9 ? strtoul(value, NULL, 10) : 0;
	if (strspn(value, "0123456789") != strlen(value) || count < 1 ||
	    count > VCPUS_MAX)
		return refuse("vcpus", value,
			      "auto, or a whole number from 1 to 4096");
	o->sampler.vcpus = (unsigned)count;
	return true;
}

static void format_names(char *list, size_t size)
{
	const struct vmg_format *format;

	for (size_t i = 0; (format = vmg_format_at(i)); i++)
		if (!format->missing)
			list_add(list, size, ", ", format->name);
}

static bool format_take(struct vmg_options *o, const char *value)
{
	const struct vmg_format *format;
	char names[100] = "", accepted[200];

	format_names(names, sizeof names);
	for (size_t i = 0; (format = vmg_format_at(i)); i++) {
		if (strcmp(format->name, value) != 0)
			continue;
		if (!format->missing) {
			o->loop.format = format;
			return true;
		}
		snprintf(accepted, sizeof accepted, "%s; %s", names,
			 format->missing);
		return refuse("format", value, accepted);
	}
	return refuse("format", value, names);
}

/* UTF-8 without control characters: what every format can carry. */
static bool text_is_clean(const char *text)
{
	char *copy = strdup(text);
	bool clean = false;

	if (copy) {
		vmg_text_clean(copy);
		clean = strcmp(copy, text) == 0;
	}
	free(copy);
	return clean;
}

static bool tag_is_given(const struct vmg_labels *labels, const char *key,
			 size_t len)
{
	for (size_t i = 0; i < labels->tag_count; i++)
		if (strlen(labels->tags[i].key) == len &&
		    memcmp(labels->tags[i].key, key, len) == 0)
			return true;
	return false;
}

static bool tag_take(struct vmg_options *o, const char *value)
{
	struct vmg_labels *labels = &o->loop.labels;
	size_t len = strcspn(value, "=");
	char *key;

	if (len == 0 || value[len] == '\0' || value[len + 1] == '\0')
		return refuse("tag", value, "KEY=VALUE, neither of them empty");
	if (!text_is_clean(value))
		return refuse("tag", value, "UTF-8 without control characters");
	if (tag_is_given(labels, value, len))
		return refuse("tag", value,
			      "each key once; this one was given before");
	key = strdup(value);
	if (!key) {
		vmg_log(VMG_LOG_ERROR, "cannot start: out of memory.");
		return false;
	}
	key[len] = '\0';
	o->tags[labels->tag_count++] = (struct vmg_tag){
		.key = key,
		.value = value + len + 1,
	};
	return true;
}

static bool prefix_take(struct vmg_options *o, const char *value)
{
	if (value[0] == '\0' || value[0] == '.' || strstr(value, "..") ||
	    value[strlen(value) - 1] == '.')
		return refuse("prefix", value,
			      "components with single dots between them, such "
			      "as servers.linux");
	o->prefix_given = true;
	o->loop.labels.prefix = value;
	return true;
}

static bool host_take(struct vmg_options *o, const char *value)
{
	if (value[0] == '\0')
		return refuse("host", value, "a name");
	o->host_given = true;
	o->loop.labels.host = value;
	return true;
}

static bool output_take(struct vmg_options *o, const char *value)
{
	const char *accepted = vmg_output_refuse(value);

	if (accepted)
		return refuse("output", value, accepted);
	o->loop.output = value;
	return true;
}

/* A text with line feeds; text behind a name that is too long begins there. */
static void row_write(const struct row *row)
{
	char names[100] = "";
	const char *help = row->help;
	int column = printf("  --%s%s%s", row->name, row->value ? " " : "",
			    row->value ? row->value : "");

	do {
		int len = (int)strcspn(help, "\n");

		printf("%*s%.*s\n", HELP_COLUMN - column, "", len, help);
		help += len + (help[len] == '\n');
		column = 0;
	} while (*help);
	if (!row->names)
		return;
	row->names(names, sizeof names);
	printf("%*s%s\n", HELP_COLUMN, "", names);
}

static void help_write(void)
{
	fputs("usage: vmguest-execd [options]\n"
	      "Writes what the VMware host reports about this virtual "
	      "machine: its share of\n"
	      "the processors, its memory, its limits, and when it was moved. "
	      "Needs no\n"
	      "privileges.\n"
	      "\n"
	      "Without options it does what Telegraf's execd input expects: "
	      "for each newline on\n"
	      "standard input it writes one batch of Influx lines to standard "
	      "output, until\n"
	      "the input ends.\n"
	      "\n",
	      stdout);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (i == 0 || strcmp(rows[i].group, rows[i - 1].group) != 0)
			printf("%s:\n", rows[i].group);
		row_write(&rows[i]);
	}
	fputs("\n"
	      "Examples:\n"
	      "  vmguest-execd --once\n"
	      "  vmguest-execd --interval 1s --statistic cpu --format "
	      "graphite\n"
	      "  vmguest-execd --format prometheus --interval 15s \\\n"
	      "      --output /var/lib/prometheus/node-exporter/vmguest.prom\n"
	      "\n"
	      "Problems are logged to standard error, and only when something "
	      "changes. Exit\n"
	      "status: 0 ended as asked, or the reader closed the output; 1 "
	      "could not write;\n"
	      "2 wrong option. Outside a VM it does not fail: up is 0, and it "
	      "tries again.\n",
	      stdout);
}

static void unknown_log(const char *argument)
{
	char names[VMG_LOG_SIZE] = "";

	for (size_t i = 0; i < ROW_COUNT; i++)
		list_add(names, sizeof names, ", --", rows[i].name);
	vmg_log(VMG_LOG_ERROR, "%.100s is unknown. Accepted: --%s.", argument,
		names);
}

/* What getopt_long() stopped at: a value that is missing or too much, a letter,
 * or a name. */
static void getopt_log(char **argv)
{
	char letter[3] = { '-', (char)optopt, '\0' };

	if (optopt < ROW_NUMBER)
		unknown_log(optopt > 0 ? letter : argv[optind - 1]);
	else
		vmg_log(VMG_LOG_ERROR, "--%s %s.",
			rows[optopt - ROW_NUMBER].name,
			rows[optopt - ROW_NUMBER].value ? "needs a value"
							: "takes no value");
}

static bool row_take(struct vmg_options *o, const struct row *row)
{
	if (row->take)
		return row->take(o, optarg);
	*(bool *)((char *)o + row->flag) = true;
	return true;
}

static bool together_refuse(const char *why)
{
	vmg_log(VMG_LOG_ERROR, "%s", why);
	return false;
}

static bool sets_check(const struct vmg_selection *selection)
{
	unsigned lacks = vmg_selection_lacks(selection);
	char sets[VMG_SETS_SIZE];

	if (!lacks)
		return true;
	vmg_sets_text(lacks, ",", sets);
	vmg_log(VMG_LOG_ERROR,
		"--statistic or --exclude names extended statistics that are "
		"not asked for: add --extended %s.",
		sets);
	return false;
}

static bool together_check(const struct vmg_options *o)
{
	if (o->once && (o->signal_given || o->interval_given))
		return together_refuse(
			"--once cannot be combined with --signal or "
			"--interval: it does not wait.");
	if (o->interval_given && o->signal_given &&
	    o->loop.mode != VMG_MODE_INTERVAL)
		return together_refuse(
			"--interval can be combined only with --signal none, "
			"which may be omitted.");
	if (o->prefix_given && o->loop.format != &vmg_format_graphite)
		return together_refuse("--prefix needs --format graphite.");
	if (o->host_given && o->loop.format != &vmg_format_graphite &&
	    o->loop.format != &vmg_format_putval)
		return together_refuse(
			"--host needs --format graphite or putval; the other "
			"formats have --tag host=NAME.");
	if (o->loop.labels.timestamp && o->loop.output &&
	    o->loop.format == &vmg_format_prometheus)
		return together_refuse(
			"--timestamp cannot be combined with --format "
			"prometheus and --output: node_exporter rejects files "
			"with timestamps.");
	return true;
}

static bool tags_check(const struct vmg_options *o)
{
	const struct vmg_labels *labels = &o->loop.labels;
	char shown[120];

	for (size_t i = 0; i < labels->tag_count; i++) {
		const char *accepted =
			o->loop.format->tag_refuse(&labels->tags[i]);

		if (!accepted)
			continue;
		snprintf(shown, sizeof shown, "%.50s=%.50s with --format %s",
			 labels->tags[i].key, labels->tags[i].value,
			 o->loop.format->name);
		return refuse("tag", shown, accepted);
	}
	return true;
}

static int tag_compare(const void *a, const void *b)
{
	const struct vmg_tag *one = a, *other = b;

	return strcmp(one->key, other->key);
}

/* collectd's exec plugin gives its programs an empty standard input. */
static void mode_set(struct vmg_options *o)
{
	o->sampler.once = o->once;
	if (o->once)
		o->loop.mode = VMG_MODE_ONCE;
	else if (o->interval_given ||
		 (o->loop.format == &vmg_format_putval && !o->signal_given))
		o->loop.mode = VMG_MODE_INTERVAL;
}

/* 0 for what is no number of seconds. */
static uint64_t seconds_ms(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	return end != text && *end == '\0' && seconds > 0 && seconds < 1e9
		       ? (uint64_t)(seconds * 1000 + 0.5)
		       : 0;
}

/* What collectd's exec plugin says of itself; an option wins.
 * Source: collectd-exec(5). */
static bool environment_take(struct vmg_options *o)
{
	const char *host = getenv("COLLECTD_HOSTNAME");
	const char *interval = getenv("COLLECTD_INTERVAL");
	uint64_t ms;

	if (o->loop.format != &vmg_format_putval)
		return true;
	if (host && host[0] && !o->host_given)
		o->loop.labels.host = host;
	if (!interval || o->interval_given)
		return true;
	ms = seconds_ms(interval);
	if (ms < INTERVAL_MIN_MS || ms > INTERVAL_MAX_MS) {
		vmg_log(VMG_LOG_ERROR,
			"COLLECTD_INTERVAL=%.100s is not possible. Accepted: "
			"seconds from 0.1 to 86400; --interval overrides it.",
			interval);
		return false;
	}
	o->loop.interval_ms = ms;
	return true;
}

/* getopt_long()'s own table, from ours. */
static void rows_convert(struct option converted[ROW_COUNT + 1])
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		converted[i] = (struct option){
			.name = rows[i].name,
			.has_arg =
				rows[i].value ? required_argument : no_argument,
			.val = ROW_NUMBER + (int)i,
		};
	converted[ROW_COUNT] = (struct option){ 0 };
}

static bool shown(const struct vmg_options *o)
{
	if (o->help)
		help_write();
	else if (o->version)
		puts("vmguest-execd " VMG_VERSION);
	return o->help || o->version;
}

static enum vmg_command line_read(struct vmg_options *o, int argc, char **argv)
{
	struct option converted[ROW_COUNT + 1];
	int which;

	rows_convert(converted);
	opterr = 0;
	while ((which = getopt_long(argc, argv, ":", converted, NULL)) != -1) {
		if (which < ROW_NUMBER) {
			getopt_log(argv);
			return VMG_COMMAND_WRONG;
		}
		if (!row_take(o, &rows[which - ROW_NUMBER]))
			return VMG_COMMAND_WRONG;
		if (shown(o))
			return VMG_COMMAND_DONE;
	}
	if (optind < argc) {
		unknown_log(argv[optind]);
		return VMG_COMMAND_WRONG;
	}
	return together_check(o) && sets_check(&o->sampler.selection) &&
			       tags_check(o) && environment_take(o)
		       ? VMG_COMMAND_RUN
		       : VMG_COMMAND_WRONG;
}

enum vmg_command vmg_options_read(struct vmg_options *o, const char *host,
				  int argc, char **argv)
{
	enum vmg_command command;

	*o = (struct vmg_options){
		.loop = { .mode = VMG_MODE_STDIN,
			  .interval_ms = INTERVAL_DEFAULT_MS,
			  .format = vmg_format_at(0),
			  .labels = { .prefix = "", .host = host } },
		.sampler = { .log = vmg_log_line },
		.tags = calloc((size_t)argc + 1, sizeof *o->tags),
	};
	if (!o->tags) {
		vmg_log(VMG_LOG_ERROR, "cannot start: out of memory.");
		return VMG_COMMAND_FAILED;
	}
	o->loop.labels.tags = o->tags;
	command = line_read(o, argc, argv);
	mode_set(o);
	qsort(o->tags, o->loop.labels.tag_count, sizeof *o->tags, tag_compare);
	return command;
}

void vmg_options_release(struct vmg_options *o)
{
	for (size_t i = 0; i < o->loop.labels.tag_count; i++)
		free((char *)o->tags[i].key);
	free(o->tags);
}
