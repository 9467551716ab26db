/* SPDX-License-Identifier: MIT */
/* When a batch is written: the modes of the program. */
#ifndef VMG_EXECD_LOOP_H
#define VMG_EXECD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "format.h"

enum vmg_mode {
	VMG_MODE_STDIN,	   /* one batch a newline, until its end */
	VMG_MODE_SIGNAL,   /* one batch a signal */
	VMG_MODE_INTERVAL, /* by the clock */
	VMG_MODE_ONCE,
};

struct vmg_loop_options {
	enum vmg_mode mode;
	uint64_t interval_ms; /* of MODE_INTERVAL, and of collectd; not 0 */
	const struct vmg_format *format;
	struct vmg_labels labels;
	struct vmg_sampler *sampler;
	const char *output;    /* a file; NULL: standard output */
	const char *waits_for; /* for a terminal, e.g. "SIGUSR1" */
};

/* Runs until the mode ends, its output is closed, or a stop is asked for.
 * Needs vmg_output_open() and vmg_wait_open(). Returns the exit status. */
int vmg_loop_run(const struct vmg_loop_options *options);

/* The first multiple of the interval after now, both in milliseconds since
 * 1970. */
uint64_t vmg_tick_after(uint64_t now_ms, uint64_t interval_ms);

#endif
