/* SPDX-License-Identifier: MIT */
/* Every allocation fails once, and every system call of the detection: the call
 * says so, the same call then works, and nothing is left behind. */
#include <errno.h>
#include <linux/sched.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "covered.h"
#include "forbidden.h"
#include "known.h"
#include "port.h"
#include "simulated.h"

enum {
	OK = VMGUESTLIB_ERROR_SUCCESS,
	MEMORY = VMGUESTLIB_ERROR_MEMORY,
	NO_INFO = VMGUESTLIB_ERROR_NO_INFO
};

/* What fails. */

static struct {
	bool counts;	 /* inside the library, and not in the host */
	unsigned at;	 /* allocations so far */
	unsigned fails;	 /* the one that fails; 0: none */
	bool no_room;	 /* for values of threads */
	bool failed;	 /* it did, since call_begin() */
	int blocks, maps; /* what is taken and not given back */
} memory;

static bool memory_fails(void)
{
	if (!memory.counts || ++memory.at != memory.fails)
		return false;
	memory.failed = true;
	errno = ENOMEM;
	return true;
}

/* Linked with --wrap for each of them. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);
void *__real_mmap(void *p, size_t len, int prot, int flags, int fd, off_t at);
void *__wrap_mmap(void *p, size_t len, int prot, int flags, int fd, off_t at);
int __real_munmap(void *p, size_t len);
int __wrap_munmap(void *p, size_t len);
int __real_pthread_atfork(void (*prepare)(void), void (*parent)(void),
			  void (*child)(void));
int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void),
			  void (*child)(void));
int __real_pthread_key_create(pthread_key_t *key, void (*end)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*end)(void *));
int __real_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);

static void *block_counted(void *p)
{
	if (memory.counts && p)
		memory.blocks++;
	return p;
}

void *__wrap_malloc(size_t size)
{
	return memory_fails() ? NULL : block_counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return memory_fails() ? NULL : block_counted(__real_calloc(n, size));
}

/* If set, blocks never grow in place, and it is called when the old one is freed
 * and nobody knows yet of the new one. */
static void (*block_moved)(void);

static void *block_move(void *p, size_t size)
{
	size_t old = malloc_usable_size(p);
	void *moved = __real_malloc(size);

	cr_assert(moved && old < size);
	memcpy(moved, p, old);
	__real_free(p);
	block_moved();
	return moved;
}

void *__wrap_realloc(void *p, size_t size)
{
	if (memory_fails())
		return NULL;
	if (block_moved && memory.counts && p)
		return block_move(p, size);
	return p ? __real_realloc(p, size) :
		   block_counted(__real_realloc(p, size));
}

void __wrap_free(void *p)
{
	if (memory.counts && p)
		memory.blocks--;
	__real_free(p);
}

void *__wrap_mmap(void *p, size_t len, int prot, int flags, int fd, off_t at)
{
	if (memory_fails())
		return MAP_FAILED;
	if (memory.counts)
		memory.maps++;
	return __real_mmap(p, len, prot, flags, fd, at);
}

int __wrap_munmap(void *p, size_t len)
{
	if (memory.counts)
		memory.maps--;
	return __real_munmap(p, len);
}

int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void),
			  void (*child)(void))
{
	return memory_fails() ? ENOMEM :
				__real_pthread_atfork(prepare, parent, child);
}

int __wrap_pthread_key_create(pthread_key_t *key, void (*end)(void *))
{
	return memory_fails() ? EAGAIN : __real_pthread_key_create(key, end);
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	if (memory_fails() || memory.no_room)
		return ENOMEM;
	return __real_pthread_setspecific(key, value);
}

/* The seam: what the host allocates is its own affair. */

static const struct vmg_host *real;

static void exchange(enum vmg_port port, struct vmg_regs *r)
{
	bool counts = memory.counts;

	memory.counts = false;
	real->exchange(port, r);
	memory.counts = counts;
}

static const struct vmg_host host = { .exchange = exchange };

/* Linked with --wrap=vmg_host_open. */
enum vmg_err __real_vmg_host_open(const struct vmg_host **found);
enum vmg_err __wrap_vmg_host_open(const struct vmg_host **found);
enum vmg_err __wrap_vmg_host_open(const struct vmg_host **found)
{
	*found = &host;
	return __real_vmg_host_open(&real);
}

