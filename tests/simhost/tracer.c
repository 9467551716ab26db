/* SPDX-License-Identifier: MIT */
/* Runs vmguest-simhost as a user would and checks what comes out. The
 * arguments are the programs and the case; exit 77 means that this machine
 * cannot run it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define SKIPPED 77
#define TIMEOUT_MS 60000
#define ARGS_MAX 12

static const char *simhost, *guest, *guest_static, *guest32, *folder;

/* A program under way: its two outputs, and what was read of them so far. */
struct run {
	pid_t pid;
	int fd[2];
	char text[2][20000];
	size_t len[2];
	char vcpus_line[256];
	int status; /* as waitpid() gives it */
};

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void run_start(struct run *r, const char *const *argv,
		      void (*prepare)(void))
{
	int out[2], err[2];

	memset(r, 0, sizeof *r);
	if (pipe(out) || pipe(err))
		exit(99);
	r->pid = fork();
	if (r->pid == 0) {
		dup2(out[1], 1);
		dup2(err[1], 2);
		close(out[0]);
		close(out[1]);
		close(err[0]);
		close(err[1]);
		if (prepare)
			prepare();
		execv(argv[0], (char *const *)argv);
		_exit(99);
	}
	close(out[1]);
	close(err[1]);
	r->fd[0] = out[0];
	r->fd[1] = err[0];
}

/* Reads until the text is there, or both outputs end. True in the first case.
 */
static bool run_read(struct run *r, const char *until)
{
	long long end = now_ms() + TIMEOUT_MS;

	while (r->fd[0] >= 0 || r->fd[1] >= 0) {
		struct pollfd fds[2] = { { r->fd[0], POLLIN, 0 },
					 { r->fd[1], POLLIN, 0 } };

		if (until && strstr(r->text[0], until))
			return true;
		if (poll(fds, 2, 100) < 0 || now_ms() > end)
			break;
		for (int i = 0; i < 2; i++) {
			char *to = r->text[i] + r->len[i];
			ssize_t n;

			if (!fds[i].revents)
				continue;
			n = read(r->fd[i], to,
				 sizeof r->text[i] - 1 - r->len[i]);
			if (n <= 0) {
				close(r->fd[i]);
				r->fd[i] = -1;
			} else {
				r->len[i] += (size_t)n;
			}
		}
	}
	return until && strstr(r->text[0], until);
}

/* Polls for the end of the program itself; -1 if it does not come. */
static int run_wait(struct run *r, int flags)
{
	long long end = now_ms() + TIMEOUT_MS;

	for (;;) {
		pid_t got = waitpid(r->pid, &r->status, WNOHANG | flags);

		if (got == r->pid)
			break;
		if (got < 0 || now_ms() > end) {
			kill(r->pid, SIGKILL);
			return -1;
		}
		poll(NULL, 0, 2);
	}
	return WIFEXITED(r->status) ? WEXITSTATUS(r->status) : -1;
}

/* Takes the line about vCPUs, which depends on this machine, out of the text.
 */
static void vcpus_line_take(struct run *r)
{
	char *line = strstr(r->text[1], "vmguest-simhost: the VM of this ");
	char *end = line ? strchr(line, '\n') : NULL;

	if (!end)
		return;
	snprintf(r->vcpus_line, sizeof r->vcpus_line, "%.*s",
		 (int)(end - line), line);
	memmove(line, end + 1, strlen(end + 1) + 1);
	r->len[1] = strlen(r->text[1]);
}

static int run_end(struct run *r)
{
	run_read(r, NULL);
	vcpus_line_take(r);
	return run_wait(r, 0);
}

static int failed(const struct run *r, const char *what)
{
	fprintf(stderr, "%s (status %x)\nstdout: %s\nstderr: %s\n", what,
		(unsigned)r->status, r->text[0], r->text[1]);
	return 1;
}

/* The arguments behind the name of simhost; G, S and 3 are the guests. */
struct plain {
	const char *name;
	const char *args[ARGS_MAX];
	int status;
	const char *out, *err; /* must occur; NULL: must be empty */
};

