/* SPDX-License-Identifier: MIT */
/* Handles among threads and processes. What a value belongs to can be told from
 * the value: the scenario ties statistics to each other. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "covered.h"
#include "simulated.h"
#include "stats.h"

#define THREADS 4
#define ROUNDS 300
#define OK VMGUESTLIB_ERROR_SUCCESS

static void together(void *(*run)(void *), void *arg)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, run, arg) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

/* Values of one update fit each other: used memory is what is mapped without what
 * sharing saves, and nothing is larger than the machine. */
static void snapshot_check(VMGuestLibHandle h)
{
	uint32 mapped, saved, used;
	char path[64];
	size_t room = sizeof path;

	CHECK(VMGuestLib_GetMemMappedMB(h, &mapped) == OK);
	CHECK(VMGuestLib_GetMemSharedSavedMB(h, &saved) == OK);
	CHECK(VMGuestLib_GetMemUsedMB(h, &used) == OK);
	CHECK(used == mapped - saved && mapped <= 8192);
	CHECK(VMGuestLib_GetResourcePoolPath(h, &room, path) == OK);
	CHECK(strcmp(path, "host/user") == 0);
}

static void *own_run(void *arg)
{
	VMGuestLibHandle h;

	(void)arg;
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
		snapshot_check(h);
	}
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	return NULL;
}

static void own_handles(void)
{
	simulated_begin("{}");
	together(own_run, NULL);
	CHECK(simulated_channels() == 0);
}

static atomic_bool done;

static void *shared_run(void *handle)
{
	static atomic_int turn;
	VMGuestLibHandle h = handle;
	bool writer = turn++ % 2 == 0;
	VMSessionId session;
	VMGuestLibError error;
	char path[64];
	size_t room;

	for (int i = 0; i < ROUNDS; i++) {
		if (writer) {
			error = VMGuestLib_UpdateInfo(h);
			CHECK(error == OK || error == VMGUESTLIB_ERROR_OTHER);
			continue;
		}
		error = VMGuestLib_GetSessionId(h, &session);
		CHECK(error == OK || error == VMGUESTLIB_ERROR_NO_INFO);
		if (error == OK)
			CHECK(session != 0);
		room = sizeof path;
		error = VMGuestLib_GetResourcePoolPath(h, &room, path);
		CHECK(error == OK || error == VMGUESTLIB_ERROR_NO_INFO);
		if (error == OK)
			CHECK(strcmp(path, "host/user") == 0);
	}
	return NULL;
}

/* One handle, updated and read by all, with replies that fail now and then. */
static void shared_handle(void)
{
	VMGuestLibHandle h;

	simulated_begin("{\"events\":[{\"at\":0,\"do\":\"damage\",\"how\":"
			"\"session\",\"count\":50,\"after\":20}]}");
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	together(shared_run, h);
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	CHECK(simulated_channels() == 0);
}

/* Each reply says its number in three places: session, first and last value. */
static void reply_number(enum vmg_port port, const struct vmg_regs *asked,
			 struct vmg_regs *answer)
{
	static uint32_t number; /* updates of one handle exclude each other */
	uint8_t *reply = (uint8_t *)(uintptr_t)asked->di;

	(void)answer;
	if (port != VMG_PORT_READ)
		return;
	number++;
	for (int i = 0; i < 4; i++) {
		uint8_t low_first = (uint8_t)(number >> 8 * i);
		uint8_t high_first = (uint8_t)(number >> (24 - 8 * i));

		reply[6 + i] = low_first;	     /* session */
		reply[30 + i] = high_first;	     /* statistic 1 */
		reply[asked->cx - 4 + i] = high_first; /* statistic 38 */
	}
}

static void *bulk_run(void *handle)
{
	static atomic_int turn;
	VMGuestLibHandle h = handle;
	bool writer = turn++ % 2 == 0;
	struct vmg_stat_value values[38];
	VMSessionId session;

	for (int i = 0; i < ROUNDS; i++) {
		if (writer) {
			CHECK(VMGuestLib_UpdateInfo(h) == OK);
			continue;
		}
		CHECK(vmg_stats_read(h, &session, values, 38) == OK);
		CHECK((uint32_t)session == values[0].number);
		CHECK((uint32_t)session == (uint32_t)values[37].number);
	}
	return NULL;
}

