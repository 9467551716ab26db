/* SPDX-License-Identifier: MIT */
/* The probe must leave the process as it was, in processes that make it hard. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "covered.h"
#include "port.h"

#define PROBES 200

/* Whatever this machine is, all probes find the same. */
static void probe_often(void)
{
	enum vmg_err first = vmg_port_probe();

	CHECK(first == VMG_OK || first == VMG_E_NOT_VM);
	for (int i = 0; i < PROBES; i++) {
		errno = 77;
		CHECK(vmg_port_probe() == first);
		CHECK(errno == 77);
	}
}

static atomic_int caught, children;

static void on_signal(int signal)
{
	if (signal == SIGCHLD)
		children++;
	else
		caught++;
}

/* A program with its own handlers: they are not called, and still there. */
static void own_handler(void)
{
	static const int signals[] = { SIGSEGV, SIGILL, SIGBUS, SIGCHLD };
	struct sigaction now, own = { .sa_handler = on_signal };
	sigset_t before, after;

	for (size_t i = 0; i < 4; i++)
		CHECK(sigaction(signals[i], &own, NULL) == 0);
	/* libc's set is longer than what the kernel writes. */
	memset(&before, 0, sizeof before);
	memset(&after, 0, sizeof after);
	sigprocmask(SIG_BLOCK, NULL, &before);
	probe_often();
	sigprocmask(SIG_BLOCK, NULL, &after);
	CHECK(memcmp(&before, &after, sizeof before) == 0);
	CHECK(caught == 0 && children == 0);
	for (size_t i = 0; i < 4; i++) {
		CHECK(sigaction(signals[i], NULL, &now) == 0);
		CHECK(now.sa_handler == on_signal);
	}
	CHECK(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
}

/* collectd ignores SIGCHLD: the kernel reaps children by itself. */
static void sigchld_ignored(void)
{
	signal(SIGCHLD, SIG_IGN);
	probe_often();
}

static atomic_bool stop;

static void *wait_for_anyone(void *flags)
{
	while (!stop)
		if (waitpid(-1, NULL, *(int *)flags) < 0)
			sched_yield();
	return NULL;
}

/* Threads that reap whatever child ends, in both manners. */
static void waiting_threads(void)
{
	int flags[] = { 0, __WALL };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, wait_for_anyone,
				     &flags[i]) == 0);
	probe_often();
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* A gigabyte of touched memory: a fork would copy its tables each time. */
static void big_process(void)
{
	size_t size = (size_t)1 << 30;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	probe_often();
	munmap(memory, size);
}

static pid_t main_process;
static atomic_int strays;

static void on_storm(int signal)
{
	(void)signal;
	if (getpid() != main_process)
		strays++;
	caught++;
}

static void *storm(void *arg)
{
	(void)arg;
	while (!stop)
		kill(main_process, SIGUSR1);
	return NULL;
}

/* No handler of the process runs in the probe's child. */
static void signal_storm(void)
{
	struct sigaction own = { .sa_handler = on_storm };
	pthread_t thread;

	main_process = getpid();
	CHECK(sigaction(SIGUSR1, &own, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, storm, NULL) == 0);
	while (caught == 0)
		sched_yield();
	probe_often();
	stop = true;
	pthread_join(thread, NULL);
	CHECK(strays == 0);
}

static void *probe_cancelled(void *blocked)
{
	sigset_t now;

	pthread_cancel(pthread_self());
	vmg_port_probe();
	memset(&now, 0, sizeof now);
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	*(int *)blocked = sigismember(&now, SIGTERM);
	pthread_testcancel();
	return NULL;
}

