/* SPDX-License-Identifier: MIT */
/* The probe must leave the process as it was, in processes that make it hard. */
#include <errno.h>
#include <pthread.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "covered.h"
#include "forbidden.h"
#include "port.h"

#define PROBES 200

static _Noreturn void skip(const char *why)
{
	fprintf(stderr, "SKIPPED: %s\n", why);
	exit(77);
}

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
	CHECK(vmg_port_probe() == VMG_E_PROBE_LIMITED);
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
		if (!WIFSTOPPED(status))
			skip("tracing is forbidden");
		CHECK(ptrace(PTRACE_SETOPTIONS, child, NULL,
			     PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
				     PTRACE_O_TRACEVFORK) == 0);
		ptrace(PTRACE_CONT, child, NULL, NULL);
		answered = 0;
		status = traced_wait(child, &answers[i], &answered);
		if (answered == 0)
			skip("the port does not fault");
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
	if (len == 0)
		skip("the kernel's log may not be read here");
	log[len] = '\0';
	snprintf(needle, sizeof needle, "probe[%d] general protection",
		 (int)getpid());
	CHECK(!strstr(log, needle));
	CHECK(!strstr(log, "traps: probe["));
}

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* New namespaces for this process, with a user namespace where one is needed. */
static void namespaces_unshare(int flags)
{
	char ids[32];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(flags) == 0)
		return;
	if (unshare(CLONE_NEWUSER | flags) != 0)
		skip("namespaces may not be made here");
	snprintf(ids, sizeof ids, "0 %u 1", uid);
	file_write("/proc/self/uid_map", ids);
	file_write("/proc/self/setgroups", "deny");
	snprintf(ids, sizeof ids, "0 %u 1", gid);
	file_write("/proc/self/gid_map", ids);
}

/* Answers for a file system that is a single empty file, and counts flushes. */
static _Noreturn void fuse_serve(int fuse, atomic_int *flushes)
{
	static union {
		struct fuse_in_header head;
		char room[FUSE_MIN_READ_BUFFER];
	} request;
	struct {
		struct fuse_out_header head;
		union {
			struct fuse_init_out init;
			struct fuse_attr_out attr;
			struct fuse_open_out open;
		} body;
	} reply;
	size_t len;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fuse, &request, sizeof request) > 0) {
		memset(&reply, 0, sizeof reply);
		len = 0;
		switch (request.head.opcode) {
		case FUSE_INIT:
			reply.body.init.major = FUSE_KERNEL_VERSION;
			reply.body.init.minor = FUSE_KERNEL_MINOR_VERSION;
			reply.body.init.max_write = 4096;
			len = sizeof reply.body.init;
			break;
		case FUSE_GETATTR:
			reply.body.attr.attr.ino = FUSE_ROOT_ID;
			reply.body.attr.attr.mode = S_IFREG | 0644;
			reply.body.attr.attr.nlink = 1;
			len = sizeof reply.body.attr;
			break;
		case FUSE_OPEN:
			len = sizeof reply.body.open;
			break;
		case FUSE_FLUSH:
			++*flushes;
			break;
		case FUSE_RELEASE:
			break;
		default:
			reply.head.error = -ENOSYS;
		}
		reply.head.unique = request.head.unique;
		reply.head.len = (uint32_t)(sizeof reply.head + len);
		if (write(fuse, &reply, reply.head.len) < 0)
			break;
	}
	_exit(0);
}

/* The end of the probe's child is no end of the process's files: it flushes none
 * of those whose file system does that whenever a table of them is left. */
