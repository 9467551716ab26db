/* SPDX-License-Identifier: MIT */
/* The options of vmguest-stat. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "doctor.h"
#include "evidence.h"
#include "pause.h"
#include "record.h"
#include "text.h"
#include "view.h"

#define STATUS_WRONG 2
/* A monitoring system reads 2 as critical. */
#define STATUS_UNKNOWN 3

#define VCPUS_MAX 4096
#define INTERVAL_MIN_S 0.1
#define INTERVAL_MAX_S 86400.0
#define SECONDS_MAX 86400
#define SECONDS_DEFAULT 10
#define TIMEOUT_DEFAULT_S 10
#define RECORD_INTERVAL_S 60
#define RECORD_KEEP_S (7 * 86400)

static const char usage[] =
	"usage: vmguest-stat [options] [INTERVAL [COUNT]]\n"
	"       vmguest-stat --explain[=SECONDS] [--json]\n"
	"       vmguest-stat --explain --from FILE|DIRECTORY\n"
	"       vmguest-stat --record DIRECTORY [--keep 7d] [INTERVAL "
	"[COUNT]]\n"
	"       vmguest-stat --check[=checkmk|npd] [-w RANGE] [-c RANGE]\n"
	"       vmguest-stat --doctor [--json]\n"
	"Shows what the VMware host gives this virtual machine, and takes.\n"
	"\n"
	"  -c  CPU    -m  memory    -H  the host    -x  waiting, swap rates\n"
	"  -d  disks  -N  network cards                   (default: -c -m)\n"
	"  -w  more columns   -y  no average in front   -n  header once\n"
	"  -t  with the time  --utc  in UTC   -S k|m|g  scale of memory\n"
	"  --json, --csv   one object, or one line, a reading\n"
	"  --vcpus N|auto  --color=auto|always|never\n"
	"  --explain[=SECONDS]  what holds this VM back, in words (10 s)\n"
	"  --accept FINDING[=REASON]  known and agreed to: no alert\n"
	"  --check  one line and an exit status for a monitoring system\n"
	"      -w, -c LABEL=RANGE  --absent=ok|unknown  -t SECONDS  -v\n"
	"  --help  --version\n"
	"\n"
	"  used, stolen  % of the vCPUs' time: cpu_used, cpu_stolen; above "
	"100 by turbo\n"
	"  contn         % they waited for a processor: cpu_contention\n"
	"  GHz           speed received, all vCPUs: cpu_effective\n"
	"  lim%          of the CPU limit: cpu_used_of_limit; none: no limit\n"
	"  active        memory in recent use: memory_active\n"
	"  balloon, zip, hswap  taken back: memory_ballooned, _zipped, "
	"_swapped\n"
	"  swpin/s, swpout/s  MiB from and to it: memory_swap_in, _out\n"
	"  %SWPWT        % they waited for memory: cpu_contention_memory\n"
	"  N%L           % of memory on the home NUMA node: memory_numa_local\n"
	"  note          LIMIT own limit  HOST? host, pool, affinity  MLIMIT "
	"memory limit\n"
	"                BALLOON, ZIP, SWAP taken and missed  NUMA far memory\n"
	"                DISK slow, with -d  VCPUS? --vcpus is wrong\n"
	"-: not known. man vmguest-stat says more.\n";

enum mode {
	MODE_VIEW,
	MODE_EXPLAIN,
	MODE_CHECK,
	MODE_RECORD,
	MODE_DOCTOR,
};

struct options {
	enum mode mode;
	struct view_options view;
	struct check_options check;
	struct vmg_sampler_options sampler;
	struct accepted accepted;
	struct record_options record;
	struct evidence_options evidence;
	/* The machine's name: as given, or NULL; as the system has it. */
	const char *host, *own_host;
	bool done; /* --help or --version */
};

enum long_option {
	LONG_EXPLAIN = 256,
	LONG_CHECK,
	LONG_JSON,
	LONG_CSV,
	LONG_UTC,
	LONG_VCPUS,
	LONG_COLOUR,
	LONG_ACCEPT,
	LONG_ABSENT,
	LONG_RECORD,
	LONG_KEEP,
	LONG_INTERVAL,
	LONG_FROM,
	LONG_HOST,
	LONG_DOCTOR,
	LONG_HELP,
	LONG_VERSION,
};

