/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "output.h"
#include "wait.h"

/* How long Telegraf may be silent before the setting that makes it so is named:
 * longer than any usual interval. */
#define SILENCE_MS 60000

enum outcome {
	OUTCOME_CONTINUE,
	OUTCOME_END,
	OUTCOME_FAIL, /* logged */
};

struct loop {
	const struct vmg_loop_options *options;
	struct vmg_batch batch;
	struct vmg_rows logged_left_out;
	bool *left_out; /* of the batch's points */
	size_t left_out_room;
	struct vmg_counters counters;
	int logged_errno; /* of the output; 0: it works */
	bool logged_no_memory;
};

/* True if a row of this name was logged: its bytes, say, and now its time. */
static bool name_is_logged(const struct loop *l,
			   const struct vmg_metric *metric)
{
	const struct vmg_metric *other;

	for (size_t i = 0; (other = vmg_metric_at(i)); i++)
		if (other->area == metric->area &&
		    strcmp(other->stem, metric->stem) == 0 &&
		    vmg_rows_has(&l->logged_left_out, other))
			return true;
	return false;
}

/* Once a name: a host could change its numbers from batch to batch. */
static void left_out_log(struct loop *l, const struct vmg_sample *sample)
{
	char name[VMG_NAME_SIZE];

	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];

		if (!l->left_out[i] || name_is_logged(l, point->metric))
			continue;
		vmg_rows_add(&l->logged_left_out, point->metric);
		vmg_metric_name(point->metric, name);
		vmg_log(VMG_LOG_WARNING,
			"%s%s%s cannot be represented in the format %s and is "
			"left out.",
			name, *point->instance ? " of " : "", point->instance,
			l->options->format->name);
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

/* False, and logged, if there is no memory for it. */
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
			.interval_ms = l->options->interval_ms,
			.counters = &l->counters,
		};

		l->options->format->write(&l->batch, &frame);
		left_out_log(l, &sample);
	} else {
		l->batch.failed = true;
	}
	if (l->batch.failed && !l->logged_no_memory)
		vmg_log(VMG_LOG_ERROR,
			"out of memory; batches are skipped until "
			"memory is available.");
	l->logged_no_memory = l->batch.failed;
	return !l->batch.failed;
}

static enum outcome file_write(struct loop *l)
{
	const char *path = l->options->output;

	if (vmg_output_file(path, l->batch.bytes, l->batch.len) ==
	    VMG_WRITTEN) {
		if (l->logged_errno)
			vmg_log(VMG_LOG_INFO, "%s is written again.", path);
		l->logged_errno = 0;
		return OUTCOME_CONTINUE;
	}
	if (errno != l->logged_errno) {
		l->logged_errno = errno;
		vmg_log(VMG_LOG_ERROR,
			"cannot write %.500s: %s. The previous file is kept.%s",
			path, strerror(errno),
			l->options->mode == VMG_MODE_ONCE
				? ""
				: " Fix the cause; writing resumes with the "
				  "next batch.");
	}
	return OUTCOME_FAIL;
}

static enum outcome stream_write(struct loop *l)
{
	switch (vmg_output_stream(l->batch.bytes, l->batch.len)) {
	case VMG_WRITTEN:
		return OUTCOME_CONTINUE;
	case VMG_WRITTEN_CLOSED:
	case VMG_WRITTEN_STOPPED:
		return OUTCOME_END;
	case VMG_WRITTEN_FAILED:
		break;
	}
	vmg_log(VMG_LOG_ERROR, "cannot write to standard output: %s.",
		strerror(errno));
	return OUTCOME_FAIL;
}

/* A file that cannot be written today may be tomorrow; a stream cannot. */
static enum outcome batch_write(struct loop *l)
{
	bool once = l->options->mode == VMG_MODE_ONCE;
	enum outcome outcome;

	vmg_log_report_lost();
	if (!batch_make(l))
		return once ? OUTCOME_FAIL : OUTCOME_CONTINUE;
	if (!l->options->output)
		return stream_write(l);
	outcome = file_write(l);
	return once ? outcome : OUTCOME_CONTINUE;
}

