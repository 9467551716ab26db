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
	double contention_ms, memory_wait_ms; /* the first beyond stolen_ms */
	double swap_in_mb, swap_out_mb; /* so much since the session began */
	struct sim_ramp ballooned, swapped, zipped;
	double swapped_mb; /* as far as it is in the two sums above */
	struct sim_device_state *devices; /* one for each of the scenario */
	uint64_t lists;			  /* of them, so far */
	double disabled_until;
	uint64_t moves, faults;	 /* so far */
	struct sim_armed *armed; /* one for each event */
};

bool sim_world_init(struct sim_world *w, const struct sim_scenario *s);
void sim_world_release(struct sim_world *w);

/* Lets everything happen that is due until then. Never goes back. */
void sim_world_advance(struct sim_world *w, double seconds);

/* A fault of this kind that strikes now at this step, or NULL. For damage,
 * step is the kind of the RPC, and protocol its version, 0 for none. */
const struct sim_fault *sim_world_fault(struct sim_world *w,
					enum sim_fault_kind kind, unsigned step,
					unsigned protocol);

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

/* Room for the printed id of a session, and for the name of a device. */
#define SIM_SESSION_TEXT 24
#define SIM_INSTANCE_NAME (SIM_DEVICE_NAME + 24)

/* What guestlib.stat.get says about the host, the machine and one of its
 * devices; device is only read for the sets that have instances.
 * metrics[SIM_METRICS]. */
void sim_world_metrics(const struct sim_world *w, size_t device,
		       char session[SIM_SESSION_TEXT],
		       struct sim_metric_value *metrics);

/* The name that the list has for the device now; false while it has none. */
bool sim_world_instance(const struct sim_world *w, size_t device,
			char name[SIM_INSTANCE_NAME]);

/* The device of that set and name, or their count if there is none. */
size_t sim_world_device_find(const struct sim_world *w, enum sim_set set,
			     const char *name);

#endif
