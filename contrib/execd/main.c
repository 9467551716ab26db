/* SPDX-License-Identifier: MIT */
/* The options of vmguest-execd. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "text.h"
#include "signals.h"

#define STATUS_WRONG 2

/* More than any virtual machine has. */
#define VCPUS_MAX 4096
#define INTERVAL_DEFAULT_MS 10000
#define INTERVAL_MIN_MS 100
#define INTERVAL_MAX_MS (24 * 60 * 60 * 1000)
#define INTERVAL_ACCEPTED \
	"a whole number with ms, s, m or h (none: s), from 100ms to 24h"

static const char usage[] =
	"usage: vmguest-execd [options]\n"
	"Writes what the VMware host tells about this virtual machine: its "
	"share of the\n"
	"processors, its memory, its limits, when it was moved. Needs no "
	"privileges.\n"
	"\n"
	"Without options it is what Telegraf's execd input expects: for each "
	"newline on\n"
	"standard input one batch of Influx lines on standard output, until "
	"its end.\n"
	"\n"
	"When:\n"
	"  --signal WHAT     what asks for a batch: stdin (the default), usr1, "
	"usr2, hup,\n"
	"                    or none: the clock\n"
	"  --interval TIME   by the clock, at multiples of TIME: 500ms, 10s, "
	"1m, 1h\n"
	"                    (10s with --signal none)\n"
	"  --once            one batch now, then end; what needs two reads is "
	"not in it\n"
	"What:\n"
	"  --statistic NAME  only this one, or this area (cpu, memory, host); "
	"repeat it\n"
	"  --exclude NAME    but not this one, or this area; repeat it\n"
	"  --no-derived      without what is computed: percentages, effective "
	"speed\n"
	"  --no-host-statistics  without those of the whole host\n"
	"  --resource-pool   with the path of the resource pool\n"
	"  --vcpus N         virtual processors to reckon with (auto: those "
	"online)\n"
	"How:\n"
	"  --format FORMAT   influx (the default), json, prometheus, graphite\n"
	"  --tag KEY=VALUE   a tag (Prometheus: a label) on everything; repeat "
	"it\n"
	"  --timestamp       with the time: nanoseconds, in Prometheus "
	"milliseconds;\n"
	"                    Graphite always has seconds\n"
	"  --prefix PATH     Graphite: in front of the host's name\n"
	"  --host NAME       Graphite: the host's name (that of this machine)\n"
	"  --output FILE     replaces FILE by each batch, in one step; with "
	"--format\n"
	"                    prometheus for node_exporter's textfile "
	"directory\n"
	"\n"
	"  --help            shows this\n"
	"  --version         shows the version\n"
	"\n"
	"Examples:\n"
	"  vmguest-execd --once\n"
	"  vmguest-execd --interval 1s --statistic cpu --format json\n"
	"  vmguest-execd --format prometheus --interval 15s \\\n"
	"      --output /var/lib/prometheus/node-exporter/vmguest.prom\n"
	"\n"
	"On standard error it says what is wrong, and only when that changes. "
	"Exit\n"
	"status: 0 it ended as asked, or nobody reads it any more; 1 it could "
	"not write;\n"
	"2 a wrong option. Not in a VM is no error: up is 0, and it goes on "
	"asking.\n";

struct options {
	struct vmg_loop_options loop;
	struct vmg_sampler_options sampler;
	struct vmg_tag *tags; /* room for one an argument */
	int signal;	      /* of MODE_SIGNAL */
	bool signal_given, interval_given, once;
	bool path_given; /* --prefix or --host */
	bool told;	 /* --help or --version: done */
};

typedef bool option_fn(struct options *o, const char *value);

static option_fn signal_take, interval_take, once_take, statistic_take,
	exclude_take, no_derived_take, no_host_take, resource_pool_take,
	vcpus_take, format_take, tag_take, timestamp_take, prefix_take,
	host_take, output_take, help_take, version_take;