/* Every allocation. */

static VMGuestLibHandle handle, own;
static char *text;
static size_t len;

static VMGuestLibError do_open(void)
{
	return VMGuestLib_OpenHandle(&handle);
}

static VMGuestLibError do_update(void)
{
	return VMGuestLib_UpdateInfo(handle);
}

static VMGuestLibError do_stat_get(void)
{
	return VMGuestLib_StatGet("text", "session", &text, &len);
}

static VMGuestLibError do_stat_free(void)
{
	VMGuestLib_StatFree(text, len);
	return VMGUESTLIB_ERROR_SUCCESS;
}

static VMGuestLibError do_extended(void)
{
	return vmg_extended_update(handle, VMG_SET_SESSION | VMG_SET_HOST |
						   VMG_SET_RESOURCES |
						   VMG_SET_VSCSI |
						   VMG_SET_VNET);
}

static VMGuestLibError do_thread_handle(void)
{
	return vmg_thread_handle(&own, NULL);
}

static VMGuestLibError do_own_update(void)
{
	return VMGuestLib_UpdateInfo(own);
}

static VMGuestLibError do_close(void)
{
	VMGuestLibError error = VMGuestLib_CloseHandle(own);

	return error ? error : VMGuestLib_CloseHandle(handle);
}

static VMGuestLibError do_close_first(void)
{
	return VMGuestLib_CloseHandle(handle);
}

static const struct {
	const char *name;
	VMGuestLibError (*call)(void);
} calls[] = {
	{ "OpenHandle", do_open },
	{ "UpdateInfo", do_update },
	{ "UpdateInfo again", do_update },
	{ "UpdateInfo, third", do_update },
	{ "vmg_extended_update", do_extended },
	{ "vmg_extended_update again", do_extended },
	{ "StatGet", do_stat_get },
	{ "StatFree", do_stat_free },
	{ "vmg_thread_handle", do_thread_handle },
	{ "UpdateInfo of the thread's", do_own_update },
	{ "CloseHandle", do_close },
};
#define CALLS (sizeof calls / sizeof calls[0])

static VMGuestLibError extended_first(void)
{
	struct vmg_extended_value value;

	return vmg_extended_at(handle, 0, &value, sizeof value);
}

static VMGuestLibError counted(VMGuestLibError (*call)(void))
{
	VMGuestLibError error;

	memory.counts = true;
	memory.failed = false;
	error = call();
	memory.counts = false;
	return error;
}

/* Runs all calls with one allocation failing; false if there were fewer. */
static bool run(unsigned fails)
{
	VMGuestLibError error;

	memory.at = 0;
	memory.fails = fails;
	memory.blocks = memory.maps = 0;
	for (size_t i = 0; i < CALLS; i++) {
		error = counted(calls[i].call);
		cr_assert(eq(int, error, memory.failed ? MEMORY : OK),
			  "%s, allocation %u", calls[i].name, fails);
		if (!memory.failed)
			continue;
		if (calls[i].call == do_update)
			cr_assert(eq(ptr, (void *)known_left_over(handle), NULL));
		if (calls[i].call == do_extended)
			cr_assert(eq(int, extended_first(), NO_INFO));
		if (calls[i].call == do_stat_get)
			cr_assert(text == NULL && len == 0);
		cr_assert(eq(int, counted(calls[i].call), OK),
			  "%s after allocation %u failed", calls[i].name,
			  fails);
		if (calls[i].call == do_update)
			cr_assert(eq(ptr, (void *)known_wrong(handle, 38), NULL));
	}
	cr_assert(eq(u32, simulated_channels(), 0));
	cr_assert(eq(int, memory.blocks, 1), "the slots, and nothing else");
	cr_assert(eq(int, memory.maps, 0));
	return memory.at >= fails;
}

/* Each in a process of its own, since some memory is taken once in its life. */
#define ALLOCATIONS_MAX 32

static unsigned nth[ALLOCATIONS_MAX + 1];

ParameterizedTestParameters(allocations, fail_once_and_cost_that_call_alone)
{
	for (unsigned i = 0; i <= ALLOCATIONS_MAX; i++)
		nth[i] = i;
	return cr_make_param_array(unsigned, nth, ALLOCATIONS_MAX + 1);
}

