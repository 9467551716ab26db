/* SPDX-License-Identifier: MIT */
#include "metrics.h"
#include "derive.h"
#include "explain.h"
#include "guest.h"
#include "missing.h"
#include "pool.h"
#include "say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Reads from one try to the next while the host says no for good: a minute at
 * collectd's usual interval, then less and less, but a virtual machine that was
 * moved must not stay silent for long. */
#define PAUSE_FIRST 6
#define PAUSE_LONGEST 60

enum memory_from {
	MEMORY_NOT_ASKED,
	MEMORY_FROM_HOST,
	MEMORY_FROM_KERNEL,
	MEMORY_UNKNOWN,
};

/* What the log has been told already. */
struct told {
	enum vmg_cause cause;
	enum memory_from memory;
	bool up;
	uint64_t session; /* 0: none yet */
};

struct vmg_sampler {
	struct vmg_sampler_options options;
	VMGuestLibHandle own; /* NULL while closed, and with thread_handles */

	struct vmg_read reads[2]; /* the last success, and a free place */
	unsigned last;
	bool has_last;
	char session_text[VMG_SESSION_SIZE];
	struct vmg_pool pool;

	enum memory_from memory_from; /* in this session */
	uint64_t memory_mb;

	uint64_t session_changes, channel_reopens;
	enum vmg_cause paused_for;
	unsigned pause; /* reads from one try to the next; 0: each one */
	unsigned skip;	/* reads still to leave out */
	struct told told;
	struct vmg_missing missing;
	struct vmg_sayer sayer;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum vmg_cause cause_of_error(VMGuestLibError err)
{
	switch (err) {
	case VMGUESTLIB_ERROR_SUCCESS:
		return VMG_CAUSE_NONE;
	case VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM:
		return VMG_CAUSE_NOT_VM;
	case VMGUESTLIB_ERROR_NOT_ENABLED:
		return VMG_CAUSE_REFUSED;
	case VMGUESTLIB_ERROR_MEMORY:
		return VMG_CAUSE_NO_MEMORY;
	default:
		return VMG_CAUSE_NO_REPLY;
	}
}

/* Opening has no finer cause than its code; it fails for want of a process or
 * memory, or because there is no host. */
static enum vmg_cause cause_of_open(VMGuestLibError err)
{
	enum vmg_cause cause = cause_of_error(err);

	return cause == VMG_CAUSE_NO_REPLY ? VMG_CAUSE_PROBE_LIMITED : cause;
}

static void own_close(struct vmg_sampler *s)
{
	if (s->own)
		VMGuestLib_CloseHandle(s->own);
	s->own = NULL;
}

static VMGuestLibError handle_take(struct vmg_sampler *s,
				   VMGuestLibHandle *handle)
{
	VMGuestLibError err = VMGUESTLIB_ERROR_SUCCESS;

	if (s->options.thread_handles)
		return vmg_thread_handle(handle, NULL);
	if (!s->own)
		err = VMGuestLib_OpenHandle(&s->own);
	*handle = s->own;
	return err;
}

/* Counted around the update: the handle may be another one at the next read. */
static VMGuestLibError update(struct vmg_sampler *s, VMGuestLibHandle handle)
{
	uint64_t before = 0, after = 0;
	VMGuestLibError err;

	vmg_channel_reopens(handle, &before);
	err = VMGuestLib_UpdateInfo(handle);
	vmg_channel_reopens(handle, &after);
	if (after > before)
		s->channel_reopens += after - before;
	return err;
}

/* On success failure->cause is NONE, and handle and session are set. */
static void host_ask(struct vmg_sampler *s, VMGuestLibHandle *handle,
		     VMSessionId *session, struct vmg_failure *failure)
{
	VMGuestLibError err = handle_take(s, handle);

	*failure = (struct vmg_failure){ .cause = cause_of_open(err) };
	if (err != VMGUESTLIB_ERROR_SUCCESS)
		return;
	err = update(s, *handle);
	if (err == VMGUESTLIB_ERROR_SUCCESS)
		err = VMGuestLib_GetSessionId(*handle, session);
	if (err == VMGUESTLIB_ERROR_SUCCESS)
		return;
	vmg_update_failure(*handle, failure);
	if (failure->cause == VMG_CAUSE_NONE)
		*failure = (struct vmg_failure){ .cause = cause_of_error(err) };
	/* A new handle looks for a host again; a closed one is of no use. */
	if (failure->cause == VMG_CAUSE_NOT_VM ||
	    err == VMGUESTLIB_ERROR_INVALID_HANDLE)
		own_close(s);
}

static void pause_set(struct vmg_sampler *s, enum vmg_cause cause)
{
	if (!vmg_cause_lasts(cause))
		s->pause = 0;
	else if (s->pause == 0 || cause != s->paused_for)
		s->pause = PAUSE_FIRST;
	else if (s->pause < PAUSE_LONGEST / 2)
		s->pause *= 2;
	else
		s->pause = PAUSE_LONGEST;
	s->paused_for = cause;
	s->skip = s->pause > 0 ? s->pause - 1 : 0;
}

static void failure_say(struct vmg_sampler *s,
			const struct vmg_failure *failure)
{
	char text[VMG_SAY_SIZE];

	if (!s->told.up && s->told.cause == failure->cause)
		return;
	if (!vmg_sayer_may(&s->sayer, VMG_TOPIC_ANSWER))
		return;
	s->told.up = false;
	s->told.cause = failure->cause;
	vmg_explain_failure(failure, text);
	if (s->options.once)
		vmg_sayer_say(&s->sayer, VMG_SAY_WARNING, "%s", text);
	else if (vmg_cause_lasts(failure->cause))
		vmg_sayer_say(&s->sayer, VMG_SAY_WARNING,
			      "%s Asked again after %d reads, later every %d.",
			      text, PAUSE_FIRST, PAUSE_LONGEST);
	else
		vmg_sayer_say(&s->sayer, VMG_SAY_WARNING,
			      "%s Asked again at the next read.", text);
}

static struct vmg_cell cell_read(VMGuestLibHandle handle, unsigned id)
{
	const struct vmg_stat *stat = id ? vmg_stat_by_id(id) : NULL;
	struct vmg_cell cell = { .given = VMG_GIVEN_NOT_SENT };