/* All values of a bulk read are of one update. */
static void bulk_read(void)
{
	VMGuestLibHandle h;

	simulated_begin("{\"vm\":{\"resource_pool\":\"\"}}");
	simulated_after = reply_number;
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	together(bulk_run, h);
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	simulated_after = NULL;
}

#define SETS (VMG_SET_SESSION | VMG_SET_RESOURCES | VMG_SET_VSCSI)
#define SETS_VALUES (5 + 18 + 6)

/* A walk over what may be replaced at any moment; true: it was of one update, and
 * then it was whole. */
static bool extended_walk(VMGuestLibHandle h)
{
	struct vmg_extended_value value;
	uint64_t update = 0;
	size_t i;

	for (i = 0; vmg_extended_at(h, i, &value, sizeof value) == OK; i++) {
		if (i > 0 && value.update != update)
			return false;
		update = value.update;
		CHECK(value.session != 0 && value.stat);
		CHECK(strcmp(value.name, value.stat->wire) == 0);
	}
	CHECK(i == 0 || i == SETS_VALUES);
	return i > 0;
}

static atomic_int walks;

static void *extended_run(void *handle)
{
	static atomic_int turn;
	bool writer = turn++ % 2 == 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (writer)
			CHECK(vmg_extended_update(handle, SETS) == OK);
		else
			walks += extended_walk(handle);
	}
	return NULL;
}

static void extended_shared(void)
{
	VMGuestLibHandle h;

	simulated_begin("{}");
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	CHECK(vmg_extended_update(h, SETS) == OK);
	together(extended_run, h);
	walks += extended_walk(h);
	CHECK(walks > 0);
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	CHECK(simulated_channels() == 0);
}

static _Atomic(VMGuestLibHandle) current;

/* Everybody opens, closes and asks by everybody's handles. */
static void *extended_race_run(void *arg)
{
	struct vmg_extended_value value;
	VMGuestLibHandle h;
	VMGuestLibError error;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(VMGuestLib_OpenHandle(&h) == OK);
		h = atomic_exchange(&current, h);
		error = vmg_extended_update(atomic_load(&current), SETS);
		CHECK(error == OK || error == VMGUESTLIB_ERROR_INVALID_HANDLE ||
		      error == VMGUESTLIB_ERROR_OTHER);
		vmg_extended_at(atomic_load(&current), 0, &value, sizeof value);
		if (h)
			CHECK(VMGuestLib_CloseHandle(h) == OK);
	}
	return NULL;
}

static void extended_open_and_close(void)
{
	simulated_begin("{}");
	together(extended_race_run, NULL);
	CHECK(VMGuestLib_CloseHandle(atomic_load(&current)) == OK);
	CHECK(simulated_channels() == 0);
}

/* Everybody opens, closes and uses everybody's handles. */
static void *race_run(void *arg)
{
	VMGuestLibHandle h;
	VMGuestLibError error;
	uint64 stolen;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(VMGuestLib_OpenHandle(&h) == OK);
		h = atomic_exchange(&current, h);
		error = VMGuestLib_UpdateInfo(atomic_load(&current));
		CHECK(error == OK || error == VMGUESTLIB_ERROR_INVALID_HANDLE ||
		      error == VMGUESTLIB_ERROR_OTHER);
		VMGuestLib_GetCpuStolenMs(atomic_load(&current), &stolen);
		if (h)
			CHECK(VMGuestLib_CloseHandle(h) == OK);
	}
	return NULL;
}

static void open_and_close(void)
{
	simulated_begin("{}");
	together(race_run, NULL);
	CHECK(VMGuestLib_CloseHandle(atomic_load(&current)) == OK);
	CHECK(simulated_channels() == 0);
}