ParameterizedTest(unsigned *fails, allocations,
		  fail_once_and_cost_that_call_alone)
{
	char *scenario = known_scenario("\"protocols\":[3]");
	bool all;

	simulated_begin(scenario);
	run(*fails);
	all = memory.at < ALLOCATIONS_MAX;
	cr_assert(all, "more allocations than are tried");
	if (*fails == 0)
		printf("allocations: each of %u fails once\n", memory.at);
	fflush(stdout);
	simhost_close(simulated);
	simulated = NULL;
	free(scenario);
}

Test(allocations, of_extended_statistics_end_with_the_second_reading)
{
	simulated_begin("{}");
	cr_assert(eq(int, counted(do_open), OK));
	memory.fails = 0;
	for (int i = 0; i < 2; i++) /* a reading is kept while the next is read */
		cr_assert(eq(int, counted(do_extended), OK));
	memory.at = 0;
	for (int i = 0; i < 10; i++)
		cr_assert(eq(int, counted(do_extended), OK));
	cr_expect(eq(u32, memory.at, 0));
	cr_assert(eq(int, counted(do_close_first), OK));
}

static atomic_bool has_moved, may_go_on;

static void move_hold(void)
{
	has_moved = true;
	while (!may_go_on)
		sched_yield();
}

static void *extended_run(void *arg)
{
	(void)arg;
	cr_assert(eq(int, counted(do_extended), OK));
	return NULL;
}

/* What another thread was about to grow is of no use to the child. */
Test(allocations, of_extended_statistics_may_be_under_way_in_a_fork)
{
	pthread_t thread;
	int status;
	pid_t child;

	simulated_begin("{}");
	cr_assert(eq(int, do_open(), OK));
	block_moved = move_hold;
	cr_assert(eq(int, pthread_create(&thread, NULL, extended_run, NULL), 0));
	while (!has_moved)
		sched_yield();
	child = fork();
	if (child == 0) {
		block_moved = NULL;
		if (do_extended() || extended_first() || do_close_first())
			_exit(1);
		covered_write();
		_exit(0);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_expect(eq(int, status, 0));
	may_go_on = true;
	pthread_join(thread, NULL);
	cr_expect(eq(int, extended_first(), OK));
	cr_expect(eq(int, do_close_first(), OK));
}

/* A reply that outgrows the buffer, and does not get a larger one. */
Test(allocations, keep_the_handle_usable_when_a_larger_buffer_is_not_to_be_had)
{
	char scenario[1400], pool[1001];
	size_t room = sizeof pool;

	memset(pool, 'p', sizeof pool - 1);
	pool[sizeof pool - 1] = '\0';
	snprintf(scenario, sizeof scenario,
		 "{\"events\":[{\"at\":1,\"do\":\"vm\",\"resource_pool\":\"%s\"}]}",
		 pool);
	simulated_begin(scenario);
	cr_assert(eq(int, counted(do_open), OK));
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int, counted(do_update), OK));
	simhost_set_time(simulated, 2);
	for (int i = 0; i < 2; i++) { /* both buffers grow */
		memory.at = 0;
		memory.fails = 1;
		cr_assert(eq(int, counted(do_update), MEMORY));
		cr_expect(eq(ptr, (void *)known_left_over(handle), NULL));
		cr_assert(eq(int, counted(do_update), OK));
	}
	memset(pool, 0, sizeof pool);
	cr_assert(eq(int, VMGuestLib_GetResourcePoolPath(handle, &room, pool),
		     OK));
	cr_expect(eq(sz, strspn(pool, "p"), 1000));
	cr_assert(eq(int, counted(do_close_first), OK));
	cr_expect(eq(u32, simulated_channels(), 0));
	cr_expect(eq(int, memory.blocks, 1), "the slots, and no old buffer");
}

/* A handle that its thread cannot keep is closed, not lost. */
Test(allocations, lose_no_handle_to_a_thread_without_room)
{
	simulated_begin("{}");
	cr_assert(eq(int, counted(do_open), OK));
	memory.no_room = true;
	for (int i = 0; i < 1000; i++)
		cr_assert(eq(int, counted(do_thread_handle), MEMORY));
	memory.no_room = false;
	cr_expect(eq(int, memory.blocks, 1), "no more slots than the first");
	cr_assert(eq(int, counted(do_thread_handle), OK));
}

