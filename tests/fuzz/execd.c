/* SPDX-License-Identifier: MIT */
/* The command line of vmguest-execd: the lines of the input are its arguments. */
#include <getopt.h>

#include "fuzz.h"
#include "options.h"
#include "output.h"

#define ARGUMENTS 32

/* In the place of standard error. */
size_t __wrap_vmg_output_log(const char *line, size_t len);
size_t __wrap_vmg_output_log(const char *line, size_t len)
{
	CLAIM(len <= VMG_LOG_SIZE + 8 && memchr(line, '\n', len) == line + len - 1);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGUMENTS + 2] = { (char *)"vmguest-execd" };
	char *text = text_copy(data, size), *rest = NULL;
	struct vmg_options o;
	int argc = 1;

	for (argv[1] = strtok_r(text, "\n", &rest);
	     argv[argc] && argc < ARGUMENTS;
	     argv[argc] = strtok_r(NULL, "\n", &rest))
		argc++;
	argv[argc] = NULL;
	optind = 0; /* getopt_long() begins anew */
	if (vmg_options_read(&o, "host", argc, argv) == VMG_COMMAND_RUN) {
		CLAIM(o.loop.interval_ms > 0);
		CLAIM(o.loop.format && !o.loop.format->missing);
		CLAIM(o.loop.labels.tag_count <= (size_t)argc);
	}
	vmg_options_release(&o);
	free(text);
	return 0;
}
