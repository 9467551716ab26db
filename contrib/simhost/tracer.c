/* SPDX-License-Identifier: MIT */
/* Serves the port by ptrace. The instruction faults in the program; the fault
 * stops it before any handler of its own runs, the registers are set as a
 * host would, and it goes on behind the instruction. Nothing else of it is
 * traced, so that it runs at full speed in between. No state is kept for a
 * task, unless its exchange takes long: each stop has all that is needed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "setting.h"
#include "status.h"
#include "task.h"
#include "tracer.h"

/* How late a delay may end, and how late another task may be served in it. */
#define DELAY_STEP_MS 5

/* A task that is stopped until its exchange is over. */
struct delayed {
	pid_t task;
	double end; /* by clock_seconds() */
};

struct tracer {
	struct simhost *sim;
	struct delayed *delayed;
	size_t delayed_count;
};

/* The program itself; 0 before it starts and after it has ended. The signal
 * handler below is why this is not a local variable. */
static volatile pid_t program;

/* A signal has been forwarded since the last delay began. */
static volatile sig_atomic_t signalled;

/* Signals that were ignored when we started, as under nohup(1). */
static sigset_t ignored;

/* A job that stops itself at the terminal stops as a whole, or its shell
 * would wait for ever. */
static void stop_join(pid_t task, int sig)
{
	if (task == program &&
	    (sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU))
		raise(SIGSTOP);
}

static double clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool task_continue(struct sim_task *task, int sig)
{
	return sim_task_succeeded(task, "PTRACE_CONT",
				  ptrace(PTRACE_CONT, task->id, NULL,
					 (void *)(intptr_t)sig));
}

/* Continues the task after so many seconds; without the memory to note that,
 * at once. */
static void task_delay(struct tracer *t, struct sim_task *task, double seconds)
{
	struct delayed *all = realloc(t->delayed, (t->delayed_count + 1) *
							  sizeof *all);

	if (!all) {
		task_continue(task, 0);
		return;
	}
	signalled = 0;
	all[t->delayed_count++] =
		(struct delayed){ task->id, clock_seconds() + seconds };
	t->delayed = all;
}

/* Continues the tasks whose delay is over, or all of them when a signal has
 * been forwarded: it may be meant to end the program. A task that was killed
 * is no longer there to continue. */
static void delays_end(struct tracer *t, struct sim_task *failure)
{
	double now = clock_seconds();
	size_t left = 0;

	for (size_t i = 0; i < t->delayed_count; i++) {
		struct delayed d = t->delayed[i];

		if (signalled || now >= d.end) {
			failure->id = d.task;
			task_continue(failure, 0);
		} else {
			t->delayed[left++] = d;
		}
	}
	t->delayed_count = left;
}

/* Lets a stopped task go on as it would without us. */
static void stop_serve(struct tracer *t, struct sim_task *task, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	double delay = 0;

	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		sim_task_succeeded(task, "PTRACE_LISTEN",
				   ptrace(PTRACE_LISTEN, task->id, NULL, NULL));
		stop_join(task->id, sig);
		return;
	}
	if (event || (sig == SIGSEGV && sim_task_serve(task, t->sim, &delay)))
		sig = 0;
	if (task->failed)
		return;
	if (delay > 0)
		task_delay(t, task, delay);
	else
		task_continue(task, sig);
}

/* The next task that has stopped or ended, or -1. While a delay runs, its end
 * has to be noticed as well. */
static pid_t task_await(struct tracer *t, struct sim_task *failure, int *status)
{
	pid_t id;

	for (;;) {
		if (t->delayed_count > 0)
			delays_end(t, failure);
		if (failure->failed)
			return -1;
		id = waitpid(-1, status,
			     __WALL | (t->delayed_count > 0 ? WNOHANG : 0));
		if (id > 0 || (id < 0 && errno != EINTR))
			return id;
		if (id == 0)
			poll(NULL, 0, DELAY_STEP_MS);
	}
}

/* Without the tracer the program would run on without its host. */
static int failure_report(const struct sim_task *task)
{
	fprintf(stderr,
		"vmguest-simhost: cannot serve the program any longer: "
		"%s: %s\n",
		task->failed, strerror(task->error));
	sim_setting_explain(task->id);
	if (program)
		kill(program, SIGKILL);
	return SIM_EXIT_FORBIDDEN;
}

static int serve(struct tracer *t)
{
	int status, result = SIM_EXIT_NOT_RUN;

	for (;;) {
		struct sim_task task = { 0 };

		task.id = task_await(t, &task, &status);
		if (task.id > 0 && WIFSTOPPED(status))
			stop_serve(t, &task, status);
		else if (task.id < 0 && errno != ECHILD)
			sim_task_succeeded(&task, "waitpid", -1);
		if (task.failed)
			return failure_report(&task);
		if (task.id < 0)
			return result; /* no task is left */
		if (WIFSTOPPED(status) || task.id != program)
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
	signalled = 1;
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

static int start_failed(const char *call)
{
	fprintf(stderr, "vmguest-simhost: %s: %s\n", call, strerror(errno));
	return SIM_EXIT_NOT_RUN;
}

/* In the child: wait until it is traced, then become the program. */
static void program_become(char **argv, const int go[2], int failed)
{
	char byte;

	close(go[1]);
	if (read(go[0], &byte, 1) != 1)
		_exit(SIM_EXIT_NOT_RUN); /* the parent has printed why */
	execvp(argv[0], argv);
	/* If this fails the parent cannot print the reason. */
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
	fprintf(stderr, "vmguest-simhost: tracing is forbidden here: %s\n",
		strerror(errno));
	sim_setting_explain(child);
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
	return false;
}

int sim_trace(struct simhost *sim, char **argv)
{
	struct tracer t = { .sim = sim };
	int go[2], failed[2], error, result;
	pid_t child;

	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC))
		return start_failed("pipe");
	fflush(NULL);
	child = fork();
	if (child < 0)
		return start_failed("fork");
	if (child == 0)
		program_become(argv, go, failed[1]);
	close(go[0]);
	close(failed[1]);
	if (!program_seize(child))
		return SIM_EXIT_FORBIDDEN;

	program = child;
	signals_divert();
	simhost_start(sim);
	if (write(go[1], "", 1) != 1)
		start_failed("pipe");
	close(go[1]);
	result = serve(&t);
	free(t.delayed);
	/* After a failure the program may still keep the pipe open. */
	if (result != SIM_EXIT_FORBIDDEN &&
	    read(failed[0], &error, sizeof error) == sizeof error)
		fprintf(stderr, "vmguest-simhost: %s: %s\n", argv[0],
			strerror(error));
	close(failed[0]);
	return result;
}
