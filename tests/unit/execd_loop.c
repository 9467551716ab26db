/* SPDX-License-Identifier: MIT */
/* The modes, on a clock that the test moves: poll(), the clocks, standard
 * input, the sampler, the output and the log are replaced when linking. */
#include "loop.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "output.h"
#include "row.h"
#include "signals.h"

#define NEVER UINT64_MAX
#define BATCHES 64

enum event_kind { EVENT_INPUT, EVENT_SIGNAL, EVENT_CLOCK, EVENT_CLOSED };

/* What happens when, in milliseconds from the start. */
struct event {
	uint64_t at;
	enum event_kind kind;
	const char *bytes; /* of input; "" is its end */
	int number;	   /* of the signal */
	int64_t shift;	   /* of the clock on the wall */
};

static struct world {
	uint64_t passed_ms, wall_start_ms;
	int64_t wall_shift;
	const struct event *events;
	size_t event_count;
	uint64_t batch_at[BATCHES]; /* by the clock on the wall */
	size_t batches;
	uint64_t batch_takes_ms;
	int batch_raises;   /* a signal during the batch of this number ... */
	size_t batch_which; /* ... from 1 */
	int output_errno;   /* of a file; 0: it works */
	size_t output_works_from; /* from this batch on */
	bool large[BATCHES];	  /* a value that Influx cannot hold */
	char said[4096];
	size_t lines;
} world;

/* ---- what stands in for the system ----------------------------------------
 */

static uint64_t wall_ms(void)
{
	return (uint64_t)((int64_t)(world.wall_start_ms + world.passed_ms) +
			  world.wall_shift);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	uint64_t ms = clock == CLOCK_REALTIME ? wall_ms() : world.passed_ms;

	*now = (struct timespec){ .tv_sec = (time_t)(ms / 1000),
				  .tv_nsec = (long)(ms % 1000) * 1000000 };
	return 0;
}

static const struct event *event_next(void)
{
	return world.event_count > 0 ? world.events : NULL;
}

static void event_done(void)
{
	world.events++;
	world.event_count--;
}

/* Moves the clock to the next event or to the end of the waiting. A test whose
 * loop waits for ever with nothing to come has failed. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	const struct event *event = event_next();
	uint64_t until =
		timeout_ms < 0 ? NEVER : world.passed_ms + (uint64_t)timeout_ms;

	for (nfds_t i = 0; i < count; i++)
		fds[i].revents = 0;
	if (!event || event->at > until) {
		cr_assert(until != NEVER, "waits for ever");
		world.passed_ms = until;
		return 0;
	}
	if (event->at > world.passed_ms)
		world.passed_ms = event->at;
	switch (event->kind) {
	case EVENT_INPUT: /* stays until it is read */
		fds[2].revents = fds[2].fd >= 0 ? POLLIN : 0;
		cr_assert(fds[2].fd >= 0, "input that nobody reads");
		return 1;
	case EVENT_SIGNAL:
		raise(event->number);
		break;
	case EVENT_CLOCK:
		world.wall_shift += event->shift;
		break;
	case EVENT_CLOSED:
		fds[1].revents = POLLERR;
		break;
	}
	event_done();
	return 1;
}

ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size)
{
	const struct event *event = event_next();
	size_t len;

	if (fd != STDIN_FILENO)
		return __real_read(fd, bytes, size);
	cr_assert(event && event->kind == EVENT_INPUT);
	len = strlen(event->bytes);
	cr_assert(len <= size);
	memcpy(bytes, event->bytes, len);
	event_done();
	return (ssize_t)len;
}

int __wrap_isatty(int fd);
int __wrap_isatty(int fd)
{
	(void)fd;
	return 0;
}

void __wrap_vmg_sampler_read(struct vmg_sampler *sampler,
			     struct vmg_sample *sample);
void __wrap_vmg_sampler_read(struct vmg_sampler *sampler,
			     struct vmg_sample *sample)
{
	static struct vmg_point points[2];
	bool large = world.large[world.batches];

	(void)sampler;
	points[0] = (struct vmg_point){
		.metric = vmg_metric_at(VMG_ROW_CPU_USED_TIME),
		.instance = "",
		.value.whole = large ? UINT64_MAX : 0,
	};
	points[1] = (struct vmg_point){
		.metric = vmg_metric_at(VMG_ROW_UP),
		.instance = "",
		.value.whole = 1,
	};
	*sample = (struct vmg_sample){ .points = points, .point_count = 2 };
}

static void batch_note(void)
{
	cr_assert(world.batches < BATCHES);
	world.batch_at[world.batches++] = wall_ms();
	world.passed_ms += world.batch_takes_ms;
	if (world.batch_raises && world.batches == world.batch_which)
		raise(world.batch_raises);
}

enum vmg_written __wrap_vmg_output_stream(int fd, const char *bytes, size_t len,
					  bool (*stopping)(void), int wake_fd);
enum vmg_written __wrap_vmg_output_stream(int fd, const char *bytes, size_t len,
					  bool (*stopping)(void), int wake_fd)
{
	(void)fd, (void)stopping, (void)wake_fd;
	cr_expect(len > 0 && bytes[len - 1] == '\n');
	batch_note();
	return VMG_WRITTEN;
}

