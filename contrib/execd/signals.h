/* SPDX-License-Identifier: MIT */
/* Signals as something that poll() can wait for. */
#ifndef VMG_EXECD_SIGNALS_H
#define VMG_EXECD_SIGNALS_H

#include <stdbool.h>

/* Which came since they were last taken. One that came twice counts once, as
 * the kernel may merge them. */
struct vmg_signals {
	bool stop;	    /* SIGTERM or SIGINT; stays once it came */
	bool trigger;	    /* the one that was chosen */
	const char *wasted; /* "usr1" or "usr2": it was not chosen */
};

/* Begins to receive SIGTERM, SIGINT, SIGUSR1, SIGUSR2 and the trigger (0:
 * none); SIGHUP ends the program unless it is the trigger. SIGPIPE and SIGXFSZ
 * are ignored: write() tells. False, and errno, where the system lacks a
 * descriptor. Once a process. */
bool vmg_signals_open(int trigger);

/* A descriptor that becomes readable when a signal comes. Both functions below
 * empty it: look at what was taken before waiting for it. */
int vmg_signals_fd(void);

struct vmg_signals vmg_signals_take(void);

/* True once SIGTERM or SIGINT came; takes none of the others. */
bool vmg_signals_stopping(void);

#endif
