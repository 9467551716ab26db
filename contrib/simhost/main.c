/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <yajl/yajl_gen.h>

#include "catalog.h"
#include "port.h"
#include "status.h"
#include "tracer.h"

struct options {
	const char *scenario, *count_file;
	bool count, list, check;
};

static const char usage[] =
	"usage: vmguest-simhost [options] -- PROGRAM [ARGUMENT...]\n"
	"Runs PROGRAM as if in a virtual machine on a VMware host.\n"
	"\n"
	"  -s, --scenario=NAME|FILE  what happens on that host "
	"(" SIM_SCENARIO_DEFAULT ")\n"
	"  -l, --list                list the scenarios that come with it\n"
	"      --check               check the scenario, print its description "
	"and\n"
	"                            vCPUs as JSON, and run nothing\n"
	"  -c, --count[=FILE]        print at the end what was served; to "
	"FILE,\n"
	"                            as JSON\n"
	"  -h, --help                show this help\n"
	"  -V, --version             show the version\n"
	"\n"
	"Exit status: that of PROGRAM, 128 + n after signal n; 2 a wrong "
	"option\n"
	"or scenario, 3 tracing is forbidden or failed, 4 a real host answers, "
	"126\n"
	"PROGRAM cannot be started, 127 PROGRAM was not found.\n";

/* One row, two forms: what a person reads and what a test reads. */
static void counts_print(const struct simhost_counts *c)
{
	fprintf(stderr,
		"vmguest-simhost: %" PRIu64 " port operations, %" PRIu64
		" RPCs; channels: %" PRIu64 " opened, %" PRIu64
		" refused, %" PRIu64 " closed, %" PRIu64
		" lost, %u left open; %" PRIu64 " vMotions, %" PRIu64
		" faults\n",
		c->operations, c->rpcs, c->opens, c->refused, c->closes,
		c->lost, c->channels_open, c->moves, c->faults);
}

static void counts_write(const struct simhost_counts *c, const char *file)
{
	FILE *f = fopen(file, "we");
	bool good = f && fprintf(f,
				 "{\"operations\": %" PRIu64
				 ", \"rpcs\": %" PRIu64 ", \"opens\": %" PRIu64
				 ", \"refused\": %" PRIu64
				 ", \"closes\": %" PRIu64 ", \"lost\": %" PRIu64
				 ", \"channels_open\": %u, \"moves\": %" PRIu64
				 ", \"faults\": %" PRIu64 "}\n",
				 c->operations, c->rpcs, c->opens, c->refused,
				 c->closes, c->lost, c->channels_open, c->moves,
				 c->faults) > 0;

	if (f)
		good &= fclose(f) == 0;
	if (!good)
		fprintf(stderr, "vmguest-simhost: %s: %s\n", file,
			strerror(errno));
}

/* For programs that show a scenario: the JSON of scenarios is parsed here
 * only. */
static int scenario_check(const char *name)
{
	static const unsigned char key[] = "description", vcpus[] = "vcpus";
	struct simhost *sim = sim_catalog_open(name);
	const unsigned char *text;
	yajl_gen gen;
	size_t len;

	if (!sim)
		return SIM_EXIT_USAGE;
	text = (const unsigned char *)simhost_description(sim);
	gen = yajl_gen_alloc(NULL);
	yajl_gen_map_open(gen);
	yajl_gen_string(gen, key, sizeof key - 1);
	yajl_gen_string(gen, text, strlen((const char *)text));
	yajl_gen_string(gen, vcpus, sizeof vcpus - 1);
	yajl_gen_integer(gen, simhost_vcpus(sim));
	yajl_gen_map_close(gen);
	yajl_gen_get_buf(gen, &text, &len);
	printf("%.*s\n", (int)len, (const char *)text);
	yajl_gen_free(gen);
	simhost_close(sim);
	return 0;
}

/* False where nobody reads standard error: a hint may not hold up the program. */
static bool stderr_takes_a_line(void)
{
	struct pollfd err = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&err, 1, 0) > 0;
}

/* A program counts the CPUs of this machine, unless it has an option for the
 * VM's. */
static void vcpus_compare(const struct simhost *sim, char **argv)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned vcpus = simhost_vcpus(sim);

	for (; *argv; argv++)
		if (strncmp(*argv, "--vcpus", strlen("--vcpus")) == 0)
			return;
	if (online != (long)vcpus && stderr_takes_a_line())
		fprintf(stderr,
			"vmguest-simhost: the VM of this scenario has %u "
			"vCPUs, this machine %ld: for correct percentages run "
			"vmguest-execd with --vcpus %u, or collectd with VCPUs "
			"%u\n",
			vcpus, online, vcpus, vcpus);
}

static int program_run(const struct options *o, char **argv)
{
	struct simhost *sim = sim_catalog_open(o->scenario);
	struct simhost_counts counts;
	int result;

	if (!sim)
		return SIM_EXIT_USAGE;
	vcpus_compare(sim, argv);
	result = sim_trace(sim, argv);
	simhost_counts(sim, &counts);
	if (o->count_file)
		counts_write(&counts, o->count_file);
	else if (o->count)
		counts_print(&counts);
	simhost_close(sim);
	return result;
}

static int usage_wrong(const char *what)
{
	if (what)
		fprintf(stderr, "vmguest-simhost: %s\n", what);
	fputs(usage, stderr);
	return SIM_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	enum { CHECK = 256 }; /* has no letter */
	static const struct option known[] = {
		{ "scenario", required_argument, NULL, 's' },
		{ "list", no_argument, NULL, 'l' },
		{ "check", no_argument, NULL, CHECK },
		{ "count", optional_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	struct options o = { .scenario = SIM_SCENARIO_DEFAULT };
	int c, status;

	/* "+": what follows PROGRAM is its own. */
	while ((c = getopt_long(argc, argv, "+s:lc::hV", known, NULL)) != -1) {
		switch (c) {
		case 's':
			o.scenario = optarg;
			break;
		case 'l':
			o.list = true;
			break;
		case CHECK:
			o.check = true;
			break;
		case 'c':
			o.count = true;
			o.count_file = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("vmguest-simhost " VMG_VERSION);
			return 0;
		default:
			return usage_wrong(NULL);
		}
	}
	if (o.list)
		return sim_catalog_list() ? 0 : SIM_EXIT_USAGE;
	if (o.check)
		return scenario_check(o.scenario);
	if (optind == argc)
		return usage_wrong("PROGRAM is missing");
	status = sim_port_check();
	if (status)
		return status;
	return program_run(&o, argv + optind);
}
