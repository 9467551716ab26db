/* SPDX-License-Identifier: MIT */
#ifndef SIMHOST_GUEST_H
#define SIMHOST_GUEST_H

#include <string.h>

#include "simhost.h"

/* The guest's half of one exchange each, as plain as the wire, for the tests
 * of the simulated host. */

#define MAGIC 0x564d5868u
#define RPCI 0x49435052u
#define RPCI_COOKIE 0xc9435052u

struct guest {
	struct simhost *sim;
	uint64_t dx, high, low;
	struct simhost_regs r; /* as the last exchange left them */
	double delay;	       /* of all exchanges, in seconds */
};

/* ECX after the exchange: status in its high half. */
static inline uint32_t guest_step(struct guest *g, uint32_t type, uint64_t bx)
{
	g->r = (struct simhost_regs){ .ax = MAGIC,
				      .bx = bx,
				      .cx = (uint64_t)type << 16 | 30,
				      .dx = g->dx | 0x5658,
				      .si = g->high,
				      .di = g->low };
	g->delay += simhost_exchange(g->sim, SIMHOST_IN, &g->r, NULL);
	return (uint32_t)g->r.cx;
}

static inline uint32_t guest_open(struct guest *g, uint64_t protocol)
{
	uint32_t cx;

	g->dx = g->high = g->low = 0;
	cx = guest_step(g, 0, protocol);
	g->dx = g->r.dx & 0xffff0000u;
	g->high = g->r.si;
	g->low = g->r.di;
	return cx;
}

/* EBX after the exchange. */
static inline uint32_t guest_bulk_send(struct guest *g, const void *from,
				       size_t len)
{
	g->r = (struct simhost_regs){ .ax = MAGIC,
				      .bx = 0x10000,
				      .cx = len,
				      .dx = g->dx | 0x5659,
				      .si = (uintptr_t)from,
				      .di = g->low,
				      .bp = g->high };
	g->delay += simhost_exchange(g->sim, SIMHOST_REP_OUTS, &g->r,
				     &simhost_own_memory);
	return (uint32_t)g->r.bx;
}

static inline uint32_t guest_bulk_receive(struct guest *g, void *to, size_t len)
{
	g->r = (struct simhost_regs){ .ax = MAGIC,
				      .bx = 0x10000,
				      .cx = len,
				      .dx = g->dx | 0x5659,
				      .si = g->high,
				      .di = (uintptr_t)to,
				      .bp = g->low };
	g->delay += simhost_exchange(g->sim, SIMHOST_REP_INS, &g->r,
				     &simhost_own_memory);
	return (uint32_t)g->r.bx;
}

/* One whole RPC by the bulk port on a channel of its own. Returns the length of
 * the reply, also when only room bytes of it fit; -1 when there is none. */
static inline long guest_rpc(struct simhost *sim, const char *text, void *to,
			     size_t room)
{
	static uint8_t bytes[1 << 20];
	struct guest g = { .sim = sim };
	size_t len;

	if (guest_open(&g, RPCI_COOKIE) != 0x10000)
		return -1;
	if (guest_step(&g, 1, strlen(text)) != 0x810000 ||
	    guest_bulk_send(&g, text, strlen(text)) != 0x10000 ||
	    guest_step(&g, 3, 0) != 0x830000 || g.r.bx > sizeof bytes) {
		guest_step(&g, 6, 0);
		return -1;
	}
	len = g.r.bx;
	if (len > 0 && guest_bulk_receive(&g, bytes, len) != 0x10000)
		return -1;
	if (guest_step(&g, 5, 1) != 0x10000 || guest_step(&g, 6, 0) != 0x10000)
		return -1;
	memcpy(to, bytes, len < room ? len : room);
	return (long)len;
}

/* Fields of a reply. */
static inline uint32_t le32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static inline uint64_t be64(const uint8_t *at)
{
	return (uint64_t)be32(at) << 32 | be32(at + 4);
}

static inline uint64_t le64(const uint8_t *at)
{
	return (uint64_t)le32(at + 4) << 32 | le32(at);
}

#endif
