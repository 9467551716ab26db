/* SPDX-License-Identifier: MIT */
/* The command line of vmguest-execd. */
#ifndef VMG_EXECD_OPTIONS_H
#define VMG_EXECD_OPTIONS_H

#include <stdbool.h>

#include "loop.h"
#include "wait.h"

struct vmg_options {
	struct vmg_loop_options loop;
	struct vmg_sampler_options sampler;
	enum vmg_trigger trigger;
	struct vmg_tag
		*tags; /* those of loop.labels; room for one an argument */
	bool signal_given, interval_given, once;
	bool prefix_given, host_given;
	bool help, version;
};

enum vmg_command {
	VMG_COMMAND_RUN,
	VMG_COMMAND_DONE,   /* --help or --version: written */
	VMG_COMMAND_WRONG,  /* logged, with what is accepted */
	VMG_COMMAND_FAILED, /* logged: out of memory */
};

/* Reads the command line. Values that are not copied point into argv; host is
 * the default of --host. Call vmg_options_release() whatever it returns. */
enum vmg_command vmg_options_read(struct vmg_options *o, const char *host,
				  int argc, char **argv);

void vmg_options_release(struct vmg_options *o);

#endif
