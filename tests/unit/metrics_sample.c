/* SPDX-License-Identifier: MIT */
/* The sampler on a library and a guest of the test's own. */
#include "guest.h"
#include "memory.h"
#include "metrics_fakelib.h"
#include "row.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned guest_vcpus;
static uint64_t guest_memory_mb, guest_clock_ns;

unsigned vmg_guest_vcpus(void)
{
	return guest_vcpus;
}

uint64_t vmg_guest_memory_mb(void)
{
	return guest_memory_mb;
}

uint64_t vmg_guest_clock_ns(void)
{
	return guest_clock_ns++;
}

uint64_t vmg_guest_time_ns(void)
{
	return 1700000000123456789u;
}

static char said[16384];
static unsigned lines;

static void hear(void *ctx, enum vmg_log_level level, const char *text)
{
	size_t len = strlen(said);

	cr_assert(eq(ptr, ctx, &said));
	cr_expect(lt(sz, strlen(text), VMG_LOG_SIZE));
	lines++;
	snprintf(said + len, sizeof said - len, "%c! %s\n", "EWID"[level],
		 text);
}

static void forget(void)
{
	said[0] = '\0';
	lines = 0;
}

static unsigned times_said(const char *words)
{
	unsigned count = 0;

	for (const char *at = said; (at = strstr(at, words)); at++)
		count++;
	return count;
}

static struct vmg_sampler_options options;
static struct vmg_sampler *sampler;
static struct vmg_sample sample;

static void setup(void)
{
	fake_init();
	guest_vcpus = 4;
	guest_memory_mb = 7900;
	options.log = hear;
	options.log_ctx = &said;
	sampler = NULL;
}

static void teardown(void)
{
	vmg_sampler_close(sampler);
}

TestSuite(sample, .init = setup, .fini = teardown);

static void sampler_open(void)
{
	sampler = vmg_sampler_open(&options);
	cr_assert(ne(ptr, sampler, NULL));
}

static void sample_read(void)
{
	vmg_sampler_read(sampler, &sample);
}

static void sample_first(void)
{
	sampler_open();
	sample_read();
	cr_assert(sample.up);
	forget();
}

static const struct vmg_point *point(enum vmg_row row)
{
	for (size_t i = 0; i < sample.point_count; i++)
		if (sample.points[i].metric == vmg_metric_at(row))
			return &sample.points[i];
	return NULL;
}

static bool present(enum vmg_row row)
{
	return point(row) != NULL;
}

static union vmg_value value(enum vmg_row row)
{
	cr_assert(present(row), "%s", vmg_metric_at(row)->what);
	return point(row)->value;
}

static uint64_t whole(enum vmg_row row)
{
	return value(row).whole;
}

static double real(enum vmg_row row)
{
	return value(row).real;
}

static void refuse(enum vmg_cause cause)
{
	fake.failure.cause = cause;
	fake.update_error = cause == VMG_CAUSE_REFUSED
				    ? VMGUESTLIB_ERROR_NOT_ENABLED
				    : VMGUESTLIB_ERROR_OTHER;
}

Test(sample, has_every_number_of_the_host)
{
	const struct vmg_metric *metric;

	sampler_open();
	sample_read();
	for (size_t i = 0; (metric = vmg_metric_at(i)); i++)
		if (metric->source == VMG_SOURCE_WIRE &&
		    vmg_metric_number(metric) != VMG_NUMBER_TEXT)
			cr_expect(eq(u64, whole(i), 1000 + metric->ids[0]));
	cr_expect(sample.up);
	cr_expect(eq(u64, sample.session, 0x1122334455667788));
	cr_expect(not(sample.session_changed));
	cr_expect(eq(u64, whole(VMG_ROW_UP), 1));
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 0));
	cr_expect(eq(u64, whole(VMG_ROW_VCPUS), 4));
	cr_expect(eq(str, (char *)value(VMG_ROW_SESSION_ID).text,
		     (char *)"0x1122334455667788"));
	cr_expect(present(VMG_ROW_READ));
	cr_expect(ge(dbl, real(VMG_ROW_READ), 0));
	cr_expect(lt(dbl, real(VMG_ROW_READ), 10));
	cr_expect(not(present(VMG_ROW_CPU_USED))); /* waits for a second read */
}