static void *thread_run(void *arg)
{
	VMGuestLibHandle h, again;

	for (int i = 0; i < ROUNDS / 10; i++) {
		CHECK(vmg_thread_handle(&h, NULL) == OK);
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
		snapshot_check(h);
		CHECK(vmg_thread_handle(&again, NULL) == OK && again == h);
	}
	if (arg)
		*(VMGuestLibHandle *)arg = h;
	return NULL;
}

/* A thread's handle is its own, and closed with it. */
static void thread_handles(void)
{
	VMGuestLibHandle h;
	pthread_t thread;

	simulated_begin("{}");
	together(thread_run, NULL);
	CHECK(pthread_create(&thread, NULL, thread_run, &h) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(VMGuestLib_UpdateInfo(h) == VMGUESTLIB_ERROR_INVALID_HANDLE);
	CHECK(simulated_channels() == 0);
}

static void *update_until_done(void *handle)
{
	while (!done)
		CHECK(VMGuestLib_UpdateInfo(handle) == OK);
	return NULL;
}

static void child_expect_good_end(pid_t child)
{
	int status;

	CHECK(child > 0);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Without what the parent wants done at its end. */
static void child_end(void)
{
	covered_write();
	_exit(0);
}

/* The simulated host is of this process, so a child has a copy of it, whose lock
 * may be held by a thread that it does not have: the child only reads. */
static void fork_while_updating(void)
{
	VMGuestLibHandle h;
	pthread_t thread;

	simulated_begin("{}");
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	CHECK(pthread_create(&thread, NULL, update_until_done, h) == 0);
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();

		if (child == 0) {
			snapshot_check(h);
			child_end();
		}
		child_expect_good_end(child);
	}
	done = true;
	pthread_join(thread, NULL);
	CHECK(VMGuestLib_CloseHandle(h) == OK);
}

/* Both sides go on, each with a channel of its own. */
static void fork_keeps_both(void)
{
	VMGuestLibHandle h, thread_own;
	pid_t child;

	simulated_begin("{}");
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	CHECK(vmg_thread_handle(&thread_own, NULL) == OK);
	CHECK(simulated_channels() == 1);
	child = fork();
	if (child == 0) {
		uint64 operations;

		snapshot_check(h);
		simulated_operations();
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
		operations = simulated_operations();
		CHECK(operations == 6); /* OPEN: not the parent's channel */
		CHECK(simulated_channels() == 2);
		snapshot_check(h);
		CHECK(VMGuestLib_UpdateInfo(thread_own) == OK);
		CHECK(VMGuestLib_CloseHandle(h) == OK);
		CHECK(simulated_channels() == 1);
		CHECK(VMGuestLib_OpenHandle(&h) == OK);
		child_end();
	}
	child_expect_good_end(child);
	simulated_operations();
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	CHECK(simulated_operations() == 5);
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	CHECK(simulated_channels() == 0);
}

static atomic_int exchanges;
static VMGuestLibHandle threads_own;
static VMGuestLibError update_error;

/* Holds the update in its middle, with its channel open. */
static void second_exchange_hold(void)
{
	if (++exchanges == 2)
		while (!done)
			sched_yield();
}

static void *update_once(void *handle)
{
	CHECK(vmg_thread_handle(&threads_own, NULL) == OK);
	update_error = VMGuestLib_UpdateInfo(handle);
	return NULL;
}

static VMGuestLibHandle update_begin(pthread_t *thread)
{
	VMGuestLibHandle h;

	simulated_begin("{}");
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	simulated_before = second_exchange_hold;
	CHECK(pthread_create(thread, NULL, update_once, h) == 0);
	while (exchanges < 2)
		sched_yield();
	return h;
}

/* The child has neither the thread nor the thread's handle, and leaves the channel
 * to the parent. */
static void fork_amid_update(void)
{
	pthread_t thread;
	VMGuestLibHandle h = update_begin(&thread);
	pid_t child = fork();

	if (child == 0) {
		simulated_before = NULL;
		CHECK(VMGuestLib_UpdateInfo(threads_own) ==
		      VMGUESTLIB_ERROR_INVALID_HANDLE);
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
		snapshot_check(h);
		CHECK(VMGuestLib_CloseHandle(h) == OK);
		CHECK(simulated_channels() == 1);
		child_end();
	}
	child_expect_good_end(child);
	done = true;
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	snapshot_check(h);
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	CHECK(simulated_channels() == 0);
}

static void *extended_once(void *handle)
{
	CHECK(vmg_extended_update(handle, SETS) == OK);
	return NULL;
}

/* In the child what was read before is still there, and it reads again; the parent
 * goes on where it was. */
static void extended_fork_amid_update(void)
{
	VMGuestLibHandle h;
	pthread_t thread;
	pid_t child;

	simulated_begin("{}");
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	for (int i = 0; i < 2; i++)
		CHECK(vmg_extended_update(h, SETS) == OK);
	simulated_before = second_exchange_hold;
	CHECK(pthread_create(&thread, NULL, extended_once, h) == 0);
	while (exchanges < 2)
		sched_yield();
	child = fork();
	if (child == 0) {
		simulated_before = NULL;
		CHECK(extended_walk(h));
		CHECK(vmg_extended_update(h, SETS) == OK);
		CHECK(extended_walk(h));
		CHECK(VMGuestLib_CloseHandle(h) == OK);
		CHECK(simulated_channels() == 1);
		child_end();
	}
	child_expect_good_end(child);
	done = true;
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(extended_walk(h));
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	CHECK(simulated_channels() == 0);
}

static void *close_once(void *handle)
{
	CHECK(VMGuestLib_CloseHandle(handle) == OK);
	return NULL;
}

/* Closing waits for the update, which then belongs to nobody. */
static void close_amid_update(void)
{
	pthread_t updating, closing;
	VMGuestLibHandle h = update_begin(&updating);
	VMSessionId session;

	CHECK(pthread_create(&closing, NULL, close_once, h) == 0);
	while (VMGuestLib_GetSessionId(h, &session) !=
	       VMGUESTLIB_ERROR_INVALID_HANDLE)
		sched_yield();
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(simulated_channels() == 1);
		sched_yield();
	}
	done = true;
	CHECK(pthread_join(closing, NULL) == 0);
	CHECK(pthread_join(updating, NULL) == 0);
	CHECK(simulated_channels() == 0);
	CHECK(update_error == VMGUESTLIB_ERROR_INVALID_HANDLE);
}

