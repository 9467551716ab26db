/* SPDX-License-Identifier: MIT */
/* Extended statistics through the sampler, on a library of the test's own. */
#include "device.h"
#include "extended.h"
#include "guest.h"
#include "metrics_fakelib.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ALL                                                                   \
	(VMG_SET_SESSION | VMG_SET_HOST | VMG_SET_RESOURCES | VMG_SET_VSCSI | \
	 VMG_SET_VNET)
#define MAC "00:0c:29:32:0a:6a"

unsigned vmg_guest_vcpus(void)
{
	return 4;
}

uint64_t vmg_guest_memory_mb(void)
{
	return 8192;
}

static uint64_t guest_clock_ns;

uint64_t vmg_guest_clock_ns(void)
{
	return guest_clock_ns++;
}

uint64_t vmg_guest_time_ns(void)
{
	return 1700000000123456789u;
}

/* Of the guest: one disk, one card. */
struct vmg_devices {
	bool changed;
};

static struct vmg_devices devices;
static unsigned devices_reads;

struct vmg_devices *vmg_devices_read(const char *root)
{
	cr_expect(eq(str, (char *)root, (char *)"/sys"));
	devices_reads++;
	return &devices;
}

const char *vmg_device_find(const struct vmg_devices *of, enum vmg_area area,
			    const char *instance)
{
	if (!of)
		return NULL;
	if (area == VMG_AREA_VSCSI && strcmp(instance, "scsi0:1") == 0)
		return of->changed ? "sdc" : "sdb";
	if (area == VMG_AREA_VNET && strcmp(instance, MAC) == 0)
		return "ens192";
	return NULL;
}

void vmg_devices_release(struct vmg_devices *of)
{
	(void)of;
}

static char logged[32768];
static unsigned lines;

static void log_keep(void *ctx, enum vmg_log_level level, const char *text)
{
	size_t len = strlen(logged);

	(void)ctx;
	cr_expect(lt(sz, strlen(text), VMG_LOG_SIZE));
	lines++;
	snprintf(logged + len, sizeof logged - len, "%c! %s\n", "EWID"[level],
		 text);
}

static void log_clear(void)
{
	logged[0] = '\0';
	lines = 0;
}

static struct vmg_sampler_options options;
static struct vmg_sampler *sampler;
static struct vmg_sample sample;

static void setup(void)
{
	fake_init();
	fake.extended_error = VMGUESTLIB_ERROR_SUCCESS;
	options.selection.extended = ALL;
	options.log = log_keep;
	sampler = NULL;
}

static void teardown(void)
{
	vmg_sampler_close(sampler);
}

TestSuite(extended, .init = setup, .fini = teardown);

static void sampler_open(void)
{
	sampler = vmg_sampler_open(&options);
	cr_assert(ne(ptr, sampler, NULL));
}

static void sample_read(void)
{
	vmg_sampler_read(sampler, &sample);
	cr_assert(sample.up);
}

static void sample_first(void)
{
	sampler_open();
	sample_read();
	log_clear();
}

static const struct vmg_point *point(enum vmg_row row, const char *instance)
{
	for (size_t i = 0; i < sample.point_count; i++)
		if (sample.points[i].metric == vmg_metric_at(row) &&
		    strcmp(sample.points[i].instance, instance) == 0)
			return &sample.points[i];
	return NULL;
}

static void expect_whole(enum vmg_row row, const char *instance, uint64_t value)
{
	const struct vmg_point *p = point(row, instance);

	cr_assert(ne(ptr, (void *)p, NULL), "%s of %s",
		  vmg_metric_at(row)->what, instance);
	cr_expect(eq(u64, p->value.whole, value), "%s",
		  vmg_metric_at(row)->what);
}

static void expect_real(enum vmg_row row, const char *instance, double value)
{
	const struct vmg_point *p = point(row, instance);

	cr_assert(ne(ptr, (void *)p, NULL), "%s of %s",
		  vmg_metric_at(row)->what, instance);
	cr_expect(fabs(p->value.real - value) < 1e-12, "%s: %.17g",
		  vmg_metric_at(row)->what, p->value.real);
}

