/* SPDX-License-Identifier: MIT */
#include "execd_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct vmg_format *format = &vmg_format_influx;

static void expect_written(struct frame *f, const char *wanted)
{
	cr_expect(eq(str, (char *)frame_written(f, format), (char *)wanted));
	frame_release(f);
}

Test(influx, writes_nothing_where_nothing_is)
{
	struct frame f;

	frame_init(&f);
	frame_tag(&f, "a", "b");
	expect_written(&f, "");
}

Test(influx, writes_a_line_per_measurement)
{
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_RESERVATION, 500);
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, 4242);
	frame_real(&f, VMG_ROW_CPU_USED, 0.25);
	frame_real(&f, VMG_ROW_CPU_EFFECTIVE, 1200);
	frame_real(&f, VMG_ROW_CPU_USED_OF_RESERVATION, 1.5);
	frame_whole(&f, VMG_ROW_CPU_LIMITED, 0);
	frame_whole(&f, VMG_ROW_MEMORY_USED, 3);
	frame_whole(&f, VMG_ROW_HOST_CPU, 2593);
	frame_text(&f, VMG_ROW_SESSION_ID, "0x0000000000000001");
	frame_whole(&f, VMG_ROW_UP, 1);
	frame_real(&f, VMG_ROW_READ, 0.00125);
	expect_written(
		&f, "vmguest_cpu reservation_mhz=500i,limited=0i,used_ms=4242i,"
		    "used_percent=25.0,effective_mhz=1200.0,"
		    "used_of_reservation_percent=150.0\n"
		    "vmguest_memory used_bytes=3145728i\n"
		    "vmguest_host cpu_mhz=2593i\n"
		    "vmguest_session id=\"0x0000000000000001\",up=1i,"
		    "read_seconds=0.00125\n");
}

Test(influx, puts_tags_and_time_on_every_line)
{
	struct frame f;

	frame_init(&f);
	f.labels.timestamp = true;
	frame_tag(&f, "dc", "north");
	frame_tag(&f, "rack", "7");
	frame_whole(&f, VMG_ROW_CPU_SHARES, 1);
	frame_whole(&f, VMG_ROW_UP, 1);
	expect_written(&f, "vmguest_cpu,dc=north,rack=7 shares=1i "
			   "1700000000123456789\n"
			   "vmguest_session,dc=north,rack=7 up=1i "
			   "1700000000123456789\n");
}

Test(influx, escapes_tags_and_texts)
{
	struct frame f;

	frame_init(&f);
	frame_tag(&f, "a key,=", "v, =\"\\d\xC3\xBC");
	frame_text(&f, VMG_ROW_RESOURCE_POOL, "a, b=\"c\"\\");
	expect_written(&f,
		       "vmguest_session,a\\ key\\,\\==v\\,\\ \\=\"\\d\xC3\xBC"
		       " resource_pool=\"a, b=\\\"c\\\"\\\\\"\n");
}

/* InfluxDB refuses the whole line for one of them. */
Test(influx, leaves_out_what_line_protocol_cannot_hold)
{
	struct frame f;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_SHARES, INT64_MAX);
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, (uint64_t)INT64_MAX + 1);
	frame_whole(&f, VMG_ROW_ELAPSED, UINT64_MAX);
	frame_real(&f, VMG_ROW_CPU_USED, NAN);
	frame_whole(&f, VMG_ROW_MEMORY_SHARES, UINT64_MAX);
	expect_written(&f, "vmguest_cpu shares=9223372036854775807i\n");
	for (size_t row = 0; row < VMG_ROW_COUNT; row++)
		cr_expect(eq(int, frame_left_out(&f, row),
			     row == VMG_ROW_CPU_USED_TIME ||
				     row == VMG_ROW_ELAPSED ||
				     row == VMG_ROW_CPU_USED ||
				     row == VMG_ROW_MEMORY_SHARES));
}

Test(influx, has_a_line_and_a_tag_for_each_instance)
{
	struct frame f;

	frame_instances(&f);
	frame_tag(&f, "dc", "north");
	expect_written(&f,
		       "vmguest_vscsi,dc=north,disk=scsi\\ 0\\,1 "
		       "read_operations=8i\n"
		       "vmguest_vscsi,dc=north,disk=scsi0:0 read_operations=7i,"
		       "read_latency_ms=500.0\n"
		       "vmguest_vnet,dc=north,nic=00:0c:29:00:00:01 "
		       "rx_packets=9i\n"
		       "vmguest_session,dc=north up=1i\n");
}

