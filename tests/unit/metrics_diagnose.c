/* SPDX-License-Identifier: MIT */
#include "row.h"
#include "verdict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define READINGS_MAX 64
#define UNLIMITED 0 /* of a row */
#define NONE VMG_SEVERITY_NONE
#define NOTE VMG_SEVERITY_NOTE
#define WARNING VMG_SEVERITY_WARNING
#define CRITICAL VMG_SEVERITY_CRITICAL

/* What one interval is like. Shares are percent of the vCPUs' time. Used is 40
 * where a row has none; of the others 0 is not known, but for stolen. */
struct load {
	double used, stolen, contention, wait;
	double swap_in_mib, guest_swap_in_mib; /* a second */
	double stall, busy;
};

#define KNOWN_ZERO 1e-9
#define QUIET     \
	{         \
		0 \
	}
#define LOAD(...)           \
	{                   \
		__VA_ARGS__ \
	}

/* One window: 4 vCPUs of 2500 MHz, 8192 MB, 10 s from reading to reading, a day
 * old, where a row says nothing else. */
struct row {
	const char *why;
	/* The finding that must be first, and how bad; NULL: none at all. */
	const char *first;
	enum vmg_severity severity;
	const char *never; /* names that must not come, with blanks around */
	const char *also;  /* a name that must come */
	struct load load;
	struct load other; /* of the first other_for intervals */
	unsigned other_for;
	unsigned readings, every_s;
	uint64_t age_s; /* of the session at the first reading */
	bool new_born;	/* that age is 0 */
	uint64_t mhz, vcpus, cpu_limit, cpu_reservation;
	uint64_t size_mb, memory_limit, memory_reservation;
	uint64_t active, ballooned, swapped, zipped;
	int64_t swapped_step, zipped_step; /* MB an interval */
	uint64_t numa_local, numa_remote;  /* KB */
	double disk_ms, guest_disk_ms, disk_rate;
	double own_clock; /* how fast that of extended statistics is; 0: none */
	unsigned moves_every;  /* readings */
	unsigned move_at;      /* reading */
	unsigned reopen_every; /* readings */
	bool no_stolen, host_info_off, no_limit_sent;
};