static const struct plain plains[] = {
	{ "version", { "--", "G", "version" }, 0, "", NULL },
	{ "rpc", { "--", "G", "rpc" }, 0, "", NULL },
	{ "no-dashes", { "G", "rpc" }, 0, "", NULL },
	{ "threads", { "--", "G", "threads" }, 0, "", NULL },
	{ "fork", { "--", "G", "fork" }, 0, "", NULL },
	{ "exec", { "--", "G", "exec" }, 0, "", NULL },
	{ "exec-in-thread", { "--", "G", "execthread" }, 0, "", NULL },
	{ "probe-child", { "--", "G", "probe" }, 0, "", NULL },
	{ "own-handler", { "--", "G", "handler" }, 0, "", NULL },
	{ "group-stop", { "--", "G", "stop" }, 0, "", NULL },
	{ "bad-memory", { "--", "G", "badmemory" }, 0, "", NULL },
	{ "static", { "--", "S", "threads" }, 0, "", NULL },
	{ "32-bit", { "--", "3" }, 0, "", NULL },
	{ "status", { "--", "G", "exit", "7" }, 7, NULL, NULL },
	{ "term", { "--", "G", "die", "15" }, 143, NULL, NULL },
	{ "kill", { "--", "G", "die", "9" }, 137, NULL, NULL },
	{ "crash", { "--", "G", "die", "11" }, 139, NULL, NULL },
	{ "other-port", { "--", "G", "foreign", "x" }, 139, NULL, NULL },
	{ "no-magic", { "--", "G", "foreign" }, 139, NULL, NULL },
	{ "not-found",
	  { "--", "/nonexistent" },
	  127,
	  NULL,
	  "/nonexistent: No " },
	{ "not-runnable", { "--", "/etc/passwd" }, 126, NULL, "/etc/passwd: " },
	{ "no-program", { "--" }, 2, NULL, "PROGRAM is missing" },
	{ "bad-option",
	  { "--scene", "x", "--", "G", "rpc" },
	  2,
	  NULL,
	  "--scen" },
	{ "help", { "--help" }, 0, "usage: vmguest-simhost", NULL },
	{ "show-version", { "--version" }, 0, "vmguest-simhost 0.", NULL },
	{ "list", { "--list" }, 0, "demo        ", NULL },
	{ "check",
	  { "--check", "-s", "starved" },
	  0,
	  "{\"description\":\"a CPU limit that binds, on an overcommitted "
	  "host\",\"vcpus\":4}\n",
	  NULL },
	{ "check-missing",
	  { "--check", "-s", "nope" },
	  2,
	  NULL,
	  "scenario nope: No such file" },
	{ "nested",
	  { "--", "T", "--", "G", "rpc" },
	  4,
	  NULL,
	  "a host already answers the port" },
	{ "unknown-scenario",
	  { "-s", "nope", "--", "G", "rpc" },
	  2,
	  NULL,
	  "scenario nope: No such file" },
	{ "missing-file",
	  { "-s", "./nope.json", "--", "G", "rpc" },
	  2,
	  NULL,
	  "scenario ./nope.json: No such file" },
	{ "desktop",
	  { "-s", "desktop", "--", "G", "say", "guestlib.info.get 3" },
	  0,
	  "0 Unknown command",
	  NULL },
	{ "disabled",
	  { "-s", "disabled", "--", "G", "say", "guestlib.info.get 2" },
	  0,
	  "0 Disabled",
	  NULL },
	{ "count",
	  { "--count", "--", "G", "rpc" },
	  0,
	  "",
	  "34 port operations, 2 RPCs; channels: 2 opened, 0 refused, 2 "
	  "closed, "
	  "0 lost, 0 left open; 0 vMotions, 0 faults" },
	{ "left-open",
	  { "--count", "--", "G", "leave" },
	  0,
	  "",
	  "1 left open" },
};

static const char *argument(const char *text)
{
	if (!text || strlen(text) != 1)
		return text;
	switch (*text) {
	case 'G':
		return guest;
	case 'S':
		return guest_static;
	case '3':
		return guest32;
	case 'T':
		return simhost;
	}
	return text;
}

static bool text_fits(const char *text, const char *expected)
{
	return expected ? strstr(text, expected) != NULL : text[0] == '\0';
}