Test(influx, has_the_device_of_an_instance_as_a_tag)
{
	struct frame f;

	frame_init(&f);
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_DEVICE), "scsi0:0",
		    (union vmg_value){ .text = "sd a" });
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_BYTES), "scsi0:0",
		    (union vmg_value){ .whole = 1 });
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_BYTES), "scsi0:1",
		    (union vmg_value){ .whole = 2 });
	frame_point(&f, vmg_metric_at(VMG_ROW_VNET_DEVICE), "m",
		    (union vmg_value){ .text = "end\\" });
	frame_point(&f, vmg_metric_at(VMG_ROW_VNET_RX_BYTES), "m",
		    (union vmg_value){ .whole = 3 });
	expect_written(&f, "vmguest_vscsi,device=sd\\ a,disk=scsi0:0 "
			   "read_bytes=1i\n"
			   "vmguest_vscsi,disk=scsi0:1 read_bytes=2i\n"
			   "vmguest_vnet,nic=m rx_bytes=3i\n");
}

Test(influx, has_all_tags_in_the_order_of_their_keys)
{
	struct frame f;

	frame_init(&f);
	frame_tag(&f, "dc", "north");
	frame_tag(&f, "diamond", "1");
	frame_tag(&f, "zone", "2");
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_DEVICE), "scsi0:0",
		    (union vmg_value){ .text = "sda" });
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_BYTES), "scsi0:0",
		    (union vmg_value){ .whole = 1 });
	frame_point(&f, vmg_metric_at(VMG_ROW_VNET_DEVICE), "m",
		    (union vmg_value){ .text = "eth0" });
	frame_point(&f, vmg_metric_at(VMG_ROW_VNET_RX_BYTES), "m",
		    (union vmg_value){ .whole = 3 });
	expect_written(&f, "vmguest_vscsi,dc=north,device=sda,diamond=1,"
			   "disk=scsi0:0,zone=2 read_bytes=1i\n"
			   "vmguest_vnet,dc=north,device=eth0,diamond=1,nic=m,"
			   "zone=2 rx_bytes=3i\n");
}

/* As with tags: readers would not agree on it, and it cannot be refused. */
Test(influx, leaves_out_an_instance_that_it_cannot_spell)
{
	static const struct {
		const char *name, *written;
	} disks[] = {
		{ "a\\b", "a\\b" },	  { "a=b", "a\\=b" },
		{ "a\"b{c}", "a\"b{c}" }, { "\xC3\xBC", "\xC3\xBC" },
		{ "end\\", NULL },	  { "a\\,b", NULL },
		{ "a\\\\b", NULL },	  { "a\\\"b", NULL },
	};
	char wanted[200];
	struct frame f;

	for (size_t i = 0; i < sizeof disks / sizeof disks[0]; i++) {
		frame_init(&f);
		frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_OPERATIONS),
			    disks[i].name, (union vmg_value){ .whole = 1 });
		frame_whole(&f, VMG_ROW_UP, 1);
		snprintf(wanted, sizeof wanted,
			 disks[i].written ? "vmguest_vscsi,disk=%s "
					    "read_operations=1i\n"
					    "vmguest_session up=1i\n"
					  : "vmguest_session up=1i\n",
			 disks[i].written);
		expect_written(&f, wanted);
		cr_expect(eq(int, f.left_out[0], !disks[i].written), "%s",
			  disks[i].name);
	}
}

static const struct {
	struct vmg_tag tag;
	bool good;
} tags[] = {
	{ { "a", "b" }, true },
	{ { "a b", "c,d=e" }, true },
	{ { "a", "CORP\\bob" }, true },
	{ { "a", "end\\" }, false },
	{ { "a\\", "b" }, false },
	{ { "a", "b\\,c" }, false },
	{ { "a", "b\\ c" }, false },
	{ { "a", "b\\=c" }, false },
	{ { "a", "b\\\\c" }, false },
	{ { "a", "b\\\"c" }, false },
	{ { "time", "b" }, false },
	{ { "_field", "b" }, false },
	{ { "_measurement", "b" }, false },
};

Test(influx, refuses_tags_that_it_cannot_spell)
{
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		cr_expect(eq(int, format->tag_refuse(&tags[i].tag) == NULL,
			     tags[i].good),
			  "%s=%s", tags[i].tag.key, tags[i].tag.value);
}