/* A thread that is being cancelled: after the probe, not in the middle of it. */
static void cancelled_thread(void)
{
	pthread_t thread;
	int blocked = -1;
	void *result;

	CHECK(pthread_create(&thread, NULL, probe_cancelled, &blocked) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED);
	CHECK(blocked == 0);
	CHECK(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
}

/* Where no process may be made, the answer is that nobody knows. */
static void no_process(void)
{
	struct rlimit none = { 0, 0 };

	if (geteuid() == 0) {
		CHECK(setgid(65534) == 0);
		CHECK(setuid(65534) == 0);
	}
	CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	CHECK(vmg_port_probe() == VMG_E_PROBE);
}

struct answer {
	uint32_t ax, bx;
	enum vmg_err found;
};

/* Answers for the port, if it is the port that the task stopped at. */
static bool port_answer(pid_t task, const struct answer *answer)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, task, NULL, &regs) != 0 ||
	    (uint32_t)regs.rax != VMG_BDOOR_MAGIC ||
	    (ptrace(PTRACE_PEEKTEXT, task, regs.rip, NULL) & 0xFF) != 0xED)
		return false;
	regs.rax = answer->ax;
	regs.rbx = answer->bx;
	regs.rip++;
	return ptrace(PTRACE_SETREGS, task, NULL, &regs) == 0;
}

/* Lets the child and its child run to the child's end; returns its status. */
static int traced_wait(pid_t child, const struct answer *answer, int *answered)
{
	int status = 0, stop_signal, passed;
	pid_t task;

	while ((task = waitpid(-1, &status, __WALL)) > 0) {
		if (task == child && !WIFSTOPPED(status))
			break;
		if (!WIFSTOPPED(status))
			continue;
		stop_signal = WSTOPSIG(status);
		passed = 0;
		if (stop_signal == SIGSEGV && port_answer(task, answer))
			++*answered;
		else if (stop_signal == SIGSEGV)
			passed = SIGSEGV;
		ptrace(PTRACE_CONT, task, NULL, (long)passed);
	}
	return status;
}

/* A port that does not fault is VMware's only if it answers like it. */
static void other_port(void)
{
	static const struct answer answers[] = {
		{ 6, VMG_BDOOR_MAGIC, VMG_OK },
		{ 6, 0, VMG_E_NOT_VM },
		{ VMG_BDOOR_UNKNOWN, VMG_BDOOR_MAGIC, VMG_E_NOT_VM },
		{ VMG_BDOOR_UNKNOWN, VMG_BDOOR_UNKNOWN, VMG_E_NOT_VM },
	};
	int status, answered;
	pid_t child;

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		child = fork();
		if (child == 0) {
			if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
				_exit(77);
			raise(SIGSTOP);
			status = (int)vmg_port_probe();
			covered_write();
			_exit(status);
		}
		CHECK(child > 0);
		CHECK(waitpid(child, &status, 0) == child);
		if (!WIFSTOPPED(status)) {
			fprintf(stderr, "SKIPPED: tracing is forbidden\n");
			exit(77);
		}
		CHECK(ptrace(PTRACE_SETOPTIONS, child, NULL,
			     PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
				     PTRACE_O_TRACEVFORK) == 0);
		ptrace(PTRACE_CONT, child, NULL, NULL);
		answered = 0;
		status = traced_wait(child, &answers[i], &answered);
		if (answered == 0) {
			fprintf(stderr, "SKIPPED: the port does not fault\n");
			exit(77);
		}
		CHECK(WIFEXITED(status));
		CHECK(WEXITSTATUS(status) == (int)answers[i].found);
	}
}

/* A fault that nobody handles is a line in the kernel's log. */
static void kernel_log(void)
{
	static char log[1 << 20];
	char needle[64];
	FILE *kmsg;
	size_t len;

	probe_often();
	kmsg = popen("dmesg 2>/dev/null", "r");
	CHECK(kmsg);
	len = fread(log, 1, sizeof log - 1, kmsg);
	pclose(kmsg);
	if (len == 0) {
		fprintf(stderr, "the kernel's log may not be read here\n");
		exit(77);
	}
	log[len] = '\0';
	snprintf(needle, sizeof needle, "probe[%d] general protection",
		 (int)getpid());
	CHECK(!strstr(log, needle));
	CHECK(!strstr(log, "traps: probe["));
}

int main(int argc, char **argv)
{
	static const struct test_case cases[] = {
		{ "own_handler", own_handler },
		{ "sigchld_ignored", sigchld_ignored },
		{ "waiting_threads", waiting_threads },
		{ "big_process", big_process },
		{ "signal_storm", signal_storm },
		{ "cancelled_thread", cancelled_thread },
		{ "no_process", no_process },
		{ "other_port", other_port },
		{ "kernel_log", kernel_log },
		{ NULL, NULL },
	};

	return cases_run(cases, argc, argv);
}