	if (!stat)
		return cell;
	switch (vmg_stat_read(handle, stat, &cell.value)) {
	case VMGUESTLIB_ERROR_SUCCESS:
		cell.given = VMG_GIVEN_VALUE;
		break;
	case VMGUESTLIB_ERROR_UNSUPPORTED_VERSION:
		break;
	default:
		cell.given = VMG_GIVEN_NOT_VALID;
	}
	return cell;
}

static void read_fill(struct vmg_read *read, VMGuestLibHandle handle)
{
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		struct vmg_cell *cell = &read->cells[i], second;

		*cell = (struct vmg_cell){ .given = VMG_GIVEN_NOT_SENT };
		if (metric->source != VMG_SOURCE_WIRE ||
		    metric->number == VMG_NUMBER_TEXT)
			continue;
		*cell = cell_read(handle, metric->ids[0]);
		if (cell->given == VMG_GIVEN_VALUE)
			continue;
		second = cell_read(handle, metric->ids[1]);
		if (second.given > cell->given)
			*cell = second;
	}
}

static bool any_selected(const struct vmg_sampler *s, const enum vmg_row *rows,
			 size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (vmg_selection_has(&s->options.selection, rows[i]))
			return true;
	return false;
}

static uint64_t vcpus_count(const struct vmg_sampler *s)
{
	static const enum vmg_row users[] = {
		VMG_ROW_CPU_USED,
		VMG_ROW_CPU_STOLEN,
		VMG_ROW_CPU_LIMIT_BINDING,
		VMG_ROW_VCPUS,
	};

	if (s->options.vcpus > 0)
		return s->options.vcpus;
	if (!any_selected(s, users, sizeof users / sizeof users[0]))
		return 0;
	return vmg_guest_vcpus();
}

static void memory_say(struct vmg_sampler *s)
{
	if (s->told.memory == s->memory_from ||
	    !vmg_sayer_may(&s->sayer, VMG_TOPIC_MEMORY))
		return;
	s->told.memory = s->memory_from;
	if (s->memory_from == MEMORY_FROM_HOST)
		vmg_sayer_say(&s->sayer, VMG_SAY_INFO,
			      "configured memory: %" PRIu64
			      " MB, from the host.",
			      s->memory_mb);
	else if (s->memory_from == MEMORY_FROM_KERNEL)
		vmg_sayer_say(&s->sayer, VMG_SAY_INFO,
			      "configured memory: %" PRIu64
			      " MB, the kernel's MemTotal, which is a little "
			      "less; the host did not tell.",
			      s->memory_mb);
	else
		vmg_sayer_say(&s->sayer, VMG_SAY_WARNING,
			      "configured memory: not known, neither from the "
			      "host nor from /proc/meminfo; no percentage of "
			      "it is published.");
}

/* Once a session: it changes with memory hot-plug only. */
static uint64_t memory_configured(struct vmg_sampler *s,
				  VMGuestLibHandle handle)
{
	static const enum vmg_row users[] = {
		VMG_ROW_MEMORY_ACTIVE_SHARE,
		VMG_ROW_MEMORY_BALLOONED_SHARE,
		VMG_ROW_MEMORY_LIMIT_BINDING,
	};

	if (!any_selected(s, users, sizeof users / sizeof users[0]))
		return 0;
	if (s->memory_from != MEMORY_NOT_ASKED)
		return s->memory_mb;
	s->memory_from = MEMORY_FROM_HOST;
	if (vmg_memory_size_mb(handle, &s->memory_mb) !=
	    VMGUESTLIB_ERROR_SUCCESS)
		s->memory_mb = 0;
	if (s->memory_mb == 0) {
		s->memory_from = MEMORY_FROM_KERNEL;
		s->memory_mb = vmg_guest_memory_mb();
	}
	if (s->memory_mb == 0)
		s->memory_from = MEMORY_UNKNOWN;
	memory_say(s);
	return s->memory_mb;
}