static void expect_absent(enum vmg_row row, const char *instance)
{
	cr_expect(eq(ptr, (void *)point(row, instance), NULL), "%s of %s",
		  vmg_metric_at(row)->what, instance);
}

static size_t extended_points(void)
{
	size_t count = 0;

	for (size_t i = 0; i < sample.point_count; i++)
		count += sample.points[i].metric->set != 0;
	return count;
}

/* A host, at a moment so many seconds after the session began. */
static void host_at(uint64_t s)
{
	fake.extended_count = 0;
	fake_extended(VMG_SET_SESSION, "", "uptime", s * 1000000);
	strcpy(fake_extended(VMG_SET_SESSION, "", "version", 0)->text,
	       "VMware ESX 7.0.3 build-23307199");
	strcpy(fake_extended(VMG_SET_SESSION, "", "uuid.bios", 0)->text,
	       "42 20 6f a4");
	fake_extended(VMG_SET_HOST, "", "host.cpu.processorMHz", 2593);
	fake_extended(VMG_SET_HOST, "", "host.cpu.coresPerPkg", 14);
	fake_extended(VMG_SET_RESOURCES, "", "vm.cpu.contention.cpu",
		      s * 400000);
	fake_extended(VMG_SET_RESOURCES, "", "vm.cpu.contention.mem",
		      s * 40000);
	fake_extended(VMG_SET_RESOURCES, "", "vm.numa.local", 3000);
	fake_extended(VMG_SET_RESOURCES, "", "vm.numa.remote", 1000);
	fake_extended(VMG_SET_RESOURCES, "", "guest.mem.consumed", 1521680);
	fake_extended(VMG_SET_RESOURCES, "", "guest.mem.swapIn", 3416);
	fake_extended(VMG_SET_RESOURCES, "", "guest.mem.swapOut", 6588);
	fake_extended(VMG_SET_RESOURCES, "", "ovhd.mem.swapped", 1);
	fake_extended(VMG_SET_RESOURCES, "", "ovhd.mem.swapIn", 2);
	fake_extended(VMG_SET_RESOURCES, "", "ovhd.mem.swapOut", 3);
}

static void disk_add(const char *name, uint64_t reads, uint64_t us)
{
	fake_extended(VMG_SET_VSCSI, name, "num.reads", reads);
	fake_extended(VMG_SET_VSCSI, name, "size.reads", 512 * reads);
	fake_extended(VMG_SET_VSCSI, name, "latency.reads", us);
	fake_extended(VMG_SET_VSCSI, name, "num.writes", 2 * reads);
	fake_extended(VMG_SET_VSCSI, name, "size.writes", 1024 * reads);
	fake_extended(VMG_SET_VSCSI, name, "latency.writes", 4 * us);
}

static void nic_add(const char *name)
{
	fake_extended(VMG_SET_VNET, name, "num.tx", 11);
	fake_extended(VMG_SET_VNET, name, "size.tx", 12);
	fake_extended(VMG_SET_VNET, name, "num.rx", 13);
	fake_extended(VMG_SET_VNET, name, "size.rx", 14);
	fake_extended(VMG_SET_VNET, name, "reservation", 15);
	fake_extended(VMG_SET_VNET, name, "limit", 16);
}

Test(extended, are_not_asked_for_by_default)
{
	options.selection.extended = 0;
	host_at(10);
	sample_first();
	cr_expect(eq(uint, fake.extended_updates, 0));
	cr_expect(eq(sz, extended_points(), 0));
	cr_expect(eq(uint, sample.extended, 0));
}