Test(sample, computes_between_two_reads)
{
	sample_first();
	fake_value(17, 1017 + 1000);
	fake_value(4, 1004 + 2000);
	sample_read();
	cr_expect(present(VMG_ROW_CPU_USED));
	cr_expect(eq(dbl, real(VMG_ROW_CPU_USED), 0.5));
	/* Across a read that failed as well: it is the same session. */
	refuse(VMG_CAUSE_DAMAGED);
	sample_read();
	cr_assert(not(sample.up));
	refuse(VMG_CAUSE_NONE);
	fake_value(17, 1017 + 3000);
	fake_value(4, 1004 + 4000);
	sample_read();
	cr_expect(eq(dbl, real(VMG_ROW_CPU_USED), 0.25));
}

Test(sample, takes_the_wider_shares_else_the_narrow_ones)
{
	sampler_open();
	fake_value(38, 0x100000000);
	fake_not_valid(8);
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_MEMORY_SHARES), 0x100000000));
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 0));
	fake_not_sent(38);
	fake_value(8, 77);
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_MEMORY_SHARES), 77));
	fake_not_valid(8);
	sample_read();
	cr_expect(not(present(VMG_ROW_MEMORY_SHARES)));
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 1));
}

Test(sample, does_not_count_unlimited_nor_texts_as_unavailable)
{
	sampler_open();
	fake_value(2, 0xFFFFFFFF);
	fake_value(7, 0xFFFFFFFF);
	fake.pool[0] = NULL;
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 0));
	cr_expect(not(present(VMG_ROW_CPU_LIMIT)));
	cr_expect(eq(ptr, (void *)sample.resource_pool, NULL));
}

Test(sample, says_what_is_missing_once_for_each_reason)
{
	sampler_open();
	fake_not_sent(31);
	fake_not_sent(36);
	fake_not_valid(19);
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 3));
	cr_expect(eq(uint,
		     times_said("which is too old: memory_zipped, "
				"memory_balloon_max\n"),
		     1),
		  "%s", said);
	cr_expect(eq(uint, times_said("without a value: cpu_stolen\n"), 1),
		  "%s", said);
	forget();
	sample_read();
	cr_expect(eq(uint, lines, 0), "%s", said);
	fake_value(31, 1); /* the set changed: said again */
	sample_read();
	cr_expect(eq(uint, times_said("which is too old: memory_balloon_max\n"),
		     1),
		  "%s", said);
	cr_expect(eq(uint, lines, 1), "%s", said);
	forget();
	fake_value(36, 1);
	fake_value(19, 1);
	sample_read();
	cr_expect(eq(uint, times_said("has a value again"), 1), "%s", said);
	cr_expect(eq(uint, lines, 1), "%s", said);
}

/* From an old host to one that hides them, which no line may call a value. */
Test(sample, does_not_call_hidden_statistics_given)
{
	for (unsigned id = 21; id <= 30; id++)
		fake_not_sent(id);
	sample_first();
	for (unsigned id = 21; id <= 30; id++)
		fake_not_valid(id);
	sample_read();
	cr_expect(eq(uint, times_said("host information is off"), 1), "%s",
		  said);
	cr_expect(
		eq(uint,
		   times_said("I! every selected statistic has a value again, "
			      "except host information.\n"),
		   1),
		"%s", said);
	cr_expect(eq(uint, lines, 2), "%s", said);
}

Test(sample, says_what_cannot_be_computed_and_why)
{
	cr_assert(vmg_choice_add(&options.selection.only, "memory_reclaimed"));
	sampler_open();
	sample_read();
	cr_expect(eq(uint, times_said("cannot be calculated"), 0), "%s", said);
	fake_not_sent(31);
	sample_read();
	sample_read();
	cr_expect(not(present(VMG_ROW_MEMORY_RECLAIMED)));
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 0));
	cr_expect(
		eq(uint,
		   times_said("W! memory_reclaimed cannot be calculated: this "
			      "host provides no memory_zipped.\n"),
		   1),
		"%s", said);
}

