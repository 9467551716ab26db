/* SPDX-License-Identifier: MIT */
/* The object itself: its lock, its clock, and which command does what. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "object.h"

/* Source: open-vm-tools, lib/include/backdoor_def.h. */
enum {
	MAGIC = 0x564d5868,
	PORT = 0x5658,
	PORT_BULK = 0x5659,
	COMMAND_GETMHZ = 1,
	COMMAND_GETVERSION = 10,
	COMMAND_GETMEMSIZE = 20,
	COMMAND_GETTIME = 23,
	COMMAND_MESSAGE = 30,
	COMMAND_GETTIMEFULL = 46,
	BULK_MESSAGE = 0,
	VERSION = 6,
	TIME_LAG_US = 1000000
};

static bool own_read(void *ctx, uint64_t addr, void *to, size_t len)
{
	(void)ctx;
	memcpy(to, (const void *)(uintptr_t)addr, len);
	return true;
}

static bool own_write(void *ctx, uint64_t addr, const void *from, size_t len)
{
	(void)ctx;
	memcpy((void *)(uintptr_t)addr, from, len);
	return true;
}

const struct simhost_memory simhost_own_memory = { own_read, own_write, NULL };

unsigned simhost_instruction_len(const struct simhost_regs *regs)
{
	if ((uint32_t)regs->ax != MAGIC)
		return 0;
	switch ((uint32_t)regs->dx & 0xffff) {
	case PORT:
		return 1;
	case PORT_BULK:
		return 2;
	}
	return 0;
}

bool simhost_instruction_decode(const uint8_t *code, unsigned len,
				enum simhost_op *op)
{
	if (len == 1) {
		*op = SIMHOST_IN;
		return code[0] == 0xed || code[0] == 0xef;
	}
	*op = code[1] == 0x6c ? SIMHOST_REP_INS : SIMHOST_REP_OUTS;
	return code[0] == 0xf3 && (code[1] == 0x6c || code[1] == 0x6e);
}

static void clock_start(struct simhost *sim)
{
	clock_gettime(CLOCK_MONOTONIC, &sim->start);
	sim->started = true;
}

struct simhost *simhost_open(const char *scenario_json, const char *file_name,
			     char **errors)
{
	struct simhost *sim = calloc(1, sizeof *sim);
	struct sim_bytes mistakes = { 0 };

	if (errors)
		*errors = NULL;
	if (!sim)
		return NULL;
	sim->scenario = sim_scenario_read(scenario_json, file_name, &mistakes);
	if (!sim->scenario || !sim_world_init(&sim->world, sim->scenario)) {
		sim_bytes_zero(&mistakes, 1);
		if (errors && mistakes.len > 1)
			*errors = (char *)mistakes.at;
		else
			sim_bytes_release(&mistakes);
		sim_scenario_free(sim->scenario);
		free(sim);
		return NULL;
	}
	pthread_mutex_init(&sim->lock, NULL);
	if (sim->scenario->start == SIM_START_PROGRAM)
		clock_start(sim);
	sim_world_advance(&sim->world, 0);
	return sim;
}

void simhost_close(struct simhost *sim)
{
	if (!sim)
		return;
	sim_channels_release(sim);
	sim_world_release(&sim->world);
	sim_scenario_free(sim->scenario);
	pthread_mutex_destroy(&sim->lock);
	free(sim);
}

const char *simhost_description(const struct simhost *sim)
{
	return sim->scenario->description;
}

unsigned simhost_vcpus(const struct simhost *sim)
{
	return sim->scenario->vm.vcpus;
}

/* Lets everything happen up to now. With sim locked. */
static void time_pass(struct simhost *sim, double seconds)
{
	uint64_t moves = sim->world.moves;

	sim_world_advance(&sim->world, seconds);
	if (sim->world.moves != moves)
		sim_channels_lose(sim);
	sim_channels_expire(sim);
}

static void clock_read(struct simhost *sim)
{
	struct timespec now;
	double seconds;

	if (sim->clock_set || !sim->started)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = (double)(now.tv_sec - sim->start.tv_sec) +
		  (double)(now.tv_nsec - sim->start.tv_nsec) / 1e9;
	time_pass(sim, seconds * sim->scenario->speed);
}

