/* SPDX-License-Identifier: MIT */
/* The seam: in the place of platform/host.c, a vmg_host_open() that finds the
 * simulated host, and a clock that stands until it is told to go. */
#ifndef SIMULATED_H
#define SIMULATED_H

#include <stdatomic.h>

#include "host.h"
#include "simhost.h"

/* Begins a scenario, in JSON; the one before it ends. A mistake in it fails the
 * test. */
void simulated_begin(const char *scenario);

extern struct simhost *simulated;
extern uint64_t simulated_clock_ms; /* what vmg_clock_ms() says */
extern atomic_uint simulated_probes; /* how often the host was looked for */
extern enum vmg_err simulated_verdict;
extern void (*simulated_before)(void); /* if set, called before each exchange */
/* If set, called after each exchange, and may change what the guest gets. */
extern void (*simulated_after)(enum vmg_port port, const struct vmg_regs *asked,
			       struct vmg_regs *answer);

/* Port operations since the last call. */
uint64_t simulated_operations(void);
/* Channels that are open at the host now. */
unsigned simulated_channels(void);

#endif