/* The line that names the statistic itself says enough. */
Test(sample, says_a_missing_statistic_once_whatever_is_computed_of_it)
{
	cr_assert(vmg_choice_add(&options.selection.only, "memory"));
	fake_not_sent(31);
	sampler_open();
	sample_read();
	cr_expect(eq(uint, times_said("memory_zipped"), 1), "%s", said);
	cr_expect(eq(uint, times_said("cannot be calculated"), 0), "%s", said);
}

Test(sample, says_missing_ones_not_again_after_a_downtime)
{
	fake_not_valid(19);
	sample_first();
	refuse(VMG_CAUSE_DAMAGED);
	sample_read();
	refuse(VMG_CAUSE_NONE);
	sample_read();
	cr_expect(eq(uint, times_said("cpu_stolen"), 0), "%s", said);
}

Test(sample, counts_selected_statistics_only)
{
	cr_assert(vmg_choice_add(&options.selection.only, "memory"));
	fake_not_valid(19);
	fake_not_valid(16);
	sampler_open();
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 1));
	cr_expect(not(present(VMG_ROW_CPU_SHARES)));
	cr_expect(present(VMG_ROW_MEMORY_SHARES));
	cr_expect(eq(uint, times_said("cpu_stolen"), 0), "%s", said);
}

Test(sample, calls_hidden_host_information_normal)
{
	sampler_open();
	for (unsigned id = 21; id <= 30; id++)
		fake_not_valid(id);
	sample_read();
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 0));
	cr_expect(eq(uint, times_said("I! host information is off"), 1), "%s",
		  said);
	cr_expect(eq(uint, times_said("W!"), 0), "%s", said);
	cr_expect(present(VMG_ROW_HOST_CPU));
	cr_expect(not(present(VMG_ROW_HOST_CPU_CORES)));
	/* A host that does not know them has not turned them on. */
	for (unsigned id = 21; id <= 30; id++)
		fake_not_sent(id);
	sample_read();
	cr_expect(eq(uint, times_said("host information is on"), 0), "%s",
		  said);
	for (unsigned id = 21; id <= 30; id++)
		fake_not_valid(id);
	/* One of them has a value: the others are missing indeed. */
	fake_value(26, 262144);
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 9));
	cr_expect(eq(uint, times_said("host information is on"), 1), "%s",
		  said);
}

Test(sample, counts_host_information_that_was_never_sent)
{
	sampler_open();
	for (unsigned id = 18; id <= 38; id++)
		fake_not_sent(id);
	sample_read();
	/* 19, 20, 21..30, 31..36; 8 stands in for 38, texts do not count. */
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 18));
	cr_expect(eq(uint, times_said("host information"), 0), "%s", said);
}

Test(sample, keeps_quiet_about_a_host_nobody_asked_for)
{
	options.selection.no_host = true;
	sampler_open();
	for (unsigned id = 21; id <= 30; id++)
		fake_not_valid(id);
	sample_read();
	cr_expect(eq(uint, times_said("host information"), 0), "%s", said);
	cr_expect(present(VMG_ROW_HOST_CPU));
}

static void expect_down(void)
{
	cr_expect(not(sample.up));
	cr_expect(eq(u64, sample.session, 0));
	cr_expect(eq(u64, whole(VMG_ROW_UP), 0));
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		cr_expect(eq(int, present(i),
			     i == VMG_ROW_VERSION || i == VMG_ROW_CAUSE ||
				     i == VMG_ROW_UP ||
				     i == VMG_ROW_SESSION_CHANGES ||
				     i == VMG_ROW_CHANNEL_REOPENS ||
				     i == VMG_ROW_READ),
			  "row %zu", i);
}

Test(sample, has_six_points_while_down)
{
	sample_first();
	refuse(VMG_CAUSE_TIMEOUT);
	sample_read();
	expect_down();
	cr_expect(eq(str, (char *)value(VMG_ROW_CAUSE).text, "timeout"));
	refuse(VMG_CAUSE_REFUSED);
	sample_read();
	cr_expect(eq(str, (char *)value(VMG_ROW_CAUSE).text, "disabled"));
	cr_expect(eq(ptr, (void *)sample.resource_pool, NULL));
}