static const struct row rows[] = {
#include "metrics_diagnose.rows"
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static uint64_t or_else(uint64_t number, uint64_t otherwise)
{
	return number > 0 ? number : otherwise;
}

static void know(struct vmg_moment *m, enum vmg_fact fact, uint64_t number)
{
	m->known[fact] = true;
	m->number[fact] = number;
}

/* Adds to a counter what a share of the time, or a rate, makes of it. */
static void grow(struct vmg_moment *m, enum vmg_fact fact, double amount)
{
	if (m->known[fact])
		m->number[fact] += (uint64_t)(amount + 0.5);
}

static void limits_set(struct vmg_moment *m, const struct row *row)
{
	know(m, VMG_FACT_CPU_RESERVATION_MHZ, row->cpu_reservation);
	know(m, VMG_FACT_MEMORY_RESERVATION_MB, row->memory_reservation);
	if (row->no_limit_sent)
		return;
	know(m, VMG_FACT_CPU_LIMITED, row->cpu_limit != UNLIMITED);
	if (row->cpu_limit != UNLIMITED)
		know(m, VMG_FACT_CPU_LIMIT_MHZ, row->cpu_limit);
	know(m, VMG_FACT_MEMORY_LIMITED, row->memory_limit != UNLIMITED);
	if (row->memory_limit != UNLIMITED)
		know(m, VMG_FACT_MEMORY_LIMIT_MB, row->memory_limit);
}

static void levels_set(struct vmg_moment *m, const struct row *row, unsigned i)
{
	know(m, VMG_FACT_ACTIVE_MB, or_else(row->active, 2048));
	know(m, VMG_FACT_BALLOONED_MB, row->ballooned);
	know(m, VMG_FACT_SWAPPED_MB,
	     (uint64_t)((int64_t)row->swapped + row->swapped_step * (int)i));
	know(m, VMG_FACT_ZIPPED_MB,
	     (uint64_t)((int64_t)row->zipped + row->zipped_step * (int)i));
	if (row->numa_local + row->numa_remote > 0) {
		know(m, VMG_FACT_NUMA_LOCAL_KB, row->numa_local);
		know(m, VMG_FACT_NUMA_REMOTE_KB, row->numa_remote);
	}
}

static void begin(struct vmg_moment *m, const struct row *row)
{
	uint64_t age_s = row->new_born ? 0 : or_else(row->age_s, 86400);

	*m = (struct vmg_moment){
		.time_ns = 1790000000ull * 1000000000,
		.up = true,
		.session = 7,
		.vcpus = or_else(row->vcpus, 4),
		.memory_mb = or_else(row->size_mb, 8192),
	};
	know(m, VMG_FACT_ELAPSED_MS, age_s * 1000);
	know(m, VMG_FACT_USED_MS, age_s * 100);
	if (!row->no_stolen)
		know(m, VMG_FACT_STOLEN_MS, age_s * 10);
	know(m, VMG_FACT_HOST_MHZ, or_else(row->mhz, 2500));
	know(m, VMG_FACT_REOPENS, 0);
	if (!row->host_info_off)
		know(m, VMG_FACT_HOST_CORES, 28);
	if (row->own_clock > 0)
		know(m, VMG_FACT_UPTIME_US, age_s * 1000000);
	if (row->load.contention > 0)
		know(m, VMG_FACT_CONTENTION_US, 0);
	if (row->load.wait > 0)
		know(m, VMG_FACT_MEMORY_WAIT_US, 0);
	if (row->load.swap_in_mib > 0)
		know(m, VMG_FACT_SWAP_IN_KB, 0);
	if (row->load.guest_swap_in_mib > 0)
		know(m, VMG_FACT_GUEST_SWAP_IN_KB, 0);
	if (row->load.stall > 0)
		know(m, VMG_FACT_GUEST_STALL_MS, 0);
	if (row->load.busy > 0)
		know(m, VMG_FACT_GUEST_BUSY_MS, 0);
	limits_set(m, row);
	levels_set(m, row, 0);
}

static void counters_step(struct vmg_moment *m, const struct load *load,
			  double s)
{
	double vcpu_ms = s * 10 * (double)m->vcpus; /* of a percent */

	grow(m, VMG_FACT_ELAPSED_MS, s * 1000);
	grow(m, VMG_FACT_USED_MS, (load->used > 0 ? load->used : 40) * vcpu_ms);
	grow(m, VMG_FACT_STOLEN_MS, load->stolen * vcpu_ms);
	grow(m, VMG_FACT_CONTENTION_US, 1000 * load->contention * vcpu_ms);
	grow(m, VMG_FACT_MEMORY_WAIT_US, 1000 * load->wait * vcpu_ms);
	grow(m, VMG_FACT_SWAP_IN_KB, load->swap_in_mib * 1024 * s);
	grow(m, VMG_FACT_GUEST_SWAP_IN_KB, load->guest_swap_in_mib * 1024 * s);
	grow(m, VMG_FACT_GUEST_STALL_MS, load->stall * s * 10);
	grow(m, VMG_FACT_GUEST_BUSY_MS, load->busy * vcpu_ms);
}

static void session_restart(struct vmg_moment *m)
{
	m->session++;
	m->number[VMG_FACT_ELAPSED_MS] = 500;
	m->number[VMG_FACT_USED_MS] = 900;
	m->number[VMG_FACT_STOLEN_MS] = 700; /* the move itself */
}

/* The readings of a row, one after the other. */
static size_t window_make(struct vmg_moment *m, struct vmg_disk *disks,
			  const struct row *row)
{
	unsigned count = (unsigned)or_else(row->readings, 31);
	unsigned every_s = (unsigned)or_else(row->every_s, 10);

	begin(&m[0], row);
	for (unsigned i = 1; i < count; i++) {
		const struct load *load =
			i <= row->other_for ? &row->other : &row->load;

		m[i] = m[i - 1];
		m[i].time_ns += every_s * 1000000000ull;
		counters_step(&m[i], load, every_s);
		grow(&m[i], VMG_FACT_UPTIME_US, row->own_clock * 1e6 * every_s);
		levels_set(&m[i], row, i);
		if ((row->moves_every > 0 && i % row->moves_every == 0) ||
		    i == row->move_at)
			session_restart(&m[i]);
		if (row->reopen_every > 0 && i % row->reopen_every == 0)
			m[i].number[VMG_FACT_REOPENS]++;
	}
	for (unsigned i = 0; i < count && row->disk_rate > 0; i++) {
		double operations = row->disk_rate * every_s * i;

		disks[i] = (struct vmg_disk){
			.name = "scsi0:0",
			.operations = (uint64_t)operations,
			.time_us = (uint64_t)(operations * 1000 * row->disk_ms),
			.guest_known = row->guest_disk_ms > 0,
			.guest_operations = (uint64_t)operations,
			.guest_time_ms =
				(uint64_t)(operations * row->guest_disk_ms),
		};
		m[i].disks = &disks[i];
		m[i].disk_count = 1;
	}
	return count;
}

static const char *name_of(const struct vmg_finding *finding)
{
	return vmg_threshold_at(finding->id)->name;
}

/* True of what only the provider can tell apart. */
static bool is_ambiguous(enum vmg_finding_id id)
{
	return id == VMG_FINDING_CPU_DENIED ||
	       id == VMG_FINDING_CPU_CONTENTION ||
	       id == VMG_FINDING_CPU_RESERVATION;
}

static void words_check(const struct row *row, const struct vmg_window *w,
			const struct vmg_finding *f)
{
	struct vmg_words words;
	const char *texts[] = { words.brief,	words.headline, words.numbers,
				words.excluded, words.certain,	words.likely,
				words.verify,	words.ask };

	vmg_finding_words(w, f, &words);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		size_t len = strlen(texts[i]);

		cr_expect_null(strstr(texts[i], "nan"), "%s: %s", row->why,
			       texts[i]);
		cr_expect_null(strstr(texts[i], " inf"), "%s: %s", row->why,
			       texts[i]);
		if (i > 0 && len > 0)
			cr_expect_eq(texts[i][len - 1], '.', "%s: %s", row->why,
				     texts[i]);
	}
	cr_expect(gt(sz, strlen(words.headline), 0), "%s", row->why);
	if (f->severity >= VMG_SEVERITY_WARNING && f->id != VMG_FINDING_VCPUS)
		cr_expect(gt(sz, strlen(words.ask), 0), "%s", row->why);
	if (is_ambiguous(f->id)) {
		cr_expect_not_null(strstr(words.likely, "resource pool"));
		cr_expect_not_null(strstr(words.likely, "affinity"));
		cr_expect_not_null(strstr(words.excluded, "limit"));
	}
}

