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

/* Prometheus demands it, and the table must not say otherwise. */
Test(prometheus, ends_a_name_in_total_when_it_is_a_counter)
{
	const struct vmg_metric *metric;
	char name[VMG_NAME_SIZE];
	size_t len;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!vmg_prometheus_name(metric, name))
			continue;
		len = strlen(name);
		cr_expect(eq(int, vmg_metric_kind(metric) == VMG_KIND_COUNTER,
			     len > 6 && strcmp(name + len - 6, "_total") == 0),
			  "%s", name);
	}
}

/* Written by hand: a value of 5000, or 0.25, of each unit in base units. */
static const struct {
	enum vmg_metric_unit unit;
	const char *line;
} units[] = {
	{ VMG_METRIC_MHZ, "vmguest_cpu_x_hertz 5000000000\n" },
	{ VMG_METRIC_SPEED, "vmguest_cpu_x_hertz 250000.0\n" },
	{ VMG_METRIC_MBPS, "vmguest_cpu_x_mbps 5000\n" },
	{ VMG_METRIC_MB, "vmguest_cpu_x_bytes 5242880000\n" },
	{ VMG_METRIC_KB, "vmguest_cpu_x_bytes 5120000\n" },
	{ VMG_METRIC_BYTES, "vmguest_cpu_x_bytes 5000\n" },
	{ VMG_METRIC_COUNT, "vmguest_cpu_x 5000\n" },
	{ VMG_METRIC_SHARE, "vmguest_cpu_x_ratio 0.25\n" },
	{ VMG_METRIC_RATIO, "vmguest_cpu_x_ratio 0.25\n" },
	{ VMG_METRIC_FLAG, "vmguest_cpu_x 5000\n" },
	{ VMG_METRIC_SECONDS, "vmguest_cpu_x_seconds 0.25\n" },
	{ VMG_METRIC_AGE, "vmguest_cpu_x_seconds 0.25\n" },
	{ VMG_METRIC_LATENCY, "vmguest_cpu_x_latency_seconds 0.25\n" },
	{ VMG_METRIC_MS_TOTAL, "vmguest_cpu_x_seconds_total 5.000\n" },
	{ VMG_METRIC_US_TOTAL, "vmguest_cpu_x_seconds_total 0.005000\n" },
	{ VMG_METRIC_KB_TOTAL, "vmguest_cpu_x_bytes_total 5120000\n" },
	{ VMG_METRIC_BYTES_TOTAL, "vmguest_cpu_x_bytes_total 5000\n" },
	{ VMG_METRIC_OPERATIONS, "vmguest_cpu_x_operations_total 5000\n" },
	{ VMG_METRIC_PACKETS, "vmguest_cpu_x_packets_total 5000\n" },
	{ VMG_METRIC_EVENTS, "vmguest_cpu_x_total 5000\n" },
};

Test(prometheus, has_a_rule_for_each_unit)
{
	struct frame f;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		const struct vmg_metric metric = { .stem = "x",
						   .what = "X.",
						   .prometheus = "",
						   .unit = units[i].unit };
		union vmg_value value = { .whole = 5000 };

		if (vmg_metric_number(&metric) == VMG_NUMBER_REAL)
			value.real = 0.25;
		frame_init(&f);
		frame_point(&f, &metric, "", value);
		expect_samples(&f, units[i].line);
	}
	/* All but texts. */
	cr_expect(eq(sz, sizeof units / sizeof units[0],
		     VMG_METRIC_UNIT_COUNT - 1));
}