static const struct option long_options[] = {
	{ "explain", optional_argument, NULL, LONG_EXPLAIN },
	{ "check", optional_argument, NULL, LONG_CHECK },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "csv", no_argument, NULL, LONG_CSV },
	{ "utc", no_argument, NULL, LONG_UTC },
	{ "vcpus", required_argument, NULL, LONG_VCPUS },
	{ "color", required_argument, NULL, LONG_COLOUR },
	{ "accept", required_argument, NULL, LONG_ACCEPT },
	{ "absent", required_argument, NULL, LONG_ABSENT },
	{ "record", required_argument, NULL, LONG_RECORD },
	{ "keep", required_argument, NULL, LONG_KEEP },
	{ "interval", required_argument, NULL, LONG_INTERVAL },
	{ "from", required_argument, NULL, LONG_FROM },
	{ "host", required_argument, NULL, LONG_HOST },
	{ "doctor", no_argument, NULL, LONG_DOCTOR },
	{ "help", no_argument, NULL, LONG_HELP },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ 0 },
};

/* A check says everything on standard output. */
__attribute__((format(printf, 2, 3))) static bool
refuse(const struct options *o, const char *format, ...)
{
	bool check = o->mode == MODE_CHECK;
	char text[VMG_LOG_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	vmg_text_clean(text);
	fprintf(check ? stdout : stderr, "%s%s\n",
		check ? "VMGUEST UNKNOWN - " : "vmguest-stat: ", text);
	return false;
}

static bool whole_read(const char *text, unsigned long least,
		       unsigned long most, unsigned long *number)
{
	size_t len = strlen(text);
	unsigned long value;

	if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
		return false;
	value = strtoul(text, NULL, 10);
	if (value < least || value > most)
		return false;
	*number = value;
	return true;
}

static bool seconds_take(struct options *o, const char *value)
{
	unsigned long seconds = SECONDS_DEFAULT;

	o->mode = MODE_EXPLAIN;
	if (value && !whole_read(value, 1, SECONDS_MAX, &seconds))
		return refuse(o,
			      "--explain=%.100s is not valid; accepted: whole "
			      "seconds from 1 to 86400.",
			      value);
	o->evidence.seconds = (unsigned)seconds;
	return true;
}

static bool check_take(struct options *o, const char *value)
{
	static const char *const names[] = { "plugin", "checkmk", "npd" };

	o->mode = MODE_CHECK;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (value && strcmp(value, names[i]) != 0)
			continue;
		o->check.form = (enum check_form)i;
		return true;
	}
	return refuse(
		o,
		"--check=%.100s is not valid; accepted: plugin, checkmk, npd.",
		value);
}

static bool scale_take(struct options *o, const char *value)
{
	static const char letters[] = "kmg", shown[] = "KMG";
	const char *at = value[0] ? strchr(letters, value[0] | 32) : NULL;

	if (!at || value[1])
		return refuse(o, "-S %.100s is not valid; accepted: k, m, g.",
			      value);
	o->view.scale = (unsigned)(at - letters) * 10;
	o->view.scale_letter = shown[at - letters];
	return true;
}

static bool vcpus_take(struct options *o, const char *value)
{
	unsigned long count = 0;

	if (strcmp(value, "auto") != 0 &&
	    !whole_read(value, 1, VCPUS_MAX, &count))
		return refuse(o,
			      "--vcpus %.100s is not valid; accepted: auto, or "
			      "a whole number from 1 to 4096.",
			      value);
	o->sampler.vcpus = (unsigned)count;
	return true;
}

static bool colour_take(struct options *o, const char *value)
{
	const char *no_colour = getenv("NO_COLOR");

	if (strcmp(value, "always") == 0)
		o->view.colour = true;
	else if (strcmp(value, "never") == 0)
		o->view.colour = false;
	else if (strcmp(value, "auto") == 0)
		o->view.colour =
			isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]);
	else
		return refuse(
			o,
			"--color=%.100s is not valid; accepted: auto, always, "
			"never.",
			value);
	return true;
}

static bool accept_take(struct options *o, const char *value)
{
	const struct vmg_threshold *t;
	char names[VMG_LOG_SIZE] = "";

	if (accepted_add(&o->accepted, value))
		return true;
	for (size_t i = 0; (t = vmg_threshold_at(i)); i++)
		snprintf(names + strlen(names), sizeof names - strlen(names),
			 "%s%s", i > 0 ? ", " : "", t->name);
	return refuse(o, "--accept %.60s is not valid; accepted: %s.", value,
		      names);
}

static bool absent_take(struct options *o, const char *value)
{
	if (strcmp(value, "ok") != 0 && strcmp(value, "unknown") != 0)
		return refuse(
			o,
			"--absent=%.100s is not valid; accepted: ok, unknown.",
			value);
	o->check.absent_ok = value[0] == 'o';
	return true;
}

static bool interval_take(struct options *o, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);

	if (strspn(value, ".0123456789") != strlen(value) || *end ||
	    !(seconds >= INTERVAL_MIN_S && seconds <= INTERVAL_MAX_S))
		return refuse(o,
			      "interval %.100s is not valid; accepted: seconds "
			      "from 0.1 to 86400.",
			      value);
	o->view.interval_s = seconds;
	o->view.count = 0;
	return true;
}

