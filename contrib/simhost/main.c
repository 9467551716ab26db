/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "port.h"
#include "tracer.h"

#define DEFAULT_SCENARIO "demo"
#define SUFFIX ".json"

struct options {
	const char *scenario, *count_file;
	bool count, list;
};

static const char usage[] =
	"usage: vmguest-simhost [options] -- PROGRAM [ARGUMENT...]\n"
	"Runs PROGRAM as if it stood in a virtual machine on a VMware host.\n"
	"\n"
	"  -s, --scenario=NAME|FILE  what happens on that host "
	"(" DEFAULT_SCENARIO ")\n"
	"  -l, --list                names the scenarios that are ready\n"
	"  -c, --count[=FILE]        says at the end what was served; in "
	"FILE,\n"
	"                            as JSON\n"
	"  -h, --help                shows this\n"
	"  -V, --version             shows the version\n"
	"\n"
	"Exit status: that of PROGRAM, 128 + n after signal n; 2 a wrong "
	"option\n"
	"or scenario, 3 tracing is forbidden, 4 a real host answers, 126 "
	"PROGRAM\n"
	"does not start, 127 PROGRAM is not there.\n";

/* Where the scenarios are, first match first: beside the program, as in a
 * build tree; where an installation that was moved has them; where this one
 * was configured to. n counts up from 0; false when there are no more. */
static bool scenario_folder(unsigned n, char *folder, size_t room)
{
	static const char *const beside[] = { "scenarios",
					      "../share/vmguest/scenarios" };
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (n == 2)
		return snprintf(folder, room, "%s", SIM_SCENARIO_DIR) > 0;
	if (n > 2)
		return false;
	exe[len < 0 ? 0 : len] = '\0';
	*(strrchr(exe, '/') ? strrchr(exe, '/') : exe) = '\0';
	return snprintf(folder, room, "%s/%s", exe, beside[n]) > 0;
}

static bool suffix_matches(const char *name)
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	return len > suffix && strcmp(name + len - suffix, SUFFIX) == 0;
}

static FILE *scenario_find(const char *name, char *path, size_t room)
{
	char folder[PATH_MAX];
	FILE *f = NULL;

	if (strchr(name, '/') || suffix_matches(name)) {
		snprintf(path, room, "%s", name);
		return fopen(path, "re");
	}
	for (unsigned n = 0; !f && scenario_folder(n, folder, sizeof folder);
	     n++) {
		snprintf(path, room, "%s/%s" SUFFIX, folder, name);
		f = fopen(path, "re");
	}
	return f;
}

/* The whole file as a text, or NULL and errno. */
static char *file_read(FILE *f)
{
	struct sim_bytes text = { 0 };
	uint8_t part[4096];
	size_t len;

	while ((len = fread(part, 1, sizeof part, f)) > 0)
		sim_bytes_add(&text, part, len);
	if (!ferror(f)) {
		sim_bytes_zero(&text, 1);
		if (!text.failed)
			return (char *)text.at;
		errno = ENOMEM;
	}
	sim_bytes_release(&text);
	return NULL;
}

static struct simhost *scenario_load(FILE *f, const char *path)
{
	char *errors = NULL, *text = file_read(f);
	struct simhost *sim = NULL;

	if (text)
		sim = simhost_open(text, path, &errors);
	if (!sim && errors)
		fputs(errors, stderr);
	else if (!sim)
		fprintf(stderr, "vmguest-simhost: %s: %s\n", path,
			strerror(errno));
	free(errors);
	free(text);
	return sim;
}

/* One line per scenario of a folder. */
static void folder_list(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[PATH_MAX + 256];
		size_t len = strlen(names[i]->d_name);
		struct simhost *sim;
		FILE *f;

		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		f = suffix_matches(names[i]->d_name) ? fopen(path, "re") : NULL;
		sim = f ? scenario_load(f, path) : NULL;
		if (sim)
			printf("%-10.*s  %s\n", (int)(len - strlen(SUFFIX)),
			       names[i]->d_name, simhost_description(sim));
		simhost_close(sim);
		if (f)
			fclose(f);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* The first folder that exists is the only one: the others hold the same. */
static int scenarios_list(void)
{
	char folder[PATH_MAX];

	for (unsigned n = 0; scenario_folder(n, folder, sizeof folder); n++) {
		if (access(folder, R_OK) == 0) {
			folder_list(folder);
			return 0;
		}
	}
	fprintf(stderr, "vmguest-simhost: no scenarios are installed in %s\n",
		SIM_SCENARIO_DIR);
	return SIM_EXIT_USAGE;
}

static struct simhost *scenario_open(const char *name)
{
	char path[PATH_MAX + 256];
	FILE *f = scenario_find(name, path, sizeof path);
	struct simhost *sim;

	if (!f) {
		fprintf(stderr,
			"vmguest-simhost: scenario %s: %s; accepted: a path "
			"with a / or ending in " SUFFIX
			", or a name that --list shows\n",
			name, strerror(errno));
		return NULL;
	}
	sim = scenario_load(f, path);
	fclose(f);
	return sim;
}

/* One row, two forms: what a person reads and what a test reads. */
static void counts_say(const struct simhost_counts *c)
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

static int counts_write(const struct simhost_counts *c, const char *file)
{
	FILE *f = fopen(file, "we");

	if (!f ||
	    fprintf(f,
		    "{\"operations\": %" PRIu64 ", \"rpcs\": %" PRIu64
		    ", \"opens\": %" PRIu64 ", \"refused\": %" PRIu64
		    ", \"closes\": %" PRIu64 ", \"lost\": %" PRIu64
		    ", \"channels_open\": %u, \"moves\": %" PRIu64
		    ", \"faults\": %" PRIu64 "}\n",
		    c->operations, c->rpcs, c->opens, c->refused, c->closes,
		    c->lost, c->channels_open, c->moves, c->faults) < 0) {
		fprintf(stderr, "vmguest-simhost: %s: %s\n", file,
			strerror(errno));
		if (f)
			fclose(f);
		return -1;
	}
	return fclose(f);
}

static int program_run(const struct options *o, char **argv)
{
	struct simhost *sim = scenario_open(o->scenario);
	struct simhost_counts counts;
	int result;

	if (!sim)
		return SIM_EXIT_USAGE;
	result = sim_trace(sim, argv);
	simhost_counts(sim, &counts);
	if (o->count_file)
		counts_write(&counts, o->count_file);
	else if (o->count)
		counts_say(&counts);
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
	static const struct option known[] = {
		{ "scenario", required_argument, NULL, 's' },
		{ "list", no_argument, NULL, 'l' },
		{ "count", optional_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	struct options o = { .scenario = DEFAULT_SCENARIO };
	int c;

	/* "+": what follows PROGRAM is its own. */
	while ((c = getopt_long(argc, argv, "+s:lc::hV", known, NULL)) != -1) {
		switch (c) {
		case 's':
			o.scenario = optarg;
			break;
		case 'l':
			o.list = true;
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
		return scenarios_list();
	if (optind == argc)
		return usage_wrong("PROGRAM is missing");
	switch (sim_port_answers()) {
	case 1:
		fputs("vmguest-simhost: a host already answers the port: this "
		      "is a VMware guest, or already runs inside "
		      "vmguest-simhost; start the program without "
		      "vmguest-simhost\n",
		      stderr);
		return SIM_EXIT_REAL_HOST;
	case -1:
		fprintf(stderr,
			"vmguest-simhost: cannot check for a real host: %s\n",
			strerror(errno));
		return SIM_EXIT_NOT_RUN;
	}
	return program_run(&o, argv + optind);
}
