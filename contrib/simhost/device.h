/* SPDX-License-Identifier: MIT */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "curve.h"
#include "stat.h"

/* A virtual disk or NIC, and what the host has counted of it. */

#define SIM_DEVICES_MAX 64 /* of each kind */
#define SIM_DEVICE_NAME 128

/* Numbers of a point of its load, behind the time. A disk reads and writes; a
 * NIC sends and receives, and has no times. */
enum sim_device_load {
	SIM_DEVICE_RATE = 1,  /* operations or packets a second */
	SIM_DEVICE_BYTES,     /* in each of them */
	SIM_DEVICE_MS,	      /* that each of them takes */
	SIM_DEVICE_DIRECTION, /* ... and the same for the other direction */
	SIM_DEVICE_LOADS = 1 + 2 * (SIM_DEVICE_DIRECTION - SIM_DEVICE_RATE)
};

/* As the scenario has it. */
struct sim_device {
	enum sim_set set; /* SIM_SET_VSCSI or SIM_SET_VNET */
	char name[SIM_DEVICE_NAME];
	bool plugged;
	uint32_t limit_mbps, reservation_mbps; /* of a NIC */
	struct sim_curve load;
};

/* What becomes of it. */
struct sim_device_state {
	const char *name;
	bool plugged;
	struct sim_flow {
		double count, bytes, ms;
	} flow[2];
};

/* Runs from one time of the scenario's round to a later one. */
void sim_device_run(const struct sim_device *d, struct sim_device_state *state,
		    double from, double to);

/* Plugs it in or pulls it out. A device that comes back starts at 0. */
void sim_device_plug(struct sim_device_state *state, bool plugged);

/* As after a move: nothing counted yet. */
void sim_device_reset(struct sim_device_state *state);

/* metrics[SIM_METRICS], of which those of its kind are written. */
void sim_device_metrics(const struct sim_device *d,
			const struct sim_device_state *state,
			struct sim_metric_value *metrics);

#endif
