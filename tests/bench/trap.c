/* SPDX-License-Identifier: MIT */
/* The canned host behind the port instructions of this process: each faults,
 * for want of privilege, and the handler answers in the host's place. Under
 * valgrind the string instructions, which it does not know, arrive as SIGILL.
 */
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "canned.h"
#include "trap.h"

#define MAGIC 0x564D5868u
#define PORT 0x5658u
#define BULK_PORT 0x5659u

static bool serve(greg_t *g, const uint8_t *at)
{
	struct canned_regs r = { (uint64_t)g[REG_RAX], (uint64_t)g[REG_RBX],
				 (uint64_t)g[REG_RCX], (uint64_t)g[REG_RDX],
				 (uint64_t)g[REG_RSI], (uint64_t)g[REG_RDI],
				 (uint64_t)g[REG_RBP] };
	unsigned port = (uint16_t)r.dx;
	unsigned size;

	if ((uint32_t)r.ax != MAGIC)
		return false;
	if (at[0] == 0xED && port == PORT) {
		canned_word(&r);
		size = 1;
	} else if (at[0] == 0xF3 && at[1] == 0x6E && port == BULK_PORT) {
		canned_write(&r);
		size = 2;
	} else if (at[0] == 0xF3 && at[1] == 0x6C && port == BULK_PORT) {
		canned_read(&r);
		size = 2;
	} else {
		return false;
	}
	g[REG_RAX] = (greg_t)r.ax;
	g[REG_RBX] = (greg_t)r.bx;
	g[REG_RCX] = (greg_t)r.cx;
	g[REG_RDX] = (greg_t)r.dx;
	g[REG_RSI] = (greg_t)r.si;
	g[REG_RDI] = (greg_t)r.di;
	g[REG_RIP] += size;
	return true;
}

static void on_trap(int number, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	if ((number == SIGILL || info->si_code == SI_KERNEL) &&
	    serve(g, (const uint8_t *)g[REG_RIP]))
		return;
	signal(number, SIG_DFL); /* let it fault again, for real */
}

void trap_install(void)
{
	struct sigaction action = { .sa_sigaction = on_trap,
				    .sa_flags = SA_SIGINFO | SA_NODEFER };

	if (sigaction(SIGSEGV, &action, NULL) != 0 ||
	    sigaction(SIGILL, &action, NULL) != 0)
		abort();
}