static const struct known {
	const char *name;
	int has_value; /* as getopt_long() wants it */
	option_fn *take;
} known[] = {
	{ "signal", required_argument, signal_take },
	{ "interval", required_argument, interval_take },
	{ "once", no_argument, once_take },
	{ "statistic", required_argument, statistic_take },
	{ "exclude", required_argument, exclude_take },
	{ "no-derived", no_argument, no_derived_take },
	{ "no-host-statistics", no_argument, no_host_take },
	{ "resource-pool", no_argument, resource_pool_take },
	{ "vcpus", required_argument, vcpus_take },
	{ "format", required_argument, format_take },
	{ "tag", required_argument, tag_take },
	{ "timestamp", no_argument, timestamp_take },
	{ "prefix", required_argument, prefix_take },
	{ "host", required_argument, host_take },
	{ "output", required_argument, output_take },
	{ "help", no_argument, help_take },
	{ "version", no_argument, version_take },
};

#define KNOWN_COUNT (sizeof known / sizeof known[0])

/* A list for a message, cut where there is no more room. */
static void list_add(char *list, size_t size, const char *before,
		     const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len > 0 ? before : "", name);
}

static bool refuse(const char *option, const char *value, const char *accepted)
{
	vmg_log(VMG_SAY_ERROR, "--%s %.100s is not possible. Accepted: %s.",
		option, value, accepted);
	return false;
}

/* ---- when -----------------------------------------------------------------
 */