enum vmg_written __wrap_vmg_output_file(const char *path, const char *bytes,
					size_t len);
enum vmg_written __wrap_vmg_output_file(const char *path, const char *bytes,
					size_t len)
{
	(void)path, (void)bytes, (void)len;
	batch_note();
	if (!world.output_errno || world.batches >= world.output_works_from)
		return VMG_WRITTEN;
	errno = world.output_errno;
	return VMG_WRITTEN_FAILED;
}

void __wrap_vmg_log(enum vmg_say level, const char *format, ...);
void __wrap_vmg_log(enum vmg_say level, const char *format, ...)
{
	size_t len = strlen(world.said);
	va_list args;

	(void)level;
	va_start(args, format);
	vsnprintf(world.said + len, sizeof world.said - len, format, args);
	va_end(args);
	world.lines++;
}

/* ---- tests ----------------------------------------------------------------
 */

static void world_make(const struct event *events, size_t count)
{
	world = (struct world){ .wall_start_ms = 1700000003200,
				.events = events,
				.event_count = count };
}

#define WORLD_MAKE(events) \
	world_make(events, sizeof(events) / sizeof(events)[0])

static int run_with(struct vmg_loop_options options, int trigger)
{
	options.format = &vmg_format_influx;
	cr_assert(vmg_signals_open(trigger));
	return vmg_loop_run(&options);
}

static int run(enum vmg_mode mode, uint64_t interval_ms)
{
	return run_with((struct vmg_loop_options){ .mode = mode,
						   .interval_ms = interval_ms },
			0);
}

static void expect_batches(const uint64_t *at, size_t count)
{
	cr_expect(eq(sz, world.batches, count));
	for (size_t i = 0; i < count && i < world.batches; i++)
		cr_expect(eq(u64, world.batch_at[i], at[i]), "batch %zu", i);
}

Test(loop, finds_the_next_tick)
{
	cr_expect(eq(u64, vmg_tick_after(0, 1000), 1000));
	cr_expect(eq(u64, vmg_tick_after(999, 1000), 1000));
	cr_expect(eq(u64, vmg_tick_after(1000, 1000), 2000));
	cr_expect(eq(u64, vmg_tick_after(1700000003200, 10000), 1700000010000));
}

Test(loop, writes_by_the_clock_without_drift)
{
	static const struct event events[] = {
		{ .at = 35000, .kind = EVENT_SIGNAL, .number = SIGTERM },
	};
	static const uint64_t at[] = { 1700000010000, 1700000020000,
				       1700000030000 };

	WORLD_MAKE(events);
	world.batch_takes_ms = 300;
	cr_expect(eq(int, run(VMG_MODE_INTERVAL, 10000), 0));
	expect_batches(at, 3);
}

Test(loop, skips_ticks_that_it_missed)
{
	static const struct event events[] = {
		{ .at = 80000, .kind = EVENT_SIGNAL, .number = SIGINT },
	};
	static const uint64_t at[] = { 1700000010000, 1700000040000,
				       1700000070000 };

	WORLD_MAKE(events);
	world.batch_takes_ms = 25000;
	cr_expect(eq(int, run(VMG_MODE_INTERVAL, 10000), 0));
	expect_batches(at, 3);
}

/* As after a suspend: the batch would be neither in time nor aligned. */
Test(loop, makes_nothing_up_after_a_jump_of_the_clock)
{
	static const struct event events[] = {
		{ .at = 8000, .kind = EVENT_CLOCK, .shift = 3600500 },
		{ .at = 20000, .kind = EVENT_SIGNAL, .number = SIGTERM },
	};
	static const uint64_t at[] = { 1700000010000, 1700003620000 };

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_INTERVAL, 10000), 0));
	expect_batches(at, 2);
}

Test(loop, goes_on_when_the_clock_is_set_back)
{
	static const struct event events[] = {
		{ .at = 8000, .kind = EVENT_CLOCK, .shift = -3600000 },
		{ .at = 20000, .kind = EVENT_SIGNAL, .number = SIGTERM },
	};
	static const uint64_t at[] = { 1700000010000, 1699996420000 };

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_INTERVAL, 10000), 0));
	expect_batches(at, 2);
}

Test(loop, answers_each_newline_and_ends_with_the_input)
{
	static const struct event events[] = {
		{ .at = 10, .kind = EVENT_INPUT, .bytes = "\n" },
		{ .at = 20, .kind = EVENT_INPUT, .bytes = "words" },
		{ .at = 30, .kind = EVENT_INPUT, .bytes = "x\n\n\ny" },
		{ .at = 40, .kind = EVENT_INPUT, .bytes = "" },
	};
	static const uint64_t at[] = { 1700000003210, 1700000003230,
				       1700000003230, 1700000003230 };

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	expect_batches(at, 4);
	cr_expect(eq(sz, world.lines, 0));
}

