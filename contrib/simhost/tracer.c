/* SPDX-License-Identifier: MIT */
/* Serves the port by ptrace. The instruction faults in the program; the fault
 * stops it before any handler of its own runs, the registers are set as a
 * host would, and it goes on behind the instruction. Nothing else of it is
 * traced, so that it runs at full speed in between. No state is kept for a
 * task: each stop says all there is to know. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer.h"

#define MAGIC 0x564d5868u
#define PORT 0x5658
#define PORT_BULK 0x5659

/* The program itself; 0 before it starts and after it has ended. The signal
 * handler below is why this is not a local variable. */
static volatile pid_t program;

/* Signals that were ignored when we started, as under nohup(1). */
static sigset_t ignored;

static void probe_faulted(int sig)
{
	(void)sig;
	_exit(1);
}

bool sim_port_answers(void)
{
	uint32_t ax = MAGIC, bx = ~MAGIC, cx = 10, dx = PORT;
	struct rlimit none = { 0, 0 };
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, probe_faulted);
		signal(SIGILL, probe_faulted);
		signal(SIGBUS, probe_faulted);
		__asm__ volatile("inl %%dx, %%eax"
				 : "+a"(ax), "+b"(bx), "+c"(cx), "+d"(dx)
				 :
				 : "rsi", "rdi", "memory", "cc");
		_exit(bx != MAGIC);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Memory of a task, for the string forms. ctx points to its id. */

static bool task_read(void *ctx, uint64_t addr, void *to, size_t len)
{
	struct iovec here = { to, len }, there = { (void *)addr, len };

	return process_vm_readv(*(pid_t *)ctx, &here, 1, &there, 1, 0) ==
	       (ssize_t)len;
}

static bool task_write(void *ctx, uint64_t addr, const void *from, size_t len)
{
	struct iovec here = { (void *)from, len },
		     there = { (void *)addr, len };

	return process_vm_writev(*(pid_t *)ctx, &here, 1, &there, 1, 0) ==
	       (ssize_t)len;
}

/* What stands at the instruction pointer, its length, or 0 if it is not ours.
 * `out` does what `in` does; some clients use it. */
static int instruction_decode(pid_t task, const struct user_regs_struct *u,
			      enum simhost_op *op)
{
	unsigned port = (unsigned)u->rdx & 0xffff;
	uint8_t code[2];
	size_t len = port == PORT ? 1 : 2;

	if ((uint32_t)u->rax != MAGIC || (port != PORT && port != PORT_BULK) ||
	    !task_read(&task, u->rip, code, len))
		return 0;
	*op = SIMHOST_IN;
	if (port == PORT)
		return code[0] == 0xed || code[0] == 0xef ? 1 : 0;
	if (code[0] != 0xf3 || (code[1] != 0x6c && code[1] != 0x6e))
		return 0;
	*op = code[1] == 0x6c ? SIMHOST_REP_INS : SIMHOST_REP_OUTS;
	return 2;
}

/* A 32-bit program has nothing in the upper halves; what the kernel holds
 * there is not its own. */
static uint64_t reg_width(const struct user_regs_struct *u)
{
	return u->cs == 0x23 ? UINT32_MAX : UINT64_MAX;
}

/* True when the fault was an access to the port, which is now done. */
static bool fault_serve(struct simhost *sim, pid_t task)
{
	struct simhost_memory memory = { task_read, task_write, &task };
	struct user_regs_struct u;
	struct simhost_regs r;
	enum simhost_op op;
	siginfo_t info;
	uint64_t width;
	int len;

	if (ptrace(PTRACE_GETSIGINFO, task, NULL, &info) ||
	    info.si_code != SI_KERNEL || ptrace(PTRACE_GETREGS, task, NULL, &u))
		return false;
	len = instruction_decode(task, &u, &op);
	if (len == 0)
		return false;

	width = reg_width(&u);
	r = (struct simhost_regs){
		.ax = u.rax & width,
		.bx = u.rbx & width,
		.cx = u.rcx & width,
		.dx = u.rdx & width,
		.si = u.rsi & width,
		.di = u.rdi & width,
		.bp = u.rbp & width,
	};
	simhost_exchange(sim, op, &r, &memory);
	u.rax = r.ax;
	u.rbx = r.bx;
	u.rcx = r.cx;
	u.rdx = r.dx;
	u.rsi = r.si;
	u.rdi = r.di;
	u.rip += (unsigned)len;
	return ptrace(PTRACE_SETREGS, task, NULL, &u) == 0;
}

/* A job that stops itself at the terminal stops as a whole, or its shell
 * would wait for ever. */
static void stop_join(pid_t task, int sig)
{
	if (task == program &&
	    (sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU))
		raise(SIGSTOP);
}

/* Lets a stopped task go on as it would without us. A task that was killed in
 * the meantime makes these fail; its end is the next thing to be heard. */
static void stop_serve(struct simhost *sim, pid_t task, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		ptrace(PTRACE_LISTEN, task, NULL, NULL);
		stop_join(task, sig);
		return;
	}
	if (event || (sig == SIGSEGV && fault_serve(sim, task)))
		sig = 0;
	ptrace(PTRACE_CONT, task, NULL, (void *)(intptr_t)sig);
}

