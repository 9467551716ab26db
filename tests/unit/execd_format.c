/* SPDX-License-Identifier: MIT */
/* What formats share: numbers as text, and the rules by unit. */
#include "execd_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(format, is_found_by_position_and_influx_is_the_first)
{
	static const char *const names[] = { "influx", "json", "prometheus",
					     "graphite", "putval" };

	for (size_t i = 0; i < 5; i++)
		cr_expect(eq(str, (char *)vmg_format_at(i)->name,
			     (char *)names[i]));
	cr_expect(vmg_format_at(5) == NULL);
}

static const struct {
	double real;
	const char *text; /* NULL: refused */
} reals[] = {
	{ 0, "0.0" },
	{ 100, "100.0" },
	{ 28.999999999999996, "29.0" },
	{ 0.1, "0.1" },
	{ 1e-7, "1e-07" },
	{ 12345678901234567890.0, "1.23456789012346e+19" },
	{ -3.5, "-3.5" },
	{ NAN, NULL },
	{ INFINITY, NULL },
	{ -INFINITY, NULL },
};

Test(format, writes_reals_so_that_they_stay_reals)
{
	char text[32];

	for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
		bool good = vmg_real_text(reals[i].real, text);

		cr_expect(eq(int, good, reals[i].text != NULL), "%zu", i);
		if (good && reals[i].text)
			cr_expect(eq(str, text, (char *)reals[i].text));
	}
	cr_expect(vmg_real_text(-DBL_MAX, text));
	cr_expect(vmg_real_text(DBL_TRUE_MIN, text));
}

static const struct {
	double seconds;
	const char *text;
} durations[] = {
	{ 0, "0.0" },	  { 0.000057093, "0.000057093" },
	{ 1.5, "1.5" },	  { 10, "10.0" },
	{ 1e-12, "0.0" }, { 86400.25, "86400.25" },
};

Test(format, writes_durations_without_exponents)
{
	char text[32];

	for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
		cr_expect(vmg_seconds_text(durations[i].seconds, text));
		cr_expect(eq(str, text, (char *)durations[i].text));
	}
	cr_expect(vmg_seconds_text(-1e300, text));
	cr_expect(not(vmg_seconds_text(NAN, text)));
}

static struct vmg_frame frame_of(struct frame *f)
{
	return (struct vmg_frame){ .sample = &f->sample,
				   .labels = &f->labels,
				   .left_out = f->left_out };
}

/* The type of a field follows its unit, whatever the value: databases keep the
 * first one for ever. */
Test(format, never_changes_the_type_of_a_field)
{
	static const double values[] = { 0, 1, 0.5, 1e15 };
	struct vmg_field field;
	struct frame f;

	for (int unit = 0; unit < VMG_METRIC_UNIT_COUNT; unit++) {
		const struct vmg_metric metric = { .stem = "x",
						   .influx = "",
						   .unit = (uint8_t)unit };

		for (size_t i = 0; i < 4; i++) {
			struct vmg_frame frame = frame_of(&f);
			union vmg_value value = { .text = "" };

			frame_init(&f);
			if (vmg_metric_number(&metric) == VMG_NUMBER_WHOLE)
				value.whole = (uint64_t)(2 * values[i]);
			else if (vmg_metric_number(&metric) == VMG_NUMBER_REAL)
				value.real = values[i];
			frame_point(&f, &metric, "", value);
			if (!vmg_field_make(&field, &frame, 0))
				continue;
			cr_expect(eq(int, field.number,
				     vmg_metric_number(&metric)));
			if (field.number == VMG_NUMBER_REAL)
				cr_expect(strpbrk(field.real, ".e") != NULL,
					  "%s", field.real);
		}
	}
}