void simhost_start(struct simhost *sim)
{
	pthread_mutex_lock(&sim->lock);
	if (sim->scenario->start == SIM_START_PROGRAM)
		clock_start(sim);
	pthread_mutex_unlock(&sim->lock);
}

void simhost_set_time(struct simhost *sim, double seconds)
{
	pthread_mutex_lock(&sim->lock);
	sim->clock_set = true;
	time_pass(sim, seconds);
	pthread_mutex_unlock(&sim->lock);
}

void simhost_counts(const struct simhost *sim, struct simhost_counts *counts)
{
	struct simhost *s = (struct simhost *)sim; /* the lock and the clock */

	pthread_mutex_lock(&s->lock);
	clock_read(s);
	*counts = s->counts;
	counts->moves = s->world.moves;
	counts->faults = s->world.faults;
	pthread_mutex_unlock(&s->lock);
}

uint64_t simhost_session(const struct simhost *sim)
{
	struct simhost *s = (struct simhost *)sim;
	uint64_t session;

	pthread_mutex_lock(&s->lock);
	clock_read(s);
	session = s->world.session;
	pthread_mutex_unlock(&s->lock);
	return session;
}

/* EAX all ones and the rest untouched: the answer to what is unknown or refused. */
static void command_refuse(struct simhost_regs *r)
{
	r->ax = UINT32_MAX;
}

static void version_get(const struct sim_host *host, struct simhost_regs *r)
{
	static const uint64_t product[] = {
		[SIM_ESX] = 2, [SIM_WORKSTATION] = 4, [SIM_QEMU] = 2
	};

	r->ax = VERSION;
	r->bx = MAGIC;
	r->cx = product[host->product];
}

static void time_get(struct simhost_regs *r, bool full)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (full) {
		/* EAX stays magic: that is its sign of success. */
		r->si = (uint64_t)now.tv_sec >> 32;
		r->dx = (uint32_t)now.tv_sec;
	} else {
		r->ax = (uint32_t)now.tv_sec;
		r->dx = 0;
	}
	r->bx = (uint64_t)now.tv_nsec / 1000;
	r->cx = TIME_LAG_US;
}

static void command_run(struct simhost *sim, struct simhost_regs *r)
{
	const struct sim_host *host = &sim->world.host;
	unsigned command = (uint32_t)r->cx & 0xffff;

	if (command == COMMAND_GETVERSION)
		version_get(host, r);
	else if (host->product == SIM_QEMU)
		command_refuse(r);
	else if (command == COMMAND_GETMHZ)
		r->ax = host->mhz;
	else if (command == COMMAND_GETMEMSIZE)
		r->ax = (uint32_t)sim->world.vm.memory_mb;
	else if (command == COMMAND_GETTIME || command == COMMAND_GETTIMEFULL)
		time_get(r, command == COMMAND_GETTIMEFULL);
	else if (command == COMMAND_MESSAGE)
		sim_message(sim, r);
	else
		command_refuse(r);
}

static void bulk_run(struct simhost *sim, enum simhost_op op,
		     struct simhost_regs *r,
		     const struct simhost_memory *memory)
{
	if ((uint32_t)r->cx == 0)
		return; /* a repetition of nothing */
	if (((uint32_t)r->bx & 0xffff) != BULK_MESSAGE ||
	    sim->world.host.product == SIM_QEMU) {
		command_refuse(r);
		return;
	}
	sim_message_bulk(sim, r, op == SIMHOST_REP_OUTS, memory);
}

double simhost_exchange(struct simhost *sim, enum simhost_op op,
			struct simhost_regs *regs,
			const struct simhost_memory *memory)
{
	unsigned port = (uint32_t)regs->dx & 0xffff;
	double delay;

	pthread_mutex_lock(&sim->lock);
	sim->delay = 0;
	if (!sim->started && op == SIMHOST_IN &&
	    ((uint32_t)regs->cx & 0xffff) == COMMAND_MESSAGE)
		clock_start(sim);
	clock_read(sim);
	sim->counts.operations++;
	if ((uint32_t)regs->ax != MAGIC ||
	    port != (op == SIMHOST_IN ? PORT : PORT_BULK))
		command_refuse(regs);
	else if (op == SIMHOST_IN)
		command_run(sim, regs);
	else
		bulk_run(sim, op, regs, memory);
	delay = sim->delay;
	pthread_mutex_unlock(&sim->lock);
	return delay;
}
