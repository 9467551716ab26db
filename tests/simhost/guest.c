/* SPDX-License-Identifier: MIT */
/* A guest as plain as can be, for the tests of the tracer: it has the wire
 * from protocol facts alone and links nothing of ours. Its first argument is
 * what to do; it ends with 0 when that went as it should. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAGIC 0x564d5868u

/* No guest outlives a test that went wrong. */
#define LIFE_SECONDS 120

struct regs {
	uint64_t ax, bx, cx, dx, si, di, bp;
};

static char process_state(pid_t id)
{
	char path[64], line[512], *ok;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)id);
	f = fopen(path, "r");
	ok = f ? fgets(line, sizeof line, f) : NULL;
	if (f)
		fclose(f);
	return ok ? strrchr(line, ')')[2] : '?';
}

/* The compiler may not keep anything of its own in rbp across these. */
static void port_in(struct regs *r)
{
	__asm__ volatile("inl %%dx, %%eax"
			 : "+a"(r->ax), "+b"(r->bx), "+c"(r->cx), "+d"(r->dx),
			   "+S"(r->si), "+D"(r->di)
			 :
			 : "memory", "cc");
}

static void port_bulk(struct regs *r, int out)
{
	uint64_t bp = r->bp;

	if (out)
		__asm__ volatile("xchgq %%rbp, %[bp]\n\tcld\n\trep outsb\n\t"
				 "xchgq %%rbp, %[bp]"
				 : "+a"(r->ax), "+b"(r->bx), "+c"(r->cx),
				   "+d"(r->dx), "+S"(r->si),
				   "+D"(r->di), [bp] "+r"(bp)
				 :
				 : "memory", "cc");
	else
		__asm__ volatile("xchgq %%rbp, %[bp]\n\tcld\n\trep insb\n\t"
				 "xchgq %%rbp, %[bp]"
				 : "+a"(r->ax), "+b"(r->bx), "+c"(r->cx),
				   "+d"(r->dx), "+S"(r->si),
				   "+D"(r->di), [bp] "+r"(bp)
				 :
				 : "memory", "cc");
}

static int version_check(void)
{
	struct regs r = { MAGIC, ~MAGIC, 10, 0x5658, 0, 0, 0 };

	port_in(&r);
	return r.ax == 6 && r.bx == MAGIC && r.cx == 2;
}

/* One step of command 30 on a channel; what it leaves is in r. */
static uint32_t step(struct regs *r, uint32_t type, uint64_t bx, uint64_t dx,
		     uint64_t si, uint64_t di)
{
	*r = (struct regs){ MAGIC,
			    bx,
			    (uint64_t)type << 16 | 30,
			    (dx & 0xffff0000u) | 0x5658,
			    si,
			    di,
			    0 };
	port_in(r);
	return (uint32_t)r->cx >> 16;
}

struct channel {
	uint64_t dx, high, low;
};

static int channel_open(struct channel *c)
{
	struct regs r;

	if (!(step(&r, 0, 0xc9435052, 0, 0, 0) & 1))
		return 0;
	*c = (struct channel){ r.dx & 0xffff0000u, r.si, r.di };
	return 1;
}

static int request_send(struct channel *c, const char *text, int bulk)
{
	size_t len = strlen(text);
	struct regs r;

	if (!(step(&r, 1, len, c->dx, c->high, c->low) & 1))
		return 0;
	if (bulk) {
		r = (struct regs){ MAGIC,	   0x10000,	    len,
				   c->dx | 0x5659, (uintptr_t)text, c->low,
				   c->high };
		port_bulk(&r, 1);
		return r.bx == 0x10000;
	}
	for (size_t i = 0; i < len; i += 4) {
		uint32_t word = 0;

		memcpy(&word, text + i, len - i < 4 ? len - i : 4);
		if (!(step(&r, 2, word, c->dx, c->high, c->low) & 1))
			return 0;
	}
	return 1;
}

/* Returns the length, at most room, or -1. */
static long reply_receive(struct channel *c, char *to, size_t room, int bulk)
{
	struct regs r;
	size_t len;

	if ((step(&r, 3, 0, c->dx, c->high, c->low) & 3) != 3 ||
	    r.dx >> 16 != 1 || r.bx > room)
		return -1;
	len = r.bx;
	if (bulk) {
		memset(to, 0, len);
		r = (struct regs){ MAGIC,	   0x10000, len,
				   c->dx | 0x5659, c->high, (uintptr_t)to,
				   c->low };
		port_bulk(&r, 0);
		if (r.bx != 0x10000)
			return -1;
	}
	for (size_t i = 0; !bulk && i < len; i += 4) {
		if (!(step(&r, 4, 1, c->dx, c->high, c->low) & 1) ||
		    r.dx >> 16 != 2)
			return -1;
		memcpy(to + i, &r.bx, len - i < 4 ? len - i : 4);
	}
	return step(&r, 5, 1, c->dx, c->high, c->low) & 1 ? (long)len : -1;
}