Test(extended, have_every_number_of_the_host)
{
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	nic_add(MAC);
	sample_first();
	cr_expect(eq(uint, fake.extended_sets, ALL));
	cr_expect(eq(uint, sample.extended, ALL));
	expect_whole(VMG_ROW_CPU_CONTENTION_TIME, "", 4000000);
	expect_whole(VMG_ROW_CPU_CONTENTION_MEMORY_TIME, "", 400000);
	expect_whole(VMG_ROW_MEMORY_NUMA_LOCAL, "", 3000);
	expect_whole(VMG_ROW_MEMORY_NUMA_REMOTE, "", 1000);
	expect_real(VMG_ROW_MEMORY_NUMA_LOCAL_SHARE, "", 0.75);
	expect_whole(VMG_ROW_MEMORY_CONSUMED, "", 1521680);
	expect_whole(VMG_ROW_MEMORY_SWAP_IN, "", 3416);
	expect_whole(VMG_ROW_MEMORY_SWAP_OUT, "", 6588);
	expect_whole(VMG_ROW_MEMORY_OVERHEAD_SWAPPED, "", 1);
	expect_whole(VMG_ROW_MEMORY_OVERHEAD_SWAP_IN, "", 2);
	expect_whole(VMG_ROW_MEMORY_OVERHEAD_SWAP_OUT, "", 3);
	expect_whole(VMG_ROW_HOST_CPU_CORES_PER_PACKAGE, "", 14);
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:0", 100);
	expect_whole(VMG_ROW_VSCSI_READ_BYTES, "scsi0:0", 51200);
	expect_whole(VMG_ROW_VSCSI_READ_TIME, "scsi0:0", 5000);
	expect_whole(VMG_ROW_VSCSI_WRITE_OPERATIONS, "scsi0:0", 200);
	expect_whole(VMG_ROW_VSCSI_WRITE_BYTES, "scsi0:0", 102400);
	expect_whole(VMG_ROW_VSCSI_WRITE_TIME, "scsi0:0", 20000);
	expect_whole(VMG_ROW_VNET_TX_PACKETS, MAC, 11);
	expect_whole(VMG_ROW_VNET_TX_BYTES, MAC, 12);
	expect_whole(VMG_ROW_VNET_RX_PACKETS, MAC, 13);
	expect_whole(VMG_ROW_VNET_RX_BYTES, MAC, 14);
	expect_whole(VMG_ROW_VNET_RESERVATION, MAC, 15);
	expect_whole(VMG_ROW_VNET_LIMIT, MAC, 16);
	cr_expect(eq(str, (char *)point(VMG_ROW_HOST_VERSION, "")->value.text,
		     (char *)"VMware ESX 7.0.3 build-23307199"));
	cr_expect(eq(str, (char *)sample.uuid, (char *)"42 20 6f a4"));
	cr_expect(eq(str, (char *)point(VMG_ROW_VM_UUID, "")->value.text,
		     (char *)"42 20 6f a4"));
	cr_expect(eq(str, (char *)sample.host_version,
		     (char *)"VMware ESX 7.0.3 build-23307199"));
	expect_whole(VMG_ROW_UNAVAILABLE, "", 0);
	cr_expect(eq(uint, lines, 0), "%s", logged);
}

/* Each row is of a statistic, and each that is to be published has one row. */
Test(extended, are_the_rows_of_the_librarys_table)
{
	const struct vmg_extended_stat *stat;
	size_t published = 0, rows = 0;

	for (size_t i = 0; (stat = vmg_extended_stat_at(i)); i++) {
		struct vmg_extended_value *value = fake_extended(
			stat->set, stat->set >= VMG_SET_VSCSI ? "x" : "",
			stat->wire, 1);

		published += stat->name != NULL;
		if (stat->kind == VMG_KIND_TEXT)
			strcpy(value->text, "1");
	}
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		rows += vmg_metric_at(i)->source == VMG_SOURCE_EXTENDED;
	cr_expect(eq(sz, published, rows));
	sampler_open();
	sample_read();
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (vmg_metric_at(i)->source == VMG_SOURCE_EXTENDED)
			cr_expect(point(i, vmg_area_instance_key(
						   vmg_metric_at(i)->area)
						   ? "x"
						   : "") != NULL,
				  "%s", vmg_metric_at(i)->what);
	cr_expect(strstr(logged, "does not know") == NULL, "%s", logged);
}