static void answer_say(struct vmg_sampler *s)
{
	if (s->told.up || !vmg_sayer_may(&s->sayer, VMG_TOPIC_ANSWER))
		return;
	vmg_sayer_say(&s->sayer, VMG_SAY_INFO,
		      "the host gives its statistics, session %s.",
		      s->session_text);
	s->told.up = true;
	s->told.cause = VMG_CAUSE_NONE;
}

static void session_say(struct vmg_sampler *s, struct vmg_sample *sample)
{
	char old[VMG_SESSION_SIZE];

	if (s->told.session == 0)
		s->told.session = sample->session;
	if (s->told.session == sample->session ||
	    !vmg_sayer_may(&s->sayer, VMG_TOPIC_SESSION))
		return;
	vmg_session_text(s->told.session, old);
	vmg_sayer_say(&s->sayer, VMG_SAY_INFO,
		      "session changed from %s to %s: this VM was moved, "
		      "resumed, reverted or reset. Rates start anew.",
		      old, s->session_text);
	sample->told_session = s->told.session;
	s->told.session = sample->session;
}

static void session_note(struct vmg_sampler *s, struct vmg_sample *sample,
			 uint64_t session)
{
	uint64_t previous = s->has_last ? s->reads[s->last].session : session;

	vmg_session_text(session, s->session_text);
	sample->session = session;
	answer_say(s);
	session_say(s, sample);
	if (session == previous)
		return;
	sample->session_changed = true;
	s->session_changes++;
	s->memory_from = MEMORY_NOT_ASKED;
}

static void put_whole(struct vmg_sample *sample, enum vmg_row row,
		      uint64_t whole)
{
	sample->readings[row].present = true;
	sample->readings[row].whole = whole;
}

static void put_text(struct vmg_sample *sample, enum vmg_row row,
		     const char *text)
{
	sample->readings[row].present = text != NULL;
	sample->readings[row].text = text;
}

static void statistics_fill(struct vmg_sampler *s, struct vmg_sample *sample,
			    VMGuestLibHandle handle, uint64_t session)
{
	const struct vmg_read *before = s->has_last ? &s->reads[s->last] : NULL;
	struct vmg_read *now = &s->reads[!s->last];
	struct vmg_guest guest;

	session_note(s, sample, session);
	now->session = session;
	read_fill(now, handle);
	guest.vcpus = vcpus_count(s);
	guest.memory_mb = memory_configured(s, handle);
	vmg_derive(now, before, &guest, sample->readings);

	sample->resource_pool = vmg_pool_read(&s->pool, handle);
	put_text(sample, VMG_ROW_RESOURCE_POOL, sample->resource_pool);
	put_text(sample, VMG_ROW_SESSION_ID, s->session_text);
	put_whole(sample, VMG_ROW_UNAVAILABLE,
		  vmg_missing_count(&s->missing, now, &s->options.selection,
				    &s->sayer));
	vmg_missing_derived(&s->missing, now, sample->readings,
			    &s->options.selection, &s->sayer);
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (!vmg_selection_has(&s->options.selection, i))
			sample->readings[i].present = false;
	s->last = !s->last;
	s->has_last = true;
}

void vmg_sampler_read(struct vmg_sampler *s, struct vmg_sample *sample)
{
	double start = now_seconds();
	struct vmg_failure failure;
	VMGuestLibHandle handle;
	VMSessionId session;

	*sample = (struct vmg_sample){ 0 };
	vmg_sayer_count(&s->sayer);
	if (s->skip > 0) {
		s->skip--;
	} else {
		host_ask(s, &handle, &session, &failure);
		pause_set(s, failure.cause);
		sample->up = failure.cause == VMG_CAUSE_NONE;
		if (sample->up)
			statistics_fill(s, sample, handle, session);
		else
			failure_say(s, &failure);
	}
	put_whole(sample, VMG_ROW_UP, sample->up);
	put_whole(sample, VMG_ROW_SESSION_CHANGES, s->session_changes);
	put_whole(sample, VMG_ROW_CHANNEL_REOPENS, s->channel_reopens);
	sample->readings[VMG_ROW_READ].present = true;
	sample->readings[VMG_ROW_READ].real = now_seconds() - start;
}

struct vmg_sampler *vmg_sampler_open(const struct vmg_sampler_options *options)
{
	struct vmg_sampler *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->options = *options;
	s->sayer.say = options->say;
	s->sayer.ctx = options->say_ctx;
	vmg_missing_init(&s->missing);
	return s;
}

void vmg_sampler_close(struct vmg_sampler *s)
{
	if (!s)
		return;
	own_close(s);
	vmg_pool_release(&s->pool);
	free(s);
}
