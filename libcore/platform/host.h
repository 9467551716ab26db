/* SPDX-License-Identifier: MIT */
/* Where this guest runs, and the few things that differ between machines and
 * systems. The seam for tests: they link their own vmg_host_open(). */
#ifndef VMG_HOST_H
#define VMG_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

/* The ways to a host: each is a transport's. */
enum vmg_way {
	VMG_WAY_PORT, /* the backdoor port */
};

/* A host that was found, and how it is reached. Static: never freed. */
struct vmg_host {
	enum vmg_way way;

	/* VMG_WAY_PORT only: one exchange with the port. Blocks as long as the
	 * host takes. May run in any number of threads at once. */
	void (*exchange)(enum vmg_port port, struct vmg_regs *regs);
};

/* Finds the host, by asking for it: costs a process on Linux, so the answer is
 * kept by the caller. VMG_E_NOT_VM: there is none. VMG_E_PROBE_*: that could
 * not be determined now. Any thread, at any time; the process is not disturbed. */
enum vmg_err vmg_host_open(const struct vmg_host **host);

/* The memory configured for this virtual machine, in MB; 0 if the host gives
 * none, or none that can be. One exchange with the port. */
uint32_t vmg_host_memory_mb(const struct vmg_host *host);

/* What the port says of itself: 6, and the product behind it; both 0 where it
 * does not say. One exchange with the port. */
struct vmg_port_version {
	uint32_t version, product;
};
struct vmg_port_version vmg_host_port_version(const struct vmg_host *host);

/* Milliseconds of a clock that only goes forward; coarse, without a system
 * call. */
uint64_t vmg_clock_ms(void);

/* Memory that does not come from malloc(), zeroed; NULL if there is none. It is
 * given back whole, by the pointer alone. NULL may be given back. */
void *vmg_pages_take(size_t len);
void vmg_pages_give(void *pages);

#endif
