/* SPDX-License-Identifier: MIT */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "scenario.h"

/* A level that moves from one value to another in a straight line. */
struct sim_ramp {
	double from, to, start, over;
};

/* What is true at one moment of a scenario. Deterministic: it depends on the
 * scenario and the time alone, not on how often it is read. */
struct sim_world {
	const struct sim_scenario *scenario;
	struct sim_host host;
	struct sim_vm vm;
	double now, round; /* seconds since the start; when this round began */
	size_t next_event, next_load;
	uint64_t random; /* state of the generator */
	uint64_t session;
	double session_start;
	double used_ms, stolen_ms, host_used_ms;
	struct sim_ramp ballooned, swapped, zipped;
	double disabled_until;
	uint64_t moves, faults; /* so far */
	struct sim_armed *armed; /* one for each event */
};

bool sim_world_init(struct sim_world *w, const struct sim_scenario *s);
void sim_world_release(struct sim_world *w);

/* Lets everything happen that is due until then. Never goes back. */
void sim_world_advance(struct sim_world *w, double seconds);

/* A fault of this kind that strikes now at this step, or NULL. For damage,
 * step is the kind of the RPC, and protocol its version, 0 for none. */
const struct sim_fault *sim_world_fault(struct sim_world *w,
					enum sim_fault_kind kind,
					unsigned step, unsigned protocol);

/* Damage that waits for such a reply to go over this port, or NULL. It strikes
 * when sim_world_strikes() returns true. */
const struct sim_fault *sim_world_damage(const struct sim_world *w,
					 enum sim_port port, unsigned rpc,
					 unsigned protocol);
bool sim_world_strikes(struct sim_world *w, const struct sim_fault *fault);

/* Moves the machine, and returns true, if a move waits for this step. */
bool sim_world_moves(struct sim_world *w, enum sim_step step);

bool sim_world_disabled(const struct sim_world *w);

/* 64 random bits, from the scenario's seed. */
uint64_t sim_world_random(struct sim_world *w);

/* The texts in values live as long as w and until it advances. */
void sim_world_values(const struct sim_world *w, struct sim_values *values);

/* metrics[SIM_METRICS]; session is room for the printed id. */
void sim_world_metrics(const struct sim_world *w, char session[24],
		       struct sim_metric_value *metrics);

#endif
