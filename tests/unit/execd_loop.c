/* SPDX-License-Identifier: MIT */
/* The modes, on a clock that the test moves: waiting, the clocks, the sampler,
 * the output and the log are replaced when linking. */
#include "loop.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "output.h"
#include "row.h"
#include "wait.h"

#define BATCHES 64

/* What happens when, in milliseconds from the start. */
struct event {
	uint64_t at;
	enum vmg_wake wake;
	int64_t shift; /* not 0: somebody sets the clock on the wall instead */
};

static struct world {
	uint64_t passed_ms, wall_start_ms;
	int64_t wall_shift;
	const struct event *events;
	size_t event_count;
	bool terminal;
	uint64_t batch_at[BATCHES]; /* by the clock on the wall */
	size_t batches;
	uint64_t batch_takes_ms;
	int output_errno;	  /* of a file; 0: it works */
	size_t output_works_from; /* from this batch on */
	bool large[BATCHES];	  /* a value that Influx cannot hold */
	char said[4096];
	size_t lines;
} world;

static uint64_t wall_ms(void)
{
	return (uint64_t)((int64_t)(world.wall_start_ms + world.passed_ms) +
			  world.wall_shift);
}

uint64_t __wrap_vmg_clock_wall_ns(void);
uint64_t __wrap_vmg_clock_wall_ns(void)
{
	return wall_ms() * 1000000;
}

bool __wrap_vmg_input_is_terminal(void);
bool __wrap_vmg_input_is_terminal(void)
{
	return world.terminal;
}

/* Moves the clock to the next event or to the end of the waiting. A test whose
 * loop waits for ever with nothing to come has failed. */
enum vmg_wake __wrap_vmg_wait(int64_t timeout_ms);
enum vmg_wake __wrap_vmg_wait(int64_t timeout_ms)
{
	uint64_t until = timeout_ms < 0
				 ? UINT64_MAX
				 : world.passed_ms + (uint64_t)timeout_ms;

	while (world.event_count > 0 && world.events->at <= until) {
		const struct event *event = world.events++;

		world.event_count--;
		if (event->at > world.passed_ms)
			world.passed_ms = event->at;
		if (!event->shift)
			return event->wake;
		world.wall_shift += event->shift;
	}
	cr_assert(timeout_ms >= 0, "waits for ever");
	world.passed_ms = until;
	return VMG_WAKE_TIMEOUT;
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
}

enum vmg_written __wrap_vmg_output_stream(const char *bytes, size_t len);
enum vmg_written __wrap_vmg_output_stream(const char *bytes, size_t len)
{
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

void __wrap_vmg_log(enum vmg_log_level level, const char *format, ...);
void __wrap_vmg_log(enum vmg_log_level level, const char *format, ...)
{
	size_t len = strlen(world.said);
	va_list args;

	(void)level;
	va_start(args, format);
	vsnprintf(world.said + len, sizeof world.said - len, format, args);
	va_end(args);
	world.lines++;
}

static void world_make(const struct event *events, size_t count)
{
	world = (struct world){ .wall_start_ms = 1700000003200,
				.events = events,
				.event_count = count };
}

#define WORLD_MAKE(events) \
	world_make(events, sizeof(events) / sizeof(events)[0])

static int run_with(struct vmg_loop_options options)
{
	options.format = &vmg_format_influx;
	return vmg_loop_run(&options);
}

static int run(enum vmg_mode mode, uint64_t interval_ms)
{
	return run_with((struct vmg_loop_options){
		.mode = mode, .interval_ms = interval_ms });
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
		{ .at = 35000, .wake = VMG_WAKE_STOP },
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
		{ .at = 80000, .wake = VMG_WAKE_STOP },
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
		{ .at = 8000, .shift = 3600500 },
		{ .at = 30000, .wake = VMG_WAKE_STOP },
	};
	static const uint64_t at[] = { 1700000010000, 1700003630000 };

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_INTERVAL, 10000), 0));
	expect_batches(at, 2);
}

Test(loop, goes_on_when_the_clock_is_set_back)
{
	static const struct event events[] = {
		{ .at = 8000, .shift = -3600000 },
		{ .at = 30000, .wake = VMG_WAKE_STOP },
	};
	static const uint64_t at[] = { 1700000010000, 1699996430000 };

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_INTERVAL, 10000), 0));
	expect_batches(at, 2);
}

Test(loop, answers_each_newline_and_ends_with_the_input)
{
	static const struct event events[] = {
		{ .at = 10, .wake = VMG_WAKE_NEWLINE },
		{ .at = 30, .wake = VMG_WAKE_NEWLINE },
		{ .at = 30, .wake = VMG_WAKE_NEWLINE },
		{ .at = 40, .wake = VMG_WAKE_INPUT_END },
	};
	static const uint64_t at[] = { 1700000003210, 1700000003230,
				       1700000003230 };

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	expect_batches(at, 3);
	cr_expect(eq(sz, world.lines, 0));
}

