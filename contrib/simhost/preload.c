/* SPDX-License-Identifier: MIT */
/* The host inside the process, for a program whose only tracer is a debugger or
 * strace: preloaded, it answers the port from a handler of SIGSEGV.
 * A program may not replace that handler, nor may a probe in a child process
 * that shares its memory: a seccomp filter drops each rt_sigaction() for
 * SIGSEGV and returns success. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "catalog.h"
#include "port.h"
#include "status.h"

static struct simhost *host;

/* A breakpoint here stops a program that crashes; see the manual. */
__attribute__((noinline, noreturn, visibility("default"))) void
simhost_crash(void);

/* Ends the process as the fault would have, since the default action cannot be
 * restored: a fault while the signal is blocked has it anyway. */
void simhost_crash(void)
{
	sigset_t fault;

	sigemptyset(&fault);
	sigaddset(&fault, SIGSEGV);
	pthread_sigmask(SIG_BLOCK, &fault, NULL);
	for (;;)
		__asm__ volatile("hlt");
}

static void machine_wait(double seconds)
{
	struct timespec left = { (time_t)seconds, 0 };

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static void fault_serve(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct simhost_regs r = {
		.ax = (uint64_t)g[REG_RAX],
		.bx = (uint64_t)g[REG_RBX],
		.cx = (uint64_t)g[REG_RCX],
		.dx = (uint64_t)g[REG_RDX],
		.si = (uint64_t)g[REG_RSI],
		.di = (uint64_t)g[REG_RDI],
		.bp = (uint64_t)g[REG_RBP],
	};
	unsigned len = simhost_instruction_len(&r);
	int saved_errno = errno;
	enum simhost_op op;

	(void)sig;
	if (info->si_code != SI_KERNEL || len == 0 ||
	    !simhost_instruction_decode((const uint8_t *)g[REG_RIP], len, &op))
		simhost_crash();
	machine_wait(simhost_exchange(host, op, &r, &simhost_own_memory));
	g[REG_RAX] = (greg_t)r.ax;
	g[REG_RBX] = (greg_t)r.bx;
	g[REG_RCX] = (greg_t)r.cx;
	g[REG_RDX] = (greg_t)r.dx;
	g[REG_RSI] = (greg_t)r.si;
	g[REG_RDI] = (greg_t)r.di;
	g[REG_RIP] += len;
	errno = saved_errno;
}

/* As the fifth argument, which the kernel ignores, it passes the filter. */
#define PASS 0x51485353

/* The kernel's form of the action, with libc's return from a signal, by which
 * debuggers recognise the frame, is read back from another signal. */
static bool handler_install(void)
{
	const struct sigaction action = {
		.sa_sigaction = fault_serve,
		.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK,
	};
	struct sigaction before;
	unsigned long form[4];
	size_t mask_len = sizeof form[3];

	sigaction(SIGUSR2, &action, &before);
	syscall(SYS_rt_sigaction, SIGUSR2, NULL, form, mask_len);
	sigaction(SIGUSR2, &before, NULL);
	return syscall(SYS_rt_sigaction, SIGSEGV, form, NULL, mask_len, PASS) ==
	       0;
}

#define LOAD(member) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
/* Goes on if the word is value, else over so many instructions. */
#define NEED(value, over) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, over)

/* Programs that this one executes inherit the filter, and install the handler
 * anew. */
static bool handler_protect(void)
{
	struct sock_filter code[] = {
		LOAD(arch),
		NEED(AUDIT_ARCH_X86_64, 7),
		LOAD(nr),
		NEED(SYS_rt_sigaction, 5),
		LOAD(args[0]),
		NEED(SIGSEGV, 3),
		LOAD(args[4]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PASS, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof code[0], code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

__attribute__((constructor)) static void host_begin(void)
{
	const char *name = getenv("VMGUEST_SCENARIO");
	int status = sim_port_check();

	if (status)
		_exit(status);
	host = sim_catalog_open(name ? name : SIM_SCENARIO_DEFAULT);
	if (!host)
		_exit(SIM_EXIT_USAGE);
	if (!handler_install() || !handler_protect()) {
		fprintf(stderr,
			"vmguest-simhost: cannot serve the port in this "
			"process: %s\n",
			strerror(errno));
		_exit(SIM_EXIT_FORBIDDEN);
	}
	simhost_start(host);
}
