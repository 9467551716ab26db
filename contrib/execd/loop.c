/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "output.h"
#include "signals.h"

/* How long Telegraf may be silent before the setting that makes it so is named:
 * longer than any usual interval. */
#define SILENCE_MS 60000

enum then {
	THEN_GO_ON,
	THEN_END,  /* as it should */
	THEN_FAIL, /* said already */
};

struct loop {
	const struct vmg_loop_options *options;
	struct vmg_batch batch;
	struct vmg_rows logged_left_out;
	bool *left_out; /* of the batch's points */
	size_t left_out_room;
	int told_errno; /* of the output; 0: it works */
	bool told_memory, told_wasted;
	bool heard; /* a newline came */
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t clock_ms(clockid_t clock)
{
	return clock_ns(clock) / 1000000;
}

/* ---- one batch ------------------------------------------------------------
 */

/* Once a metric: a host could change its numbers from batch to batch. */
static void left_out_log(struct loop *l, const struct vmg_sample *sample)
{
	char name[VMG_NAME_SIZE];

	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_metric *metric = sample->points[i].metric;

		if (!l->left_out[i] ||
		    !vmg_rows_add(&l->logged_left_out, metric))
			continue;
		vmg_metric_name(metric, name);
		vmg_log(VMG_SAY_WARNING,
			"%s cannot be represented in the format %s and is left "
			"out.",
			name, l->options->format->name);
	}
}

/* A mark for each point, none set. False: no memory. */
static bool left_out_clear(struct loop *l, size_t count)
{
	bool *larger;

	if (count > l->left_out_room) {
		larger = realloc(l->left_out, count * sizeof *larger);
		if (!larger)
			return false;
		l->left_out = larger;
		l->left_out_room = count;
	}
	if (count > 0)
		memset(l->left_out, 0, count * sizeof *l->left_out);
	return true;
}

/* False, and said, if there is no memory for it. */
static bool batch_make(struct loop *l)
{
	struct vmg_sample sample;

	vmg_sampler_read(l->options->sampler, &sample);
	vmg_batch_clear(&l->batch);
	if (left_out_clear(l, sample.point_count)) {
		const struct vmg_frame frame = {
			.sample = &sample,
			.labels = &l->options->labels,
			.left_out = l->left_out,
		};

		l->options->format->write(&l->batch, &frame);
		left_out_log(l, &sample);
	} else {
		l->batch.failed = true;
	}
	if (l->batch.failed && !l->told_memory)
		vmg_log(VMG_SAY_ERROR, "no memory for a batch; none is written "
				       "until there is.");
	l->told_memory = l->batch.failed;
	return !l->batch.failed;
}

static enum then file_write(struct loop *l)
{
	const char *path = l->options->output;

	if (vmg_output_file(path, l->batch.bytes, l->batch.len) ==
	    VMG_WRITTEN) {
		if (l->told_errno)
			vmg_log(VMG_SAY_INFO, "%s is written again.", path);
		l->told_errno = 0;
		return THEN_GO_ON;
	}
	if (errno != l->told_errno) {
		l->told_errno = errno;
		vmg_log(VMG_SAY_ERROR,
			"cannot write %.500s: %s. What was there before stays.",
			path, strerror(errno));
	}
	return THEN_FAIL;
}

static enum then stream_write(struct loop *l)
{
	switch (vmg_output_stream(STDOUT_FILENO, l->batch.bytes, l->batch.len,
				  vmg_signals_stopping, vmg_signals_fd())) {
	case VMG_WRITTEN:
		return THEN_GO_ON;
	case VMG_WRITTEN_CLOSED:
	case VMG_WRITTEN_STOPPED:
		return THEN_END;
	case VMG_WRITTEN_FAILED:
		break;
	}
	vmg_log(VMG_SAY_ERROR, "cannot write to standard output: %s.",
		strerror(errno));
	return THEN_FAIL;
}

/* A file that cannot be written today may be tomorrow; a stream cannot. */
static enum then batch_write(struct loop *l)
{
	enum then then;

	if (!batch_make(l))
		return l->options->mode == VMG_MODE_ONCE ? THEN_FAIL
							 : THEN_GO_ON;
	if (!l->options->output)
		return stream_write(l);
	then = file_write(l);
	return l->options->mode == VMG_MODE_ONCE ? then : THEN_GO_ON;
}

/* ---- waiting --------------------------------------------------------------
 */

enum { WAIT_SIGNALS, WAIT_OUTPUT, WAIT_INPUT, WAIT_COUNT };

/* Sets *trigger if the chosen signal came. */
static enum then signals_note(struct loop *l, bool *trigger)
{
	struct vmg_signals signals = vmg_signals_take();

	if (signals.wasted && !l->told_wasted)
		vmg_log(VMG_SAY_WARNING,
			"a signal came that nothing waits for. For batches by "
			"it: --signal %s.",
			signals.wasted);
	l->told_wasted |= signals.wasted != NULL;
	*trigger = signals.trigger;
	return signals.stop ? THEN_END : THEN_GO_ON;
}

/* Until input, a signal or the time; timeout_ms -1: no time. Sets *ready for
 * input, and *trigger for the chosen signal. */