Test(loop, fails_where_it_cannot_wait)
{
	static const struct event events[] = {
		{ .at = 10, .wake = VMG_WAKE_FAILED },
	};
	static const enum vmg_mode modes[] = { VMG_MODE_STDIN, VMG_MODE_SIGNAL,
					       VMG_MODE_INTERVAL };

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		WORLD_MAKE(events);
		cr_expect(eq(int, run(modes[i], 10000), 1));
	}
}

Test(loop, ends_quietly_when_nobody_reads)
{
	static const struct event events[] = {
		{ .at = 500, .wake = VMG_WAKE_OUTPUT_CLOSED },
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
		{ .at = 400000, .wake = VMG_WAKE_INPUT_END },
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
		{ .at = 59999, .wake = VMG_WAKE_NEWLINE },
		{ .at = 400000, .wake = VMG_WAKE_INPUT_END },
	};

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	cr_expect(eq(sz, world.lines, 0));
}

/* Whoever types there is not Telegraf. */
Test(loop, names_no_setting_to_a_terminal)
{
	static const struct event events[] = {
		{ .at = 400000, .wake = VMG_WAKE_INPUT_END },
	};

	WORLD_MAKE(events);
	world.terminal = true;
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	cr_expect(eq(sz, world.lines, 1));
	cr_expect(strstr(world.said, "waiting for newlines") != NULL, "%s",
		  world.said);
}

Test(loop, answers_its_signal)
{
	static const struct event events[] = {
		{ .at = 10, .wake = VMG_WAKE_TRIGGER },
		{ .at = 40, .wake = VMG_WAKE_TRIGGER },
		{ .at = 50, .wake = VMG_WAKE_STOP },
	};
	static const uint64_t at[] = { 1700000003210, 1700000003240 };

	WORLD_MAKE(events);
	cr_expect(eq(int, run(VMG_MODE_SIGNAL, 0), 0));
	expect_batches(at, 2);
	cr_expect(eq(sz, world.lines, 0));
}

Test(loop, logs_once_that_a_file_fails_and_once_that_it_works)
{
	static const struct event events[] = {
		{ .at = 65000, .wake = VMG_WAKE_STOP },
	};

	WORLD_MAKE(events);
	world.output_errno = ENOSPC;
	world.output_works_from = 4;
	cr_expect(eq(int,
		     run_with((struct vmg_loop_options){
			     .mode = VMG_MODE_INTERVAL,
			     .interval_ms = 10000,
			     .output = "/x/vmguest.prom" }),
		     0));
	cr_expect(eq(sz, world.batches, 6));
	cr_expect(eq(sz, world.lines, 2));
	cr_expect(strstr(world.said, "/x/vmguest.prom: No space left") != NULL,
		  "%s", world.said);
	cr_expect(strstr(world.said, "next batch") != NULL);
	cr_expect(strstr(world.said, "written again") != NULL);
}

Test(loop, fails_once_when_the_only_batch_cannot_be_written)
{
	world_make(NULL, 0);
	world.output_errno = EACCES;
	world.output_works_from = BATCHES;
	cr_expect(eq(int,
		     run_with((struct vmg_loop_options){ .mode = VMG_MODE_ONCE,
							 .output = "x" }),
		     1));
	cr_expect(strstr(world.said, "next batch") == NULL, "%s", world.said);
	cr_expect(eq(sz, world.batches, 1));
	cr_expect(eq(sz, world.lines, 1));
}

Test(loop, logs_once_what_the_format_cannot_hold)
{
	static const struct event events[] = {
		{ .at = 10, .wake = VMG_WAKE_NEWLINE },
		{ .at = 10, .wake = VMG_WAKE_NEWLINE },
		{ .at = 10, .wake = VMG_WAKE_NEWLINE },
		{ .at = 10, .wake = VMG_WAKE_NEWLINE },
		{ .at = 10, .wake = VMG_WAKE_NEWLINE },
		{ .at = 20, .wake = VMG_WAKE_INPUT_END },
	};

	WORLD_MAKE(events);
	world.large[0] = world.large[1] = world.large[3] = true;
	cr_expect(eq(int, run(VMG_MODE_STDIN, 0), 0));
	cr_expect(eq(sz, world.batches, 5));
	cr_expect(eq(sz, world.lines, 1));
	cr_expect(strstr(world.said, "cpu_used ") != NULL, "%s", world.said);
}