Test(sample, asks_again_at_once_after_a_passing_failure)
{
	static const enum vmg_cause causes[] = {
		VMG_CAUSE_NO_CHANNEL, VMG_CAUSE_CHANNEL_LOST,
		VMG_CAUSE_TIMEOUT,    VMG_CAUSE_NO_REPLY,
		VMG_CAUSE_DAMAGED,    VMG_CAUSE_NO_MEMORY,
	};

	sampler_open();
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
		forget();
		refuse(causes[i]);
		fake.updates = 0;
		for (int n = 0; n < 5; n++)
			sample_read();
		expect_down();
		cr_expect(eq(uint, fake.updates, 5));
		cr_expect(eq(uint, lines, 1), "%s", said);
		cr_expect(eq(uint, times_said("W! "), 1), "%s", said);
		cr_expect(eq(uint, times_said("at the next read"), 1), "%s",
			  said);
	}
}

/* Reads until the host is asked; returns how many it took. */
static unsigned reads_to_next_ask(void)
{
	unsigned asked = fake.updates + fake.opens, reads = 0;

	do {
		sample_read();
		reads++;
	} while (fake.updates + fake.opens == asked && reads < 1000);
	return reads;
}

Test(sample, promises_another_read_unless_there_is_none)
{
	static const enum vmg_cause causes[] = { VMG_CAUSE_REFUSED,
						 VMG_CAUSE_DAMAGED };

	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
		for (int once = 0; once <= 1; once++) {
			options.once = once;
			sampler_open();
			refuse(causes[i]);
			forget();
			sample_read();
			cr_expect(eq(uint, lines, 1), "%s", said);
			cr_expect(eq(uint, times_said(" Retrying"), !once),
				  "%s", said);
			vmg_sampler_close(sampler);
			sampler = NULL;
		}
}

Test(sample, asks_less_and_less_after_a_lasting_failure)
{
	static const unsigned steps[] = { 1, 6, 12, 24, 48, 60, 60, 60 };

	sampler_open();
	refuse(VMG_CAUSE_REFUSED);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		cr_expect(eq(uint, reads_to_next_ask(), steps[i]), "step %zu",
			  i);
		expect_down();
	}
	cr_expect(eq(uint, lines, 1), "%s", said);
	cr_expect(eq(uint,
		     times_said("isolation.tools.guestlibGetInfo.disable "
				"= \"FALSE\""),
		     1),
		  "%s", said);
	/* Allowed again: recovers by itself, and a new refusal begins anew. */
	forget();
	refuse(VMG_CAUSE_NONE);
	cr_expect(eq(uint, reads_to_next_ask(), 60));
	cr_expect(sample.up);
	cr_expect(eq(uint, times_said("I! receiving statistics from the host"),
		     1),
		  "%s", said);
	refuse(VMG_CAUSE_REFUSED);
	cr_expect(eq(uint, reads_to_next_ask(), 1));
	cr_expect(eq(uint, reads_to_next_ask(), 6));
}

Test(sample, begins_the_pauses_anew_with_another_cause)
{
	sampler_open();
	refuse(VMG_CAUSE_REFUSED);
	reads_to_next_ask();
	reads_to_next_ask();
	refuse(VMG_CAUSE_UNKNOWN_COMMAND);
	cr_expect(eq(uint, reads_to_next_ask(), 12));
	cr_expect(eq(uint, reads_to_next_ask(), 6));
	cr_expect(eq(uint, lines, 2), "%s", said);
}

Test(sample, looks_for_a_host_again_where_there_was_none)
{
	sampler_open();
	fake.open_cause = VMG_CAUSE_NOT_VM;
	sample_read();
	expect_down();
	cr_expect(eq(uint, times_said("W! not in a VMware VM"), 1), "%s", said);
	cr_expect(eq(uint, reads_to_next_ask(), 6));
	cr_expect(eq(uint, reads_to_next_ask(), 12));
	fake.open_cause = VMG_CAUSE_NONE;
	cr_expect(eq(uint, reads_to_next_ask(), 24));
	cr_expect(sample.up);
}

