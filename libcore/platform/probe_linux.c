/* SPDX-License-Identifier: MIT */
/* Asks the port in a child that shares the memory of this process but not its
 * signal table: where no hypervisor serves the port, the instruction faults,
 * and that is the child's affair alone. Why in just this way:
 *
 * - The child has its own handlers: with the default action Linux 5.10 takes
 *   the parent down too, and newer kernels write a line to the log.
 * - All signals are blocked around it but those that a thread raises by what it
 *   does: a sandbox may make a system call raise SIGSYS, and a signal that is
 *   raised while it is blocked kills.
 * - CLONE_VM and CLONE_VFORK: a gigabyte of resident memory costs nothing.
 *   CLONE_FILES: a copy of the descriptor table would keep files open, and flush
 *   those of FUSE and NFS when the child ends. What else the child gets a copy
 *   of (directory, signal table, credentials) goes without effect.
 * - Its exit signal is 0: the process's SIGCHLD handler is not called, and a
 *   thread in waitpid(-1) does not reap it. The verdict comes back in memory,
 *   since one in waitpid(-1, __WALL) would.
 * - Only bare system calls in the child, and a bare clone: sanitizers intercept
 *   the wrappers and write into tables that the child shares. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include VMG_MACHINE_HEADER
#include "bare.h"
#include "port.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

enum verdict { VERDICT_NONE, VERDICT_YES, VERDICT_NO };

/* What the child writes to: shared with it even where it gets a copy of all
 * else. */
struct shared {
	volatile enum verdict verdict;
	/* A signal frame alone can pass 10 KiB, with AVX-512 and AMX. */
	char stack[65536];
};

/* Ways to make the child; what refuses one with EINVAL or ENOSYS may know the
 * next. */
static const unsigned long forms[] = {
	CLONE_VM | CLONE_VFORK | CLONE_FILES,
	CLONE_VM | CLONE_VFORK, /* all that valgrind knows, which it makes a
				 * fork of; it ends at the first form */
	CLONE_VM | CLONE_VFORK | SIGCHLD, /* qemu-user: a fork as well */
	SIGCHLD,
};

/* Raised by what a thread does. SIGSYS first: setting the others may raise it. */
static const int synchronous[] = { SIGSYS, SIGSEGV, SIGBUS,
				   SIGILL, SIGFPE,  SIGTRAP };

/* The kernel's struct sigaction, which is not libc's. */
struct bare_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};
#define BARE_SA_RESTORER 0x04000000ul

static VMG_BARE uint64_t signal_bit(int signal)
{
	return 1ull << (signal - 1);
}

static VMG_BARE _Noreturn void child_end(void)
{
	for (;;) {
		vmg_bare_call(SYS_exit_group, 0, 0, 0, 0);
		vmg_bare_call(SYS_exit, 0, 0, 0, 0);
	}
}

static VMG_BARE void child_fault(int signal)
{
	/* A sandbox refused a call of the child: perhaps exit_group. */
	if (signal == SIGSYS)
		vmg_bare_call(SYS_exit, 0, 0, 0, 0);
	child_end();
}

/* A fault of the child ends the child. False where that is forbidden: then a
 * fault might end the process. */
static VMG_BARE bool child_guard(void)
{
	struct bare_sigaction action = {
		.handler = child_fault,
		.flags = BARE_SA_RESTORER,
		.restorer = (void (*)(void))child_fault,
		.mask = ~signal_bit(SIGSYS),
	};
	uint64_t mask = 0;
	bool set = true;

	for (size_t i = 0; i < LENGTH(synchronous); i++) {
		set &= vmg_bare_call(SYS_rt_sigaction, synchronous[i],
				     (long)&action, 0, sizeof mask) == 0;
		mask |= signal_bit(synchronous[i]);
	}
	return set && vmg_bare_call(SYS_rt_sigprocmask, SIG_UNBLOCK,
				    (long)&mask, 0, sizeof mask) == 0;
}