static int plain_run(const struct plain *p)
{
	const char *argv[ARGS_MAX + 2] = { simhost };
	static struct run r;
	int status;

	for (size_t i = 0; i < ARGS_MAX && p->args[i]; i++) {
		argv[i + 1] = argument(p->args[i]);
		if (argv[i + 1][0] == '\0') {
			puts("SKIPPED: this guest could not be built");
			return SKIPPED;
		}
	}
	run_start(&r, argv, NULL);
	status = run_end(&r);
	if (status == 126 && strcmp(p->name, "32-bit") == 0) {
		puts("SKIPPED: the kernel runs no 32-bit programs");
		return SKIPPED;
	}
	if (status != p->status)
		return failed(&r, "another status");
	if (!text_fits(r.text[0], p->out) || !text_fits(r.text[1], p->err))
		return failed(&r, "another output");
	return 0;
}

/* Signals to the tracer alone reach the program, once it is ready. */
static int signal_run(int sig)
{
	const char *argv[] = { simhost, "--", guest, "wait", NULL };
	static struct run r;
	char expected[32];

	run_start(&r, argv, NULL);
	if (!run_read(&r, "ready"))
		return failed(&r, "did not start");
	kill(r.pid, sig);
	snprintf(expected, sizeof expected, "caught %d\n", sig);
	if (run_end(&r) != 0 || !strstr(r.text[0], expected))
		return failed(&r, "did not pass on the signal");
	return 0;
}

static int case_term(void)
{
	return signal_run(SIGTERM);
}

static int case_int(void)
{
	return signal_run(SIGINT);
}

static int case_usr1(void)
{
	return signal_run(SIGUSR1);
}

/* The state letter of a process, or '-' when it is gone. */
static char process_state(long pid)
{
	char path[64], line[512], *end;
	FILE *f;
	bool good;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return '-';
	good = fgets(line, sizeof line, f) != NULL;
	fclose(f);
	end = good ? strrchr(line, ')') : NULL;
	return end ? end[2] : '-';
}

static bool state_awaits(long pid, const char *states)
{
	long long end = now_ms() + TIMEOUT_MS;

	while (!strchr(states, process_state(pid)) && now_ms() < end)
		poll(NULL, 0, 2);
	return strchr(states, process_state(pid)) != NULL;
}

/* A tracer that is killed takes the program along. */
static int case_tracer_killed(void)
{
	const char *argv[] = { simhost, "--", guest, "wait", NULL };
	static struct run r;
	long pid = 0;

	run_start(&r, argv, NULL);
	if (!run_read(&r, "ready") || !run_read(&r, "\n") ||
	    sscanf(r.text[0], "ready %ld", &pid) != 1)
		return failed(&r, "did not start");
	kill(r.pid, SIGKILL);
	if (!state_awaits(pid, "-ZX"))
		return failed(&r, "the program lives on");
	run_end(&r);
	return 0;
}

/* A program on a terminal of its own; r->fd[0] is the other side. */
static void terminal_start(struct run *r, const char *what)
{
	int fd;

	memset(r, 0, sizeof *r);
	r->pid = forkpty(&fd, NULL, NULL, NULL);
	if (r->pid == 0) {
		execl(simhost, simhost, "--", guest, what, (char *)NULL);
		_exit(99);
	}
	r->fd[0] = fd;
	r->fd[1] = -1;
}

static int case_ctrl_c(void)
{
	static struct run r;

	terminal_start(&r, "wait");
	if (!run_read(&r, "ready") || write(r.fd[0], "\003", 1) != 1)
		return failed(&r, "did not start");
	if (!run_read(&r, "caught 2") || run_end(&r) != 0)
		return failed(&r,
			      "the program did not get it, or not end well");
	return 0;
}

/* As above, for a program that leaves it to the default action. */
static int case_ctrl_c_ends(void)
{
	static struct run r;

	terminal_start(&r, "pause");
	if (!run_read(&r, "ready") || write(r.fd[0], "\003", 1) != 1)
		return failed(&r, "did not start");
	if (run_end(&r) != 130)
		return failed(&r, "not ended by SIGINT");
	return 0;
}

static int case_ctrl_z(void)
{
	static struct run r;

	terminal_start(&r, "wait");
	if (!run_read(&r, "ready"))
		return failed(&r, "did not start");
	/* A shell is between a session's leader and its jobs. Without one the
	 * kernel ignores Ctrl-Z: an orphaned group is never stopped. */
	kill(-r.pid, SIGSTOP);
	run_wait(&r, WUNTRACED);
	if (!WIFSTOPPED(r.status))
		return failed(&r, "did not stop");
	kill(-r.pid, SIGCONT);
	if (write(r.fd[0], "\003", 1) != 1 || !run_read(&r, "caught 2") ||
	    run_end(&r) != 0)
		return failed(&r, "did not go on");
	return 0;
}