/* Whole days or hours. */
static bool keep_take(struct options *o, const char *value)
{
	size_t len = strlen(value);
	char unit = len > 0 ? value[len - 1] : '\0', digits[12] = "";
	unsigned long number;

	if (len > 0 && len < sizeof digits)
		memcpy(digits, value, len - 1);
	if ((unit != 'd' && unit != 'h') ||
	    !whole_read(digits, 1, 100000, &number))
		return refuse(o,
			      "--keep %.100s is not valid; accepted: days or "
			      "hours, such as 7d or 24h.",
			      value);
	o->record.keep_s = number * (unit == 'd' ? 86400 : 3600);
	return true;
}

static bool done(struct options *o, const char *text)
{
	fputs(text, stdout);
	o->done = true;
	return true;
}

static bool option_take(struct options *o, int which, const char *value)
{
	switch (which) {
	case 'c':
		o->view.groups |= VIEW_CPU;
		return true;
	case 'm':
		o->view.groups |= VIEW_MEMORY;
		return true;
	case 'H':
		o->view.groups |= VIEW_HOST;
		return true;
	case 'x':
		o->view.groups |= VIEW_WAITING;
		return true;
	case 'd':
		o->view.groups |= VIEW_DISKS;
		return true;
	case 'N':
		o->view.groups |= VIEW_NICS;
		return true;
	case 'y':
		o->view.no_first = true;
		return true;
	case 't':
		o->view.time = true;
		return true;
	case 'w':
		o->view.wide = true;
		return true;
	case 'n':
		o->view.header_once = true;
		return true;
	case 'S':
		return scale_take(o, value);
	case LONG_EXPLAIN:
		return seconds_take(o, value);
	case LONG_CHECK:
		return check_take(o, value);
	case LONG_JSON:
		o->view.form = VIEW_JSON;
		return true;
	case LONG_CSV:
		o->view.form = VIEW_CSV;
		return true;
	case LONG_UTC:
		o->view.utc = true;
		return true;
	case LONG_VCPUS:
		return vcpus_take(o, value);
	case LONG_COLOUR:
		return colour_take(o, value);
	case LONG_ACCEPT:
		return accept_take(o, value);
	case LONG_ABSENT:
		return absent_take(o, value);
	case LONG_RECORD:
		o->mode = MODE_RECORD;
		o->record.folder = value;
		return true;
	case LONG_KEEP:
		return keep_take(o, value);
	case LONG_INTERVAL:
		return interval_take(o, value);
	case LONG_FROM:
		o->evidence.from = value;
		return true;
	case LONG_HOST:
		o->host = value;
		return true;
	case LONG_DOCTOR:
		o->mode = MODE_DOCTOR;
		return true;
	case LONG_HELP:
		return done(o, usage);
	default:
		return done(o, "vmguest-stat " VMG_VERSION "\n");
	}
}

static bool check_option_take(struct options *o, int which, const char *value)
{
	unsigned long seconds;

	switch (which) {
	case 'w':
	case 'c':
		if (check_range_add(&o->check, value, which == 'c'))
			return true;
		return refuse(o,
			      "-%c %.100s is not valid; accepted: "
			      "LABEL=[@]start:end, with one of %s.",
			      which, value, check_labels());
	case 't':
		if (!whole_read(value, 1, 3600, &seconds))
			return refuse(o,
				      "-t %.100s is not valid; accepted: whole "
				      "seconds from 1 to 3600.",
				      value);
		o->check.timeout_s = (unsigned)seconds;
		return true;
	case 'v':
		o->check.verbose = true;
		return true;
	default:
		return option_take(o, which, value);
	}
}

/* In a check -w, -c and -t have another meaning. */
static bool is_check(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], "--check", strlen("--check")) == 0)
			return true;
	return false;
}

static bool arguments_read(struct options *o, int argc, char **argv)
{
	if (o->mode == MODE_EXPLAIN && argc == 1)
		return seconds_take(o, argv[0]);
	if (o->evidence.from && o->mode != MODE_EXPLAIN)
		return refuse(o, "--from needs --explain.");
	if (o->mode != MODE_VIEW && o->mode != MODE_RECORD && argc > 0)
		return refuse(o, "%.100s is one argument too many.", argv[0]);
	if (argc > 2)
		return refuse(o, "%.100s is one argument too many.", argv[2]);
	if (o->view.form == VIEW_CSV &&
	    o->view.groups & (VIEW_DISKS | VIEW_NICS))
		return refuse(o,
			      "--csv cannot be combined with -d or -N, since "
			      "their number changes; --json has them.");
	if (argc > 0 && !interval_take(o, argv[0]))
		return false;
	if (argc > 1 && !whole_read(argv[1], 1, 999999999, &o->view.count))
		return refuse(o,
			      "count %.100s is not valid; accepted: whole "
			      "numbers from 1.",
			      argv[1]);
	return true;
}

