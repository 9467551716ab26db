/* SPDX-License-Identifier: MIT */
/* Asks the port in a child that shares the memory of this process but not its
 * signal table: where no hypervisor serves the port, the instruction faults,
 * and that is the child's affair alone. Why in just this way:
 *
 * - The child has its own handler: with the default action Linux 5.10 takes the
 *   parent down too, and newer kernels write a line to the log.
 * - Its exit signal is 0: the process's SIGCHLD handler never hears of it, and
 *   a thread in waitpid(-1) does not reap it. The verdict comes back in
 *   memory, since one in waitpid(-1, __WALL) would.
 * - All signals are blocked around it, by the bare system call: the child runs
 *   no handler of the process.
 * - CLONE_VM and CLONE_VFORK: a gigabyte of resident memory costs nothing.
 * - Only bare system calls in the child, and a bare clone: sanitizers intercept
 *   the wrappers and write into tables that the child shares. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "port.h"

#ifdef __clang__
#define BARE                                                                   \
	__attribute__((noinline, no_sanitize("address", "thread", "undefined", \
					     "memory")))
#else
#define BARE                                                              \
	__attribute__((noinline, no_sanitize_address, no_sanitize_thread, \
		       no_sanitize_undefined, no_stack_protector))
#endif

enum verdict { VERDICT_NONE, VERDICT_YES, VERDICT_NO };

/* What the child writes to: shared with it even where it gets a copy of all
 * else (valgrind makes a fork of it). */
struct shared {
	volatile enum verdict verdict;
	/* A signal frame alone can pass 10 KiB, with AVX-512 and AMX. */
	char stack[65536];
};

/* The kernel's struct sigaction, which is not libc's. */
struct bare_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};
#define BARE_SA_RESTORER 0x04000000ul

static BARE long bare_call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

/* As clone(2) of libc, but for the wrapper. */
static BARE long bare_clone(unsigned long flags, char *top, void (*run)(void *),
			    void *arg)
{
	void **sp = (void **)((uintptr_t)top & ~(uintptr_t)63);
	register long r10 __asm__("r10") = 0;
	long result;

	*--sp = arg;
	*--sp = (void *)run;
	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "popq %%rax\n\t"
			 "popq %%rdi\n\t"
			 "call *%%rax\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "0"((long)SYS_clone), "D"(flags), "S"(sp), "d"(0l),
			   "r"(r10)
			 : "rcx", "r11", "memory", "cc");
	return result;
}

static BARE void child_fault(int signal)
{
	(void)signal;
	for (;;) {
		bare_call(SYS_exit_group, 0, 0, 0, 0);
		bare_call(SYS_exit, 0, 0, 0, 0);
	}
}

/* A fault of the child ends the child, with "no" already written. False where
 * that is forbidden (seccomp): then a fault might end the process. */
static BARE bool child_guard(int signal)
{
	struct bare_sigaction action = {
		.handler = child_fault,
		.flags = BARE_SA_RESTORER,
		.restorer = (void (*)(void))child_fault,
		.mask = UINT64_MAX,
	};
	uint64_t mask = 1ull << (signal - 1);

	return bare_call(SYS_rt_sigaction, signal, (long)&action, 0,
			 sizeof mask) == 0 &&
	       bare_call(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&mask, 0,
			 sizeof mask) == 0;
}

static BARE void child_run(void *arg)
{
	volatile enum verdict *verdict = arg;
	unsigned long a = VMG_BDOOR_MAGIC, b = (uint32_t)~VMG_BDOOR_MAGIC,
		      c = VMG_BDOOR_CMD_GETVERSION, d = VMG_BDOOR_PORT, s = 0,
		      t = 0;

	if (!child_guard(SIGSEGV) || !child_guard(SIGILL) ||
	    !child_guard(SIGBUS))
		bare_call(SYS_exit_group, 0, 0, 0, 0);
	*verdict = VERDICT_NO;
	__asm__ volatile("inl %%dx, %%eax"
			 : "+a"(a), "+b"(b), "+c"(c), "+d"(d), "+S"(s), "+D"(t)
			 :
			 : "memory", "cc");
	if ((uint32_t)a != VMG_BDOOR_UNKNOWN && (uint32_t)b == VMG_BDOOR_MAGIC)
		*verdict = VERDICT_YES;
	bare_call(SYS_exit_group, 0, 0, 0, 0);
}

static enum verdict child_ask(struct shared *shared)
{
	uint64_t all = UINT64_MAX, before;
	pid_t child;

	bare_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, (long)&before, 8);
	child = (pid_t)bare_clone(CLONE_VM | CLONE_VFORK,
				  shared->stack + sizeof shared->stack,
				  child_run, (void *)&shared->verdict);
	/* Its exit status says nothing, and may be another thread's by now. */
	while (child > 0 && waitpid(child, NULL, __WALL) < 0 && errno == EINTR)
		;
	bare_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, 8);
	return shared->verdict;
}

enum vmg_err vmg_port_probe(void)
{
	enum verdict verdict = VERDICT_NONE;
	int saved_errno = errno, cancel;
	struct shared *shared;

	/* A thread that is cancelled waits until signals and stack are back. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (shared != MAP_FAILED) {
		verdict = child_ask(shared);
		munmap(shared, sizeof *shared);
	}
	pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;

	switch (verdict) {
	case VERDICT_YES:
		return VMG_OK;
	case VERDICT_NO:
		return VMG_E_NOT_VM;
	case VERDICT_NONE:
		break;
	}
	return VMG_E_PROBE_LIMITED;
}