/* A job of its own in a session that has a leader beside it. */
static void job_begin(void)
{
	setpgid(0, 0);
}

/* What the terminal does on Ctrl-Z, to a job in a group that is not orphaned:
 * all of it stops, so that the shell notices, and all of it goes on. */
static int case_job_stop(void)
{
	const char *argv[] = { simhost, "--", guest, "wait", NULL };
	static struct run r;
	long pid = 0;

	run_start(&r, argv, job_begin);
	if (!run_read(&r, "\n") || sscanf(r.text[0], "ready %ld", &pid) != 1)
		return failed(&r, "did not start");
	kill(-r.pid, SIGTSTP);
	run_wait(&r, WUNTRACED);
	if (!WIFSTOPPED(r.status) || !state_awaits(pid, "tT"))
		return failed(&r, "did not stop");
	kill(-r.pid, SIGCONT);
	kill(r.pid, SIGTERM);
	if (run_end(&r) != 0 || !strstr(r.text[0], "caught 15"))
		return failed(&r, "did not go on");
	return 0;
}

/* A child that outlives the program is served until its own end. */
static int case_orphan(void)
{
	char file[4096], text[16] = "";
	const char *argv[] = { simhost, "--", guest, "orphan", file, NULL };
	static struct run r;
	FILE *f;

	snprintf(file, sizeof file, "%s/orphan", folder);
	unlink(file);
	run_start(&r, argv, NULL);
	if (run_end(&r) != 0)
		return failed(&r, "another status");
	f = fopen(file, "r");
	if (!f || !fgets(text, sizeof text, f) || strcmp(text, "served\n") != 0)
		return failed(&r, "not served to its end");
	fclose(f);
	return 0;
}

/* The whole text of a file into r->text[0]. */
static bool file_into(struct run *r, const char *file)
{
	FILE *f = fopen(file, "r");

	if (!f)
		return false;
	r->len[0] = fread(r->text[0], 1, sizeof r->text[0] - 1, f);
	r->text[0][r->len[0]] = '\0';
	fclose(f);
	return true;
}

static int case_count_file(void)
{
	char option[4200], *file = option + strlen("--count=");
	const char *argv[] = { simhost, option, "--", guest, "rpc", NULL };
	static struct run r;

	snprintf(option, sizeof option, "--count=%s/count.json", folder);
	run_start(&r, argv, NULL);
	if (run_end(&r) != 0 || r.len[1] > 0)
		return failed(&r, "another status");
	if (!file_into(&r, file) ||
	    strcmp(r.text[0],
		   "{\"operations\": 34, \"rpcs\": 2, \"opens\": 2, "
		   "\"refused\": 0, \"closes\": 2, \"lost\": 0, "
		   "\"channels_open\": 0, \"moves\": 0, \"faults\": 0}\n") != 0)
		return failed(&r, "another count");
	return 0;
}

/* A file of this folder with that text; NULL if it cannot be written. */
static const char *file_make(const char *name, const char *text)
{
	static char path[4200];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		return NULL;
	return path;
}

/* A file with two mistakes: both are named, and nothing is started. */
static int case_bad_scenario(void)
{
	const char *file = file_make("bad.json",
				     "{\"vm\": {\"vcpus\": 0}, \"events\": "
				     "[{\"at\": 1, \"do\": \"dance\"}]}");
	const char *argv[] = { simhost, "-s",	file, "--",
			       guest,	"exit", "0",  NULL };
	static struct run r;

	if (!file)
		return 99;
	run_start(&r, argv, NULL);
	if (run_end(&r) != 2)
		return failed(&r, "another status");
	if (!strstr(r.text[1], "bad.json: vm.vcpus: 0; accepted: ") ||
	    !strstr(r.text[1], "bad.json: events[0].do: \"dance\"; accepted: "))
		return failed(&r, "a mistake is missing");
	return 0;
}