static void channels_expect_one(void)
{
	if (simulated_channels() != 1) {
		fprintf(stderr, "a channel in use was closed\n");
		_exit(1);
	}
}

/* The end of the process neither waits for the thread nor takes its channel. */
static void end_amid_update(void)
{
	pthread_t thread;

	atexit(channels_expect_one);
	update_begin(&thread);
	exit(0);
}

static void channels_expect_none(void)
{
	if (simulated_channels() != 0) {
		fprintf(stderr, "%u channels left open\n",
			simulated_channels());
		_exit(1);
	}
}

/* A program that forgets its handles: what they held is closed for it. Functions
 * given to atexit() first run last. */
static void end_without_close(void)
{
	VMGuestLibHandle h;

	atexit(channels_expect_none);
	simulated_begin("{}");
	for (int i = 0; i < 3; i++) {
		CHECK(VMGuestLib_OpenHandle(&h) == OK);
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
	}
	CHECK(simulated_channels() == 3);
	exit(0);
}

#define SLOT(handle) ((uintptr_t)(handle) & 0xFFFF)
#define STALE 1000

/* Resident memory in pages. */
static long resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, pages;

	CHECK(file && fscanf(file, "%ld %ld", &size, &pages) == 2);
	fclose(file);
	return pages;
}

/* Neither memory nor slots grow, and no ticket comes back: those that were closed
 * stay closed, though their slots are used again and again. */
static void million_opens(void)
{
	static VMGuestLibHandle stale[STALE];
	VMGuestLibHandle h;
	long before = 0;

	simulated_begin("{}");
	for (int i = 0; i < 1000000; i++) {
		CHECK(VMGuestLib_OpenHandle(&h) == OK);
		if (i % 1000 == 0) {
			CHECK(VMGuestLib_UpdateInfo(h) == OK);
			stale[i / 1000] = h;
		}
		CHECK(VMGuestLib_CloseHandle(h) == OK);
		CHECK(SLOT(h) < 64);
		if (i == 700000) /* a sanitizer's books have grown by then */
			before = resident();
	}
	for (int i = 0; i < STALE; i++)
		CHECK(VMGuestLib_CloseHandle(stale[i]) ==
		      VMGUESTLIB_ERROR_INVALID_HANDLE);
	CHECK(resident() - before < 256); /* pages: a MiB */
	CHECK(simulated_channels() == 0);
}