/* What an event asks for that is the same in every mode. */
static enum outcome event_take(struct loop *l, enum vmg_wake event)
{
	switch (event) {
	case VMG_WAKE_NEWLINE:
	case VMG_WAKE_TRIGGER:
		return batch_write(l);
	case VMG_WAKE_TIMEOUT:
		return OUTCOME_CONTINUE;
	case VMG_WAKE_INPUT_END:
	case VMG_WAKE_STOP:
	case VMG_WAKE_OUTPUT_CLOSED:
		return OUTCOME_END;
	case VMG_WAKE_FAILED:
		break;
	}
	return OUTCOME_FAIL;
}

static enum outcome events_run(struct loop *l)
{
	enum outcome outcome;

	do
		outcome = event_take(l, vmg_wait(VMG_WAIT_FOREVER));
	while (outcome == OUTCOME_CONTINUE);
	return outcome;
}

/* Telegraf sends a newline at each of its intervals, if its configuration says so. */
static enum outcome stdin_run(struct loop *l)
{
	enum vmg_wake first;
	enum outcome outcome;

	if (vmg_input_is_terminal())
		return events_run(l);
	first = vmg_wait(SILENCE_MS);
	if (first == VMG_WAKE_TIMEOUT)
		vmg_log(VMG_LOG_WARNING,
			"no newline came on standard input for 60 s, so "
			"nothing is written. In Telegraf set signal = "
			"\"STDIN\" in [[inputs.execd]]: its default is "
			"\"none\". Elsewhere: --interval 10s.");
	outcome = event_take(l, first);
	return outcome == OUTCOME_CONTINUE ? events_run(l) : outcome;
}

uint64_t vmg_tick_after(uint64_t now_ms, uint64_t interval_ms)
{
	return (now_ms / interval_ms + 1) * interval_ms;
}

static uint64_t wall_ms(void)
{
	return vmg_clock_wall_ns() / 1000000;
}

/* The tick is calculated from the clock each time: no drift, a tick that was
 * missed is skipped, and a clock that was set back does not silence it. */
static enum outcome interval_run(struct loop *l)
{
	uint64_t interval = l->options->interval_ms;
	enum outcome outcome;

	do {
		uint64_t now = wall_ms();
		uint64_t tick = vmg_tick_after(now, interval);

		do {
			outcome =
				event_take(l, vmg_wait((int64_t)(tick - now)));
			now = wall_ms();
		} while (outcome == OUTCOME_CONTINUE && now < tick &&
			 tick - now <= interval);
		if (outcome == OUTCOME_CONTINUE && now >= tick &&
		    now - tick < interval)
			outcome = batch_write(l);
	} while (outcome == OUTCOME_CONTINUE);
	return outcome;
}

static void hint_log(const struct vmg_loop_options *options)
{
	if (!vmg_input_is_terminal())
		return;
	if (options->mode == VMG_MODE_STDIN)
		vmg_log(VMG_LOG_INFO,
			"waiting for newlines: press Return for a batch, "
			"%s to end. --once writes one batch at once, "
			"--interval 1s one a second; --help shows more.",
			vmg_input_end_keys());
	else if (options->mode == VMG_MODE_SIGNAL)
		vmg_log(VMG_LOG_INFO,
			"waiting for %s: each gives one batch; press Ctrl-C "
			"to end.",
			options->waits_for);
}

int vmg_loop_run(const struct vmg_loop_options *options)
{
	struct loop l = { .options = options };
	enum outcome outcome = OUTCOME_FAIL;

	hint_log(options);
	switch (options->mode) {
	case VMG_MODE_STDIN:
		outcome = stdin_run(&l);
		break;
	case VMG_MODE_SIGNAL:
		outcome = events_run(&l);
		break;
	case VMG_MODE_INTERVAL:
		outcome = interval_run(&l);
		break;
	case VMG_MODE_ONCE:
		outcome = batch_write(&l);
		break;
	}
	vmg_batch_release(&l.batch);
	vmg_counters_release(&l.counters);
	free(l.left_out);
	return outcome == OUTCOME_FAIL ? 1 : 0;
}