Test(extended, are_calculated_between_two_reads)
{
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	disk_add("scsi0:1", 7, 7);
	sample_first();
	expect_absent(VMG_ROW_CPU_CONTENTION, "");
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY, "scsi0:0");
	host_at(20);
	disk_add("scsi0:0", 200, 505000);
	disk_add("scsi0:1", 7, 7); /* idle */
	sample_read();
	expect_real(VMG_ROW_CPU_CONTENTION, "", 0.1);
	expect_real(VMG_ROW_CPU_CONTENTION_MEMORY, "", 0.01);
	expect_real(VMG_ROW_VSCSI_READ_LATENCY, "scsi0:0", 0.005);
	expect_real(VMG_ROW_VSCSI_WRITE_LATENCY, "scsi0:0", 0.01);
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY, "scsi0:1");
	expect_absent(VMG_ROW_VSCSI_WRITE_LATENCY, "scsi0:1");
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:1", 7);
}

Test(extended, need_no_name_of_the_set_that_has_their_clock)
{
	options.selection.extended = VMG_SET_RESOURCES;
	host_at(10);
	sample_first();
	host_at(20);
	sample_read();
	cr_expect(eq(uint, fake.extended_sets,
		     VMG_SET_RESOURCES | VMG_SET_SESSION));
	expect_real(VMG_ROW_CPU_CONTENTION, "", 0.1);
	/* Which does not publish it. */
	cr_expect(eq(uint, sample.extended, VMG_SET_RESOURCES));
	cr_expect(eq(ptr, (void *)sample.host_version, NULL));
	cr_expect(eq(ptr, (void *)sample.uuid, NULL));
	expect_absent(VMG_ROW_HOST_VERSION, "");
	expect_absent(VMG_ROW_VM_UUID, "");
}

Test(extended, have_no_rate_across_sessions)
{
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	sample_first();
	fake.session = 0xABC;
	host_at(20);
	disk_add("scsi0:0", 200, 505000);
	sample_read();
	expect_absent(VMG_ROW_CPU_CONTENTION, "");
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY, "scsi0:0");
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:0", 200);
}

Test(extended, have_no_rate_while_their_clock_stands_or_falls)
{
	host_at(10);
	sample_first();
	sample_read();
	expect_absent(VMG_ROW_CPU_CONTENTION, "");
	host_at(20);
	fake.extended[0].number = 9000000;
	sample_read();
	expect_absent(VMG_ROW_CPU_CONTENTION, "");
}

Test(extended, of_another_session_are_dropped)
{
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	fake.extended_session = 0xABC;
	sample_first();
	cr_expect(eq(sz, extended_points(), 0));
	cr_expect(eq(uint, sample.extended, 0));
	cr_expect(eq(ptr, (void *)sample.uuid, NULL));
	fake.extended_session = 0;
	fake.extended_updated = true;
	sample_read();
	cr_expect(eq(sz, extended_points(), 0));
	fake.extended_updated = false;
	sample_read();
	cr_expect(gt(sz, extended_points(), 0));
	cr_expect(eq(uint, lines, 0), "%s", logged);
}

Test(extended, count_the_channels_that_were_lost_meanwhile)
{
	fake.reopens = 1;
	fake.extended_reopens = 2;
	sampler_open();
	sample_read();
	expect_whole(VMG_ROW_CHANNEL_REOPENS, "", 3);
	sample_read();
	expect_whole(VMG_ROW_CHANNEL_REOPENS, "", 6);
}

Test(extended, are_not_asked_for_while_the_host_refuses)
{
	host_at(10);
	sampler_open();
	fake.failure.cause = VMG_CAUSE_REFUSED;
	vmg_sampler_read(sampler, &sample);
	cr_expect(not(sample.up));
	cr_expect(eq(uint, fake.extended_updates, 0));
	cr_expect(eq(sz, extended_points(), 0));
}

Test(extended, keep_the_order_of_area_instance_and_row)
{
	host_at(10);
	disk_add("scsi1:0", 1, 1);
	disk_add("scsi0:0", 1, 1);
	nic_add("b");
	nic_add("a");
	sample_first();
	for (size_t i = 1; i < sample.point_count; i++) {
		const struct vmg_point *one = &sample.points[i - 1];
		const struct vmg_point *next = &sample.points[i];
		int names = strcmp(one->instance, next->instance);

		cr_expect(le(int, one->metric->area, next->metric->area));
		if (one->metric->area != next->metric->area)
			continue;
		cr_expect(le(int, names, 0));
		if (names == 0)
			cr_expect(one->metric < next->metric, "point %zu", i);
	}
}

