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

/* A signal frame alone can pass 10 KiB, with AVX-512 and AMX. */
#define STACK_SIZE 65536

enum verdict { VERDICT_NONE, VERDICT_YES, VERDICT_NO };

/* The same as the child's exit status. */
enum { CHILD_YES, CHILD_NO, CHILD_NONE };

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
		bare_call(SYS_exit_group, CHILD_NO, 0, 0, 0);
		bare_call(SYS_exit, CHILD_NO, 0, 0, 0);
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
	bool answered;

	if (!child_guard(SIGSEGV) || !child_guard(SIGILL) ||
	    !child_guard(SIGBUS))
		bare_call(SYS_exit_group, CHILD_NONE, 0, 0, 0);
	*verdict = VERDICT_NO;
	__asm__ volatile("inl %%dx, %%eax"
			 : "+a"(a), "+b"(b), "+c"(c), "+d"(d), "+S"(s), "+D"(t)
			 :
			 : "memory", "cc");
	answered = (uint32_t)a != VMG_BDOOR_UNKNOWN &&
		   (uint32_t)b == VMG_BDOOR_MAGIC;
	if (answered)
		*verdict = VERDICT_YES;
	bare_call(SYS_exit_group, answered ? CHILD_YES : CHILD_NO, 0, 0, 0);
}

/* Waits for the child. Where the memory was not shared after all (valgrind
 * makes a fork of it), its exit status is the verdict. */
static enum verdict child_wait(pid_t child,
			       const volatile enum verdict *verdict)
{
	int status = 0;
	pid_t got;

	do
		got = waitpid(child, &status, __WALL);
	while (got < 0 && errno == EINTR);

	if (*verdict != VERDICT_NONE)
		return *verdict;
	if (got != child || !WIFEXITED(status))
		return VERDICT_NONE;
	switch (WEXITSTATUS(status)) {
	case CHILD_YES:
		return VERDICT_YES;
	case CHILD_NO:
		return VERDICT_NO;
	default:
		return VERDICT_NONE;
	}
}

static enum verdict child_ask(char *stack)
{
	volatile enum verdict shared = VERDICT_NONE;
	enum verdict verdict = VERDICT_NONE;
	uint64_t all = UINT64_MAX, before;
	long child;

	bare_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, (long)&before, 8);
	child = bare_clone(CLONE_VM | CLONE_VFORK, stack + STACK_SIZE,
			   child_run, (void *)&shared);
	if (child > 0)
		verdict = child_wait((pid_t)child, &shared);
	bare_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, 8);
	return verdict;
}

enum vmg_err vmg_port_probe(void)
{
	enum verdict verdict = VERDICT_NONE;
	int saved_errno = errno, cancel;
	char *stack;

	/* A thread that is cancelled waits until signals and stack are back. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack != MAP_FAILED) {
		verdict = child_ask(stack);
		munmap(stack, STACK_SIZE);
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
	return VMG_E_PROBE;
}