static void row_check(const struct row *row)
{
	static struct vmg_moment moments[READINGS_MAX];
	static struct vmg_disk disks[READINGS_MAX];
	static struct vmg_diagnosis d;
	size_t count = window_make(moments, disks, row);
	char name[VMG_NAME_SIZE];
	bool also = false;

	vmg_diagnose(&d, moments, count);
	if (!row->first)
		cr_expect(eq(sz, d.count, 0), "%s: %s", row->why,
			  d.count > 0 ? name_of(&d.findings[0]) : "");
	else if (d.count == 0)
		cr_expect(false, "%s: nothing found", row->why);
	else {
		cr_expect_str_eq(name_of(&d.findings[0]), row->first, "%s",
				 row->why);
		cr_expect_eq(d.findings[0].severity, row->severity,
			     "%s: severity %d", row->why,
			     d.findings[0].severity);
	}
	for (size_t i = 0; i < d.count; i++) {
		snprintf(name, sizeof name, " %s ", name_of(&d.findings[i]));
		cr_expect(eq(int, row->never &&strstr(row->never, name), 0),
			  "%s: found%s", row->why, name);
		words_check(row, &d.window, &d.findings[i]);
		also |= row->also &&
			strcmp(row->also, name_of(&d.findings[i])) == 0;
	}
	cr_expect(eq(int, also, row->also != NULL), "%s: %s", row->why,
		  row->also);
}