/* Written by hand: what a value of 5000, or 0.25, of each unit becomes. */
static const struct {
	enum vmg_metric_unit unit;
	const char *field, *value;
} units[] = {
	{ VMG_METRIC_MHZ, "x_mhz", "5000" },
	{ VMG_METRIC_SPEED, "x_mhz", "0.25" },
	{ VMG_METRIC_MBPS, "x_mbps", "5000" },
	{ VMG_METRIC_MB, "x_bytes", "5242880000" },
	{ VMG_METRIC_KB, "x_bytes", "5120000" },
	{ VMG_METRIC_BYTES, "x_bytes", "5000" },
	{ VMG_METRIC_COUNT, "x", "5000" },
	{ VMG_METRIC_SHARE, "x_percent", "25.0" },
	{ VMG_METRIC_RATIO, "x_percent", "25.0" },
	{ VMG_METRIC_FLAG, "x", "5000" },
	{ VMG_METRIC_SECONDS, "x_seconds", "0.25" },
	{ VMG_METRIC_AGE, "x_seconds", "0.25" },
	{ VMG_METRIC_LATENCY, "x_latency_ms", "250.0" },
	{ VMG_METRIC_MS_TOTAL, "x_ms", "5000" },
	{ VMG_METRIC_US_TOTAL, "x_ms", "5" },
	{ VMG_METRIC_KB_TOTAL, "x_bytes", "5120000" },
	{ VMG_METRIC_BYTES_TOTAL, "x_bytes", "5000" },
	{ VMG_METRIC_OPERATIONS, "x_operations", "5000" },
	{ VMG_METRIC_PACKETS, "x_packets", "5000" },
	{ VMG_METRIC_EVENTS, "x", "5000" },
};

Test(format, has_a_rule_for_each_unit)
{
	struct vmg_field field;
	struct frame f;
	char text[32];

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		const struct vmg_metric metric = { .stem = "x",
						   .influx = "",
						   .unit = units[i].unit };
		struct vmg_frame frame = frame_of(&f);

		frame_init(&f);
		if (vmg_metric_number(&metric) == VMG_NUMBER_WHOLE)
			frame_point(&f, &metric, "",
				    (union vmg_value){ .whole = 5000 });
		else
			frame_point(&f, &metric, "",
				    (union vmg_value){ .real = 0.25 });
		cr_assert(vmg_field_make(&field, &frame, 0));
		cr_expect(eq(str, field.name, (char *)units[i].field));
		snprintf(text, sizeof text, "%llu",
			 (unsigned long long)field.whole);
		cr_expect(
			eq(str,
			   field.number == VMG_NUMBER_WHOLE ? text : field.real,
			   (char *)units[i].value),
			"%s", units[i].field);
	}
	/* All but texts. */
	cr_expect(eq(sz, sizeof units / sizeof units[0],
		     VMG_METRIC_UNIT_COUNT - 1));
}

Test(format, leaves_out_what_a_number_cannot_hold)
{
	struct vmg_field field;
	struct frame f;
	struct vmg_frame frame = frame_of(&f);

	frame_init(&f);
	frame_whole(&f, VMG_ROW_MEMORY_USED, UINT64_MAX >> 20);
	frame_whole(&f, VMG_ROW_MEMORY_RECLAIMED, (UINT64_MAX >> 20) + 1);
	frame_real(&f, VMG_ROW_CPU_USED, INFINITY);
	cr_expect(not(vmg_field_make(&field, &frame, 0))); /* cpu_used */
	cr_expect(vmg_field_make(&field, &frame, 1));
	cr_expect(eq(u64, field.whole, UINT64_MAX << 20));
	cr_expect(not(vmg_field_make(&field, &frame, 2)));
	cr_expect(frame_left_out(&f, VMG_ROW_CPU_USED));
	cr_expect(not(frame_left_out(&f, VMG_ROW_MEMORY_USED)));
	cr_expect(frame_left_out(&f, VMG_ROW_MEMORY_RECLAIMED));
}

Test(format, has_no_field_that_is_not_offered)
{
	struct vmg_field field;
	struct frame f;
	struct vmg_frame frame = frame_of(&f);

	frame_init(&f);
	frame_real(&f, VMG_ROW_SESSION_UPTIME, 5);
	cr_expect(not(vmg_field_make(&field, &frame, 0)));
	cr_expect(not(frame_left_out(&f, VMG_ROW_SESSION_UPTIME)));
}