static void open_files(void)
{
	atomic_int *flushes =
		mmap(NULL, sizeof *flushes, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char path[PATH_MAX] = "", options[64];
	int fuse, file;
	pid_t server;

	CHECK(flushes != MAP_FAILED);
	CHECK(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
	namespaces_unshare(CLONE_NEWNS);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	fuse = open("/dev/fuse", O_RDWR);
	if (fuse < 0)
		skip("there is no /dev/fuse");
	snprintf(options, sizeof options,
		 "fd=%d,rootmode=100644,user_id=0,group_id=0", fuse);
	/* In this namespace only, so any file will do to mount it on. */
	if (mount("probe", path, "fuse", 0, options) != 0)
		skip("FUSE may not be mounted here");
	server = fork();
	CHECK(server >= 0);
	if (server == 0)
		fuse_serve(fuse, flushes);
	close(fuse);
	file = open(path, O_RDONLY);
	CHECK(file >= 0);
	probe_often();
	CHECK(*flushes == 0);
	close(file);
	CHECK(*flushes == 1);
	CHECK(umount2(path, MNT_DETACH) == 0);
	CHECK(waitpid(server, NULL, 0) == server);
}

/* A sandbox's: what it does not allow ends with EPERM. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)signal;
	(void)info;
	if (getpid() != main_process)
		strays++;
	caught++;
	at->uc_mcontext.gregs[REG_RAX] = -EPERM;
}

static void sandbox_enter(long number)
{
	struct sigaction own = { .sa_sigaction = on_trap,
				 .sa_flags = SA_SIGINFO };

	main_process = getpid();
	CHECK(sigaction(SIGSYS, &own, NULL) == 0);
	if (!call_trap(number))
		skip("system calls cannot be filtered here");
}

static void trapped_clone(void)
{
	sandbox_enter(SYS_clone);
	CHECK(vmg_port_probe() == VMG_E_PROBE_FORBIDDEN);
	CHECK(caught == 1);
}

/* The child's first call: the handler runs in the process that it is of. */
static void trapped_handlers(void)
{
	sandbox_enter(SYS_rt_sigaction);
	CHECK(vmg_port_probe() == VMG_E_PROBE_FORBIDDEN);
	CHECK(caught == 1 && strays == 0);
}

/* The child's last call. A process that cannot exit needs another to end it. */
static void trapped_exit(void)
{
	struct {
		enum vmg_err err;
		int strays;
	} *found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	CHECK(found != MAP_FAILED);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		sandbox_enter(SYS_exit_group);
		found->err = vmg_port_probe();
		found->strays = strays;
		covered_write();
		raise(SIGKILL);
	}
	CHECK(waitpid(child, &status, 0) == child);
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	CHECK(WTERMSIG(status) == SIGKILL);
	CHECK(found->err == VMG_OK || found->err == VMG_E_NOT_VM);
	CHECK(found->strays == 0);
}

/* Emulators of a processor have no port, whatever the machine they run on. */
static void emulated(void)
{
	CHECK(vmg_port_probe() == VMG_E_NOT_VM);
}

/* The first child of a new pid namespace is its init: not the probe's, or fork()
 * would fail from then on. Asked again, beside an init, it does. */
static void new_pid_namespace(void)
{
	enum vmg_err outside = vmg_port_probe();
	int status, ends[2];
	pid_t init;
	char byte;

	namespaces_unshare(CLONE_NEWPID);
	CHECK(vmg_port_probe() == VMG_E_PROBE_NAMESPACE);
	CHECK(vmg_port_probe() == VMG_E_PROBE_NAMESPACE);
	CHECK(pipe(ends) == 0);
	init = fork();
	CHECK(init >= 0);
	if (init == 0) {
		close(ends[1]);
		CHECK(getpid() == 1);
		CHECK(read(ends[0], &byte, 1) == 0);
		CHECK(vmg_port_probe() == outside);
		covered_write();
		_exit(0);
	}
	close(ends[0]);
	CHECK(vmg_port_probe() == outside);
	close(ends[1]);
	CHECK(waitpid(init, &status, 0) == init);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
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
		{ "open_files", open_files },
		{ "trapped_clone", trapped_clone },
		{ "trapped_handlers", trapped_handlers },
		{ "trapped_exit", trapped_exit },
		{ "emulated", emulated },
		{ "new_pid_namespace", new_pid_namespace },
		{ NULL, NULL },
	};

	return cases_run(cases, argc, argv);
}
