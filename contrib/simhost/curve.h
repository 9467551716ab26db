/* SPDX-License-Identifier: MIT */
#ifndef SIM_CURVE_H
#define SIM_CURVE_H

#include <stddef.h>

/* The first number of each point: its time in seconds. */
enum { SIM_CURVE_AT };

/* Several numbers over time: straight lines between points, in the order of
 * time; constant before the first and behind the last. */
struct sim_curve {
	double *points; /* count times width numbers */
	size_t count, width;
};

/* Writes width numbers, the first of which is at. */
void sim_curve_at(const struct sim_curve *c, double at, double *numbers);

/* When the first point behind at comes, or INFINITY. */
double sim_curve_bend(const struct sim_curve *c, double at);

#endif