/* The pages of a reply that turns out to be a refusal. */
Test(allocations, are_given_back_when_extended_statistics_are_refused)
{
	simulated_begin("{\"host\":{\"product\":\"workstation\"}}");
	cr_assert(eq(int, counted(do_stat_get),
		     VMGUESTLIB_ERROR_NOT_AVAILABLE));
	cr_expect(text == NULL && len == 0);
	cr_expect(eq(int, memory.maps, 0));
	cr_expect(eq(u32, simulated_channels(), 0));
}

Test(allocations, of_pages_fail_beyond_any_memory)
{
	cr_expect(eq(ptr, vmg_pages_take(SIZE_MAX), NULL));
	cr_expect(eq(ptr, vmg_pages_take(SIZE_MAX / 2), NULL));
}

/* Every system call of the detection. */

static int waits_fail; /* so often, and how */
static int wait_errno;
static int wait_status; /* of the last child that ended */

pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	if (memory.counts && waits_fail > 0) {
		waits_fail--;
		errno = wait_errno;
		return -1;
	}
	pid = __real_waitpid(pid, &wait_status, options);
	if (status)
		*status = wait_status;
	return pid;
}

static bool clock_fails;

int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	return clock_fails ? -1 : __real_clock_gettime(clock, t);
}

uint64_t __real_vmg_clock_ms(void);

static VMGuestLibError probe_result;

static VMGuestLibError do_probe(void)
{
	sigset_t before, after;

	memset(&before, 0, sizeof before);
	memset(&after, 0, sizeof after);
	sigprocmask(SIG_BLOCK, NULL, &before);
	errno = 77;
	probe_result = (VMGuestLibError)vmg_port_probe();
	cr_expect(eq(int, errno, 77));
	sigprocmask(SIG_BLOCK, NULL, &after);
	cr_expect(eq(int, memcmp(&before, &after, sizeof before), 0));
	cr_expect(eq(int, memory.maps, 0));
	return probe_result;
}

static enum vmg_err probe(void)
{
	return (enum vmg_err)counted(do_probe);
}

static void expect_answer(void)
{
	enum vmg_err err = probe();

	cr_expect(err == VMG_OK || err == VMG_E_NOT_VM);
}

Test(detection, knows_nothing_without_memory_for_its_child)
{
	memory.fails = 1;
	cr_expect(eq(int, probe(), VMG_E_PROBE_LIMITED));
	expect_answer();
}

Test(detection, waits_again_when_a_signal_came)
{
	waits_fail = 3;
	wait_errno = EINTR;
	expect_answer();
	cr_expect(eq(int, waits_fail, 0));
}

Test(detection, does_without_the_exit_status_that_another_thread_took)
{
	waits_fail = 1;
	wait_errno = ECHILD;
	expect_answer();
	cr_expect(eq(int, waits_fail, 0));
	/* here it is left over, since nobody really took it */
	while (__real_waitpid(-1, NULL, __WALL) > 0)
		;
}

/* The forms of clone, in their order. */
static const uint32_t forms[] = {
	CLONE_VM | CLONE_VFORK | CLONE_FILES,
	CLONE_VM | CLONE_VFORK,
	CLONE_VM | CLONE_VFORK | SIGCHLD,
	SIGCHLD,
};
#define FORMS (sizeof forms / sizeof forms[0])

static void form_forbid(size_t form, int error)
{
	if (!call_forbid(SYS_clone, forms[form], error))
		cr_skip("system calls cannot be filtered here");
}

static size_t form[FORMS];

ParameterizedTestParameters(detection, needs_only_one_form_of_clone)
{
	for (size_t i = 0; i < FORMS; i++)
		form[i] = i;
	return cr_make_param_array(size_t, form, FORMS);
}

ParameterizedTest(size_t *only, detection, needs_only_one_form_of_clone)
{
	for (size_t i = 0; i < FORMS; i++)
		if (i != *only)
			form_forbid(i, i % 2 ? EINVAL : ENOSYS);
	expect_answer();
	form_forbid(*only, EINVAL);
	cr_expect(eq(int, probe(), VMG_E_PROBE_FORBIDDEN));
}

