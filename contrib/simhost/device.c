/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "device.h"

/* What one second at this load adds. */
static struct sim_flow flow_at(const struct sim_device *d, double at,
			       size_t direction)
{
	double load[SIM_DEVICE_LOADS];
	const double *of = load + direction * (SIM_DEVICE_DIRECTION - 1);

	sim_curve_at(&d->load, at, load);
	return (struct sim_flow){
		of[SIM_DEVICE_RATE],
		of[SIM_DEVICE_RATE] * of[SIM_DEVICE_BYTES],
		of[SIM_DEVICE_RATE] * of[SIM_DEVICE_MS],
	};
}

/* Between two bends bytes and times are products of straight lines, which
 * Simpson's rule integrates exactly. */
static void straight_run(const struct sim_device *d,
			 struct sim_device_state *state, double from, double to)
{
	double sixth = (to - from) / 6;

	for (size_t i = 0; i < 2; i++) {
		struct sim_flow a = flow_at(d, from, i);
		struct sim_flow m = flow_at(d, (from + to) / 2, i);
		struct sim_flow b = flow_at(d, to, i), *sum = &state->flow[i];

		sum->count += (a.count + 4 * m.count + b.count) * sixth;
		sum->bytes += (a.bytes + 4 * m.bytes + b.bytes) * sixth;
		sum->ms += (a.ms + 4 * m.ms + b.ms) * sixth;
	}
}

void sim_device_run(const struct sim_device *d, struct sim_device_state *state,
		    double from, double to)
{
	while (state->plugged && from < to) {
		double next = fmin(sim_curve_bend(&d->load, from), to);

		straight_run(d, state, from, next);
		from = next;
	}
}

void sim_device_reset(struct sim_device_state *state)
{
	memset(state->flow, 0, sizeof state->flow);
}

void sim_device_plug(struct sim_device_state *state, bool plugged)
{
	if (plugged && !state->plugged)
		sim_device_reset(state);
	state->plugged = plugged;
}

/* Disks count whole sectors. */
static double sectors(double bytes)
{
	return floor(bytes / 512 + 1e-6) * 512;
}

void sim_device_metrics(const struct sim_device *d,
			const struct sim_device_state *state,
			struct sim_metric_value *m)
{
	const struct sim_flow *a = &state->flow[0], *b = &state->flow[1];

	if (d->set == SIM_SET_VSCSI) {
		sim_metric_set(m, SIM_NUM_READS, a->count);
		sim_metric_set(m, SIM_NUM_WRITES, b->count);
		sim_metric_set(m, SIM_SIZE_READS, sectors(a->bytes));
		sim_metric_set(m, SIM_SIZE_WRITES, sectors(b->bytes));
		sim_metric_set(m, SIM_LATENCY_READS, a->ms * 1000);
		sim_metric_set(m, SIM_LATENCY_WRITES, b->ms * 1000);
		return;
	}
	sim_metric_set(m, SIM_NUM_TX, a->count);
	sim_metric_set(m, SIM_SIZE_TX, a->bytes);
	sim_metric_set(m, SIM_NUM_RX, b->count);
	sim_metric_set(m, SIM_SIZE_RX, b->bytes);
	sim_metric_set(m, SIM_NET_RESERVATION, d->reservation_mbps);
	sim_metric_set(m, SIM_NET_LIMIT,
		       d->limit_mbps == UINT32_MAX ? -1
						   : (double)d->limit_mbps);
}
