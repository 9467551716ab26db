/* SPDX-License-Identifier: MIT */
#include "execd_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static const struct vmg_format *format = &vmg_format_graphite;

static void expect_written(struct frame *f, const char *wanted)
{
	cr_expect(eq(str, (char *)frame_written(f, format), (char *)wanted));
	frame_release(f);
}

Test(graphite, writes_numbers_with_seconds_always)
{
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, UINT64_MAX);
	frame_real(&f, VMG_ROW_CPU_USED, 0.25);
	frame_whole(&f, VMG_ROW_MEMORY_USED, 1);
	frame_text(&f, VMG_ROW_SESSION_ID, "0x0000000000000001");
	frame_text(&f, VMG_ROW_RESOURCE_POOL, "pool");
	expect_written(&f,
		       "host.vmguest_cpu.used_ms 18446744073709551615 "
		       "1700000000\n"
		       "host.vmguest_cpu.used_percent 25.0 1700000000\n"
		       "host.vmguest_memory.used_bytes 1048576 1700000000\n");
}

static const struct {
	const char *prefix, *host, *path;
} paths[] = {
	{ "", "web01", "web01" },
	{ "", "web01.example.org", "web01_example_org" },
	{ "servers.linux", "a b", "servers.linux.a_b" },
	{ "a b.c/d", "x", "a_b.c_d.x" },
	{ "", "b\xC3\xBCro\xE2\x82\xAC", "b_ro_" },
	{ "", "a;b=c~!^", "a_b_c___" },
	{ "", "fe80::1", "fe80::1" },
};

Test(graphite, makes_a_path_that_carbon_keeps)
{
	char wanted[200];
	struct frame f;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		frame_init(&f);
		f.labels.prefix = paths[i].prefix;
		f.labels.host = paths[i].host;
		frame_whole(&f, VMG_ROW_UP, 1);
		snprintf(wanted, sizeof wanted,
			 "%s.vmguest_session.up 1 1700000000\n", paths[i].path);
		expect_written(&f, wanted);
	}
}

Test(graphite, writes_tags_as_carbon_reads_them)
{
	struct frame f;

	frame_init(&f);
	frame_tag(&f, "dc", "north");
	frame_tag(&f, "rack", "7");
	frame_whole(&f, VMG_ROW_UP, 1);
	expect_written(&f, "host.vmguest_session.up;dc=north;rack=7 1 "
			   "1700000000\n");
}

Test(graphite, has_a_component_for_each_instance)
{
	struct frame f;

	frame_instances(&f);
	expect_written(
		&f, "host.vmguest_vscsi.scsi_0_1.read_operations 8 1700000000\n"
		    "host.vmguest_vscsi.scsi0_0.read_operations 7 1700000000\n"
		    "host.vmguest_vscsi.scsi0_0.read_latency_ms 500.0 "
		    "1700000000\n"
		    "host.vmguest_vnet.00_0c_29_00_00_01.rx_packets 9 "
		    "1700000000\n"
		    "host.vmguest_session.up 1 1700000000\n");
}

Test(graphite, has_no_place_for_the_device_of_an_instance)
{
	struct frame f;

	frame_init(&f);
	frame_point(&f, vmg_metric_at(VMG_ROW_VNET_DEVICE), "m",
		    (union vmg_value){ .text = "ens192" });
	expect_written(&f, "");
	cr_expect(not(f.left_out[0]));
}

/* They would be one series. */
Test(graphite, leaves_out_an_instance_that_looks_like_another)
{
	const struct vmg_metric reads = { .stem = "read",
					  .influx = "",
					  .area = VMG_AREA_VSCSI,
					  .unit = VMG_METRIC_OPERATIONS };
	struct frame f;

	frame_init(&f);
	frame_point(&f, &reads, "scsi0.1", (union vmg_value){ .whole = 1 });
	frame_point(&f, &reads, "scsi0:1", (union vmg_value){ .whole = 2 });
	frame_point(&f, &reads, "scsi0:10", (union vmg_value){ .whole = 3 });
	expect_written(&f, "host.vmguest_vscsi.scsi0_1.read_operations 1 "
			   "1700000000\n"
			   "host.vmguest_vscsi.scsi0_10.read_operations 3 "
			   "1700000000\n");
	cr_expect(not(f.left_out[0]));
	cr_expect(f.left_out[1]);
	cr_expect(not(f.left_out[2]));
}

static const struct {
	struct vmg_tag tag;
	bool good;
} tags[] = {
	{ { "a", "b=!^~" }, true }, { { "a;", "b" }, false },
	{ { "a!", "b" }, false },   { { "a^", "b" }, false },
	{ { "a b", "c" }, false },  { { "a", "b c" }, false },
	{ { "a", "b;c" }, false },  { { "a", "~b" }, false },
};

Test(graphite, refuses_tags_that_carbon_would)
{
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		cr_expect(eq(int, format->tag_refuse(&tags[i].tag) == NULL,
			     tags[i].good),
			  "%s=%s", tags[i].tag.key, tags[i].tag.value);
}
