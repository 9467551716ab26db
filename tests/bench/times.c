/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "port.h"
#include "times.h"

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Processor time of this thread: what other programs take is not in it. */
static uint64_t used_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Rounds and bare port operations. */

#define SAMPLES 101
#define BLOCK 200 /* rounds a sample */

/* Registers of one exchange, as a guest would have them. */
#define STEP(type, arg)                                     \
	(&(struct vmg_regs){ .ax = VMG_BDOOR_MAGIC,         \
			     .bx = (arg),                   \
			     .cx = (uint32_t)(type) << 16 | \
				   VMG_BDOOR_CMD_MESSAGE,   \
			     .dx = dx | VMG_BDOOR_PORT,     \
			     .si = high,                    \
			     .di = low })

static const char request[] = "guestlib.info.get 3";
static uint8_t reply[4096];
static uint64_t dx, high, low; /* the channel */

static void bare_open(void)
{
	struct vmg_regs *r = STEP(0, 0xC9435052u);

	r->dx = VMG_BDOOR_PORT;
	vmg_port_exchange(VMG_PORT_WORD, r);
	dx = r->dx & 0xFFFF0000u;
	high = r->si;
	low = r->di;
}

static void bare_close(void)
{
	vmg_port_exchange(VMG_PORT_WORD, STEP(6, 0));
}

static void bare_call(void)
{
	struct vmg_regs *r = STEP(1, sizeof request - 1);

	vmg_port_exchange(VMG_PORT_WORD, r);
	vmg_port_exchange(VMG_PORT_WRITE,
			  &(struct vmg_regs){ .ax = VMG_BDOOR_MAGIC,
					      .bx = 0x10000,
					      .cx = sizeof request - 1,
					      .dx = dx | VMG_BDOORHB_PORT,
					      .si = (uintptr_t)request,
					      .di = low,
					      .bp = high });
	r = STEP(3, 0);
	vmg_port_exchange(VMG_PORT_WORD, r);
	vmg_port_exchange(VMG_PORT_READ,
			  &(struct vmg_regs){ .ax = VMG_BDOOR_MAGIC,
					      .bx = 0x10000,
					      .cx = (uint32_t)r->bx,
					      .dx = dx | VMG_BDOORHB_PORT,
					      .si = high,
					      .di = (uintptr_t)reply,
					      .bp = low });
	vmg_port_exchange(VMG_PORT_WORD, STEP(5, 1));
}

static double bare_5(void)
{
	uint64_t began;

	bare_open();
	began = used_ns();
	for (int i = 0; i < BLOCK; i++)
		bare_call();
	began = used_ns() - began;
	bare_close();
	if (memcmp(reply, "1 \3", 3) != 0)
		guest_fail("the bare operations brought no reply", "");
	return (double)began / BLOCK;
}

static double bare_7(void)
{
	uint64_t began = used_ns();

	for (int i = 0; i < BLOCK; i++) {
		bare_open();
		bare_call();
		bare_close();
	}
	return (double)(used_ns() - began) / BLOCK;
}

static double rounds(const struct guest *guest, VMGuestLibHandle handle,
		     guest_fn *round)
{
	uint64_t began = used_ns();

	for (int i = 0; i < BLOCK; i++)
		round(guest, handle);
	return (double)(used_ns() - began) / BLOCK;
}

static void samples_print(const char *name, const double *samples, int count)
{
	printf("%s", name);
	for (int i = 0; i < count; i++)
		printf(" %.1f", samples[i]);
	printf("\n");
}

void time_rounds(const struct guest *ours, const struct guest *theirs)
{
	VMGuestLibHandle own = guest_polling(ours);
	VMGuestLibHandle other = theirs ? guest_polling(theirs) : NULL;
	double s[4][SAMPLES];

	for (int i = -1; i < SAMPLES; i++) { /* the first is thrown away */
		int at = i < 0 ? 0 : i;

		s[0][at] = bare_5();
		s[1][at] = rounds(ours, own, guest_round);
		s[2][at] = bare_7();
		if (theirs)
			s[3][at] = rounds(theirs, other, guest_round);
	}
	samples_print("bare_5", s[0], SAMPLES);
	samples_print("ours", s[1], SAMPLES);
	samples_print("bare_7", s[2], SAMPLES);
	if (theirs)
		samples_print("theirs", s[3], SAMPLES);
}

void time_extended(const struct guest *ours, const struct guest *theirs)
{
	VMGuestLibHandle handle = guest_polling(ours);
	double s[2][SAMPLES];

	for (int i = -1; i < SAMPLES; i++) { /* the first is thrown away */
		int at = i < 0 ? 0 : i;

		s[0][at] = rounds(ours, handle, guest_extended);
		if (theirs)
			s[1][at] = rounds(theirs, NULL, guest_extended);
	}
	samples_print("ours", s[0], SAMPLES);
	if (theirs)
		samples_print("theirs", s[1], SAMPLES);
}

