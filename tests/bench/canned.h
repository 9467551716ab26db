/* SPDX-License-Identifier: MIT */
/* A host that costs as little as a host can: it keeps the message protocol, and
 * every reply lies ready: statistics, and the extended ones of a machine with a
 * disk and two NICs. What is measured against it is the guest's side. */
#ifndef CANNED_H
#define CANNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registers of one exchange. si and di hold addresses of this process where
 * the instruction takes one. */
struct canned_regs {
	uint64_t ax, bx, cx, dx, si, di, bp;
};

/* The session of the recorded extended statistics. */
#define CANNED_SESSION 0x8ea2f41f24fa2519

/* What the next replies say. Not while another thread is being served. */
struct canned_reply {
	uint64_t session;
	unsigned path_len; /* of the resource pool's path */
	bool no_bulk;	   /* words only, no high-bandwidth port */
	bool moving;	   /* used and elapsed grow; one thread only */
};
void canned_set(const struct canned_reply *reply);

/* Serves one instruction. Any number of threads, each on its own channels. */
void canned_word(struct canned_regs *regs);
void canned_write(struct canned_regs *regs);
void canned_read(struct canned_regs *regs);

/* Exchanges and requests of the calling thread so far; channels that are open now. */
extern __thread uint64_t canned_operations, canned_requests;
unsigned canned_channels(void);

#endif
