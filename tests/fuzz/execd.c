/* SPDX-License-Identifier: MIT */
/* The command line of vmguest-execd: the lines of the input are its arguments. The
 * program itself is included, so that its options are read and nothing is run. */
int execd_main(int argc, char **argv);
#define main execd_main
#include "main.c"
#undef main

#include "fuzz.h"

#define ARGUMENTS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGUMENTS + 2] = { (char *)"vmguest-execd" }, host[] = "host";
	char *text = text_copy(data, size), *rest = NULL;
	struct options o = {
		.loop = { .mode = VMG_MODE_STDIN,
			  .interval_ms = INTERVAL_DEFAULT_MS,
			  .format = vmg_format_at(0),
			  .labels = { .prefix = "", .host = host } },
		.tags = calloc(ARGUMENTS + 2, sizeof *o.tags),
	};
	int argc = 1;

	CLAIM(o.tags);
	o.loop.labels.tags = o.tags;
	for (argv[1] = strtok_r(text, "\n", &rest);
	     argv[argc] && argc < ARGUMENTS;
	     argv[argc] = strtok_r(NULL, "\n", &rest))
		argc++;
	argv[argc] = NULL;
	optind = 0; /* getopt_long() begins anew */
	if (options_read(&o, argc, argv)) {
		CLAIM(o.loop.interval_ms > 0);
		CLAIM(o.loop.labels.tag_count <= (size_t)argc);
	}
	options_release(&o);
	free(text);
	return 0;
}