Test(extended, of_a_disk_that_comes_and_goes_are_its_own)
{
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	sample_first();
	host_at(20);
	disk_add("nvme0:0", 50, 50);
	disk_add("scsi0:0", 200, 10000);
	sample_read();
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY, "nvme0:0");
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "nvme0:0", 50);
	expect_real(VMG_ROW_VSCSI_READ_LATENCY, "scsi0:0", 0.00005);
	host_at(30);
	disk_add("nvme0:0", 60, 70);
	sample_read();
	expect_real(VMG_ROW_VSCSI_READ_LATENCY, "nvme0:0", 0.000002);
	expect_absent(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:0");
	host_at(40);
	disk_add("scsi0:0", 300, 20000); /* as new */
	sample_read();
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY, "scsi0:0");
	expect_absent(VMG_ROW_VSCSI_READ_OPERATIONS, "nvme0:0");
}

Test(extended, of_64_disks_and_cards_are_all_there)
{
	char name[VMG_INSTANCE_SIZE];

	for (unsigned i = 0; i < 64; i++) {
		snprintf(name, sizeof name, "scsi%u:%u", i / 16, i % 16);
		disk_add(name, i, i);
	}
	for (unsigned i = 0; i < 64; i++) {
		snprintf(name, sizeof name, "00:0c:29:00:00:%02x", i);
		nic_add(name);
	}
	sample_first();
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi3:15", 63);
	expect_whole(VMG_ROW_VNET_LIMIT, "00:0c:29:00:00:3f", 16);
	cr_expect(eq(sz, extended_points(), 64 * 12 + 1));
}

Test(extended, of_more_instances_than_fit_end_there)
{
	char name[VMG_INSTANCE_SIZE];

	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "%03u", i);
		fake_extended(VMG_SET_VSCSI, name, "num.reads", i);
	}
	sample_first();
	cr_expect(eq(sz, extended_points(), VMG_INSTANCES_MAX));
}

/* The host is not trusted with bytes either. */
Test(extended, have_names_that_can_be_shown)
{
	struct vmg_extended_value *value;

	disk_add("a\nb", 1, 1);
	disk_add("a\tb", 2, 2); /* the same, when shown */
	disk_add("\xFF\xC3", 3, 3);
	disk_add("c:\\ \"d\",e=f{g}/h", 4, 4);
	value = fake_extended(VMG_SET_SESSION, "", "version", 0);
	memset(value->text, '\x01', sizeof value->text - 1);
	sample_first();
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "a?b", 1);
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "??", 3);
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "c:\\ \"d\",e=f{g}/h", 4);
	cr_expect(eq(sz, extended_points(), 3 * 6 + 1));
	cr_expect(eq(sz, strlen(sample.host_version), 127));
	cr_expect(eq(int, sample.host_version[126], '?'));
}

Test(extended, show_no_limit_as_no_value)
{
	nic_add(MAC);
	fake.extended[5].unlimited = 1;
	fake.extended[5].number = 0;
	sample_first();
	expect_absent(VMG_ROW_VNET_LIMIT, MAC);
	expect_whole(VMG_ROW_VNET_RESERVATION, MAC, 15);
}

Test(extended, without_a_row_are_logged_once)
{
	char name[32];

	host_at(10);
	fake_extended(VMG_SET_RESOURCES, "", "vm.cpu.costop", 1);
	fake_extended(VMG_SET_VSCSI, "scsi0:0", "num.unmaps", 1);
	fake_extended(VMG_SET_VSCSI, "scsi0:1", "num.unmaps", 1);
	sampler_open();
	sample_read();
	sample_read();
	cr_expect(strstr(logged, "I! the host has an extended statistic "
				 "vm.cpu.costop, which") != NULL,
		  "%s", logged);
	cr_expect(strstr(logged, "num.unmaps") != NULL, "%s", logged);
	log_clear();
	sample_read();
	cr_expect(eq(uint, lines, 0), "%s", logged);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "new\n%u", i);
		fake_extended(VMG_SET_RESOURCES, "", name, 1);
	}
	sample_read();
	cr_expect(eq(uint, lines, VMG_UNKNOWN_NAMES - 2), "%s", logged);
	cr_expect(strstr(logged, "statistic new?0,") != NULL, "%s", logged);
}

