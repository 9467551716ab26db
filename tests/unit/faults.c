/* SPDX-License-Identifier: MIT */
/* Every port operation fails once, in every way. The simulated host serves an
 * open, three updates, a question for extended statistics and a close; the Nth
 * exchange is spoiled on its way, for N from the first to the last, once, and
 * once more from there to the end of the call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "known.h"
#include "port.h"
#include "simulated.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

enum step { OPEN, SENDSIZE, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD, RECVSTATUS,
	    CLOSE, BULK };
enum { SUCCESS = 1, DORECV = 2, CPT = 0x10, HB = 0x80 };

enum way {
	LOST,	   /* does not reach the host; the guest sees these bits */
	HIDDEN,	   /* done by the host; the guest sees these bits */
	GONE,	   /* the channel is closed before */
	STATE,	   /* edx says that the host does something else */
	SIZE,	   /* ebx says another size */
	CLEARED,   /* these bits are missing in the status */
	ADDED,	   /* these bits are too many in the status */
	DIRT,	   /* done; then this stands in every register */
	UPPER,	   /* done; the upper halves of the registers are dirty */
	UNKNOWN,   /* nothing is done but to say that the command is not known */
	LATE,	   /* takes so many milliseconds */
	HALF,	   /* only this part of a bulk reply is written */
};

/* What is to come of an update that is hit once. */
enum outcome {
	MENDED,	  /* success: tried again inside the call, or harmless */
	REPORTED, /* an error, with its cause */
	EITHER,	  /* both are right: success only with the right values */
};

static const struct fault {
	const char *name;
	enum way way;
	uint32_t arg;
} faults[] = {
	{ "lost without a status", LOST, 0 },
	{ "lost by a checkpoint", LOST, CPT },
	{ "lost, channel closed", LOST, 0x04 },
	{ "lost, message unsent", LOST, 0x08 },
	{ "lost, power off", LOST, 0x20 },
	{ "lost, timed out", LOST, 0x40 },
	{ "lost, all bits but success", LOST, 0xFFFE },
	{ "answer lost", HIDDEN, 0 },
	{ "answer lost by a checkpoint", HIDDEN, CPT },
	{ "answer lost, all bits but success", HIDDEN, 0xFFFE },
	{ "channel gone", GONE, 0 },
	{ "state 0", STATE, 0 },
	{ "state 1", STATE, 1 },
	{ "state 2", STATE, 2 },
	{ "state 3", STATE, 3 },
	{ "state 0x8001", STATE, 0x8001 },
	{ "state 0xFFFF", STATE, 0xFFFF },
	{ "size 0", SIZE, 0 },
	{ "size 1", SIZE, 1 },
	{ "size 2", SIZE, 2 },
	{ "size 17", SIZE, 17 },
	{ "size 533", SIZE, 533 },
	{ "size 670", SIZE, 670 },
	{ "size 672", SIZE, 672 },
	{ "size 64 KiB", SIZE, 1 << 16 },
	{ "size 1 MiB", SIZE, 1 << 20 },
	{ "size 1 MiB and 1", SIZE, (1 << 20) + 1 },
	{ "size 2^31 - 1", SIZE, 0x7FFFFFFF },
	{ "size 2^31", SIZE, 0x80000000 },
	{ "size 2^32 - 1", SIZE, 0xFFFFFFFF },
	{ "no message waits", CLEARED, DORECV },
	{ "bulk port withheld", CLEARED, HB },
	{ "bulk port promised", ADDED, HB },
	{ "checkpoint bit beside success", ADDED, CPT },
	{ "all bits beside success", ADDED, 0xFFFF & ~(DORECV | HB) },
	{ "registers of zeros", DIRT, 0 },
	{ "registers of ones", DIRT, 0xFFFFFFFF },
	{ "registers of dirt", DIRT, 0xDEADBEEF },
	{ "registers that say success", DIRT, 0x00010001 },
	{ "upper halves dirty", UPPER, 0 },
	{ "unknown to the host", UNKNOWN, 0 },
	{ "ten milliseconds late", LATE, 10 },
	{ "two seconds late", LATE, 2000 },
	{ "nothing of the bulk reply", HALF, 0 },
	{ "half of the bulk reply", HALF, 50 },
};

static struct {
	const struct fault *fault; /* NULL: none */
	uint64_t first, last;	   /* which exchanges it strikes, from 1 */
	uint64_t at;		   /* exchanges so far */
	enum step step;		   /* which step it struck last ... */
	bool bare_open;		   /* ... and whether an OPEN without cookies */
	unsigned struck;
	unsigned replies;  /* that had arrived in this call when it struck */
	unsigned arriving; /* so far */
	bool old_bytes;	  /* stood where the host was to write */
	unsigned orphans; /* channels of which the guest cannot know */
} now;