Test(diagnose, names_the_first_cause_and_no_wrong_one)
{
	cr_assert(ge(sz, ROW_COUNT, 60));
	for (size_t i = 0; i < ROW_COUNT; i++)
		row_check(&rows[i]);
}

Test(diagnose, has_a_row_on_each_finding)
{
	const struct vmg_threshold *t;

	for (size_t i = 0; (t = vmg_threshold_at(i)); i++) {
		bool seen = false;

		for (size_t k = 0; k < ROW_COUNT; k++)
			seen |= rows[k].first &&
				strcmp(rows[k].first, t->name) == 0;
		cr_expect(seen, "%s", t->name);
	}
}

static struct vmg_moment moments[READINGS_MAX];
static struct vmg_disk disks[READINGS_MAX];
static struct vmg_diagnosis d;

static void diagnose(const struct row *row)
{
	vmg_diagnose(&d, moments, window_make(moments, disks, row));
}

static void expect_near(double value, double expected)
{
	cr_expect(fabs(value - expected) < 1e-6, "%.9g, not %.9g", value,
		  expected);
}

Test(diagnose, is_exact_however_the_readings_are_spread)
{
	diagnose(&(struct row){ .load = LOAD(.stolen = 8.2) });
	expect_near(d.window.stolen, 0.082);
	expect_near(d.window.used, 0.4);
	expect_near(d.window.effective_mhz, 4000);
	expect_near(d.window.seconds, 300);
	cr_expect(eq(sz, d.window.intervals, 30));

	/* The same counters with most of the readings lost. */
	moments[1] = moments[30];
	vmg_diagnose(&d, moments, 2);
	expect_near(d.window.stolen, 0.082);
	expect_near(d.findings[0].value, 8.2);
	cr_expect(eq(sz, d.findings[0].hits, 1));
}

Test(diagnose, says_since_when_and_how_often)
{
	diagnose(&(struct row){
		.load = LOAD(.stolen = 20), .other = QUIET, .other_for = 10 });
	cr_assert(eq(sz, d.count, 1));
	cr_expect(eq(sz, d.findings[0].hits, 20));
	cr_expect(eq(sz, d.findings[0].intervals, 30));
	cr_expect(eq(u64, d.findings[0].since_ns, moments[10].time_ns));
	expect_near(d.findings[0].worst, 20);

	diagnose(&(struct row){ .load = LOAD(.stolen = 20) });
	cr_expect(eq(u64, d.findings[0].since_ns, 0));
}

Test(diagnose, knows_the_average_since_the_session_began)
{
	diagnose(&(struct row){ .load = LOAD(.stolen = 8) });
	expect_near(d.window.session_s, 86700);
	/* 10 ms of each second of 4 vCPUs, and 300 s of 8 %. */
	expect_near(d.window.session_stolen,
		    (864 + 0.08 * 4 * 300) / (4 * 86700));
}

Test(diagnose, judges_nothing_without_two_readings_of_a_session)
{
	diagnose(&(struct row){ .load = LOAD(.stolen = 50), .readings = 1 });
	cr_expect(eq(sz, d.window.intervals, 0));
	cr_expect(eq(sz, d.count, 0));
	cr_expect(isnan(d.window.stolen));

	vmg_diagnose(&d, moments, 0);
	cr_expect(eq(sz, d.window.readings, 0));
	cr_expect(eq(sz, d.count, 0));

	diagnose(&(struct row){
		.load = LOAD(.stolen = 50), .readings = 2, .moves_every = 1 });
	cr_expect(eq(sz, d.window.intervals, 0));
	cr_expect(eq(sz, d.window.moves, 1));
	cr_expect(eq(sz, d.count, 0));
}