static int serve(struct simhost *sim)
{
	int status, result = SIM_EXIT_NOT_RUN;
	pid_t task;

	for (;;) {
		task = waitpid(-1, &status, __WALL);
		if (task < 0 && errno == EINTR)
			continue;
		if (task < 0)
			return result; /* nobody is left */
		if (WIFSTOPPED(status)) {
			stop_serve(sim, task, status);
			continue;
		}
		if (task != program)
			continue;
		program = 0;
		result = WIFEXITED(status) ? WEXITSTATUS(status)
					   : 128 + WTERMSIG(status);
	}
}

/* The terminal gives its signals to the whole job: the program has them. One
 * sent to us alone is meant for it. What it left behind ends with us. */
static void signal_forward(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	if (!program && !sigismember(&ignored, sig))
		_exit(128 + sig); /* PTRACE_O_EXITKILL does the rest */
	if (program && info->si_code != SI_KERNEL)
		kill(program, sig);
	errno = saved;
}

static const int forwarded[] = { SIGINT, SIGQUIT, SIGTERM,
				 SIGHUP, SIGUSR1, SIGUSR2 };
static const int left_to_program[] = { SIGTSTP, SIGTTIN, SIGTTOU };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void signals_divert(void)
{
	struct sigaction forward = { .sa_sigaction = signal_forward,
				     .sa_flags = SA_SIGINFO | SA_RESTART };

	struct sigaction before;

	sigemptyset(&ignored);
	for (size_t i = 0; i < COUNT_OF(forwarded); i++) {
		sigaction(forwarded[i], NULL, &before);
		if (before.sa_handler == SIG_IGN)
			sigaddset(&ignored, forwarded[i]);
		sigaction(forwarded[i], &forward, NULL);
	}
	for (size_t i = 0; i < COUNT_OF(left_to_program); i++)
		signal(left_to_program[i], SIG_IGN);
}

static void say(const char *text)
{
	fprintf(stderr, "vmguest-simhost: %s\n", text);
}

/* The number behind name in a small text file of the kernel's, or -1. */
static long number_in(const char *file, const char *name)
{
	char text[4096], *at = NULL;
	FILE *f = fopen(file, "re");
	size_t len = f ? fread(text, 1, sizeof text - 1, f) : 0;

	if (f)
		fclose(f);
	text[len] = '\0';
	if (len > 0)
		at = strstr(text, name);
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* Why it may be that PTRACE_SEIZE failed, the likeliest first. */
static void forbidden_explain(pid_t child, int error)
{
	char file[64];
	long scope = number_in("/proc/sys/kernel/yama/ptrace_scope", "");

	snprintf(file, sizeof file, "/proc/%d/status", (int)child);
	fprintf(stderr, "vmguest-simhost: tracing is forbidden here: %s\n",
		strerror(error));
	if (number_in(file, "TracerPid:\t") > 0)
		say("it is itself traced, together with its children: start "
		    "strace or the debugger inside, behind the --");
	else if (scope == 3)
		say("the setting is kernel.yama.ptrace_scope = 3, which lasts "
		    "until the machine starts again: set it to 1 in "
		    "/etc/sysctl.d/ and reboot");
	else if (scope == 2)
		say("the setting is kernel.yama.ptrace_scope = 2: run as root, "
		    "or sysctl kernel.yama.ptrace_scope=1");
	else if (number_in("/sys/fs/selinux/booleans/deny_ptrace", "") == 1)
		say("the setting is SELinux's deny_ptrace: "
		    "setsebool deny_ptrace off");
	else if (number_in("/proc/self/status", "Seccomp:\t") == 2)
		say("the setting is a seccomp filter, as containers have: "
		    "start "
		    "the container with --cap-add=SYS_PTRACE, or with a "
		    "seccomp profile that allows ptrace");
	else
		say("no setting that is known to forbid it was found: ask the "
		    "security module or the container that this runs in");
}

/* In the child: wait until it is traced, then become the program. */
static void program_become(char **argv, int go, int failed)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(SIM_EXIT_NOT_RUN);
	execvp(argv[0], argv);
	/* A short write cannot be helped: the parent then knows no reason. */
	if (write(failed, &errno, sizeof errno) < 0)
		_exit(SIM_EXIT_NOT_RUN);
	_exit(errno == ENOENT ? SIM_EXIT_NOT_FOUND : SIM_EXIT_NOT_RUN);
}

static bool program_seize(pid_t child)
{
	long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
		       PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;

	if (ptrace(PTRACE_SEIZE, child, NULL, (void *)options) == 0)
		return true;
	forbidden_explain(child, errno);
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
	return false;
}

int sim_trace(struct simhost *sim, char **argv)
{
	int go[2], failed[2], error, result;
	pid_t child;

	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC)) {
		say(strerror(errno));
		return SIM_EXIT_NOT_RUN;
	}
	fflush(NULL);
	child = fork();
	if (child < 0) {
		say(strerror(errno));
		return SIM_EXIT_NOT_RUN;
	}
	if (child == 0)
		program_become(argv, go[0], failed[1]);
	close(go[0]);
	close(failed[1]);
	if (!program_seize(child))
		return SIM_EXIT_FORBIDDEN;

	program = child;
	signals_divert();
	simhost_start(sim);
	if (write(go[1], "", 1) != 1)
		say(strerror(errno));
	close(go[1]);
	result = serve(sim);
	if (read(failed[0], &error, sizeof error) == sizeof error)
		fprintf(stderr, "vmguest-simhost: %s: %s\n", argv[0],
			strerror(error));
	close(failed[0]);
	return result;
}