/* The seam. */

static const struct vmg_host *real;

static enum step step_of(enum vmg_port port, const struct vmg_regs *r)
{
	uint32_t step = (uint32_t)r->cx >> 16;

	return port != VMG_PORT_WORD ? BULK : (enum step)step;
}

static uint32_t *half(uint64_t *reg)
{
	return (uint32_t *)reg; /* little-endian, as every x86 */
}

static void high_put(uint64_t *reg, uint32_t value)
{
	*half(reg) = value << 16 | (*half(reg) & 0xFFFF);
}

static uint64_t *status_reg(enum vmg_port port, struct vmg_regs *r)
{
	return port == VMG_PORT_WORD ? &r->cx : &r->bx;
}

static void status_put(enum vmg_port port, struct vmg_regs *r, uint32_t status)
{
	high_put(status_reg(port, r), status);
}

static uint32_t status_get(enum vmg_port port, struct vmg_regs *r)
{
	return (uint32_t)*status_reg(port, r) >> 16;
}

/* Closes the channel of an exchange behind the guest's back. */
static void channel_take_away(enum vmg_port port, const struct vmg_regs *r)
{
	struct vmg_regs close = {
		.ax = VMG_BDOOR_MAGIC,
		.cx = CLOSE << 16 | VMG_BDOOR_CMD_MESSAGE,
		.dx = (r->dx & 0xFFFF0000) | VMG_BDOOR_PORT,
		.si = port == VMG_PORT_WRITE ? r->bp : r->si,
		.di = port == VMG_PORT_READ ? r->bp : r->di,
	};

	real->exchange(VMG_PORT_WORD, &close);
}

/* Only the first percent of what the host writes arrives. */
static void part_pass(struct vmg_regs *r, uint32_t percent)
{
	size_t len = r->cx;
	uint8_t *whole = malloc(len);
	struct vmg_regs aside = *r;

	if (!whole)
		abort();
	aside.di = (uintptr_t)whole;
	real->exchange(VMG_PORT_READ, &aside);
	memcpy((void *)(uintptr_t)r->di, whole, len * percent / 100);
	free(whole);
	aside.di = r->di;
	*r = aside;
}

static void pass(enum vmg_port port, struct vmg_regs *r)
{
	real->exchange(port, r);
}

static void all_put(struct vmg_regs *r, uint64_t value)
{
	*r = (struct vmg_regs){ value, value, value, value,
				value, value, value };
}

static void upper_spoil(struct vmg_regs *r)
{
	uint64_t *regs[] = { &r->ax, &r->bx, &r->cx, &r->dx,
			     &r->si, &r->di, &r->bp };

	for (size_t i = 0; i < ARRAY_LEN(regs); i++)
		*regs[i] = 0xBAD00BAD00000000u | *half(regs[i]);
}

static void spoil(enum vmg_port port, struct vmg_regs *r)
{
	const struct fault *f = now.fault;
	uint32_t status;

	switch (f->way) {
	case LOST:
		r->ax = 0;
		status_put(port, r, f->arg);
		break;
	case HIDDEN:
		pass(port, r);
		status_put(port, r, f->arg);
		break;
	case GONE:
		channel_take_away(port, r);
		pass(port, r);
		break;
	case STATE:
		pass(port, r);
		high_put(&r->dx, f->arg);
		break;
	case SIZE:
		pass(port, r);
		if (now.step == RECVSIZE)
			r->bx = f->arg;
		break;
	case CLEARED:
		pass(port, r);
		status = status_get(port, r);
		status_put(port, r, status & ~f->arg);
		break;
	case ADDED:
		pass(port, r);
		status = status_get(port, r);
		status_put(port, r, status | f->arg);
		break;
	case DIRT:
		pass(port, r);
		all_put(r, f->arg);
		break;
	case UPPER:
		pass(port, r);
		upper_spoil(r);
		break;
	case UNKNOWN:
		r->ax = VMG_BDOOR_UNKNOWN;
		break;
	case LATE:
		pass(port, r);
		simulated_clock_ms += f->arg;
		break;
	case HALF:
		if (port == VMG_PORT_READ)
			part_pass(r, f->arg);
		else
			pass(port, r);
		break;
	}
}

/* A host that writes less than it says must not have it completed from older
 * replies, or from the heap. */
static void old_bytes_look(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			now.old_bytes = true;
}

