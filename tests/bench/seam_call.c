/* SPDX-License-Identifier: MIT */
/* In the place of platform/host.c: the canned host behind a function call, for
 * programs that are measured as a whole, where a trap would be most of it. With
 * BENCH_MOVING in the environment the counters grow; one thread only, then. */
#include <stdlib.h>

#include "canned.h"
#include "host.h"

static void exchange(enum vmg_port port, struct vmg_regs *r)
{
	struct canned_regs c = {
		r->ax, r->bx, r->cx, r->dx, r->si, r->di, r->bp
	};

	switch (port) {
	case VMG_PORT_WORD:
		canned_word(&c);
		break;
	case VMG_PORT_WRITE:
		canned_write(&c);
		break;
	case VMG_PORT_READ:
		canned_read(&c);
		break;
	}
	*r = (struct vmg_regs){ c.ax, c.bx, c.cx, c.dx, c.si, c.di, c.bp };
}

enum vmg_err vmg_host_open(const struct vmg_host **host)
{
	static const struct vmg_host canned = { .exchange = exchange };

	canned_set(&(struct canned_reply){ .session = CANNED_SESSION,
					   .moving = getenv("BENCH_MOVING") !=
						     NULL });
	*host = &canned;
	return VMG_OK;
}
