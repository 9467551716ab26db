/* SPDX-License-Identifier: MIT */
#include "execd_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct vmg_format *format = &vmg_format_prometheus;

/* The samples alone, without HELP and TYPE. */
static const char *samples(struct frame *f, char *text, size_t size)
{
	const char *line = frame_written(f, format), *end;
	size_t len = 0;

	for (; (end = strchr(line, '\n')); line = end + 1)
		if (line[0] != '#')
			len += (size_t)snprintf(text + len, size - len, "%.*s",
						(int)(end - line + 1), line);
	text[len] = '\0';
	return text;
}

static void expect_samples(struct frame *f, const char *wanted)
{
	char text[4096];

	cr_expect(
		eq(str, (char *)samples(f, text, sizeof text), (char *)wanted));
	frame_release(f);
}

Test(prometheus, has_help_and_type_before_each_name)
{
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, 4242);
	frame_whole(&f, VMG_ROW_UP, 1);
	cr_expect(eq(
		str, (char *)frame_written(&f, format),
		"# HELP vmguest_cpu_used_seconds_total Processor time used in "
		"this session, all vCPUs together.\n"
		"# TYPE vmguest_cpu_used_seconds_total counter\n"
		"vmguest_cpu_used_seconds_total 4.242\n"
		"# HELP vmguest_up 1 if the host gave its statistics at this "
		"reading, else 0.\n"
		"# TYPE vmguest_up gauge\n"
		"vmguest_up 1\n"));
	frame_release(&f);
}

Test(prometheus, is_in_base_units_and_exact)
{
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_RESERVATION, 4294967295u);
	frame_whole(&f, VMG_ROW_MEMORY_USED, 3);
	frame_whole(&f, VMG_ROW_ELAPSED, UINT64_MAX);
	frame_whole(&f, VMG_ROW_CPU_STOLEN_TIME, 7);
	frame_real(&f, VMG_ROW_CPU_USED, 0.25);
	frame_real(&f, VMG_ROW_CPU_EFFECTIVE, 1200.5);
	frame_real(&f, VMG_ROW_READ, 0.00125);
	expect_samples(&f,
		       "vmguest_cpu_reservation_hertz 4294967295000000\n"
		       "vmguest_memory_used_bytes 3145728\n"
		       "vmguest_elapsed_seconds_total 18446744073709551.615\n"
		       "vmguest_cpu_stolen_seconds_total 0.007\n"
		       "vmguest_cpu_used_ratio 0.25\n"
		       "vmguest_cpu_effective_hertz 1200500000.0\n"
		       "vmguest_read_seconds 0.00125\n");
}

Test(prometheus, escapes_labels_and_shows_a_text_in_one)
{
	struct frame f;

	frame_init(&f);
	f.labels.timestamp = true;
	frame_tag(&f, "dc", "a\\b\"c");
	frame_whole(&f, VMG_ROW_CPU_SHARES, 1);
	frame_text(&f, VMG_ROW_RESOURCE_POOL, "host/\"x\"\\y");
	frame_text(&f, VMG_ROW_SESSION_ID, "0x0000000000000001");
	expect_samples(
		&f, "vmguest_cpu_shares{dc=\"a\\\\b\\\"c\"} 1 1700000000123\n"
		    "vmguest_info{dc=\"a\\\\b\\\"c\",resource_pool="
		    "\"host/\\\"x\\\"\\\\y\"} 1 1700000000123\n");
}

Test(prometheus, leaves_out_what_is_no_number)
{
	struct frame f;

	frame_init(&f);
	frame_real(&f, VMG_ROW_CPU_USED, NAN);
	frame_whole(&f, VMG_ROW_CPU_LIMIT, UINT64_MAX);
	frame_whole(&f, VMG_ROW_CPU_SHARES, UINT64_MAX);
	expect_samples(&f, "vmguest_cpu_shares 18446744073709551615\n");
	cr_expect(f.left_out[VMG_ROW_CPU_USED]);
	cr_expect(f.left_out[VMG_ROW_CPU_LIMIT]);
}

static const struct {
	const char *key;
	bool good;
} keys[] = {
	{ "dc", true },	       { "_x9", true },
	{ "9x", false },       { "__name__", false },
	{ "a-b", false },      { "a b", false },
	{ "\xC3\xBC", false }, { "resource_pool", false },
	{ "Z", true },
};

Test(prometheus, refuses_keys_that_are_no_label_names)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		cr_expect(eq(int,
			     format->tag_refuse(&(struct vmg_tag){
				     keys[i].key, "v" }) == NULL,
			     keys[i].good),
			  "%s", keys[i].key);
}
