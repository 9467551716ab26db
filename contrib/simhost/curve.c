/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "curve.h"

/* Index of the first point behind at; count if there is none. */
static size_t point_behind(const struct sim_curve *c, double at)
{
	size_t i = 0;

	while (i < c->count && c->points[i * c->width + SIM_CURVE_AT] <= at)
		i++;
	return i;
}

void sim_curve_at(const struct sim_curve *c, double at, double *numbers)
{
	size_t behind = point_behind(c, at);
	const double *b = c->points + behind * c->width, *a = b - c->width;
	double part;

	if (behind == 0 || behind == c->count) {
		memcpy(numbers, behind == 0 ? b : a, c->width * sizeof *b);
	} else {
		part = (at - a[SIM_CURVE_AT]) /
		       (b[SIM_CURVE_AT] - a[SIM_CURVE_AT]);
		for (size_t i = 0; i < c->width; i++)
			numbers[i] = a[i] + (b[i] - a[i]) * part;
	}
	numbers[SIM_CURVE_AT] = at;
}

double sim_curve_bend(const struct sim_curve *c, double at)
{
	size_t behind = point_behind(c, at);

	return behind < c->count ? c->points[behind * c->width + SIM_CURVE_AT]
				 : INFINITY;
}