Test(prometheus, has_help_once_and_a_label_for_each_instance)
{
	struct frame f;

	frame_instances(&f);
	frame_tag(&f, "dc", "north");
	cr_expect(eq(
		str, (char *)frame_written(&f, format),
		"# HELP vmguest_vscsi_read_operations_total Reads.\n"
		"# TYPE vmguest_vscsi_read_operations_total counter\n"
		"vmguest_vscsi_read_operations_total{dc=\"north\","
		"disk=\"scsi 0,1\"} 8\n"
		"vmguest_vscsi_read_operations_total{dc=\"north\","
		"disk=\"scsi0:0\"} 7\n"
		"# HELP vmguest_vscsi_read_latency_seconds Latency.\n"
		"# TYPE vmguest_vscsi_read_latency_seconds gauge\n"
		"vmguest_vscsi_read_latency_seconds{dc=\"north\","
		"disk=\"scsi0:0\"} 0.5\n"
		"# HELP vmguest_vnet_rx_packets_total Packets.\n"
		"# TYPE vmguest_vnet_rx_packets_total counter\n"
		"vmguest_vnet_rx_packets_total{dc=\"north\","
		"nic=\"00:0c:29:00:00:01\"} 9\n"
		"# HELP vmguest_up 1 if the host gave its statistics at this "
		"reading, else 0.\n"
		"# TYPE vmguest_up gauge\n"
		"vmguest_up{dc=\"north\"} 1\n"));
	frame_release(&f);
}

Test(prometheus, shows_version_and_uuid_in_labels)
{
	struct frame f;

	frame_init(&f);
	frame_text(&f, VMG_ROW_HOST_VERSION, "VMware \"ESX\" 7");
	frame_text(&f, VMG_ROW_VM_UUID, "42 20 6f a4");
	cr_expect(eq(
		str, (char *)frame_written(&f, format),
		"# HELP vmguest_host_info Name, version and build of the "
		"hypervisor.\n"
		"# TYPE vmguest_host_info gauge\n"
		"vmguest_host_info{version=\"VMware \\\"ESX\\\" 7\"} 1\n"
		"# HELP vmguest_vm_info UUID of this virtual machine's BIOS, "
		"as its configuration file has it.\n"
		"# TYPE vmguest_vm_info gauge\n"
		"vmguest_vm_info{uuid=\"42 20 6f a4\"} 1\n"));
	frame_release(&f);
}

Test(prometheus, has_the_device_of_an_instance_in_a_series_of_its_own)
{
	struct frame f;

	frame_init(&f);
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_DEVICE), "scsi0:0",
		    (union vmg_value){ .text = "sda" });
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_BYTES), "scsi0:0",
		    (union vmg_value){ .whole = 1 });
	frame_written(&f, format);
	cr_expect(strstr(f.batch.bytes, "\nvmguest_vscsi_info{disk=\"scsi0:0\","
					"device=\"sda\"} 1\n") != NULL,
		  "%s", f.batch.bytes);
	cr_expect(strstr(f.batch.bytes, "\nvmguest_vscsi_read_bytes_total{"
					"disk=\"scsi0:0\"} 1\n") != NULL,
		  "%s", f.batch.bytes);
	frame_release(&f);
}

Test(prometheus, escapes_the_name_of_a_disk)
{
	struct frame f;

	frame_init(&f);
	frame_point(&f, vmg_metric_at(VMG_ROW_VSCSI_READ_TIME),
		    "c:\\ \"d\",e=f{g}/h",
		    (union vmg_value){ .whole = 5000007 });
	cr_expect(
		strstr(frame_written(&f, format),
		       "\nvmguest_vscsi_read_time_seconds_total{disk=\"c:\\\\ "
		       "\\\"d\\\",e=f{g}/h\"} 5.000007\n") != NULL,
		"%s", f.batch.bytes);
	frame_release(&f);
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
		       "vmguest_elapsed_seconds_total 18446744073709551.615\n"
		       "vmguest_cpu_stolen_seconds_total 0.007\n"
		       "vmguest_cpu_used_ratio 0.25\n"
		       "vmguest_cpu_effective_hertz 1200500000.0\n"
		       "vmguest_memory_used_bytes 3145728\n"
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
	cr_expect(frame_left_out(&f, VMG_ROW_CPU_USED));
	cr_expect(frame_left_out(&f, VMG_ROW_CPU_LIMIT));
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