static void exchange(enum vmg_port port, struct vmg_regs *r)
{
	unsigned before;

	now.at++;
	if (port == VMG_PORT_READ)
		old_bytes_look((const uint8_t *)(uintptr_t)r->di, r->cx);
	if (!now.fault || now.at < now.first || now.at > now.last) {
		now.arriving += step_of(port, r) == RECVSTATUS;
		pass(port, r);
		return;
	}
	now.struck++;
	now.replies = now.arriving;
	now.step = step_of(port, r);
	now.bare_open = now.step == OPEN && !(r->bx & 0x80000000);
	before = simulated_channels();
	spoil(port, r);
	/* Told another number or nothing, the guest cannot close what it has not
	 * heard of; and what it closed is not closed where CLOSE was lost. */
	if (now.step == OPEN && simulated_channels() > before)
		now.orphans += now.fault->way != UPPER &&
			       now.fault->way != LATE &&
			       now.fault->way != SIZE &&
			       now.fault->way != CLEARED &&
			       now.fault->way != ADDED &&
			       now.fault->way != HALF;
	if (now.step == CLOSE && simulated_channels() == before)
		now.orphans++;
}

static const struct vmg_host host = { .exchange = exchange };

/* Linked with --wrap=vmg_host_open. */
enum vmg_err __real_vmg_host_open(const struct vmg_host **found);
enum vmg_err __wrap_vmg_host_open(const struct vmg_host **found);
enum vmg_err __wrap_vmg_host_open(const struct vmg_host **found)
{
	enum vmg_err err = __real_vmg_host_open(&real);

	*found = &host;
	return err;
}

/* One run. */

#define UPDATES 3

/* Rows hold no pointers: workers load at other addresses. */
static struct host_kind {
	char json[64];
	unsigned last; /* statistic */
} host_kinds[] = {
#ifdef BY_WORDS
	{ "\"high_bandwidth\":false,\"protocols\":[3]", 38 },
	{ "\"high_bandwidth\":false,\"protocols\":[2]", 18 },
#else
	{ "\"protocols\":[3]", 38 },
	{ "\"protocols\":[2]", 18 },
	{ "\"cookies\":false", 38 },
#endif
};

static char *scenario, *session_text;

/* What one fault made of one call; NULL if that is right. */
static const char *outcome_wrong(VMGuestLibError error, enum vmg_cause cause,
				 enum outcome outcome)
{
	if (error == VMGUESTLIB_ERROR_SUCCESS)
		return outcome == REPORTED ? "success" : NULL;
	if (outcome == MENDED)
		return "not mended";
	if (error != VMGUESTLIB_ERROR_OTHER)
		return "another error than OTHER";
	return cause == VMG_CAUSE_NONE ? "an error without a cause" : NULL;
}

static enum outcome outcome_once(void)
{
	const struct fault *f = now.fault;

	/* Version 3 refused, 2 answered: whatever happens to the question for 3
	 * that follows, the reply by 2 stands. */
	if (now.replies >= 2)
		return MENDED;
	switch (f->way) {
	case LOST:
	case HIDDEN: /* without cookies is the second and last attempt */
		return now.bare_open ? REPORTED : MENDED;
	case GONE:
	case ADDED:
	case UPPER:
		return MENDED;
	case STATE:
		if (now.step == RECVSIZE && f->arg != 1)
			return REPORTED;
		if (now.step == RECVPAYLOAD && f->arg != 2)
			return REPORTED;
		return MENDED;
	case SIZE:
		if (now.step != RECVSIZE)
			return MENDED;
		return f->arg > 1 << 20 ? REPORTED : EITHER;
	case CLEARED:
		return f->arg == DORECV && now.step == RECVSIZE ? REPORTED :
								  MENDED;
	case UNKNOWN: /* the string forms have no way to say so */
		if (now.step == BULK)
			return EITHER;
		return now.bare_open ? REPORTED : MENDED;
	case DIRT:
	case LATE:
	case HALF:
		break;
	}
	return EITHER;
}

static const char *handle_wrong(VMGuestLibHandle h, VMGuestLibError error,
				unsigned last, enum outcome outcome)
{
	struct vmg_failure failure;
	const char *wrong;

	if (vmg_update_failure(h, &failure) != VMGUESTLIB_ERROR_SUCCESS)
		return "no failure";
	wrong = outcome_wrong(error, failure.cause, outcome);
	if (wrong)
		return wrong;
	return error == VMGUESTLIB_ERROR_SUCCESS ? known_wrong(h, last) :
						   known_left_over(h);
}

/* Begins a call: a fault that lasts does so to its end. */
static uint64_t call_begin(void)
{
	now.struck = now.arriving = 0;
	return now.at;
}

