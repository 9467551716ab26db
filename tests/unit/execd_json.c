/* SPDX-License-Identifier: MIT */
#include "execd_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include <yajl/yajl_tree.h>

static void expect_written(struct frame *f, const char *wanted)
{
	cr_expect(eq(str, (char *)frame_written(f, &vmg_format_json),
		     (char *)wanted));
	frame_release(f);
}

Test(json, writes_nothing_where_nothing_is)
{
	struct frame f;

	frame_init(&f);
	expect_written(&f, "");
}

Test(json, writes_an_object_per_line_and_measurement)
{
	struct frame f;

	frame_init(&f);
	frame_tag(&f, "dc", "no\"rth");
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, UINT64_MAX);
	frame_real(&f, VMG_ROW_CPU_USED, 0.25);
	frame_text(&f, VMG_ROW_RESOURCE_POOL, "a\\b\xC3\xBC");
	frame_text(&f, VMG_ROW_SESSION_ID, "0xffffffffffffffff");
	expect_written(
		&f, "{\"name\":\"vmguest_cpu\",\"tags\":{\"dc\":\"no\\\"rth\"},"
		    "\"fields\":{\"used_ms\":18446744073709551615,"
		    "\"used_percent\":25.0}}\n"
		    "{\"name\":\"vmguest_session\",\"tags\":{\"dc\":"
		    "\"no\\\"rth\"},\"fields\":{\"resource_pool\":"
		    "\"a\\\\b\xC3\xBC\",\"id\":\"0xffffffffffffffff\"}}\n");
}

Test(json, has_an_object_and_a_tag_for_each_instance)
{
	struct frame f;

	frame_instances(&f);
	frame_tag(&f, "dc", "north");
	expect_written(
		&f,
		"{\"name\":\"vmguest_vscsi\",\"tags\":{\"dc\":\"north\","
		"\"disk\":\"scsi 0,1\"},\"fields\":{\"read_operations\":8}}\n"
		"{\"name\":\"vmguest_vscsi\",\"tags\":{\"dc\":\"north\","
		"\"disk\":\"scsi0:0\"},\"fields\":{\"read_operations\":7,"
		"\"read_latency_ms\":500.0}}\n"
		"{\"name\":\"vmguest_vnet\",\"tags\":{\"dc\":\"north\","
		"\"nic\":\"00:0c:29:00:00:01\"},\"fields\":"
		"{\"rx_packets\":9}}\n"
		"{\"name\":\"vmguest_session\",\"tags\":{\"dc\":\"north\"},"
		"\"fields\":{\"up\":1}}\n");
}

Test(json, has_the_device_of_an_instance_as_a_tag)
{
	struct frame f;

	frame_init(&f);
	frame_point(&f, vmg_metric_at(VMG_ROW_VNET_DEVICE), "m",
		    (union vmg_value){ .text = "ens192" });
	frame_point(&f, vmg_metric_at(VMG_ROW_VNET_RX_BYTES), "m",
		    (union vmg_value){ .whole = 3 });
	expect_written(&f, "{\"name\":\"vmguest_vnet\",\"tags\":{\"nic\":\"m\","
			   "\"device\":\"ens192\"},\"fields\":"
			   "{\"rx_bytes\":3}}\n");
}

Test(json, has_the_time_when_asked)
{
	struct frame f;

	frame_init(&f);
	f.labels.timestamp = true;
	frame_whole(&f, VMG_ROW_UP, 1);
	expect_written(&f,
		       "{\"name\":\"vmguest_session\",\"tags\":{},\"fields\":"
		       "{\"up\":1},\"timestamp\":1700000000123456789}\n");
}

Test(json, is_read_again_by_yajl)
{
	static const char *const path[] = { "fields", "used_ms", NULL };
	struct frame f;
	char error[200];
	yajl_val tree, value;

	frame_init(&f);
	frame_whole(&f, VMG_ROW_CPU_USED_TIME, UINT64_MAX);
	tree = yajl_tree_parse(frame_written(&f, &vmg_format_json), error,
			       sizeof error);
	cr_assert(tree != NULL, "%s", error);
	value = yajl_tree_get(tree, (const char **)path, yajl_t_number);
	cr_assert(value != NULL);
	cr_expect(eq(str, YAJL_GET_NUMBER(value), "18446744073709551615"));
	yajl_tree_free(tree);
	frame_release(&f);
}