Test(sample, opens_anew_when_the_host_is_gone)
{
	sample_first();
	cr_expect(eq(uint, fake.opens, 1));
	sample_read();
	cr_expect(eq(uint, fake.opens, 1));
	refuse(VMG_CAUSE_NOT_VM);
	sample_read();
	cr_expect(eq(uint, fake.closes, 1));
	refuse(VMG_CAUSE_NONE);
	for (int i = 0; i < 6; i++)
		sample_read();
	cr_expect(eq(uint, fake.opens, 2));
	cr_expect(sample.up);
}

Test(sample, opens_anew_when_the_handle_was_closed)
{
	fake.reopens = 2;
	sample_first();
	fake.closed = true;
	sample_read();
	expect_down();
	cr_expect(eq(uint, lines, 1), "%s", said);
	cr_expect(eq(u64, whole(VMG_ROW_CHANNEL_REOPENS), 2));
	fake.closed = false;
	sample_read();
	cr_expect(sample.up);
	cr_expect(eq(uint, fake.opens, 2));
}

Test(sample, does_without_an_update_that_left_no_session)
{
	sample_first();
	fake.session = 0;
	sample_read();
	expect_down();
	cr_expect(eq(uint, times_said("sent no reply"), 1), "%s", said);
	cr_expect(eq(uint, fake.closes, 0));
	fake.session = 7;
	sample_read();
	cr_expect(sample.up);
}

Test(sample, tells_a_refused_handle_from_no_host)
{
	sampler_open();
	fake.open_cause = VMG_CAUSE_REFUSED;
	sample_read();
	expect_down();
	cr_expect(eq(uint,
		     times_said("guest statistics are disabled for this VM"),
		     1),
		  "%s", said);
}

static bool no_memory;

/* Linked with --wrap=calloc. */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return no_memory ? NULL : __real_calloc(n, size);
}

Test(sample, needs_memory_for_a_sampler)
{
	no_memory = true;
	cr_expect(eq(ptr, vmg_sampler_open(&options), NULL));
}

Test(sample, tells_a_failed_probe_from_no_host)
{
	sampler_open();
	fake.open_cause = VMG_CAUSE_PROBE_LIMITED;
	sample_read();
	cr_expect(eq(uint, times_said("could not find out"), 1), "%s", said);
	fake.open_cause = VMG_CAUSE_NO_MEMORY;
	sample_read();
	cr_expect(eq(uint, times_said("out of memory"), 1), "%s", said);
	fake.open_cause = VMG_CAUSE_NONE;
	sample_read();
	cr_expect(sample.up);
}

Test(sample, notices_a_new_session_once)
{
	sample_first();
	fake.session = 0xABC;
	fake_value(17, 5000);
	sample_read();
	cr_expect(sample.session_changed);
	cr_expect(eq(u64, sample.logged_session, 0x1122334455667788));
	cr_expect(eq(u64, sample.session, 0xABC));
	cr_expect(eq(u64, whole(VMG_ROW_SESSION_CHANGES), 1));
	cr_expect(not(present(VMG_ROW_CPU_USED))); /* no rate across it */
	cr_expect(eq(uint,
		     times_said("session changed from 0x1122334455667788 to "
				"0x0000000000000abc"),
		     1),
		  "%s", said);
	forget();
	fake_value(17, 6000);
	sample_read();
	cr_expect(not(sample.session_changed));
	cr_expect(eq(u64, sample.logged_session, 0));
	cr_expect(present(VMG_ROW_CPU_USED));
	cr_expect(eq(u64, whole(VMG_ROW_SESSION_CHANGES), 1));
	cr_expect(eq(uint, lines, 0), "%s", said);
}

Test(sample, notices_a_new_session_across_a_downtime)
{
	sample_first();
	refuse(VMG_CAUSE_CHANNEL_LOST);
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_SESSION_CHANGES), 0));
	refuse(VMG_CAUSE_NONE);
	fake.session = 0xABC;
	sample_read();
	cr_expect(sample.session_changed);
	cr_expect(eq(u64, whole(VMG_ROW_SESSION_CHANGES), 1));
}

