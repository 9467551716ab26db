/* SPDX-License-Identifier: MIT */
/* What the program waits for, and the clocks. One implementation a system. */
#ifndef VMG_EXECD_WAIT_H
#define VMG_EXECD_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* A signal that can trigger a batch. */
enum vmg_trigger {
	VMG_TRIGGER_NONE,
	VMG_TRIGGER_USR1,
	VMG_TRIGGER_USR2,
	VMG_TRIGGER_HUP,
};

struct vmg_wait_options {
	enum vmg_trigger trigger;
	bool input;  /* wait for newlines on standard input, and for its end */
	bool output; /* notice that standard output was closed by its reader */
};

enum vmg_wake {
	VMG_WAKE_NEWLINE, /* one; each is returned, also those before the end */
	VMG_WAKE_INPUT_END,
	VMG_WAKE_TRIGGER, /* several during a batch count as one */
	VMG_WAKE_TIMEOUT,
	VMG_WAKE_STOP, /* by a signal or the console; returned ever after */
	VMG_WAKE_OUTPUT_CLOSED,
	VMG_WAKE_FAILED, /* logged */
};

/* NULL if this system has such signals; else the reason, for a message. */
const char *vmg_trigger_refuse(enum vmg_trigger trigger);

/* Begins to receive what ends the program and what triggers a batch. Signals
 * that a user may have meant as a trigger, but did not choose, are logged once
 * and otherwise ignored; a terminal that is hung up still ends the program.
 * False, and logged, where the system lacks a resource. Once a process. */
bool vmg_wait_open(const struct vmg_wait_options *options);

#define VMG_WAIT_FOREVER (-1)

/* Waits for one event. A stop comes before all others, newlines before the end
 * of the input. */
enum vmg_wake vmg_wait(int64_t timeout_ms);

/* Waits until standard output takes data. False if a stop came while it does
 * not; a system that cannot tell returns true. */
bool vmg_wait_output(void);

/* True if a person types at standard input. */
bool vmg_input_is_terminal(void);

/* What a person presses there to end the input, for a message. */
const char *vmg_input_end_keys(void);

uint64_t vmg_clock_wall_ns(void);   /* since 1970 */
uint64_t vmg_clock_steady_ms(void); /* for durations: nobody sets it */

#endif