/* What a container's seccomp profile refuses, and what then happens. */
struct refusal {
	const char *name;
	int calls[2];	/* numbers of system calls; 0: none */
	int request;	/* of ptrace; 0: all of calls */
	int error;
	int status;
	const char *err; /* must occur; NULL: must be empty */
};

static const struct refusal refusals[] = {
	{ "forbidden", { SYS_ptrace }, 0, EPERM, 3,
	  "tracing is forbidden here: Operation not permitted\n"
	  "vmguest-simhost: the setting is " },
	{ "no-vm-eperm", { SYS_process_vm_readv, SYS_process_vm_writev }, 0,
	  EPERM, 0, NULL },
	{ "no-vm-enosys", { SYS_process_vm_readv, SYS_process_vm_writev }, 0,
	  ENOSYS, 0, NULL },
	{ "no-vm-read", { SYS_process_vm_readv }, 0, EPERM, 0, NULL },
	{ "no-vm-write", { SYS_process_vm_writev }, 0, EPERM, 0, NULL },
	{ "no-siginfo", { SYS_ptrace }, PTRACE_GETSIGINFO, EPERM, 3,
	  "cannot serve the program any longer: PTRACE_GETSIGINFO: " },
	{ "no-getregs", { SYS_ptrace }, PTRACE_GETREGS, EPERM, 3,
	  "PTRACE_GETREGS: Operation not permitted\n"
	  "vmguest-simhost: the setting is a seccomp filter" },
	{ "no-setregs", { SYS_ptrace }, PTRACE_SETREGS, ENOSYS, 3,
	  "PTRACE_SETREGS: Function not implemented\n" },
	{ "no-peek", { SYS_ptrace }, PTRACE_PEEKDATA, EPERM, 3,
	  "PTRACE_PEEKDATA: " },
	{ "no-cont", { SYS_ptrace }, PTRACE_CONT, EPERM, 3, "PTRACE_CONT: " },
	{ "no-waitpid", { SYS_wait4 }, 0, EPERM, 126,
	  "cannot check for a real host: Operation not permitted" },
};

static const struct refusal *refused;

static void refusal_begin(void)
{
	const struct refusal *r = refused;
	bool any = r->request == 0;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)r->calls[0], 2,
			 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 (unsigned)r->calls[r->calls[1] ? 1 : 0], 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | (any ? BPF_JGE : BPF_JEQ) | BPF_K,
			 (unsigned)r->request, 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
			 SECCOMP_RET_ERRNO | (unsigned)r->error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(SKIPPED);
}

/* A host all the same, for both ports, or the reason and no program that runs
 * on without one. */
static int refusal_run(const struct refusal *refusal)
{
	const char *argv[] = { simhost, "--", guest, "rpc", NULL };
	static struct run r;
	int status;

	refused = refusal;
	run_start(&r, argv, refusal_begin);
	status = run_end(&r);
	if (status == SKIPPED) {
		puts("SKIPPED: seccomp filters are not allowed here");
		return SKIPPED;
	}
	if (status != refusal->status)
		return failed(&r, "another status");
	if (!text_fits(r.text[1], refusal->err))
		return failed(&r, "another message");
	return 0;
}

/* Every scenario that is ready loads and serves. */
static int case_scenarios(void)
{
	const char *list[] = { simhost, "--list", NULL };
	static struct run all, one;
	int n = 0;

	run_start(&all, list, NULL);
	if (run_end(&all) != 0 || all.len[1] > 0)
		return failed(&all, "cannot list");
	for (char *line = strtok(all.text[0], "\n"); line;
	     line = strtok(NULL, "\n"), n++) {
		char name[32];
		const char *argv[] = { simhost, "-s",	    name, "--",
				       guest,	"answered", NULL };

		if (sscanf(line, "%31s", name) != 1 || strlen(line) < 20)
			return failed(&all, "a line without a description");
		run_start(&one, argv, NULL);
		if (run_end(&one) != 0 || one.len[1] > 0)
			return failed(&one, name);
	}
	return n == 10 ? 0 : failed(&all, "not as many as there should be");
}

/* Started by a process that ignores the ends of its children. */
static void children_ignore(void)
{
	signal(SIGCHLD, SIG_IGN);
}

static int case_sigchld_ignored(void)
{
	const char *argv[] = { simhost, "--", guest, "exit", "7", NULL };
	static struct run r;

	run_start(&r, argv, children_ignore);
	return run_end(&r) == 7 ? 0 : failed(&r, "the status is lost");
}