/* More lines than this no topic has in so many reads. */
static unsigned lines_most(unsigned reads)
{
	return VMG_LOG_CREDIT + reads / VMG_LOG_PACE + 1;
}

Test(sample, does_not_fill_the_log_for_a_host_that_says_yes_and_no)
{
	sample_first();
	for (unsigned n = 0; n < 1000; n++) {
		refuse(n % 2 ? VMG_CAUSE_NONE : VMG_CAUSE_DAMAGED);
		sample_read();
		cr_expect(eq(int, sample.up, n % 2));
	}
	cr_expect(ge(uint, lines, lines_most(1000) - 2), "%s", said);
	cr_expect(le(uint, lines, lines_most(1000)), "%s", said);
	cr_expect(
		eq(uint, times_said("W! the host's answer keeps changing"), 1),
		"%s", said);
	/* Of the rest, each is logged as ever. */
	forget();
	fake_not_valid(19);
	fake.session = 0xABC;
	sample_read();
	cr_expect(eq(uint, times_said("without a value: cpu_stolen"), 1), "%s",
		  said);
	cr_expect(eq(uint, times_said("session changed"), 1), "%s", said);
	/* And in the end the log knows how it is, and that once. */
	refuse(VMG_CAUSE_TIMEOUT);
	forget();
	for (unsigned n = 0; n < 2 * VMG_LOG_PACE; n++)
		sample_read();
	cr_expect(eq(uint, times_said("took longer than a second"), 1), "%s",
		  said);
	refuse(VMG_CAUSE_NONE);
	for (unsigned n = 0; n < VMG_LOG_CREDIT * VMG_LOG_PACE; n++)
		sample_read();
	cr_expect(eq(uint, times_said("receiving statistics from the host"), 1),
		  "%s", said);
	cr_expect(eq(uint, lines, 2), "%s", said);
	/* Which was quiet for so long that it starts anew. */
	forget();
	for (unsigned n = 0; n < VMG_LOG_CREDIT + 2; n++) {
		refuse(n % 2 ? VMG_CAUSE_NONE : VMG_CAUSE_DAMAGED);
		sample_read();
	}
	cr_expect(eq(uint, lines, VMG_LOG_CREDIT + 1), "%s", said);
}

Test(sample, does_not_fill_the_log_for_a_session_at_each_read)
{
	unsigned logged = 0;
	uint64_t before = 0x1122334455667788;

	sample_first();
	for (unsigned n = 1; n <= 600; n++) {
		fake.session = n;
		sample_read();
		cr_expect(sample.session_changed);
		if (sample.logged_session == 0)
			continue;
		logged++;
		cr_expect(eq(u64, sample.logged_session, before),
			  "from one that was logged to one that was logged");
		before = n;
	}
	cr_expect(eq(u64, whole(VMG_ROW_SESSION_CHANGES), 600));
	cr_expect(eq(uint, times_said("session changed from"), logged));
	cr_expect(le(uint, lines, lines_most(600)), "%s", said);
	/* The last is logged in the end, also when nothing changes any more. */
	for (unsigned n = 0; before != 600 && n < VMG_LOG_PACE; n++) {
		sample_read();
		cr_expect(not(sample.session_changed));
		before = sample.logged_session ? sample.session : before;
	}
	cr_expect(eq(u64, before, 600));
}

Test(sample, does_not_fill_the_log_with_what_is_missing)
{
	sample_first();
	for (unsigned n = 0; n < 600; n++) {
		for (unsigned id = 19; id <= 30; id++) {
			if (n % 2)
				fake_value(id, 1);
			else
				fake_not_valid(id);
		}
		fake.session = n / 2 + 1;
		fake.memory_mb = n / 2 % 2 ? 8192 : 0;
		sample_read();
	}
	/* Session, missing ones, host information, memory. */
	cr_expect(le(uint, lines, 4 * lines_most(600)), "%s", said);
	cr_expect(ge(uint, lines, 4 * (lines_most(600) - 2)), "%s", said);
	cr_expect(eq(uint, times_said("keeps changing"), 4), "%s", said);
}