/* No call may take more than this, whatever the host does. A reply of 1 MiB in
 * words, four times each way, in two versions, on two channels. */
#define OPERATIONS_MAX ((1u << 18) * 4)
/* The bound of an update, and the operations that are not interrupted: an opening,
 * a closing, and those of one direction each. */
static uint64_t late_max(void)
{
	/* As one expression gcc 14 reads now.fault->arg whatever now.fault is. */
	if (now.fault && now.fault->way == LATE)
		return 1000 + 10 * now.fault->arg;
	return 1000;
}

static const char *update_once(VMGuestLibHandle h, unsigned last)
{
	uint64_t began = call_begin(), began_ms = simulated_clock_ms;
	uint64_t late = late_max();
	bool lasting = now.last > now.first;
	VMGuestLibError error = VMGuestLib_UpdateInfo(h);
	enum outcome outcome = !now.struck ? MENDED :
			       lasting	   ? EITHER :
					     outcome_once();

	if (now.struck && lasting)
		now.fault = NULL; /* the host is well again */
	if (now.at - began > OPERATIONS_MAX)
		return "too many operations";
	if (simulated_clock_ms - began_ms > late)
		return "too late";
	return handle_wrong(h, error, last, outcome);
}

static const char *stat_get_once(void)
{
	char *text = (char *)"";
	size_t len = 1;
	const char *wrong = NULL;
	VMGuestLibError error;

	call_begin();
	error = VMGuestLib_StatGet("text", "session", &text, &len);
	if (error != VMGUESTLIB_ERROR_SUCCESS) {
		if (text || len)
			return "outputs of a failed StatGet";
		return now.struck ? NULL : "StatGet";
	}
	if (!session_text)
		session_text = strdup(text);
	/* A size that the fault made smaller, or larger, is the host's word. */
	if (now.struck && now.fault && now.fault->way != LATE)
		wrong = strlen(text) > len ? "text of StatGet" : NULL;
	else if (strcmp(text, session_text) != 0 || strlen(text) != len)
		wrong = "text of StatGet";
	VMGuestLib_StatFree(text, len);
	return wrong;
}

static const char *run(unsigned last)
{
	VMGuestLibHandle h;
	const char *wrong = NULL;

	simulated_begin(scenario);
	now.at = 0;
	now.struck = 0;
	now.orphans = 0;
	if (VMGuestLib_OpenHandle(&h) != VMGUESTLIB_ERROR_SUCCESS)
		return "open";
	for (int i = 0; i < UPDATES && !wrong; i++) {
		wrong = update_once(h, last);
		simulated_clock_ms += 1000;
	}
	if (!wrong)
		wrong = stat_get_once();
	if (VMGuestLib_CloseHandle(h) != VMGUESTLIB_ERROR_SUCCESS)
		return "close";
	if (!wrong && now.old_bytes)
		wrong = "old bytes where the host was to write";
	if (!wrong && simulated_channels() > now.orphans)
		wrong = "a channel is left open at the host";
	return wrong;
}

static unsigned long cases;

static void faults_run(const struct host_kind *kind, const struct fault *fault,
		       uint64_t operations, bool lasting)
{
	const char *wrong;

	for (uint64_t n = 1; n <= operations; n++) {
		now.fault = fault;
		now.first = n;
		now.last = lasting ? UINT64_MAX : n;
		wrong = run(kind->last);
		cases++;
		cr_assert(wrong == NULL,
			  "{%s}: exchange %lu (step %d) of %lu, %s%s: %s",
			  kind->json, (unsigned long)n, (int)now.step,
			  (unsigned long)operations, fault->name,
			  lasting ? ", and ever after" : "",
			  wrong ? wrong : "");
	}
}

ParameterizedTestParameters(faults, hurt_no_more_than_the_update_they_hit)
{
	return cr_make_param_array(struct host_kind, host_kinds,
				   ARRAY_LEN(host_kinds));
}

ParameterizedTest(struct host_kind *kind, faults,
		  hurt_no_more_than_the_update_they_hit)
{
	uint64_t operations;
	const char *wrong;

	scenario = known_scenario(kind->json);
	wrong = run(kind->last);
	cr_assert(wrong == NULL, "{%s} without a fault: %s", kind->json,
		  wrong ? wrong : "");
	operations = now.at;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		faults_run(kind, &faults[i], operations, false);
		faults_run(kind, &faults[i], operations, true);
	}
	printf("faults: {%s}: %lu operations, %zu ways, %lu cases\n",
	       kind->json, (unsigned long)operations, ARRAY_LEN(faults), cases);
	fflush(stdout);
	free(scenario);
	free(session_text);
	simhost_close(simulated);
	simulated = NULL;
}
