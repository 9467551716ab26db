/* SPDX-License-Identifier: MIT */
/* What formats share: numbers as text, and the rules by unit. */
#include "execd_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Test(format, is_found_by_position_and_influx_is_the_first)
{
	static const char *const names[] = { "influx", "json", "prometheus",
					     "graphite" };

	for (size_t i = 0; i < 4; i++)
		cr_expect(eq(str, (char *)vmg_format_at(i)->name,
			     (char *)names[i]));
	cr_expect(vmg_format_at(4) == NULL);
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

/* The type of a field follows its row, whatever the value: databases keep the
 * first one for ever. */
Test(format, never_changes_the_type_of_a_field)
{
	static const double values[] = { 0, 1, 0.5, 1e15 };
	struct vmg_field field;
	struct frame f;

	for (size_t row = 0; row < VMG_ROW_COUNT; row++) {
		const struct vmg_metric *metric = vmg_metric_at(row);

		for (size_t i = 0; i < 4; i++) {
			struct vmg_frame frame = { .sample = &f.sample,
						   .labels = &f.labels,
						   .left_out = f.left_out };

			frame_init(&f);
			if (metric->number == VMG_NUMBER_WHOLE)
				frame_whole(&f, row, (uint64_t)(2 * values[i]));
			else if (metric->number == VMG_NUMBER_REAL)
				frame_real(&f, row, values[i]);
			else
				frame_text(&f, row, "");
			if (!vmg_field_make(&field, &frame, row))
				continue;
			cr_expect(eq(int, field.number, metric->number));
			if (field.number == VMG_NUMBER_REAL)
				cr_expect(strpbrk(field.real, ".e") != NULL,
					  "%s", field.real);
		}
	}
}

Test(format, leaves_out_what_a_number_cannot_hold)
{
	struct vmg_field field;
	struct frame f;
	struct vmg_frame frame = { .sample = &f.sample,
				   .labels = &f.labels,
				   .left_out = f.left_out };

	frame_init(&f);
	frame_whole(&f, VMG_ROW_MEMORY_USED, UINT64_MAX >> 20);
	frame_whole(&f, VMG_ROW_MEMORY_RECLAIMED, (UINT64_MAX >> 20) + 1);
	frame_real(&f, VMG_ROW_CPU_USED, INFINITY);
	cr_expect(vmg_field_make(&field, &frame, VMG_ROW_MEMORY_USED));
	cr_expect(eq(u64, field.whole, UINT64_MAX << 20));
	cr_expect(
		not(vmg_field_make(&field, &frame, VMG_ROW_MEMORY_RECLAIMED)));
	cr_expect(not(vmg_field_make(&field, &frame, VMG_ROW_CPU_USED)));
	cr_expect(not(vmg_field_make(&field, &frame, VMG_ROW_CPU_STOLEN)));
	for (size_t row = 0; row < VMG_ROW_COUNT; row++)
		cr_expect(eq(int, f.left_out[row],
			     row == VMG_ROW_MEMORY_RECLAIMED ||
				     row == VMG_ROW_CPU_USED));
}