static bool options_read(struct options *o, int argc, char **argv)
{
	bool check = is_check(argc, argv);
	const char *letters = check ? ":w:c:t:v" : ":cmHxdNytwnS:";
	int which;

	o->mode = check ? MODE_CHECK : MODE_VIEW;
	opterr = 0;
	while ((which = getopt_long(argc, argv, letters, long_options, NULL)) !=
	       -1) {
		if (which == ':')
			return refuse(o, "%.100s needs a value.",
				      argv[optind - 1]);
		if (which == '?')
			return refuse(o,
				      "%.100s is unknown; --help "
				      "shows the options.",
				      argv[optind - 1]);
		if (!(check ? check_option_take(o, which, optarg)
			    : option_take(o, which, optarg)))
			return false;
		if (o->done)
			return true;
	}
	if (o->view.groups == 0)
		o->view.groups = VIEW_CPU | VIEW_MEMORY;
	o->check.accepted = o->accepted;
	/* A single line is the default of the view only. */
	if (o->mode == MODE_RECORD && o->view.count == 1) {
		o->view.count = 0;
		o->view.interval_s = RECORD_INTERVAL_S;
	}
	return arguments_read(o, argc - optind, argv + optind);
}

/* Running. */

/* What the sampler logs is shown by the view itself. */
static void log_nothing(void *ctx, enum vmg_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	(void)text;
}

/* The sets of extended statistics that a mode uses. */
static unsigned sets_of(const struct options *o)
{
	unsigned sets = 0;

	switch (o->mode) {
	case MODE_VIEW:
		if (o->view.groups & (VIEW_CPU | VIEW_MEMORY | VIEW_WAITING))
			sets |= VMG_SET_RESOURCES;
		if (o->view.groups & VIEW_DISKS)
			sets |= VMG_SET_VSCSI;
		if (o->view.groups & VIEW_NICS)
			sets |= VMG_SET_VNET;
		return sets;
	case MODE_EXPLAIN:
	case MODE_CHECK:
		return VMG_SET_RESOURCES | VMG_SET_VSCSI;
	case MODE_RECORD:
		return VMG_SET_SESSION | VMG_SET_HOST | VMG_SET_RESOURCES |
		       VMG_SET_VSCSI | VMG_SET_VNET;
	case MODE_DOCTOR:
		break;
	}
	return sets;
}

static int run(struct options *o)
{
	struct vmg_sampler *sampler = vmg_sampler_open(&o->sampler);
	const char *host = o->host ? o->host : o->own_host;
	int status = 1;

	if (!sampler) {
		refuse(o, "cannot start: out of memory.");
		return o->mode == MODE_CHECK ? STATUS_UNKNOWN : status;
	}
	pause_begin();
	switch (o->mode) {
	case MODE_VIEW:
		o->view.host = host;
		status = view_run(&o->view, sampler);
		break;
	case MODE_EXPLAIN:
		o->evidence.host = o->host;
		o->evidence.own_host = o->own_host;
		o->evidence.json = o->view.form == VIEW_JSON;
		o->evidence.utc = o->view.utc;
		o->evidence.accepted = &o->accepted;
		status = evidence_run(&o->evidence, sampler);
		break;
	case MODE_CHECK:
		status = check_run(&o->check, sampler);
		break;
	case MODE_RECORD:
		o->record.host = host;
		o->record.interval_s = o->view.interval_s;
		o->record.count = o->view.count;
		status = record_run(&o->record, sampler);
		break;
	case MODE_DOCTOR:
		status = doctor_run(sampler, o->view.form == VIEW_JSON);
		break;
	}
	vmg_sampler_close(sampler);
	return status;
}

/* So that no file of ours gets the number of a standard one that the caller
 * closed. */
static void standard_files_occupy(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	char host[HOST_NAME_MAX + 1] = "";
	struct options o = {
		.view = { .interval_s = 1,
			  .count = 1,
			  .scale = 10,
			  .scale_letter = 'M' },
		.check = { .timeout_s = TIMEOUT_DEFAULT_S },
		.record = { .keep_s = RECORD_KEEP_S },
		.sampler = { .log = log_nothing },
		.evidence = { .seconds = SECONDS_DEFAULT },
		.own_host = host,
	};

	standard_files_occupy();
	colour_take(&o, "auto");
	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	if (!options_read(&o, argc, argv))
		return o.mode == MODE_CHECK ? STATUS_UNKNOWN : STATUS_WRONG;
	o.sampler.selection.extended = sets_of(&o);
	return o.done ? 0 : run(&o);
}