Test(loop, stops_after_the_batch_that_it_is_in)
{
	static const struct event events[] = {
		{ .at = 10, .kind = EVENT_INPUT, .bytes = "\n\n\n\n" },
	};

	WORLD_MAKE(events);
	world.batch_raises = SIGTERM;
	world.batch_which = 2;
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	cr_expect(eq(sz, world.batches, 2));
}

Test(loop, ends_quietly_when_nobody_reads)
{
	static const struct event events[] = {
		{ .at = 500, .kind = EVENT_CLOSED },
	};
	static const enum vmg_mode modes[] = { VMG_MODE_STDIN, VMG_MODE_SIGNAL,
					       VMG_MODE_INTERVAL };

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		WORLD_MAKE(events);
		cr_expect(eq(int, run(modes[i], 10000), 0));
		cr_expect(eq(sz, world.batches, 0));
		cr_expect(eq(sz, world.lines, 0));
	}
}

Test(loop, names_the_setting_once_when_telegraf_is_silent)
{
	static const struct event events[] = {
		{ .at = 400000, .kind = EVENT_INPUT, .bytes = "" },
	};

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	cr_expect(eq(sz, world.lines, 1));
	cr_expect(strstr(world.said, "signal = \"STDIN\"") != NULL, "%s",
		  world.said);
}

Test(loop, names_no_setting_once_a_newline_came)
{
	static const struct event events[] = {
		{ .at = 59999, .kind = EVENT_INPUT, .bytes = "\n" },
		{ .at = 400000, .kind = EVENT_INPUT, .bytes = "" },
	};

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	cr_expect(eq(sz, world.lines, 0));
}

Test(loop, answers_its_signal_and_names_the_option_for_others)
{
	static const struct event events[] = {
		{ .at = 10, .kind = EVENT_SIGNAL, .number = SIGUSR2 },
		{ .at = 20, .kind = EVENT_SIGNAL, .number = SIGUSR1 },
		{ .at = 30, .kind = EVENT_SIGNAL, .number = SIGUSR1 },
		{ .at = 40, .kind = EVENT_SIGNAL, .number = SIGUSR2 },
		{ .at = 50, .kind = EVENT_SIGNAL, .number = SIGTERM },
	};
	static const uint64_t at[] = { 1700000003210, 1700000003240 };

	WORLD_MAKE(events);
	cr_expect(eq(
		int,
		run_with((struct vmg_loop_options){ .mode = VMG_MODE_SIGNAL },
			 SIGUSR2),
		0));
	expect_batches(at, 2);
	cr_expect(eq(sz, world.lines, 1));
	cr_expect(strstr(world.said, "--signal usr1") != NULL, "%s",
		  world.said);
}

/* The wake-up may have been taken by the output that waited. */
Test(loop, answers_a_signal_that_came_during_a_batch)
{
	static const struct event events[] = {
		{ .at = 10, .kind = EVENT_SIGNAL, .number = SIGHUP },
		{ .at = 50, .kind = EVENT_SIGNAL, .number = SIGTERM },
	};

	WORLD_MAKE(events);
	world.batch_raises = SIGHUP;
	world.batch_which = 1;
	cr_expect(eq(
		int,
		run_with((struct vmg_loop_options){ .mode = VMG_MODE_SIGNAL },
			 SIGHUP),
		0));
	cr_expect(eq(sz, world.batches, 2));
}

Test(loop, tells_once_that_a_file_fails_and_once_that_it_works)
{
	static const struct event events[] = {
		{ .at = 65000, .kind = EVENT_SIGNAL, .number = SIGTERM },
	};

	WORLD_MAKE(events);
	world.output_errno = ENOSPC;
	world.output_works_from = 4;
	cr_expect(eq(
		int,
		run_with((struct vmg_loop_options){ .mode = VMG_MODE_INTERVAL,
						    .interval_ms = 10000,
						    .output =
							    "/x/vmguest.prom" },
			 0),
		0));
	cr_expect(eq(sz, world.batches, 6));
	cr_expect(eq(sz, world.lines, 2));
	cr_expect(strstr(world.said, "/x/vmguest.prom: No space left") != NULL,
		  "%s", world.said);
	cr_expect(strstr(world.said, "written again") != NULL);
}

Test(loop, fails_once_when_the_only_batch_cannot_be_written)
{
	world_make(NULL, 0);
	world.output_errno = EACCES;
	world.output_works_from = BATCHES;
	cr_expect(eq(int,
		     run_with((struct vmg_loop_options){ .mode = VMG_MODE_ONCE,
							 .output = "x" },
			      0),
		     1));
	cr_expect(eq(sz, world.batches, 1));
	cr_expect(eq(sz, world.lines, 1));
}

Test(loop, tells_once_what_the_format_cannot_hold)
{
	static const struct event events[] = {
		{ .at = 10, .kind = EVENT_INPUT, .bytes = "\n\n\n\n\n" },
		{ .at = 20, .kind = EVENT_INPUT, .bytes = "" },
	};

	WORLD_MAKE(events);
	world.large[0] = world.large[1] = world.large[3] = true;
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	cr_expect(eq(sz, world.batches, 5));
	cr_expect(eq(sz, world.lines, 1));
	cr_expect(strstr(world.said, "cpu_used ") != NULL, "%s", world.said);
}