static long rpc(const char *text, char *to, size_t room, int bulk)
{
	struct channel c;
	struct regs r;
	long len;

	if (!channel_open(&c))
		return -1;
	len = request_send(&c, text, bulk) ? reply_receive(&c, to, room, bulk)
					   : -1;
	if (!(step(&r, 6, 0, c.dx, c.high, c.low) & 1))
		return -1;
	return len;
}

/* Both ports must give the same text. */
static int rpc_check(void)
{
	char low[4096], high[4096];
	const char *text = "guestlib.stat.get text host";
	long n = rpc(text, low, sizeof low, 0);

	return n > 10 && memcmp(low, "1 host.cpu", 10) == 0 &&
	       rpc(text, high, sizeof high, 1) == n &&
	       memcmp(low, high, (size_t)n) == 0;
}

static int say(const char *text)
{
	static char reply[70000];
	long n = rpc(text, reply, sizeof reply, 1);

	if (n < 0)
		return 0;
	fwrite(reply, 1, (size_t)n, stdout);
	return 1;
}

#define MANY 50

static void *thread_run(void *good)
{
	for (int i = 0; i < MANY; i++)
		if (!rpc_check())
			return NULL;
	return good;
}

static int threads_check(void)
{
	pthread_t threads[4];
	void *good = "", *result;
	int all = 1;

	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, thread_run, good))
			return 0;
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		all &= result == good;
	}
	return all;
}

static int child_ended(pid_t child, int status)
{
	int got;

	return child > 0 && waitpid(child, &got, __WALL) == child &&
	       WIFEXITED(got) && WEXITSTATUS(got) == status;
}

static int fork_check(void)
{
	pid_t children[4];
	int all = 1;

	for (int i = 0; i < 4; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(thread_run("") ? 30 + i : 1);
	}
	for (int i = 0; i < 4; i++)
		all &= child_ended(children[i], 30 + i);
	return all && rpc_check();
}

static int exec_check(const char *self)
{
	pid_t child = vfork();

	if (child == 0) {
		execl(self, self, "rpc", (char *)NULL);
		_exit(1);
	}
	return child_ended(child, 0);
}

/* What a thread other than the first does when it execs is a case of its own:
 * it takes over the id of the first. */
static void *thread_exec(void *self)
{
	execl(self, (char *)self, "rpc", (char *)NULL);
	return NULL;
}

static int execthread_check(char *self)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_exec, self))
		return 0;
	pthread_join(thread, NULL);
	return 0;
}

static void probe_faulted(int sig)
{
	(void)sig;
	_exit(1);
}

static int probe_child(void *verdict)
{
	struct sigaction sa = { .sa_handler = probe_faulted };

	sigaction(SIGSEGV, &sa, NULL);
	*(volatile int *)verdict = 2;
	if (version_check())
		*(volatile int *)verdict = 1;
	_exit(0);
}

/* The way a library asks without harm: memory shared, no exit signal, an action
 * for the fault of its own, which must not run. */
static int probe_check(void)
{
	volatile int verdict = 0;
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pid_t child;

	if (stack == MAP_FAILED)
		return 0;
	child = clone(probe_child, stack + 65536, CLONE_VM | CLONE_VFORK,
		      (void *)&verdict);
	return child_ended(child, 0) && verdict == 1;
}

static volatile int handled;
static volatile uintptr_t nowhere = 8;

static void own_handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	handled += info->si_addr == (void *)nowhere;
	_exit(handled == 1 ? 0 : 1);
}