/* The number of vCPUs is mentioned where the program would count others. */
static int case_vcpus(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	for (long vcpus = online; vcpus < online + 2; vcpus++) {
		char text[64], option[32];
		const char *argv[] = { simhost, "-s",	NULL, "--", guest,
				       "exit",	"0", NULL, NULL };
		static struct run r;

		snprintf(text, sizeof text, "{\"vm\": {\"vcpus\": %ld}}", vcpus);
		snprintf(option, sizeof option, "--vcpus %ld,", vcpus);
		argv[2] = file_make("vcpus.json", text);
		run_start(&r, argv, NULL);
		if (run_end(&r) != 0 || r.len[1] > 0 ||
		    !strstr(r.vcpus_line, option) != (vcpus == online))
			return failed(&r, r.vcpus_line);
		argv[7] = "--vcpus=1";
		run_start(&r, argv, NULL);
		if (run_end(&r) != 0 || r.vcpus_line[0] || r.len[1] > 0)
			return failed(&r, "the program has the option");
	}
	return 0;
}

/* While a host takes its time for one process, it serves the others; and a
 * signal to end the program does not wait for it. */
static int case_delay(void)
{
	const char *file = file_make(
		"delay.json", "{\"events\": [{\"at\": 0, \"do\": \"delay\","
			      " \"step\": \"close\", \"seconds\": 60}]}");
	const char *argv[] = { simhost, "-s", file, "--", guest, "beside",
			       NULL };
	static struct run r;

	if (!file)
		return 99;
	run_start(&r, argv, NULL);
	if (!run_read(&r, "served\n"))
		return failed(&r, "a delay stops all of the program");
	kill(r.pid, SIGTERM);
	if (run_end(&r) != 128 + SIGTERM)
		return failed(&r, "did not end");
	return 0;
}

/* After the program has ended its child is served, until a signal comes. */
static int case_end_orphan(void)
{
	const char *argv[] = { simhost, "--", guest, "abandon", NULL };
	static struct run r;
	long pid;

	run_start(&r, argv, NULL);
	if (!run_read(&r, "\n") ||
	    sscanf(r.text[0], "child %ld of %*d", &pid) != 1)
		return failed(&r, "did not start");
	if (!state_awaits(atol(strstr(r.text[0], "of ") + 3), "-X"))
		return failed(&r, "the program has not ended");
	kill(r.pid, SIGTERM);
	if (run_end(&r) != 128 + SIGTERM || !state_awaits(pid, "-ZX"))
		return failed(&r, "did not end it");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = {
	{ "pass-term", case_term },
	{ "pass-int", case_int },
	{ "pass-usr1", case_usr1 },
	{ "tracer-killed", case_tracer_killed },
	{ "ctrl-c", case_ctrl_c },
	{ "ctrl-c-ends", case_ctrl_c_ends },
	{ "stop-all", case_ctrl_z },
	{ "job-stop", case_job_stop },
	{ "orphan", case_orphan },
	{ "end-orphan", case_end_orphan },
	{ "sigchld-ignored", case_sigchld_ignored },
	{ "count-file", case_count_file },
	{ "delay", case_delay },
	{ "vcpus", case_vcpus },
	{ "bad-scenario", case_bad_scenario },
	{ "scenarios", case_scenarios },
};

/* Whether tracing works here at all. */
static bool tracing_works(void)
{
	const char *argv[] = { simhost, "--", "/bin/true", NULL };
	static struct run r;
	int status;

	run_start(&r, argv, NULL);
	status = run_end(&r);
	if (status == 3 || status == 4)
		printf("SKIPPED: %s", r.text[1]);
	return status != 3 && status != 4;
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 64;
	simhost = argv[1];
	guest = argv[2];
	guest_static = argv[3];
	guest32 = argv[4];
	folder = argv[5];
	if (!tracing_works())
		return SKIPPED;
	for (size_t i = 0; i < ARRAY_LEN(plains); i++)
		if (strcmp(plains[i].name, argv[6]) == 0)
			return plain_run(&plains[i]);
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (strcmp(refusals[i].name, argv[6]) == 0)
			return refusal_run(&refusals[i]);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (strcmp(cases[i].name, argv[6]) == 0)
			return cases[i].run();
	return 64;
}
