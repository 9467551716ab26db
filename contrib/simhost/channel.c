/* SPDX-License-Identifier: MIT */
/* The host's side of the message protocol, command 30.
 * Sources: open-vm-tools, lib/message/message.c and
 * lib/include/backdoor_def.h; for whole words, iPXE's guestrpc.c. */
#include <string.h>

#include "object.h"

enum {
	SUCCESS = 0x0001,
	DORECV = 0x0002,
	CPT = 0x0010,
	HB = 0x0080,

	PROTOCOL_RPCI = 0x49435052,
	PROTOCOL_TCLO = 0x4f4c4354,
	REQUEST_MAX = 65536,

	FROM_HOST_SIZE = 1, /* EDX high: what the host is doing */
	FROM_HOST_PAYLOAD = 2
};
#define COOKIES UINT32_C(0x80000000)

static uint32_t low(uint64_t reg)
{
	return (uint32_t)reg & 0xffff;
}

static uint32_t high(uint64_t reg)
{
	return (uint32_t)reg >> 16;
}

static void high_set(uint64_t *reg, uint32_t value)
{
	*reg = (uint64_t)value << 16 | low(*reg);
}

static void answer_release(struct sim_answer *a)
{
	sim_bytes_release(&a->bytes);
	for (unsigned port = 0; port < SIM_PORTS; port++)
		sim_bytes_release(&a->on_way[port].bytes);
	*a = (struct sim_answer){ 0 };
}

static void channel_forget(struct simhost *sim, struct sim_channel *c)
{
	sim_bytes_release(&c->request);
	answer_release(&c->reply);
	*c = (struct sim_channel){ 0 };
	sim->counts.channels_open--;
}

static void channel_lose(struct simhost *sim, struct sim_channel *c)
{
	channel_forget(sim, c);
	sim->counts.lost++;
}

void sim_channels_lose(struct simhost *sim)
{
	for (size_t i = 0; i < SIM_CHANNELS_MAX; i++)
		if (sim->channels[i].open)
			channel_lose(sim, &sim->channels[i]);
}

void sim_channels_expire(struct simhost *sim)
{
	double idle = sim->world.host.idle_seconds, now = sim->world.now;

	for (size_t i = 0; idle > 0 && i < SIM_CHANNELS_MAX; i++)
		if (sim->channels[i].open &&
		    now - sim->channels[i].last_used >= idle)
			channel_lose(sim, &sim->channels[i]);
}

void sim_channels_release(struct simhost *sim)
{
	for (size_t i = 0; i < SIM_CHANNELS_MAX; i++) {
		sim_bytes_release(&sim->channels[i].request);
		answer_release(&sim->channels[i].reply);
	}
}

/* The channel of that id, if the cookie is its own. */
static struct sim_channel *channel_find(struct simhost *sim, uint32_t id,
					uint64_t high_half, uint64_t low_half)
{
	uint64_t cookie = high_half << 32 | (uint32_t)low_half;
	struct sim_channel *c = &sim->channels[id % SIM_CHANNELS_MAX];

	return id < SIM_CHANNELS_MAX && c->open && c->cookie == cookie ? c
								       : NULL;
}

static uint32_t open_refuse(struct simhost *sim)
{
	sim->counts.refused++;
	return 0;
}

static uint32_t channel_open(struct simhost *sim, struct simhost_regs *r)
{
	uint32_t protocol = (uint32_t)r->bx & ~COOKIES, id = 0;
	bool cookie = (uint32_t)r->bx & COOKIES;
	struct sim_channel *c;

	if (sim_world_fault(&sim->world, SIM_FAULT_REFUSE, SIM_STEPS, 0))
		return open_refuse(sim);
	while (id < sim->world.host.channels && sim->channels[id].open)
		id++;
	if (id == sim->world.host.channels ||
	    (cookie && !sim->world.host.cookies) ||
	    (protocol != PROTOCOL_RPCI && protocol != PROTOCOL_TCLO))
		return open_refuse(sim);

	c = &sim->channels[id];
	c->open = true;
	c->rpci = protocol == PROTOCOL_RPCI;
	c->cookie = cookie ? sim_world_random(&sim->world) : 0;
	c->last_used = sim->world.now;
	sim->counts.opens++;
	sim->counts.channels_open++;
	high_set(&r->dx, id);
	r->si = c->cookie >> 32;
	r->di = (uint32_t)c->cookie;
	return SUCCESS;
}

/* The request is whole. Inferred: while an older reply was not accepted (no
 * RECVSTATUS), it stays the one that RECVSIZE offers. */
static void request_run(struct simhost *sim, struct sim_channel *c)
{
	c->sending = false;
	if (!c->rpci || c->waiting)
		return;
	answer_release(&c->reply);
	sim_rpc(sim, c->request.at, c->request.len, &c->reply);
	c->waiting = !c->reply.bytes.failed &&
		     !sim_world_fault(&sim->world, SIM_FAULT_SILENT, SIM_STEPS,
				      0);
	c->announced = false;
}