static VMG_BARE void child_run(void *arg)
{
	volatile enum verdict *verdict = arg;
	struct vmg_regs r = { .ax = VMG_BDOOR_MAGIC,
			      .bx = (uint32_t)~VMG_BDOOR_MAGIC,
			      .cx = VMG_BDOOR_CMD_GETVERSION,
			      .dx = VMG_BDOOR_PORT };

	if (!child_guard())
		child_end();
	*verdict = VERDICT_NO;
	VMG_PORT_IN(&r);
	if ((uint32_t)r.ax != VMG_BDOOR_UNKNOWN &&
	    (uint32_t)r.bx == VMG_BDOOR_MAGIC)
		*verdict = VERDICT_YES;
	child_end();
}

/* Whether the child may have its own handlers, asked by the call that it will
 * make: a trap there would run the process's SIGSYS handler in the child. */
static bool guard_is_allowed(void)
{
	struct bare_sigaction now;

	for (size_t i = 0; i < LENGTH(synchronous); i++)
		if (vmg_bare_call(SYS_rt_sigaction, synchronous[i], 0,
				  (long)&now, sizeof now.mask) != 0)
			return false;
	return true;
}

/* Whether a child of this thread would be the first process of a pid namespace:
 * its end would be the end of the namespace, and of every fork() to come. Until
 * there is a first process the link is there and cannot be read. Not to be seen
 * without /proc, and before Linux 4.12. */
static bool child_would_be_init(void)
{
	static const char path[] = "/proc/thread-self/ns/pid_for_children";
	struct stat status;
	char target[1];

	return readlink(path, target, sizeof target) < 0 && errno == ENOENT &&
	       lstat(path, &status) == 0;
}

static long child_start(struct shared *shared)
{
	size_t i = vmg_valgrind_runs() ? 1 : 0;
	long child;

	do
		child = vmg_bare_clone(SYS_clone, forms[i],
				       shared->stack + sizeof shared->stack,
				       child_run, (void *)&shared->verdict);
	while ((child == -EINVAL || child == -ENOSYS) && ++i < LENGTH(forms));
	return child;
}

static enum vmg_err refusal(long error)
{
	return error == EAGAIN || error == ENOMEM ? VMG_E_PROBE_LIMITED
						  : VMG_E_PROBE_FORBIDDEN;
}

static enum vmg_err child_ask(struct shared *shared)
{
	uint64_t blocked = UINT64_MAX, before;
	long child;

	for (size_t i = 0; i < LENGTH(synchronous); i++)
		blocked &= ~signal_bit(synchronous[i]);
	vmg_bare_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&blocked,
		      (long)&before, sizeof before);
	child = child_start(shared);
	/* Its exit status says nothing, and may be another thread's by now. */
	while (child > 0 && waitpid((pid_t)child, NULL, __WALL) < 0 &&
	       errno == EINTR)
		;
	vmg_bare_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0,
		      sizeof before);
	if (child < 0)
		return refusal(-child);
	switch (shared->verdict) {
	case VERDICT_YES:
		return VMG_OK;
	case VERDICT_NO:
		return VMG_E_NOT_VM;
	case VERDICT_NONE:
		break;
	}
	return VMG_E_PROBE_FORBIDDEN;
}

static enum vmg_err port_ask(void)
{
	struct shared *shared;
	enum vmg_err err;

	if (!guard_is_allowed())
		return VMG_E_PROBE_FORBIDDEN;
	if (child_would_be_init())
		return VMG_E_PROBE_NAMESPACE;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (shared == MAP_FAILED)
		return refusal(errno);
	err = child_ask(shared);
	munmap(shared, sizeof *shared);
	return err;
}

enum vmg_err vmg_port_probe(void)
{
	int saved_errno = errno, cancel;
	enum vmg_err err;

	/* A thread that is cancelled waits until signals and stack are back. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = port_ask();
	pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;
	return err;
}
