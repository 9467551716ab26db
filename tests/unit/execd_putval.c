/* SPDX-License-Identifier: MIT */
#include "execd_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

static const struct vmg_format *format = &vmg_format_putval;

static bool is_written(struct frame *f, const char *text)
{
	return strstr(frame_written(f, format), text) != NULL;
}

static void expect_next(struct frame *f, const char *wanted)
{
	cr_expect(eq(str, (char *)frame_written(f, format), (char *)wanted));
}

static void expect_written(struct frame *f, const char *wanted)
{
	expect_next(f, wanted);
	frame_release(f);
}

Test(putval, writes_what_the_plugin_dispatches)
{
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, INT64_MAX);
	frame_real(&f, VMG_ROW_CPU_USED, 0.25);
	frame_whole(&f, VMG_ROW_MEMORY_USED, 1);
	frame_text(&f, VMG_ROW_SESSION_ID, "0x0000000000000001");
	frame_whole(&f, VMG_ROW_UP, 1);
	expect_written(&f,
		       "PUTVAL \"host/vmguest-vm/total_time_in_ms-cpu_used\" "
		       "interval=10.000 1700000000.123:9223372036854775807\n"
		       "PUTVAL \"host/vmguest-vm/percent-cpu_used\" "
		       "interval=10.000 1700000000.123:25\n"
		       "PUTVAL \"host/vmguest-vm/memory-used\" "
		       "interval=10.000 1700000000.123:1048576\n"
		       "PUTVAL \"host/vmguest-vm/gauge-up\" "
		       "interval=10.000 1700000000.123:1\n");
}

Test(putval, quotes_names)
{
	struct frame f;

	frame_init(&f);
	f.labels.host = "a/b \"c\\";
	frame_whole(&f, VMG_ROW_UP, 0);
	expect_written(&f, "PUTVAL \"a_b \\\"c\\\\/vmguest-vm/gauge-up\" "
			   "interval=10.000 1700000000.123:0\n");
}

Test(putval, marks_what_collectd_cannot_hold)
{
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, (uint64_t)INT64_MAX + 1);
	frame_real(&f, VMG_ROW_CPU_STOLEN, NAN);
	expect_written(&f, "");
	cr_expect(frame_left_out(&f, VMG_ROW_CPU_USED_TIME));
	cr_expect(frame_left_out(&f, VMG_ROW_CPU_STOLEN));
}

Test(putval, notifies_of_a_session_change)
{
	struct frame f;

	frame_init(&f);
	f.sample.session = 0xabc;
	f.sample.logged_session = 1;
	f.sample.resource_pool = "a \"pool\"";
	expect_written(
		&f, "PUTNOTIF host=\"host\" severity=okay time=1700000000.123 "
		    "plugin=\"vmguest\" plugin_instance=\"vm\" type=\"derive\" "
		    "type_instance=\"session_changes\" "
		    "s:old_session=\"0x0000000000000001\" "
		    "s:new_session=\"0x0000000000000abc\" "
		    "s:version=\"" VMG_VERSION "\" "
		    "s:resource_pool=\"a \\\"pool\\\"\" "
		    "message=\"Session changed from 0x0000000000000001 to "
		    "0x0000000000000abc: this VM was moved, resumed, reverted "
		    "or reset.\"\n");
}

Test(putval, notifies_of_host_and_machine_when_asked)
{
	struct frame f;

	frame_init(&f);
	f.sample.session = 0xabc;
	f.sample.logged_session = 1;
	f.sample.host_version = "VMware ESX 7.0.3";
	f.sample.uuid = "42 20";
	cr_expect(strstr(frame_written(&f, format),
			 "s:host_version=\"VMware ESX 7.0.3\" "
			 "s:uuid=\"42 20\" message=") != NULL,
		  "%s", f.batch.bytes);
	frame_release(&f);
}

/* collectd's identifiers are separated by '/'. */
Test(putval, leaves_out_a_disk_that_is_called_like_another)
{
	const struct vmg_metric *reads =
		vmg_metric_at(VMG_ROW_VSCSI_READ_OPERATIONS);
	struct frame f;

	frame_init(&f);
	frame_point(&f, reads, "a/b", (union vmg_value){ .whole = 1 });
	frame_point(&f, reads, "a\"b", (union vmg_value){ .whole = 2 });
	frame_point(&f, reads, "a_b", (union vmg_value){ .whole = 3 });
	expect_written(&f, "PUTVAL \"host/vmguest-vscsi_a\\\"b/"
			   "total_operations-read\" "
			   "interval=10.000 1700000000.123:2\n"
			   "PUTVAL \"host/vmguest-vscsi_a_b/"
			   "total_operations-read\" "
			   "interval=10.000 1700000000.123:1\n");
	cr_expect(f.left_out[2]);
}

/* Else its values would stand beside the other's, now and then. */
Test(putval, leaves_such_a_disk_out_as_a_whole)
{
	struct frame f;

	frame_init(&f);
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_OPERATIONS), "a/b",
		    (union vmg_value){ .whole = 1 });
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_LATENCY), "a_b",
		    (union vmg_value){ .real = 1 });
	expect_written(&f, "PUTVAL \"host/vmguest-vscsi_a_b/"
			   "total_operations-read\" "
			   "interval=10.000 1700000000.123:1\n");
	cr_expect(f.left_out[1]);
}

/* The exec plugin would cut the line. */
Test(putval, leaves_out_a_pool_that_makes_the_line_too_long)
{
	char pool[302] = "";
	struct frame f;

	memset(pool, '"', sizeof pool - 1);
	frame_init(&f);
	f.labels.host =
		"a.name.of.sixty.characters.or.so.in.a.domain.example.org";
	f.sample.logged_session = 1;
	f.sample.resource_pool = pool;
	cr_expect(not(is_written(&f, "pool")));
	pool[295] = '\0';
	cr_expect(is_written(&f, "pool"));
	cr_expect(lt(sz, f.batch.len, 1200));
	frame_release(&f);
}

/* By the default Timeout: three intervals. */
Test(putval, keeps_a_counter_back_after_a_session_change)
{
	static const char value[] =
		"PUTVAL \"host/vmguest-host/total_time_in_ms-cpu_used\" "
		"interval=10.000 ";
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_HOST_CPU_USED, 5);
	f.sample.session = 1;
	cr_expect(is_written(&f, value));
	f.sample.session = 2;
	f.sample.time_ns += 10000000000u;
	expect_next(&f, "");
	f.sample.time_ns += 29000000000u;
	expect_next(&f, "");
	f.sample.time_ns += 1000000000u;
	cr_expect(is_written(&f, value));
	frame_release(&f);
}

Test(putval, refuses_tags)
{
	const struct vmg_tag tag = { "a", "b" };

	cr_expect(ne(ptr, (void *)format->tag_refuse(&tag), NULL));
}