Test(diagnose, compares_a_disk_with_itself_only)
{
	window_make(moments, disks,
		    &(struct row){ .disk_rate = 20,
				   .disk_ms = 50,
				   .guest_disk_ms = 60 });
	for (size_t i = 0; i < 31; i += 2)
		strcpy(disks[i].name, "scsi0:1");
	vmg_diagnose(&d, moments, 31);
	cr_expect(eq(sz, d.count, 0));
}

Test(diagnose, leaves_out_readings_without_statistics)
{
	window_make(moments, disks,
		    &(struct row){ .load = LOAD(.stolen = 20) });
	moments[15] = (struct vmg_moment){ .time_ns = moments[15].time_ns };
	vmg_diagnose(&d, moments, 31);
	cr_expect(eq(sz, d.window.down, 1));
	/* The counters bridge the gap. */
	cr_expect(eq(sz, d.window.intervals, 29));
	expect_near(d.window.seconds, 300);
	cr_expect_str_eq(name_of(&d.findings[0]), "cpu-denied");
}

Test(diagnose, survives_numbers_that_cannot_be)
{
	window_make(moments, disks,
		    &(struct row){ .load = LOAD(.stolen = 20) });
	for (size_t i = 0; i < 31; i++) {
		moments[i].vcpus = i % 3 ? 0 : UINT64_MAX;
		moments[i].memory_mb = i % 2 ? 0 : UINT64_MAX;
		for (size_t f = 0; f < VMG_FACT_COUNT; f++)
			know(&moments[i], f,
			     (i * 7 + f) % 5 ? UINT64_MAX - i : 0);
	}
	vmg_diagnose(&d, moments, 31);
	cr_expect(d.count <= VMG_FINDING_COUNT);
}

Test(diagnose, has_a_whole_table)
{
	const struct vmg_threshold *t;
	size_t count = 0;

	for (; (t = vmg_threshold_at(count)); count++) {
		cr_expect(t->name[0] && t->condition[0] && t->source[0] &&
			  t->sentence[0]);
		cr_expect(isfinite(t->note) || isfinite(t->warning), "%s",
			  t->name);
		cr_expect(t->critical >= t->warning, "%s", t->name);
	}
	cr_expect(eq(sz, count, VMG_FINDING_COUNT));
}

Test(diagnose, names_severities_units_and_ages)
{
	static const struct {
		double seconds;
		const char *text;
	} ages[] = {
		{ -1, "0s" },	   { 59.9, "59s" },	    { 61, "1m 1s" },
		{ 3600, "1h 0m" }, { 274320, "3d 4h 12m" },
	};
	char text[VMG_AGE_SIZE];

	for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
		vmg_age_text(ages[i].seconds, text);
		cr_expect_str_eq(text, ages[i].text);
	}
	cr_expect_str_eq(vmg_severity_name(VMG_SEVERITY_CRITICAL), "critical");
	cr_expect_str_eq(vmg_finding_unit_name(VMG_IN_MILLISECONDS), "ms");
	cr_expect_str_eq(vmg_finding_unit_name(VMG_IN_A_DAY), "a day");
	cr_expect_str_eq(vmg_finding_unit_name(VMG_IN_TIMES), "times");
	cr_expect_str_eq(vmg_finding_unit_name(VMG_IN_MIB), "MiB");
	cr_expect_str_eq(vmg_finding_unit_name(VMG_IN_FLAG), "");
}