Test(sample, asks_for_the_memory_once_a_session)
{
	fake_value(10, 2048);
	sampler_open();
	sample_read();
	cr_expect(eq(uint,
		     times_said("configured memory: 8192 MB, from the "
				"host"),
		     1),
		  "%s", said);
	cr_expect(eq(dbl, real(VMG_ROW_MEMORY_ACTIVE_SHARE), 0.25));
	fake.memory_mb = 4096;
	sample_read();
	cr_expect(eq(dbl, real(VMG_ROW_MEMORY_ACTIVE_SHARE), 0.25));
	cr_expect(eq(uint, fake.memory_asks, 1));
	fake.session = 2;
	sample_read();
	cr_expect(eq(dbl, real(VMG_ROW_MEMORY_ACTIVE_SHARE), 0.5));
	cr_expect(eq(uint, fake.memory_asks, 2));
	cr_expect(eq(uint, times_said("configured memory: 4096 MB"), 1), "%s",
		  said);
	cr_expect(eq(uint, times_said("configured memory"), 2), "%s", said);
}

/* Added while the machine runs, which may keep the session. */
Test(sample, asks_for_the_memory_again_after_five_minutes)
{
	fake_value(10, 2048);
	sample_first();
	fake.memory_mb = 65536;
	guest_clock_ns += VMG_MEMORY_AGAIN_NS - 1000;
	sample_read();
	cr_expect(eq(dbl, real(VMG_ROW_MEMORY_ACTIVE_SHARE), 0.25));
	cr_expect(eq(u64, sample.memory_mb, 8192));
	guest_clock_ns += 1000;
	sample_read();
	cr_expect(eq(dbl, real(VMG_ROW_MEMORY_ACTIVE_SHARE), 2048 / 65536.0));
	cr_expect(eq(u64, sample.memory_mb, 65536));
	cr_expect(eq(uint, times_said("configured memory: 65536 MB"), 1), "%s",
		  said);
	cr_expect(eq(u64, VMG_MEMORY_AGAIN_NS, 300000000000));
}

Test(sample, names_the_option_where_vcpus_cannot_be_counted)
{
	fake_value(10, 2048);
	guest_vcpus = 0;
	sampler_open();
	sample_read();
	fake_value(17, 1017 + 1000);
	sample_read();
	cr_expect(not(present(VMG_ROW_VCPUS)));
	cr_expect(not(present(VMG_ROW_CPU_USED)));
	cr_expect(present(VMG_ROW_CPU_EFFECTIVE));
	cr_expect(eq(uint, times_said("W! the number of vCPUs is unknown"), 1),
		  "%s", said);
	cr_expect(eq(uint, times_said("Set VCPUs (vmguest-execd: --vcpus)"), 1),
		  "%s", said);
	guest_vcpus = 4;
	sample_read();
	cr_expect(eq(uint, times_said("I! vCPUs: 4."), 1), "%s", said);
}

Test(sample, has_what_a_program_shows_beside_the_points)
{
	fake_not_valid(19);
	fake_not_sent(31);
	for (unsigned id = 21; id <= 30; id++)
		fake_not_valid(id);
	sampler_open();
	sample_read();
	cr_expect(eq(u64, sample.time_ns, 1700000000123456789u));
	cr_expect(eq(int, sample.failure.cause, VMG_CAUSE_NONE));
	cr_expect(eq(u64, sample.vcpus, 4));
	cr_expect(eq(u64, sample.memory_mb, 8192));
	cr_expect(eq(sz, sample.absence_count, 12));
	for (size_t i = 0; i < sample.absence_count; i++)
		cr_expect(
			eq(int, sample.absences[i].state,
			   sample.absences[i].metric ==
					   vmg_metric_at(VMG_ROW_MEMORY_ZIPPED)
				   ? VMG_STATE_NOT_SENT
				   : VMG_STATE_NOT_VALID));
	refuse(VMG_CAUSE_REFUSED);
	strcpy(fake.failure.host_said, "no");
	sample_read();
	cr_expect(eq(int, sample.failure.cause, VMG_CAUSE_REFUSED));
	sample_read(); /* not asked: the reason stays */
	cr_expect(eq(int, sample.failure.cause, VMG_CAUSE_REFUSED));
	cr_expect(eq(str, sample.failure.host_said, (char *)"no"));
	cr_expect(eq(sz, sample.absence_count, 0));
}

