/* SPDX-License-Identifier: MIT */
#ifndef SIMHOST_H
#define SIMHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One virtual machine and the host it runs on, as a guest sees them through
 * the backdoor port. All functions may be called by several threads. */
struct simhost;

/* The registers of one exchange. Values are 32 bits wide; si and di have full
 * addresses where the instruction takes one. */
struct simhost_regs {
	uint64_t ax, bx, cx, dx, si, di, bp;
};

enum simhost_op {
	SIMHOST_IN,	  /* in eax, dx: the low-bandwidth port */
	SIMHOST_REP_OUTS, /* rep outsb: a buffer from guest to host */
	SIMHOST_REP_INS	  /* rep insb: a buffer from host to guest */
};

/* Length of the instruction that these registers could make an access to the
 * port, 0 for none of them: whoever handles a fault reads so many bytes. */
unsigned simhost_instruction_len(const struct simhost_regs *regs);

/* Whether it is one, by its bytes. `out` does what `in` does; some clients use
 * it. */
bool simhost_instruction_decode(const uint8_t *code, unsigned len,
				enum simhost_op *op);

/* How guest memory is reached for the two string forms. Both are called while
 * the host is locked, and return false when a byte cannot be reached. */
struct simhost_memory {
	bool (*read)(void *ctx, uint64_t addr, void *to, size_t len);
	bool (*write)(void *ctx, uint64_t addr, const void *from, size_t len);
	void *ctx;
};

/* The caller's own address space. A bad address is a crash, as in any copy. */
extern const struct simhost_memory simhost_own_memory;

/* Reads a scenario (manual page, section SCENARIOS); NULL is one in which every
 * key has its default. file_name is for messages and may be NULL.
 * The clock of the scenario runs from here on: see simhost_start().
 * NULL when there are mistakes; *errors, where errors is not NULL, is then a
 * text that names each of them on a line of its own, for free(). It is NULL
 * after success, and when memory ran out. */
struct simhost *simhost_open(const char *scenario_json, const char *file_name,
			     char **errors);

/* NULL is allowed. No other call may be under way or follow. */
void simhost_close(struct simhost *sim);

/* Lets the scenario begin now, or with the first message if `start` is request;
 * its clock is the machine's, times `speed`. */
void simhost_start(struct simhost *sim);

/* Stops the machine's clock for this host and sets the scenario's own to so
 * many seconds from its start. It never goes back: an earlier time is ignored.
 */
void simhost_set_time(struct simhost *sim, double seconds);

/* Serves one instruction: regs as the guest had them, then as it gets them.
 * Returns how many seconds the host takes for it, 0 unless the scenario says
 * `delay`: the caller waits before the guest goes on. A refusal is an answer
 * too, so there is no error. */
double simhost_exchange(struct simhost *sim, enum simhost_op op,
			struct simhost_regs *regs,
			const struct simhost_memory *memory);

struct simhost_counts {
	uint64_t operations; /* exchanges served, of any kind */
	uint64_t opens;	     /* channels opened ... */
	uint64_t refused;    /* ... and refused */
	uint64_t closes;     /* closed by the guest ... */
	uint64_t lost;	     /* ... and by the host: a move, idle, a fault */
	uint64_t rpcs;	     /* requests that arrived whole */
	uint64_t moves;	     /* vMotions so far */
	uint64_t faults;     /* times that a fault of the scenario struck */
	unsigned channels_open;
};

void simhost_counts(const struct simhost *sim, struct simhost_counts *counts);

/* The session id that the next reply carries. */
uint64_t simhost_session(const struct simhost *sim);

/* The scenario's own one-line description; as long-lived as sim. */
const char *simhost_description(const struct simhost *sim);

/* Of the virtual machine; they never change. */
unsigned simhost_vcpus(const struct simhost *sim);

#ifdef __cplusplus
}
#endif

#endif