static bool signal_take(struct options *o, const char *value)
{
	static const struct {
		const char *name, *as_telegraf;
		enum vmg_mode mode;
		int number;
	} ways[] = {
		{ "stdin", "STDIN", VMG_MODE_STDIN, 0 },
		{ "usr1", "SIGUSR1", VMG_MODE_SIGNAL, SIGUSR1 },
		{ "usr2", "SIGUSR2", VMG_MODE_SIGNAL, SIGUSR2 },
		{ "hup", "SIGHUP", VMG_MODE_SIGNAL, SIGHUP },
		{ "none", "none", VMG_MODE_INTERVAL, 0 },
	};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (strcasecmp(value, ways[i].name) != 0 &&
		    strcasecmp(value, ways[i].as_telegraf) != 0)
			continue;
		o->signal_given = true;
		o->signal = ways[i].number;
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

static bool interval_take(struct options *o, const char *value)
{
	uint64_t ms = duration_ms(value);

	if (ms < INTERVAL_MIN_MS || ms > INTERVAL_MAX_MS)
		return refuse("interval", value, INTERVAL_ACCEPTED);
	o->interval_given = true;
	o->loop.interval_ms = ms;
	return true;
}

static bool once_take(struct options *o, const char *value)
{
	(void)value;
	o->once = true;
	return true;
}

/* ---- what -----------------------------------------------------------------
 */

static bool mark_take(struct vmg_rows *rows, const char *option,
		      const char *value)
{
	char names[VMG_SAY_SIZE] = "", name[VMG_NAME_SIZE];

	if (vmg_rows_add_name(rows, value))
		return true;
	for (size_t i = 0; vmg_rows_name(i, name); i++)
		list_add(names, sizeof names, " ", name);
	/* Two lines: there are many names. */
	vmg_log(VMG_SAY_ERROR, "--%s %.100s is not known. Accepted:", option,
		value[0] ? value : "\"\"");
	vmg_log_say(NULL, VMG_SAY_ERROR, names);
	return false;
}

static bool statistic_take(struct options *o, const char *value)
{
	return mark_take(&o->sampler.selection.only, "statistic", value);
}

static bool exclude_take(struct options *o, const char *value)
{
	return mark_take(&o->sampler.selection.without, "exclude", value);
}

static bool no_derived_take(struct options *o, const char *value)
{
	(void)value;
	o->sampler.selection.no_derived = true;
	return true;
}

static bool no_host_take(struct options *o, const char *value)
{
	(void)value;
	o->sampler.selection.no_host = true;
	return true;
}

static bool resource_pool_take(struct options *o, const char *value)
{
	(void)value;
	o->sampler.selection.resource_pool = true;
	return true;
}

static bool vcpus_take(struct options *o, const char *value)
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

/* ---- how ------------------------------------------------------------------
 */

static bool format_take(struct options *o, const char *value)
{
	const struct vmg_format *format;
	char names[100] = "";

	for (size_t i = 0; (format = vmg_format_at(i)); i++) {
		if (strcmp(format->name, value) == 0) {
			o->loop.format = format;
			return true;
		}
		list_add(names, sizeof names, ", ", format->name);
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

static bool tag_take(struct options *o, const char *value)
{
	struct vmg_labels *labels = &o->loop.labels;
	size_t key_len = strcspn(value, "=");
	char *key;

	if (key_len == 0 || value[key_len] == '\0' ||
	    value[key_len + 1] == '\0')
		return refuse("tag", value, "KEY=VALUE, neither of them empty");
	if (!text_is_clean(value))
		return refuse("tag", value, "UTF-8 without control characters");
	key = strndup(value, key_len);
	if (!key)
		return refuse("tag", value, "more memory than there is");
	for (size_t i = 0; i < labels->tag_count; i++) {
		if (strcmp(labels->tags[i].key, key) == 0) {
			free(key);
			return refuse("tag", value,
				      "each key once, and this one was given "
				      "before");
		}
	}
	o->tags[labels->tag_count++] = (struct vmg_tag){
		.key = key,
		.value = value + key_len + 1,
	};
	return true;
}

static bool timestamp_take(struct options *o, const char *value)
{
	(void)value;
	o->loop.labels.timestamp = true;
	return true;
}

static bool prefix_take(struct options *o, const char *value)
{
	if (value[0] == '\0' || value[0] == '.' || strstr(value, "..") ||
	    value[strlen(value) - 1] == '.')
		return refuse("prefix", value,
			      "components with single dots between them, such "
			      "as servers.linux");
	o->path_given = true;
	o->loop.labels.prefix = value;
	return true;
}

static bool host_take(struct options *o, const char *value)
{
	if (value[0] == '\0')
		return refuse("host", "\"\"", "a name");
	o->path_given = true;
	o->loop.labels.host = value;
	return true;
}

/* Renaming over a device or a folder would not write into it. */
static bool output_take(struct options *o, const char *value)
{
	struct stat there;

	if (value[0] == '\0' ||
	    (stat(value, &there) == 0 && !S_ISREG(there.st_mode)))
		return refuse("output", value[0] ? value : "\"\"",
			      "a file, which may exist or not; no device, pipe "
			      "or folder");
	o->loop.output = value;
	return true;
}

static bool help_take(struct options *o, const char *value)
{
	(void)value;
	fputs(usage, stdout);
	o->told = true;
	return true;
}

static bool version_take(struct options *o, const char *value)
{
	(void)value;
	puts("vmguest-execd " VMG_VERSION);
	o->told = true;
	return true;
}

/* ---- all of them ----------------------------------------------------------
 */

static bool unknown_refuse(const char *argument)
{
	char names[400] = "";

	for (size_t i = 0; i < KNOWN_COUNT; i++)
		list_add(names, sizeof names, ", --", known[i].name);
	vmg_log(VMG_SAY_ERROR, "%.100s is not known. Accepted: --%s.", argument,
		names);
	return false;
}

/* What getopt_long() stopped at: a value that an option does not take, a
 * letter, or a name. */
static bool getopt_refuse(char **argv)
{
	char letter[3] = { '-', (char)optopt, '\0' };

	if (optopt > 0 && (size_t)optopt <= KNOWN_COUNT) {
		vmg_log(VMG_SAY_ERROR, "--%s takes no value.",
			known[optopt - 1].name);
		return false;
	}
	return unknown_refuse(optopt > 0 ? letter : argv[optind - 1]);
}

static bool contradiction_refuse(const char *what)
{
	vmg_log(VMG_SAY_ERROR, "%s", what);
	return false;
}

static bool together_check(struct options *o)
{
	if (o->once && (o->signal_given || o->interval_given))
		return contradiction_refuse(
			"--once goes with neither --signal nor --interval: it "
			"waits for nothing.");
	if (o->interval_given && o->signal_given &&
	    o->loop.mode != VMG_MODE_INTERVAL)
		return contradiction_refuse("--interval goes only with "
					    "--signal none, which may be left "
					    "out.");
	if (o->path_given && o->loop.format != &vmg_format_graphite)
		return contradiction_refuse(
			"--prefix and --host go only with --format graphite; "
			"for the others there is --tag host=NAME.");
	if (o->loop.labels.timestamp && o->loop.output &&
	    o->loop.format == &vmg_format_prometheus)
		return contradiction_refuse(
			"--timestamp does not go with --format prometheus and "
			"--output: node_exporter refuses files with times in "
			"them.");
	return true;
}

static bool tags_check(const struct options *o)
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

static void mode_set(struct options *o)
{
	o->sampler.once = o->once;
	if (o->once)
		o->loop.mode = VMG_MODE_ONCE;
	else if (o->interval_given)
		o->loop.mode = VMG_MODE_INTERVAL;
	qsort(o->tags, o->loop.labels.tag_count, sizeof *o->tags, tag_compare);
}

/* getopt_long()'s own table, from ours. */
static void known_convert(struct option converted[KNOWN_COUNT + 1])
{
	for (size_t i = 0; i < KNOWN_COUNT; i++)
		converted[i] = (struct option){
			.name = known[i].name,
			.has_arg = known[i].has_value,
			.val = (int)i + 1,
		};
	converted[KNOWN_COUNT] = (struct option){ 0 };
}

static bool options_read(struct options *o, int argc, char **argv)
{
	struct option converted[KNOWN_COUNT + 1];
	int which;

	known_convert(converted);
	opterr = 0;
	while ((which = getopt_long(argc, argv, ":", converted, NULL)) != -1) {
		if (which == ':') {
			vmg_log(VMG_SAY_ERROR, "%.100s wants a value.",
				argv[optind - 1]);
			return false;
		}
		if (which == '?')
			return getopt_refuse(argv);
		if (!known[which - 1].take(o, optarg))
			return false;
		if (o->told)
			return true;
	}
	if (optind < argc)
		return unknown_refuse(argv[optind]);
	if (!together_check(o) || !tags_check(o))
		return false;
	mode_set(o);
	return true;
}

static void options_release(struct options *o)
{
	for (size_t i = 0; i < o->loop.labels.tag_count; i++)
		free((char *)o->tags[i].key);
	free(o->tags);
}

/* ---- running --------------------------------------------------------------
 */

/* So that no file of ours gets the number of a standard one that the caller
 * closed. True if standard output is among those. */
static bool standard_files_occupy(void)
{
	bool closed = false;
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		closed |= fd == STDOUT_FILENO;
	if (fd > STDERR_FILENO)
		close(fd);
	return closed;
}

static int run(struct options *o)
{
	int status = 1;

	if (!vmg_signals_open(o->loop.mode == VMG_MODE_SIGNAL ? o->signal
							      : 0)) {
		vmg_log(VMG_SAY_ERROR, "cannot start: %s.", strerror(errno));
		return status;
	}
	o->loop.sampler = vmg_sampler_open(&o->sampler);
	if (o->loop.sampler)
		status = vmg_loop_run(&o->loop);
	else
		vmg_log(VMG_SAY_ERROR, "no memory to start with.");
	vmg_sampler_close(o->loop.sampler);
	return status;
}

int main(int argc, char **argv)
{
	char host[HOST_NAME_MAX + 1] = "";
	bool closed = standard_files_occupy();
	struct options o = {
		.loop = { .mode = VMG_MODE_STDIN,
			  .interval_ms = INTERVAL_DEFAULT_MS,
			  .format = vmg_format_at(0),
			  .labels = { .prefix = "", .host = host } },
		.sampler = { .say = vmg_log_say },
		.tags = calloc((size_t)argc + 1, sizeof *o.tags),
	};
	int status = STATUS_WRONG;

	if (!o.tags) {
		vmg_log(VMG_SAY_ERROR, "no memory to start with.");
		return 1;
	}
	o.loop.labels.tags = o.tags;
	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	if (options_read(&o, argc, argv)) {
		status = 0;
		if (!o.told && (o.loop.output || !closed))
			status = run(&o);
	}
	options_release(&o);
	return status;
}