static enum then wait_for(struct loop *l, bool input, int timeout_ms,
			  bool *ready, bool *trigger)
{
	struct pollfd fds[WAIT_COUNT] = {
		[WAIT_SIGNALS] = { .fd = vmg_signals_fd(), .events = POLLIN },
		/* For POLLERR alone: its reader is gone. */
		[WAIT_OUTPUT] = { .fd = l->options->output ? -1
							   : STDOUT_FILENO },
		[WAIT_INPUT] = { .fd = input ? STDIN_FILENO : -1,
				 .events = POLLIN },
	};

	*ready = false;
	if (signals_note(l, trigger) == THEN_END)
		return THEN_END;
	if (*trigger)
		return THEN_GO_ON;
	if (poll(fds, WAIT_COUNT, timeout_ms) < 0) {
		if (errno == EINTR)
			return signals_note(l, trigger);
		vmg_log(VMG_SAY_ERROR, "cannot wait: %s.", strerror(errno));
		return THEN_FAIL;
	}
	if (fds[WAIT_OUTPUT].revents & (POLLERR | POLLHUP))
		return THEN_END;
	*ready = fds[WAIT_INPUT].revents != 0;
	return signals_note(l, trigger);
}

/* ---- modes ----------------------------------------------------------------
 */

static void silence_say(void)
{
	vmg_log(VMG_SAY_WARNING,
		"no newline came on standard input for 60 s, so nothing is "
		"written. In Telegraf set signal = \"STDIN\" in "
		"[[inputs.execd]]: its default is \"none\". Elsewhere: "
		"--interval 10s.");
}

/* What is left of the time without a newline; 0: over; -1: does not matter. */
static int silence_left(const struct loop *l, uint64_t start_ms, bool told)
{
	uint64_t passed = clock_ms(CLOCK_MONOTONIC) - start_ms;

	if (l->heard || told)
		return -1;
	return passed < SILENCE_MS ? (int)(SILENCE_MS - passed) : 0;
}

/* A batch for each newline in the bytes, until told to stop. */
static enum then newlines_answer(struct loop *l, const char *bytes, size_t len)
{
	enum then then = THEN_GO_ON;

	for (size_t i = 0; i < len && then == THEN_GO_ON; i++) {
		if (bytes[i] != '\n')
			continue;
		l->heard = true;
		then = batch_write(l);
		if (vmg_signals_stopping() && then == THEN_GO_ON)
			then = THEN_END;
	}
	return then;
}

static enum then input_read(struct loop *l)
{
	char bytes[4096];
	ssize_t len = read(STDIN_FILENO, bytes, sizeof bytes);

	if (len == 0)
		return THEN_END;
	if (len > 0)
		return newlines_answer(l, bytes, (size_t)len);
	if (errno == EINTR || errno == EAGAIN)
		return THEN_GO_ON;
	if (errno == EIO) /* a terminal that was hung up */
		return THEN_END;
	vmg_log(VMG_SAY_ERROR, "cannot read standard input: %s.",
		strerror(errno));
	return THEN_FAIL;
}

static enum then stdin_run(struct loop *l)
{
	uint64_t start_ms = clock_ms(CLOCK_MONOTONIC);
	bool told = isatty(STDIN_FILENO), ready, trigger;
	enum then then;

	do {
		int left = silence_left(l, start_ms, told);

		if (left == 0) {
			silence_say();
			told = true;
		}
		then = wait_for(l, true, left == 0 ? -1 : left, &ready,
				&trigger);
		if (then == THEN_GO_ON && ready)
			then = input_read(l);
	} while (then == THEN_GO_ON);
	return then;
}

static enum then signal_run(struct loop *l)
{
	bool ready, trigger;
	enum then then;

	do {
		then = wait_for(l, false, -1, &ready, &trigger);
		if (then == THEN_GO_ON && trigger)
			then = batch_write(l);
	} while (then == THEN_GO_ON);
	return then;
}

uint64_t vmg_tick_after(uint64_t now_ms, uint64_t interval_ms)
{
	return (now_ms / interval_ms + 1) * interval_ms;
}

/* The tick is computed anew from the clock each time: no drift, nothing is made
 * up after a stop, and a clock that was set back does not silence it. */
static enum then interval_run(struct loop *l)
{
	uint64_t interval = l->options->interval_ms;
	bool ready, trigger;
	enum then then;

	do {
		uint64_t now = clock_ms(CLOCK_REALTIME);
		uint64_t tick = vmg_tick_after(now, interval);

		do {
			then = wait_for(l, false, (int)(tick - now), &ready,
					&trigger);
			now = clock_ms(CLOCK_REALTIME);
		} while (then == THEN_GO_ON && now < tick &&
			 tick - now <= interval);
		if (then == THEN_GO_ON && now >= tick && now - tick < interval)
			then = batch_write(l);
	} while (then == THEN_GO_ON);
	return then;
}

static void hint_say(const struct vmg_loop_options *options)
{
	if (options->mode == VMG_MODE_STDIN && isatty(STDIN_FILENO))
		vmg_log(VMG_SAY_INFO,
			"vmguest-execd waits for newlines: Return gives one "
			"batch, Ctrl-D ends it. --once gives one at once, "
			"--interval 1s one a second, --help shows more.");
	else if (options->mode == VMG_MODE_SIGNAL && isatty(STDERR_FILENO))
		vmg_log(VMG_SAY_INFO,
			"vmguest-execd waits for %s: each gives one batch; "
			"Ctrl-C ends it.",
			options->waits_for);
}

int vmg_loop_run(const struct vmg_loop_options *options)
{
	struct loop l = { .options = options };
	enum then then = THEN_FAIL;

	hint_say(options);
	switch (options->mode) {
	case VMG_MODE_STDIN:
		then = stdin_run(&l);
		break;
	case VMG_MODE_SIGNAL:
		then = signal_run(&l);
		break;
	case VMG_MODE_INTERVAL:
		then = interval_run(&l);
		break;
	case VMG_MODE_ONCE:
		then = batch_write(&l);
		break;
	}
	vmg_batch_release(&l.batch);
	free(l.left_out);
	return then == THEN_FAIL ? 1 : 0;
}