/* As of a library that is newer than this program. */
Test(extended, that_only_the_library_knows_are_logged)
{
	static const struct vmg_extended_stat newer = {
		.set = VMG_SET_RESOURCES,
		.unit = VMG_UNIT_US,
		.kind = VMG_KIND_COUNTER,
		.name = "cpu_costop",
	};

	host_at(10);
	fake_extended(VMG_SET_RESOURCES, "", "vm.cpu.costop", 1)->stat = &newer;
	sampler_open();
	sample_read();
	cr_expect(strstr(logged, "statistic vm.cpu.costop, which") != NULL,
		  "%s", logged);
}

static void refuse(enum vmg_cause cause, unsigned sets)
{
	for (unsigned i = 0; i < VMG_SET_COUNT; i++)
		if (sets >> i & 1)
			fake.set_failures[i].cause = cause;
}

/* Reads until the host is asked; returns how many it took. */
static unsigned reads_to_next_ask(unsigned set)
{
	for (unsigned reads = 1; reads < 1000; reads++) {
		fake.extended_sets = 0;
		sample_read();
		if (fake.extended_sets & set)
			return reads;
	}
	return 0;
}

Test(extended, are_asked_for_less_and_less_of_a_host_without_them)
{
	static const unsigned steps[] = { 1, 6, 12, 24, 48, 60, 60 };

	refuse(VMG_CAUSE_UNKNOWN_COMMAND, ALL);
	fake.extended_error = VMGUESTLIB_ERROR_NOT_AVAILABLE;
	sampler_open();
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		cr_expect(eq(uint, reads_to_next_ask(VMG_SET_RESOURCES),
			     steps[i]));
	cr_expect(strstr(logged,
			 "W! no extended statistics (session, host, resources, "
			 "vscsi, vnet): the host does not provide them: they "
			 "need ESXi 6.0 or later; VMware Workstation, Player "
			 "and Fusion have none. Retrying after 6 reads, later "
			 "every 60.") != NULL,
		  "%s", logged);
	expect_whole(VMG_ROW_UNAVAILABLE, "", 0);
	log_clear();
	refuse(VMG_CAUSE_NONE, ALL);
	fake.extended_error = VMGUESTLIB_ERROR_SUCCESS;
	host_at(10);
	cr_expect(eq(uint, reads_to_next_ask(VMG_SET_RESOURCES), 60));
	cr_expect(eq(str, logged,
		     (char *)"I! extended statistics are complete again.\n"));
}

Test(extended, are_asked_for_at_once_after_a_move)
{
	refuse(VMG_CAUSE_UNKNOWN_COMMAND, ALL);
	fake.extended_error = VMGUESTLIB_ERROR_NOT_AVAILABLE;
	sampler_open();
	cr_expect(eq(uint, reads_to_next_ask(VMG_SET_RESOURCES), 1));
	cr_expect(eq(uint, reads_to_next_ask(VMG_SET_RESOURCES), 6));
	fake.session++;
	cr_expect(eq(uint, reads_to_next_ask(VMG_SET_RESOURCES), 1));
	cr_expect(eq(uint, reads_to_next_ask(VMG_SET_RESOURCES), 6));
}