static uint32_t bulk_bit(const struct simhost *sim)
{
	return sim->world.host.high_bandwidth ? HB : 0;
}

static uint32_t size_take(struct simhost *sim, struct sim_channel *c,
			  struct simhost_regs *r)
{
	uint32_t size = (uint32_t)r->bx;

	if (size > REQUEST_MAX)
		return 0;
	sim_bytes_clear(&c->request);
	c->sending = true;
	c->expected = size;
	if (size == 0)
		request_run(sim, c);
	return SUCCESS | bulk_bit(sim);
}

static uint32_t word_take(struct simhost *sim, struct sim_channel *c,
			  struct simhost_regs *r)
{
	uint32_t word = (uint32_t)r->bx;
	uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8),
			     (uint8_t)(word >> 16), (uint8_t)(word >> 24) };
	size_t left = c->expected - c->request.len;

	if (!c->sending)
		return 0;
	sim_bytes_add(&c->request, bytes, left < 4 ? left : 4);
	if (c->request.len == c->expected)
		request_run(sim, c);
	return c->request.failed ? 0 : SUCCESS;
}

static uint32_t size_give(struct simhost *sim, struct sim_channel *c,
			  struct simhost_regs *r)
{
	const struct sim_fault *wrong;

	if (!c->waiting) {
		r->bx = 0;
		return SUCCESS | bulk_bit(sim);
	}
	c->size = (uint32_t)c->reply.bytes.len;
	wrong = sim_world_fault(&sim->world, SIM_FAULT_ANNOUNCE, SIM_STEPS, 0);
	if (wrong)
		c->size = (uint32_t)wrong->bytes;
	c->announced = true;
	c->taken = 0;
	wrong = sim_world_fault(&sim->world, SIM_FAULT_TYPE, SIM_STEPS, 0);
	r->bx = c->size;
	high_set(&r->dx, wrong ? (uint32_t)wrong->value : FROM_HOST_SIZE);
	return SUCCESS | DORECV | bulk_bit(sim);
}

/* The reply goes over this port: damage that waits there strikes. Its size has
 * been announced, so what is missing are zeros and what is more is cut. */
static void reply_dispatch(struct simhost *sim, struct sim_channel *c,
			   enum sim_port port)
{
	struct sim_bytes *sound = &c->reply.bytes,
			 *damaged = &c->reply.on_way[port].bytes, swap;
	const struct sim_fault *fault = c->reply.on_way[port].fault;

	if (c->taken > 0 || !fault || damaged->failed ||
	    !sim_world_strikes(&sim->world, fault))
		return;
	c->reply.on_way[port].fault = NULL;
	if (damaged->len < sound->len)
		sim_bytes_zero(damaged, sound->len - damaged->len);
	damaged->len = sound->len;
	swap = *sound;
	*sound = *damaged;
	*damaged = swap;
}

static void reply_drop(struct sim_channel *c)
{
	c->waiting = c->announced = false;
}

static uint32_t word_give(struct simhost *sim, struct sim_channel *c,
			  struct simhost_regs *r)
{
	const struct sim_fault *wrong;
	uint32_t word = 0;

	if (!c->announced)
		return 0;
	if ((uint32_t)r->bx == 0) { /* the guest gives up */
		reply_drop(c);
		return SUCCESS;
	}
	if (c->taken >= c->size)
		return 0;
	reply_dispatch(sim, c, SIM_WORDS);
	for (size_t i = 0; i < 4; i++, c->taken++)
		if (c->taken < c->size && c->taken < c->reply.bytes.len)
			word |= (uint32_t)c->reply.bytes.at[c->taken]
				<< (8 * i);
	wrong = sim_world_fault(&sim->world, SIM_FAULT_TYPE, SIM_STEPS, 0);
	r->bx = word;
	high_set(&r->dx, wrong ? (uint32_t)wrong->value : FROM_HOST_PAYLOAD);
	return SUCCESS;
}

static uint32_t reply_finish(struct sim_channel *c, struct simhost_regs *r)
{
	if (!c->announced || ((uint32_t)r->bx != 0 && c->taken < c->size))
		return 0;
	reply_drop(c);
	return SUCCESS;
}

static uint32_t channel_close(struct simhost *sim, struct sim_channel *c)
{
	channel_forget(sim, c);
	sim->counts.closes++;
	return SUCCESS;
}

/* Bulk forms. They move all that is outstanding or nothing. */

static uint32_t buffer_take(struct simhost *sim, struct sim_channel *c,
			    struct simhost_regs *r,
			    const struct simhost_memory *memory)
{
	uint32_t len = (uint32_t)r->cx;
	uint8_t *to;

	if (!c->sending || !bulk_bit(sim) ||
	    len != c->expected - c->request.len)
		return 0;
	to = sim_bytes_extend(&c->request, len);
	if (!to || !memory->read(memory->ctx, r->si, to, len)) {
		sim_bytes_clear(&c->request);
		return 0;
	}
	request_run(sim, c);
	return SUCCESS;
}