Test(diagnose, takes_from_a_sample_what_it_judges)
{
	const struct vmg_point points[] = {
		{ vmg_metric_at(VMG_ROW_CPU_USED_TIME), "", { .whole = 4711 } },
		{ vmg_metric_at(VMG_ROW_MEMORY_SHARED), "", { .whole = 12 } },
		{ vmg_metric_at(VMG_ROW_CPU_USED), "", { .real = 0.5 } },
		{ vmg_metric_at(VMG_ROW_CPU_CONTENTION_TIME),
		  "",
		  { .whole = 5 } },
	};
	const struct vmg_sample sample = {
		.time_ns = 9,
		.up = true,
		.session = 7,
		.vcpus = 4,
		.memory_mb = 8192,
		.points = points,
		.point_count = 4,
		.extended_us = 11,
	};
	static struct vmg_disks taken;
	struct vmg_moment m;
	size_t known = 0;

	vmg_moment_take(&m, &taken, &sample);
	for (size_t i = 0; i < VMG_FACT_COUNT; i++)
		known += m.known[i];
	cr_expect(eq(sz, known, 3));
	cr_expect(eq(u64, m.number[VMG_FACT_UPTIME_US], 11));
	cr_expect(eq(u64, m.number[VMG_FACT_USED_MS], 4711));
	cr_expect(eq(u64, m.number[VMG_FACT_CONTENTION_US], 5));
	cr_expect(eq(u64, m.session, 7));
	cr_expect(eq(u64, m.vcpus, 4));
	cr_expect(eq(u64, m.memory_mb, 8192));
	cr_expect(eq(sz, m.disk_count, 0));
	cr_expect_null(vmg_fact_metric(VMG_FACT_GUEST_BUSY_MS));
}

Test(diagnose, adds_up_reads_and_writes_of_each_disk)
{
	const struct vmg_point points[] = {
		{ vmg_metric_at(VMG_ROW_VSCSI_READ_OPERATIONS),
		  "scsi0:0",
		  { .whole = 3 } },
		{ vmg_metric_at(VMG_ROW_VSCSI_WRITE_OPERATIONS),
		  "scsi0:0",
		  { .whole = 4 } },
		{ vmg_metric_at(VMG_ROW_VSCSI_READ_TIME),
		  "scsi0:0",
		  { .whole = 50 } },
		{ vmg_metric_at(VMG_ROW_VSCSI_WRITE_TIME),
		  "scsi0:0",
		  { .whole = 60 } },
		{ vmg_metric_at(VMG_ROW_VSCSI_READ_BYTES),
		  "scsi0:0",
		  { .whole = 512 } },
		{ vmg_metric_at(VMG_ROW_VSCSI_READ_OPERATIONS),
		  "scsi0:1",
		  { .whole = 9 } },
		{ vmg_metric_at(VMG_ROW_VNET_RX_PACKETS),
		  "00:50:56:9a:2b:10",
		  { .whole = 1 } },
	};
	const struct vmg_sample sample = {
		.up = true,
		.points = points,
		.point_count = sizeof points / sizeof points[0],
	};
	static struct vmg_disks taken;
	struct vmg_moment m;

	taken.count = 5; /* of an earlier sample */
	vmg_moment_take(&m, &taken, &sample);
	cr_assert(eq(sz, m.disk_count, 2));
	cr_expect_str_eq(m.disks[0].name, "scsi0:0");
	cr_expect(eq(u64, m.disks[0].operations, 7));
	cr_expect(eq(u64, m.disks[0].time_us, 110));
	cr_expect(not(m.disks[0].guest_known));
	cr_expect_str_eq(m.disks[1].name, "scsi0:1");
	cr_expect(eq(u64, m.disks[1].operations, 9));
}

Test(diagnose, has_room_for_so_many_disks)
{
	static struct vmg_disks taken;
	char name[16];

	for (size_t i = 0; i < VMG_DISKS_MAX; i++) {
		snprintf(name, sizeof name, "scsi%zu:0", i);
		cr_expect_not_null(vmg_disk_find(&taken, name));
	}
	cr_expect_null(vmg_disk_find(&taken, "nvme0:0"));
	vmg_disk_add(&taken, vmg_metric_at(VMG_ROW_VSCSI_READ_OPERATIONS),
		     "nvme0:0", 1);
	cr_expect(eq(sz, taken.count, VMG_DISKS_MAX));
	cr_expect_eq(vmg_disk_find(&taken, "scsi1:0"), &taken.list[1]);
}