/* Opening. */

void time_open(const struct guest *guest, unsigned long megabytes)
{
	size_t size = megabytes << 20;
	char *resident = malloc(size);
	VMGuestLibHandle handle;
	VMGuestLibError error;
	uint64_t began;

	if (!resident)
		guest_fail("no memory", "");
	memset(resident, 1, size);
	began = now_ns();
	error = guest->open(&handle);
	began = now_ns() - began;
	printf("open %llu\nerror %d\n", (unsigned long long)began, (int)error);
	if (resident[size - 1] != 1)
		guest_fail("not resident", "");
	free(resident);
}

/* Threads. */

#define THREADS_MAX 4
#define THREADS_SAMPLES 11
#define THREADS_NS 60000000u

struct worker {
	pthread_t thread;
	const struct guest *guest;
	VMGuestLibHandle handle;
	void (*work)(const struct guest *guest, VMGuestLibHandle handle);
	atomic_bool *stop;
	unsigned long done;
};

static void *worker_run(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load_explicit(w->stop, memory_order_relaxed)) {
		for (int i = 0; i < 10; i++)
			w->work(w->guest, w->handle);
		w->done += 10;
	}
	return NULL;
}

static double together(struct worker *workers, unsigned count)
{
	struct timespec pause = { .tv_nsec = THREADS_NS };
	atomic_bool stop = false;
	uint64_t began = now_ns();
	double done = 0;

	for (unsigned i = 0; i < count; i++) {
		workers[i].stop = &stop;
		workers[i].done = 0;
		if (pthread_create(&workers[i].thread, NULL, worker_run,
				   &workers[i]) != 0)
			guest_fail("no thread", "");
	}
	nanosleep(&pause, NULL);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		done += (double)workers[i].done;
	}
	return done * 1e9 / (double)(now_ns() - began);
}

/* What threads that share nothing reach on this machine, now: the bound. */
static void spin(const struct guest *guest, VMGuestLibHandle handle)
{
	(void)guest;
	(void)handle;
	for (volatile int i = 0; i < 1000; i++)
		continue;
}

void time_threads(const struct guest *guest, unsigned threads)
{
	struct worker workers[THREADS_MAX];
	static const struct {
		const char *by_one, *by_all;
		void (*work)(const struct guest *guest,
			     VMGuestLibHandle handle);
	} kinds[] = {
		{ "spin_by_one", "spin_by_all", spin },
		{ "rounds_by_one", "rounds_by_all", guest_round },
		{ "reads_by_one", "reads_by_all", guest_reads },
	};
	enum { KINDS = sizeof kinds / sizeof kinds[0] };
	double one[KINDS][THREADS_SAMPLES], all[KINDS][THREADS_SAMPLES];

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	for (unsigned i = 0; i < threads; i++)
		workers[i] = (struct worker){ .guest = guest,
					      .handle = guest_polling(guest) };
	for (int s = 0; s < THREADS_SAMPLES; s++)
		for (int k = 0; k < KINDS; k++) {
			for (unsigned i = 0; i < threads; i++)
				workers[i].work = kinds[k].work;
			one[k][s] = together(workers, 1);
			all[k][s] = together(workers, threads);
		}
	for (int k = 0; k < KINDS; k++) {
		samples_print(kinds[k].by_one, one[k], THREADS_SAMPLES);
		samples_print(kinds[k].by_all, all[k], THREADS_SAMPLES);
	}
}

/* Start-up. */

#define STARTS 51
#define LIBRARIES_MAX 4

static double start_once(const char *program, const char *library)
{
	char preload[4096];
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	char *env[] = { preload, NULL };
	uint64_t began;
	pid_t child;
	int status;

	snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library);
	began = now_ns();
	if (posix_spawn(&child, program, NULL, NULL, argv, env) != 0 ||
	    waitpid(child, &status, 0) != child || status != 0)
		guest_fail("cannot be started", program);
	return (double)(now_ns() - began);
}

void time_start(const char *program, char *const *libraries, int count)
{
	double s[LIBRARIES_MAX + 1][STARTS];

	if (count > LIBRARIES_MAX)
		count = LIBRARIES_MAX;
	for (int i = 0; i < STARTS; i++) {
		s[count][i] = start_once(program, "");
		for (int l = 0; l < count; l++)
			s[l][i] = start_once(program, libraries[l]);
	}
	samples_print("none", s[count], STARTS);
	for (int l = 0; l < count; l++)
		samples_print(libraries[l], s[l], STARTS);
}
