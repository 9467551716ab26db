/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocations.h"
#include "canned.h"
#include "counts.h"

#define ROUNDS 100

/* Port operations, allocations. */

unsigned long count_operations(const struct guest *guest)
{
	VMGuestLibHandle handle = guest_polling(guest);
	uint64_t before = canned_operations, all;

	for (int i = 0; i < ROUNDS; i++)
		guest_round(guest, handle);
	all = canned_operations - before;
	guest->close(handle);
	if (all % ROUNDS != 0)
		guest_fail("not the same in each round", "port operations");
	return all / ROUNDS;
}

unsigned long count_operations_once(const struct guest *guest)
{
	VMGuestLibHandle handle;
	uint64_t before;

	if (guest->open(&handle) != VMGUESTLIB_ERROR_SUCCESS)
		guest_fail("no handle", "");
	before = canned_operations;
	guest_round(guest, handle);
	guest->close(handle);
	return canned_operations - before;
}

/* Of a handle that does nothing else. */
struct extended_cost count_extended_operations(const struct guest *guest)
{
	guest_fn *const rounds[] = { guest_extended_one, guest_extended };
	uint64_t operations[2], requests[2];
	VMGuestLibHandle handle;
	struct extended_cost cost;

	if (guest->open(&handle) != VMGUESTLIB_ERROR_SUCCESS)
		guest_fail("no handle", "");
	guest_extended(guest, handle); /* lists the instances */
	for (int i = 0; i < 2; i++) {
		operations[i] = canned_operations;
		requests[i] = canned_requests;
		rounds[i](guest, handle);
		operations[i] = canned_operations - operations[i];
		requests[i] = canned_requests - requests[i];
	}
	guest->close(handle);
	cost.per_request =
		(operations[1] - operations[0]) / (requests[1] - requests[0]);
	cost.besides = operations[1] - cost.per_request * requests[1];
	return cost;
}

/* Buffers have grown before: two readings of extended statistics change places. */
static VMGuestLibHandle handle_grown(const struct guest *guest, guest_fn *round)
{
	VMGuestLibHandle handle = guest_polling(guest);

	for (int i = 0; i < 3; i++)
		round(guest, handle);
	return handle;
}

unsigned long count_allocations(const struct guest *guest, guest_fn *round)
{
	VMGuestLibHandle handle = handle_grown(guest, round);
	unsigned long before = allocations, all;

	for (int i = 0; i < ROUNDS; i++)
		round(guest, handle);
	all = allocations - before;
	guest->close(handle);
	/* Rounded up: one in a hundred rounds is not none. */
	return (all + ROUNDS - 1) / ROUNDS;
}

/* System calls. */

/* Nobody else calls it, so that it marks where the rounds begin and end. */
#define MARK SYS_getppid

static _Noreturn void traced_run(const struct guest *guest, guest_fn *round)
{
	VMGuestLibHandle handle;

	if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
		_exit(77);
	raise(SIGSTOP);
	handle = handle_grown(guest, round);
	syscall(MARK);
	for (int i = 0; i < ROUNDS; i++)
		round(guest, handle);
	syscall(MARK);
	_exit(0);
}

/* To the next stop; false when the child has ended. */
static bool child_go_on(pid_t child, int signal, int *status)
{
	return ptrace(PTRACE_SYSCALL, child, 0, (long)signal) == 0 &&
	       waitpid(child, status, 0) == child && WIFSTOPPED(*status);
}

/* Counts from one mark to the other. Each call stops twice. rt_sigreturn is the
 * emulated host's: how its handler ends. */
static long calls_count(pid_t child, int *status)
{
	long calls = 0;
	bool counting = false, inside = false;
	int signal = 0;

	ptrace(PTRACE_SETOPTIONS, child, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (child_go_on(child, signal, status)) {
		struct user_regs_struct regs;

		signal = WSTOPSIG(*status);
		if (signal != (SIGTRAP | 0x80))
			continue; /* a signal: it goes on to the child */
		signal = 0;
		inside = !inside;
		if (!inside || ptrace(PTRACE_GETREGS, child, 0, &regs) != 0)
			continue;
		if (regs.orig_rax == MARK)
			counting = !counting;
		else if (counting && regs.orig_rax != SYS_rt_sigreturn)
			calls++;
	}
	return calls;
}

long count_system_calls(const struct guest *guest, guest_fn *round)
{
	int status;
	pid_t child = fork();
	long calls;

	if (child < 0)
		return -1;
	if (child == 0)
		traced_run(guest, round);
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return -1;
	calls = calls_count(child, &status);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		guest_fail("the traced child failed", "system calls");
	return (calls + ROUNDS - 1) / ROUNDS;
}

/* Growth. */

static struct growth now;

void growth_print(const struct growth *g)
{
	printf("updates %lu\nbytes %ld\ndescriptors %ld\nchannels %ld\n",
	       g->updates, g->bytes, g->descriptors, g->channels);
}

static long descriptors_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	long count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static void on_abort(int number)
{
	(void)number;
	printf("aborted 1\n");
	growth_print(&now);
	fflush(stdout);
	_exit(0);
}

/* Once through, so that what is kept for ever is there before. */
static void warm_up(const struct guest *guest)
{
	VMGuestLibHandle handle = guest_polling(guest);

	guest->close(handle);
	descriptors_open();
}

struct growth count_growth(const struct guest *guest, unsigned long updates)
{
	VMGuestLibHandle handle;
	long bytes, descriptors;

	setvbuf(stdout, NULL, _IOFBF, 4096);
	signal(SIGABRT, on_abort);
	warm_up(guest);
	bytes = allocated_bytes;
	descriptors = descriptors_open();
	handle = guest_polling(guest);
	for (now.updates = 0; now.updates < updates; now.updates++) {
		if (now.updates % 100 == 0) {
			now.bytes = allocated_bytes - bytes;
			/* A path grows by 8 bytes a session, up to 2000. */
			canned_set(&(struct canned_reply){
				.session = 1 + now.updates / 100,
				.path_len = now.updates / 100 % 250 * 8 });
		}
		if (guest->update(handle) != VMGUESTLIB_ERROR_SUCCESS)
			guest_fail("an update failed", "growth");
	}
	guest->close(handle);
	now.bytes = allocated_bytes - bytes;
	now.descriptors = descriptors_open() - descriptors;
	now.channels = canned_channels();
	return now;
}