/* As after a vMotion to an older host. */
Test(extended, of_a_set_that_vanishes_do_not_take_the_others_along)
{
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	nic_add(MAC);
	sample_first();
	host_at(20);
	nic_add(MAC);
	refuse(VMG_CAUSE_REFUSED, VMG_SET_VSCSI);
	strcpy(fake.set_failures[3].host_said, "no such stat");
	sample_read();
	expect_real(VMG_ROW_CPU_CONTENTION, "", 0.1);
	expect_whole(VMG_ROW_VNET_LIMIT, MAC, 16);
	expect_absent(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:0");
	cr_expect(eq(uint, sample.extended, ALL & ~VMG_SET_VSCSI));
	cr_expect(eq(str, logged,
		     (char *)"W! no extended statistics (vscsi): the host "
			     "refuses them. The host said \"no such stat\". "
			     "Retrying after 6 reads, later every 60.\n"),
		  "%s", logged);
	for (int i = 0; i < 5; i++) {
		sample_read();
		cr_expect(eq(uint, fake.extended_sets, ALL & ~VMG_SET_VSCSI));
	}
	sample_read();
	cr_expect(eq(uint, fake.extended_sets, ALL));
	cr_expect(eq(uint, lines, 1), "%s", logged);
}

Test(extended, of_one_set_that_fails_later_are_logged_alone)
{
	refuse(VMG_CAUSE_REFUSED, VMG_SET_VNET | VMG_SET_HOST);
	sample_first();
	refuse(VMG_CAUSE_DAMAGED, VMG_SET_VSCSI);
	sample_read();
	cr_expect(eq(uint, lines, 1), "%s", logged);
	cr_expect(strstr(logged, "W! no extended statistics (vscsi): ") != NULL,
		  "%s", logged);
}

Test(extended, are_not_said_to_be_asked_for_again_where_that_is_not_so)
{
	options.once = true;
	refuse(VMG_CAUSE_EMPTY, ALL);
	sampler_open();
	sample_read();
	cr_expect(strstr(logged, "no extended statistics (") != NULL);
	cr_expect(strstr(logged, "Retrying") == NULL, "%s", logged);
}

/* One that was unplugged between the list and the question. */
Test(extended, of_a_set_that_lacks_one_disk_are_asked_for_as_ever)
{
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	refuse(VMG_CAUSE_REFUSED, VMG_SET_VSCSI);
	sampler_open();
	for (int i = 0; i < 3; i++) {
		sample_read();
		cr_expect(eq(uint, fake.extended_sets, ALL));
		expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:0", 100);
	}
	cr_expect(strstr(logged, "W! extended statistics (vscsi) are "
				 "incomplete: the host refuses them.") != NULL,
		  "%s", logged);
}

Test(extended, are_asked_for_again_at_once_after_a_passing_failure)
{
	host_at(10);
	refuse(VMG_CAUSE_DAMAGED, VMG_SET_RESOURCES);
	sampler_open();
	for (int i = 0; i < 3; i++) {
		sample_read();
		cr_expect(eq(uint, fake.extended_sets, ALL));
	}
	cr_expect(strstr(logged, "W! no extended statistics (resources): the "
				 "host's reply is damaged") == NULL,
		  "it has values of it: %s", logged);
	fake.extended_count = 5;
	log_clear();
	sample_read();
	cr_expect(strstr(logged, "W! no extended statistics (resources): the "
				 "host's reply is damaged") != NULL,
		  "%s", logged);
	cr_expect(strstr(logged, "Retrying") == NULL, "%s", logged);
}

Test(extended, do_without_an_update_that_somebody_else_took_away)
{
	fake.extended_error = VMGUESTLIB_ERROR_OTHER;
	sampler_open();
	sample_read();
	cr_expect(strstr(logged, "sent no reply") != NULL, "%s", logged);
}

Test(extended, do_not_fill_the_log_for_a_host_that_says_yes_and_no)
{
	host_at(10);
	sample_first();
	for (unsigned n = 0; n < 600; n++) {
		refuse(n % 2 ? VMG_CAUSE_NONE : VMG_CAUSE_DAMAGED,
		       VMG_SET_VSCSI);
		sample_read();
	}
	cr_expect(le(uint, lines, VMG_LOG_CREDIT + 600 / VMG_LOG_PACE + 1),
		  "%s", logged);
}

Test(extended, can_be_selected_by_instance)
{
	cr_assert(vmg_choice_add(&options.selection.only, "vscsi/scsi0:1"));
	cr_assert(vmg_choice_add(&options.selection.only,
				 "vnet/00:0C:29:32:0A:6A"));
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	disk_add("scsi0:1", 100, 5000);
	nic_add(MAC);
	nic_add("00:0c:29:32:0a:6b");
	sample_first();
	cr_expect(eq(sz, extended_points(), 6 + 6 + 4)); /* and the texts */
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:1", 100);
	expect_whole(VMG_ROW_VNET_LIMIT, MAC, 16);
	expect_absent(VMG_ROW_CPU_USED_TIME, "");
}

Test(extended, can_be_excluded_by_instance_and_area)
{
	cr_assert(vmg_choice_add(&options.selection.without, "vscsi/scsi0:1"));
	cr_assert(vmg_choice_add(&options.selection.without, "vnet"));
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	disk_add("scsi0:1", 100, 5000);
	nic_add(MAC);
	sample_first();
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:0", 100);
	expect_absent(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:1");
	expect_absent(VMG_ROW_VNET_LIMIT, MAC);
	expect_whole(VMG_ROW_CPU_CONTENTION_TIME, "", 4000000);
}

static const char *device(enum vmg_row row, const char *instance)
{
	const struct vmg_point *p = point(row, instance);

	return p ? p->value.text : "none";
}

Test(extended, have_the_guests_device_where_it_is_known)
{
	disk_add("scsi0:0", 100, 5000);
	disk_add("scsi0:1", 100, 5000);
	nic_add(MAC);
	sample_first();
	cr_expect(eq(str, (char *)device(VMG_ROW_VSCSI_DEVICE, "scsi0:1"),
		     (char *)"sdb"));
	cr_expect(eq(str, (char *)device(VMG_ROW_VSCSI_DEVICE, "scsi0:0"),
		     (char *)"none"));
	cr_expect(eq(str, (char *)device(VMG_ROW_VNET_DEVICE, MAC),
		     (char *)"ens192"));
}

/* A few hundred system calls. */
Test(extended, have_devices_that_are_read_once_a_session_and_a_minute)
{
	disk_add("scsi0:1", 100, 5000);
	sample_first();
	devices.changed = true;
	guest_clock_ns += 59900000000u;
	sample_read();
	cr_expect(eq(uint, devices_reads, 1));
	guest_clock_ns += 100000000u;
	sample_read();
	cr_expect(eq(uint, devices_reads, 2));
	cr_expect(eq(str, (char *)device(VMG_ROW_VSCSI_DEVICE, "scsi0:1"),
		     (char *)"sdc"));
	fake.session = 0xABC;
	sample_read();
	cr_expect(eq(uint, devices_reads, 3));
	fake.extended_count = 0;
	fake.session = 0xABD;
	sample_read();
	cr_expect(eq(uint, devices_reads, 3));
}

Test(extended, have_a_device_only_beside_a_value)
{
	cr_assert(vmg_choice_add(&options.selection.without, "vscsi/scsi0:1"));
	cr_assert(vmg_choice_add(&options.selection.only, "vscsi_read"));
	disk_add("scsi0:0", 100, 5000);
	disk_add("scsi0:1", 100, 5000);
	nic_add(MAC);
	sample_first();
	expect_absent(VMG_ROW_VSCSI_DEVICE, "scsi0:1");
	expect_absent(VMG_ROW_VNET_DEVICE, MAC);
	expect_whole(VMG_ROW_VSCSI_READ_OPERATIONS, "scsi0:0", 100);
	cr_expect(eq(sz, extended_points(), 3));
}

Test(extended, that_are_calculated_go_with_the_derived)
{
	options.selection.no_derived = true;
	host_at(10);
	disk_add("scsi0:0", 100, 5000);
	sample_first();
	host_at(20);
	disk_add("scsi0:0", 200, 10000);
	sample_read();
	expect_absent(VMG_ROW_CPU_CONTENTION, "");
	expect_absent(VMG_ROW_MEMORY_NUMA_LOCAL_SHARE, "");
	expect_absent(VMG_ROW_VSCSI_READ_LATENCY, "scsi0:0");
	expect_whole(VMG_ROW_VSCSI_READ_TIME, "scsi0:0", 10000);
}