/* Beyond the reply, when a fault announced more, there are zeros. */
static bool buffer_write(const struct simhost_memory *memory, uint64_t to,
			 const struct sim_channel *c)
{
	static const uint8_t zeros[4096];
	const struct sim_bytes *reply = &c->reply.bytes;
	size_t real = reply->len < c->size ? reply->len : c->size;

	if (!memory->write(memory->ctx, to, reply->at, real))
		return false;
	for (size_t done = real, n; done < c->size; done += n) {
		n = c->size - done < sizeof zeros ? c->size - done
						  : sizeof zeros;
		if (!memory->write(memory->ctx, to + done, zeros, n))
			return false;
	}
	return true;
}

static uint32_t buffer_give(struct simhost *sim, struct sim_channel *c,
			    struct simhost_regs *r,
			    const struct simhost_memory *memory)
{
	if (!c->announced || !bulk_bit(sim) || c->taken > 0 ||
	    (uint32_t)r->cx != c->size)
		return 0;
	reply_dispatch(sim, c, SIM_BULK);
	if (!buffer_write(memory, r->di, c))
		return 0;
	c->taken = c->size;
	return SUCCESS;
}

/* One step on a channel that exists, whichever port it came by. */
struct request {
	struct simhost_regs *regs;
	const struct simhost_memory *memory; /* NULL: low bandwidth */
	enum sim_step step;
};

static uint32_t step_perform(struct simhost *sim, struct sim_channel *c,
			     const struct request *q)
{
	switch (q->step) {
	case SIM_SENDSIZE:
		return size_take(sim, c, q->regs);
	case SIM_SENDPAYLOAD:
		return q->memory ? buffer_take(sim, c, q->regs, q->memory)
				 : word_take(sim, c, q->regs);
	case SIM_RECVSIZE:
		return size_give(sim, c, q->regs);
	case SIM_RECVPAYLOAD:
		return q->memory ? buffer_give(sim, c, q->regs, q->memory)
				 : word_give(sim, c, q->regs);
	case SIM_RECVSTATUS:
		return reply_finish(c, q->regs);
	case SIM_CLOSE:
		return channel_close(sim, c);
	case SIM_OPEN:
	case SIM_STEPS:
		break;
	}
	return 0;
}

/* The step with what the scenario does to it. */
static uint32_t step_answer(struct simhost *sim, struct sim_channel *c,
			    const struct request *q)
{
	const struct sim_fault *f;
	uint32_t status;

	f = sim_world_fault(&sim->world, SIM_FAULT_DELAY, q->step, 0);
	if (f)
		sim->delay = f->seconds;
	if (sim_world_moves(&sim->world, q->step)) {
		sim_channels_lose(sim);
		c = NULL;
	}
	if (c && sim_world_fault(&sim->world, SIM_FAULT_LOSE, q->step, 0)) {
		channel_lose(sim, c);
		c = NULL;
	}
	if (q->step != SIM_OPEN && !c)
		return 0;
	if (sim_world_fault(&sim->world, SIM_FAULT_CHECKPOINT, q->step, 0))
		return CPT;
	f = sim_world_fault(&sim->world, SIM_FAULT_STATUS, q->step, 0);
	if (f && !(f->bits & SUCCESS))
		return f->bits;
	if (c)
		c->last_used = sim->world.now;
	status = q->step == SIM_OPEN ? channel_open(sim, q->regs)
				     : step_perform(sim, c, q);
	return f && status & SUCCESS ? f->bits : status;
}

void sim_message(struct simhost *sim, struct simhost_regs *r)
{
	struct request q = { r, NULL, high(r->cx) };
	struct sim_channel *c = NULL;
	uint32_t status = 0;

	if (q.step != SIM_OPEN)
		c = channel_find(sim, high(r->dx), (uint32_t)r->si, r->di);
	if (high(r->cx) < SIM_STEPS)
		status = step_answer(sim, c, &q);
	r->cx = (uint64_t)status << 16;
	if (status == 0)
		r->ax = 0;
}

void sim_message_bulk(struct simhost *sim, struct simhost_regs *r, bool out,
		      const struct simhost_memory *memory)
{
	struct request q = { r, memory,
			     out ? SIM_SENDPAYLOAD : SIM_RECVPAYLOAD };
	struct sim_channel *c;
	uint32_t status;

	c = out ? channel_find(sim, high(r->dx), (uint32_t)r->bp, r->di)
		: channel_find(sim, high(r->dx), (uint32_t)r->si, r->bp);
	status = step_answer(sim, c, &q);
	r->bx = (uint64_t)status << 16;
	if (!(status & SUCCESS))
		return;
	/* As the string instruction leaves them. Inferred: no source states
	 * what a host does, so a guest must not rely on them. */
	*(out ? &r->si : &r->di) += r->cx;
	r->cx = 0;
}