static const struct {
	int error;
	enum vmg_err found;
} refusals[] = {
	{ EPERM, VMG_E_PROBE_FORBIDDEN },
	{ EACCES, VMG_E_PROBE_FORBIDDEN },
	{ EAGAIN, VMG_E_PROBE_LIMITED },
	{ ENOMEM, VMG_E_PROBE_LIMITED },
};
#define REFUSALS (sizeof refusals / sizeof refusals[0])

static size_t refusal[REFUSALS];

ParameterizedTestParameters(detection, tries_no_other_form_when_refused)
{
	for (size_t i = 0; i < REFUSALS; i++)
		refusal[i] = i;
	return cr_make_param_array(size_t, refusal, REFUSALS);
}

ParameterizedTest(size_t *at, detection, tries_no_other_form_when_refused)
{
	form_forbid(0, refusals[*at].error);
	cr_expect(eq(int, probe(), refusals[*at].found), "errno %d",
		  refusals[*at].error);
	cr_expect(eq(int, probe(), refusals[*at].found), "asked again");
}

/* A child that could not end its own fault does not try the port. */
static const struct {
	const char *why;
	long number;
	uint32_t first;
} guards[] = {
	{ "no handler for SIGSYS", SYS_rt_sigaction, SIGSYS },
	{ "no handler for SIGSEGV", SYS_rt_sigaction, SIGSEGV },
	{ "no handler for SIGILL", SYS_rt_sigaction, SIGILL },
	{ "no handler for SIGBUS", SYS_rt_sigaction, SIGBUS },
	{ "no handler for SIGFPE", SYS_rt_sigaction, SIGFPE },
	{ "no handler for SIGTRAP", SYS_rt_sigaction, SIGTRAP },
	{ "signals stay blocked", SYS_rt_sigprocmask, SIG_UNBLOCK },
};
#define GUARDS (sizeof guards / sizeof guards[0])

static size_t guard[GUARDS];

ParameterizedTestParameters(detection, knows_nothing_where_faults_cannot_be_caught)
{
	for (size_t i = 0; i < GUARDS; i++)
		guard[i] = i;
	return cr_make_param_array(size_t, guard, GUARDS);
}

ParameterizedTest(size_t *at, detection,
		  knows_nothing_where_faults_cannot_be_caught)
{
	if (!call_forbid(guards[*at].number, guards[*at].first, EPERM))
		cr_skip("system calls cannot be filtered here");
	cr_expect(eq(int, probe(), VMG_E_PROBE_FORBIDDEN), "%s",
		  guards[*at].why);
}

/* No process that runs for ever is left behind. Tried in a child of our own, since
 * who may not end that way cannot end a test; it has a second of processor time. */
Test(detection, ends_its_child_also_where_exit_group_is_forbidden)
{
	struct {
		enum vmg_err err;
		int status;
	} *found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct rlimit second = { 1, 1 };
	pid_t child;
	int status;

	cr_assert(found != MAP_FAILED);
	for (int trap = 0; trap < 2; trap++) {
		child = fork();
		if (child == 0) {
			setrlimit(RLIMIT_CPU, &second);
			if (trap ? !call_trap(SYS_exit_group) :
				   !call_forbid(SYS_exit_group, 0, EPERM))
				_exit(77);
			found->err = vmg_port_probe();
			found->status = wait_status;
			covered_write();
			raise(SIGKILL);
		}
		cr_assert(eq(int, __real_waitpid(child, &status, 0), child));
		if (WIFEXITED(status))
			cr_skip("system calls cannot be filtered here");
		cr_expect(eq(int, WTERMSIG(found->status), 0), "killed");
		cr_expect(found->err == VMG_OK || found->err == VMG_E_NOT_VM);
	}
	munmap(found, sizeof *found);
}

Test(detection, takes_a_clock_that_fails_for_one_that_stands)
{
	clock_fails = true;
	cr_expect(eq(u64, __real_vmg_clock_ms(), 0));
	clock_fails = false;
	cr_expect(ne(u64, __real_vmg_clock_ms(), 0));
}