/* By area, and within it by row, as lines are written. */
Test(sample, lists_its_points_in_order)
{
	sample_first();
	for (size_t i = 1; i < sample.point_count; i++)
		cr_expect(sample.points[i].metric > sample.points[i - 1].metric,
			  "point %zu", i);
	for (size_t i = 0; i < sample.point_count; i++)
		cr_expect(
			eq(str, (char *)sample.points[i].instance, (char *)""));
}

Test(sample, takes_the_kernels_memory_where_the_host_is_silent)
{
	fake.memory_mb = 0;
	guest_memory_mb = 4096;
	fake_value(10, 1024);
	sampler_open();
	sample_read();
	sample_read();
	cr_expect(eq(uint, times_said("guest's kernel counts it"), 1), "%s",
		  said);
	cr_expect(eq(dbl, real(VMG_ROW_MEMORY_ACTIVE_SHARE), 0.25));
	cr_expect(eq(uint, fake.memory_asks, 1));
}

Test(sample, has_no_percentage_without_either)
{
	fake.memory_mb = guest_memory_mb = 0;
	sampler_open();
	sample_read();
	sample_read();
	cr_expect(not(present(VMG_ROW_MEMORY_ACTIVE_SHARE)));
	cr_expect(eq(uint, times_said("W! configured memory: unknown"), 1),
		  "%s", said);
}

Test(sample, does_not_ask_for_memory_that_nobody_wants)
{
	options.selection.no_derived = true;
	sampler_open();
	sample_read();
	cr_expect(eq(uint, fake.memory_asks, 0));
	cr_expect(eq(uint, times_said("configured memory"), 0), "%s", said);
	cr_expect(present(VMG_ROW_CPU_LIMITED));
	cr_expect(not(present(VMG_ROW_VCPUS)));
}

Test(sample, takes_the_vcpus_of_the_option)
{
	options.vcpus = 8;
	sampler_open();
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_VCPUS), 8));
}

Test(sample, counts_the_vcpus_at_each_read)
{
	sample_first();
	guest_vcpus = 6;
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_VCPUS), 6));
}

Test(sample, adds_reopens_up_over_threads)
{
	options.thread_handles = true;
	sampler_open();
	fake.reopens = 2;
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_CHANNEL_REOPENS), 2));
	fake_thread_switch();
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_CHANNEL_REOPENS), 4));
	fake.reopens = 1;
	refuse(VMG_CAUSE_CHANNEL_LOST);
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_CHANNEL_REOPENS), 5));
	cr_expect(eq(uint, fake.opens, 0));
	cr_expect(eq(uint, fake.thread_handles, 3));
	vmg_sampler_close(sampler);
	sampler = NULL;
	cr_expect(eq(uint, fake.closes, 0)); /* not ours to close */
}

Test(sample, publishes_the_pool_only_when_asked)
{
	sample_first();
	cr_expect(eq(str, (char *)sample.resource_pool,
		     (char *)"/Resources/gold"));
	cr_expect(not(present(VMG_ROW_RESOURCE_POOL)));
	vmg_sampler_close(sampler);
	options.selection.resource_pool = true;
	sample_first();
	cr_assert(present(VMG_ROW_RESOURCE_POOL));
	cr_expect(eq(str, (char *)value(VMG_ROW_RESOURCE_POOL).text,
		     (char *)"/Resources/gold"));
}

Test(sample, fits_its_longest_line_in)
{
	sampler_open();
	for (unsigned id = 1; id < FAKE_IDS; id++)
		fake_not_sent(id);
	fake.pool[0] = NULL;
	sample_read();
	cr_expect(eq(u64, whole(VMG_ROW_UNAVAILABLE), 35));
	cr_expect(eq(uint, times_said(", host_memory_unmapped\n"), 1), "%s",
		  said);
}
