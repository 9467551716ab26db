/* SPDX-License-Identifier: MIT */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "bytes.h"

/* What the host does wrong, as data. A scenario's event arms one of these. */

/* Steps of the message protocol: the numbers of the wire (ECX high). The
 * string forms count as SENDPAYLOAD and RECVPAYLOAD.
 * Source: open-vm-tools, lib/message/message.c, MessageType. */
enum sim_step {
	SIM_OPEN,
	SIM_SENDSIZE,
	SIM_SENDPAYLOAD,
	SIM_RECVSIZE,
	SIM_RECVPAYLOAD,
	SIM_RECVSTATUS,
	SIM_CLOSE,
	SIM_STEPS
};

enum sim_fault_kind {
	SIM_FAULT_DAMAGE,     /* the bytes of a reply are wrong */
	SIM_FAULT_REFUSE,     /* OPEN is refused */
	SIM_FAULT_LOSE,	      /* the channel is gone at this step */
	SIM_FAULT_CHECKPOINT, /* this step must be done again */
	SIM_FAULT_SILENT,     /* no reply waits after the request */
	SIM_FAULT_STATUS,     /* this step answers with these status bits */
	SIM_FAULT_TYPE,	      /* EDX high of the receiving steps is wrong */
	SIM_FAULT_ANNOUNCE,   /* RECVSIZE announces a wrong size */
	SIM_FAULT_DELAY,      /* this step takes long */
	SIM_FAULT_MOVE	      /* the machine is moved at this step */
};

enum sim_damage {
	SIM_TRUNCATE,
	SIM_ENLARGE,
	SIM_FLIP,
	SIM_DUPLICATE,
	SIM_GAP,
	SIM_ORDER,
	SIM_SIZE,
	SIM_COUNT,
	SIM_SESSION,
	SIM_VERSION,
	SIM_VALID,
	SIM_LENGTH,
	SIM_REFUSAL,
	SIM_TEXT_NUL, /* from here on, of the text of guestlib.stat.get */
	SIM_TEXT_TWICE,
	SIM_TEXT_NO_EQUALS,
	SIM_TEXT_CRLF,
	SIM_TEXT_HUGE,
	SIM_TEXT_REPLACE,
	SIM_DAMAGES
};

enum sim_rpc_kind { SIM_INFO_GET, SIM_STAT_GET, SIM_ANY_RPC };

/* How a reply gets to the guest. */
enum sim_port { SIM_BULK, SIM_WORDS, SIM_PORTS, SIM_ANY_PORT = SIM_PORTS };

struct sim_fault {
	enum sim_fault_kind kind;
	uint32_t step;	/* enum sim_step, or SIM_STEPS for any */
	uint32_t after; /* so many chances pass by first */
	uint32_t count; /* then so many are taken */
	double lasts;	/* and none later than this; seconds */

	uint32_t how;	   /* enum sim_damage */
	uint32_t rpc;	   /* enum sim_rpc_kind */
	uint32_t protocol; /* 2 or 3; 0: either */
	uint32_t port;	   /* enum sim_port */
	uint64_t bytes, offset, value;
	uint32_t mask, id, bits;
	double by, seconds;
	char text[256];
};

/* A fault that waits for its moment. */
struct sim_armed {
	bool on;
	double until;
	uint32_t skip, left;
};

void sim_fault_arm(const struct sim_fault *f, struct sim_armed *a, double now);

/* True when the fault strikes now, which uses up one of its chances. The
 * caller has made sure that it fits what is going on. */
bool sim_fault_strikes(struct sim_armed *a, double now);

/* The kinds of damage that need no knowledge of the reply's structure:
 * truncate, enlarge, flip, refusal, and those of a text. Others leave the reply as
 * it is. */
void sim_damage_bytes(const struct sim_fault *f, struct sim_bytes *reply);

#endif