/* A closed handle is dead for good, and does not become its slot's next owner. */
static void stale_handles(void)
{
	VMGuestLibHandle first, h, held[3] = { NULL };
	VMSessionId session;
	int reused = 0;

	simulated_begin("{}");
	CHECK(VMGuestLib_OpenHandle(&first) == OK);
	CHECK(VMGuestLib_CloseHandle(first) == OK);
	for (int i = 0; i < 300; i++) {
		CHECK(VMGuestLib_OpenHandle(&h) == OK);
		CHECK(h != first);
		reused += SLOT(h) == SLOT(first);
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
		CHECK(VMGuestLib_GetSessionId(first, &session) ==
		      VMGUESTLIB_ERROR_INVALID_HANDLE);
		CHECK(VMGuestLib_UpdateInfo(first) ==
		      VMGUESTLIB_ERROR_INVALID_HANDLE);
		CHECK(VMGuestLib_CloseHandle(first) ==
		      VMGUESTLIB_ERROR_INVALID_HANDLE);
		CHECK(VMGuestLib_GetSessionId(h, &session) == OK);
		if (held[i % 3])
			CHECK(VMGuestLib_CloseHandle(held[i % 3]) == OK);
		held[i % 3] = h;
	}
	CHECK(reused > 10);
	for (int i = 0; i < 3; i++)
		CHECK(VMGuestLib_CloseHandle(held[i]) == OK);
}

static void *churn_run(void *arg)
{
	VMGuestLibHandle h;

	(void)arg;
	CHECK(vmg_thread_handle(&h, NULL) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	CHECK(SLOT(h) < 64);
	return NULL;
}

/* Threads come and go, as in a daemon that runs for years. */
static void thread_churn(void)
{
	simulated_begin("{}");
	for (int i = 0; i < 500; i++)
		together(churn_run, NULL);
	CHECK(simulated_channels() == 0);
}

static void *fork_run(void *handle)
{
	for (int i = 0; i < 25; i++) {
		pid_t child = fork();

		if (child == 0) {
			snapshot_check(handle);
			child_end();
		}
		child_expect_good_end(child);
	}
	return NULL;
}

/* Several threads fork at once, while others open, update and close. */
static void fork_in_threads(void)
{
	VMGuestLibHandle h, other;
	pthread_t threads[2];

	simulated_begin("{}");
	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, fork_run, h) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(VMGuestLib_OpenHandle(&other) == OK);
		CHECK(VMGuestLib_UpdateInfo(other) == OK);
		CHECK(VMGuestLib_CloseHandle(other) == OK);
	}
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	CHECK(simulated_channels() == 0);
}

int main(int argc, char **argv)
{
	static const struct test_case cases[] = {
		{ "own_handles", own_handles },
		{ "shared_handle", shared_handle },
		{ "bulk_read", bulk_read },
		{ "open_and_close", open_and_close },
		{ "thread_handles", thread_handles },
		{ "fork_while_updating", fork_while_updating },
		{ "fork_keeps_both", fork_keeps_both },
		{ "fork_amid_update", fork_amid_update },
		{ "close_amid_update", close_amid_update },
		{ "end_without_close", end_without_close },
		{ "end_amid_update", end_amid_update },
		{ "million_opens", million_opens },
		{ "stale_handles", stale_handles },
		{ "thread_churn", thread_churn },
		{ "fork_in_threads", fork_in_threads },
		{ "extended_shared", extended_shared },
		{ "extended_open_and_close", extended_open_and_close },
		{ "extended_fork_amid_update", extended_fork_amid_update },
		{ NULL, NULL },
	};

	return cases_run(cases, argc, argv);
}
