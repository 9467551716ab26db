/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "simulated.h"

struct simhost *simulated;
uint64_t simulated_clock_ms = 1000000;
atomic_uint simulated_probes;
enum vmg_err simulated_verdict;
void (*simulated_before)(void);
void (*simulated_after)(enum vmg_port port, const struct vmg_regs *asked,
			struct vmg_regs *answer);

static uint64_t operations_before;

/* Linked with --wrap=vmg_clock_ms. */
uint64_t __wrap_vmg_clock_ms(void);
uint64_t __wrap_vmg_clock_ms(void)
{
	return simulated_clock_ms;
}

static void exchange(enum vmg_port port, struct vmg_regs *r)
{
	static const enum simhost_op ops[] = {
		[VMG_PORT_WORD] = SIMHOST_IN,
		[VMG_PORT_WRITE] = SIMHOST_REP_OUTS,
		[VMG_PORT_READ] = SIMHOST_REP_INS,
	};
	struct simhost_regs s = { r->ax, r->bx, r->cx, r->dx,
				  r->si, r->di, r->bp };

	struct vmg_regs asked = *r;

	if (simulated_before)
		simulated_before();
	simhost_exchange(simulated, ops[port], &s, &simhost_own_memory);
	*r = (struct vmg_regs){ s.ax, s.bx, s.cx, s.dx, s.si, s.di, s.bp };
	if (simulated_after)
		simulated_after(port, &asked, r);
}

static const struct vmg_host host = { .exchange = exchange };

enum vmg_err vmg_host_open(const struct vmg_host **found)
{
	simulated_probes++;
	if (simulated_verdict)
		return simulated_verdict;
	*found = &host;
	return VMG_OK;
}

void simulated_begin(const char *scenario)
{
	char *errors = NULL;

	simhost_close(simulated);
	simulated = simhost_open(scenario, "test", &errors);
	if (!simulated) {
		fprintf(stderr, "%s\n", errors ? errors : "no memory");
		abort();
	}
	simhost_set_time(simulated, 0);
	operations_before = 0;
}

static struct simhost_counts counts(void)
{
	struct simhost_counts c;

	simhost_counts(simulated, &c);
	return c;
}

uint64_t simulated_operations(void)
{
	uint64_t now = counts().operations, passed = now - operations_before;

	operations_before = now;
	return passed;
}

unsigned simulated_channels(void)
{
	return counts().channels_open;
}
