/* SPDX-License-Identifier: MIT */
/* The object behind simhost.h, and what its parts do for each other. */
#ifndef SIM_OBJECT_H
#define SIM_OBJECT_H

#include <pthread.h>
#include <time.h>

#include "simhost.h"
#include "world.h"

/* A reply; and for each port, what arrives there instead if that fault strikes.
 */
struct sim_answer {
	struct sim_bytes bytes;
	struct {
		const struct sim_fault *fault; /* NULL: none waits */
		struct sim_bytes bytes;
	} on_way[SIM_PORTS];
};

/* One channel of the message service, as the host keeps it. */
struct sim_channel {
	bool open;
	bool rpci;	 /* else TCLO, on which this host never speaks */
	uint64_t cookie; /* 0: opened without */
	double last_used;
	bool sending;	 /* SENDSIZE came, the request is not whole yet */
	size_t expected; /* bytes of it */
	struct sim_bytes request;
	bool waiting;	/* a reply is there */
	bool announced; /* RECVSIZE came */
	uint32_t size;	/* as RECVSIZE announced: a fault may have changed it */
	size_t taken;	/* of that size */
	struct sim_answer reply;
};

struct simhost {
	pthread_mutex_t lock;
	struct sim_scenario *scenario;
	struct sim_world world;
	bool clock_set; /* by simhost_set_time(): the machine's is off */
	struct timespec start;
	bool started; /* the scenario's clock runs */
	struct sim_channel channels[SIM_CHANNELS_MAX];
	struct simhost_counts counts;
	double delay; /* seconds that the exchange under way takes */
};

/* One exchange of command 30, by either port. */
void sim_message(struct simhost *sim, struct simhost_regs *r);
void sim_message_bulk(struct simhost *sim, struct simhost_regs *r, bool out,
		      const struct simhost_memory *memory);

/* What a move does to all channels; the guest sees it at the next step. */
void sim_channels_lose(struct simhost *sim);

/* Closes those that were idle for too long. */
void sim_channels_expire(struct simhost *sim);

void sim_channels_release(struct simhost *sim);

/* Answers one request; answer is all zero before. */
void sim_rpc(struct simhost *sim, const uint8_t *request, size_t len,
	     struct sim_answer *answer);

#endif