/* A handler of the program's own sees its own faults, and the port's never. */
static int handler_check(void)
{
	struct sigaction sa = { .sa_sigaction = own_handler,
				.sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	if (!rpc_check() || handled != 0)
		return 0;
	*(volatile int *)nowhere = 1;
	return 0;
}

/* Another port, and the right one without the magic, stay what they are. */
static int foreign_check(int magic)
{
	struct regs r = {
		magic ? MAGIC : 7, 0, 10, magic ? 0x80 : 0x5658, 0, 0, 0
	};

	port_in(&r);
	return 0;
}

/* Transfers from and to memory that is not there must be refused. */
static int badmemory_check(void)
{
	struct channel c;
	struct regs r;

	if (!channel_open(&c) || !(step(&r, 1, 4096, c.dx, c.high, c.low) & 1))
		return 0;
	r = (struct regs){ MAGIC, 0x10000, 4096,  c.dx | 0x5659,
			   4096,  c.low,   c.high };
	port_bulk(&r, 1);
	return r.bx == 0 && (step(&r, 6, 0, c.dx, c.high, c.low) & 1);
}

/* Ends without CLOSE, as a program that crashed. */
static int leave_check(void)
{
	struct channel c;

	return channel_open(&c);
}

/* Some answer, whichever: a success or a refusal. */
static int answered_check(void)
{
	char reply[2048];

	return rpc("guestlib.info.get 3", reply, sizeof reply, 1) > 2 &&
	       (reply[0] == '0' || reply[0] == '1') && reply[1] == ' ';
}

static int pause_check(void)
{
	puts("ready");
	fflush(stdout);
	while (pause() < 0)
		;
	return 0;
}

/* A child waits for its channel to be closed by a host that is slow at that;
 * this process is served all the while. */
static int beside_check(void)
{
	struct channel c;
	struct regs r;
	pid_t child;
	int times = 0;

	if (!channel_open(&c))
		return 0;
	child = fork();
	if (child == 0) {
		step(&r, 6, 0, c.dx, c.high, c.low);
		_exit(1);
	}
	/* Once is chance: a process that is traced also stops for less. */
	while (times < 20) {
		if (!version_check())
			return 0;
		times = process_state(child) == 't' ? times + 1 : 0;
	}
	puts("served");
	return pause_check();
}

/* Ends, and leaves a child that does not. */
static int abandon_check(void)
{
	pid_t child = fork();

	if (child == 0)
		alarm(LIFE_SECONDS);
	while (child == 0)
		pause();
	printf("child %d of %d\n", (int)child, (int)getpid());
	return 1;
}

static volatile sig_atomic_t caught;

static void catch (int sig)
{
	caught = sig;
}

/* Prints that it is ready, waits for one signal, and prints which it was. */
static int wait_check(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGUSR1, SIGHUP };
	struct sigaction sa = { .sa_handler = catch };
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		sigaction(numbers[i], &sa, NULL);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (!caught)
		sigsuspend(&none);
	printf("caught %d\n", (int)caught);
	fflush(stdout);
	/* The tracer has its own copy of a terminal's signal before it serves
	 * anything more: had it passed that on, it would be pending now. */
	return rpc_check() && sigpending(&all) == 0 &&
	       !sigismember(&all, (int)caught);
}

/* Stops, is continued by a child, and goes on being served. */
static int stop_check(void)
{
	pid_t me = getpid(), child = fork();

	if (child != 0) {
		raise(SIGSTOP);
		return child_ended(child, 0) && rpc_check();
	}
	for (int i = 0; i < 1000; i++) {
		char state = process_state(me);

		if (state == 't' || state == 'T') {
			kill(me, SIGCONT);
			_exit(0);
		}
		usleep(10000);
	}
	_exit(1);
}

/* Leaves a child behind that is served until its own end. */
static int orphan_check(const char *file)
{
	FILE *f;

	if (fork() > 0)
		return 1;
	for (int i = 0; i < 1000 && getppid() != 1 && i < 20; i++)
		usleep(10000);
	f = fopen(file, "w");
	if (f && thread_run(""))
		fputs("served\n", f);
	_exit(f && fclose(f) == 0 ? 0 : 1);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	static const struct {
		const char *name;
		int (*check)(void);
	} checks[] = {
		{ "version", version_check },
		{ "rpc", rpc_check },
		{ "threads", threads_check },
		{ "fork", fork_check },
		{ "probe", probe_check },
		{ "handler", handler_check },
		{ "wait", wait_check },
		{ "stop", stop_check },
		{ "badmemory", badmemory_check },
		{ "leave", leave_check },
		{ "abandon", abandon_check },
		{ "beside", beside_check },
		{ "answered", answered_check },
		{ "pause", pause_check },
	};

	alarm(LIFE_SECONDS);
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (strcmp(checks[i].name, what) == 0)
			return checks[i].check() ? 0 : 1;
	if (strcmp(what, "exec") == 0)
		return exec_check(argv[0]) ? 0 : 1;
	if (strcmp(what, "execthread") == 0)
		return execthread_check(argv[0]) ? 0 : 1;
	if (strcmp(what, "foreign") == 0)
		return foreign_check(argc > 2) ? 0 : 1;
	if (strcmp(what, "say") == 0 && argc > 2)
		return say(argv[2]) ? 0 : 1;
	if (strcmp(what, "orphan") == 0 && argc > 2)
		return orphan_check(argv[2]) ? 0 : 1;
	if (strcmp(what, "exit") == 0 && argc > 2)
		return atoi(argv[2]);
	if (strcmp(what, "die") == 0 && argc > 2)
		return raise(atoi(argv[2]));
	return 64;
}
