/* SPDX-License-Identifier: MIT */
/* The message protocol at the level of registers, against a script: what the guest
 * is to send, what the host answers. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "transport.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

enum { MAGIC = 0x564D5868 };
#define COOKIE_HIGH 0xC00C1E51u
#define COOKIE_LOW 0x10203040u
/* What a real host may leave in upper halves, and nobody may read. */
#define DIRT 0xdeadbeef00000000u

/* One exchange: registers in, registers out, bytes that pass. */
struct exchange {
	const char *name;
	enum vmg_port port;
	struct vmg_regs in, out;
	const char *bytes; /* what is written, or read */
};

static const struct exchange *script;
static size_t script_len, script_at;

static void script_exchange(enum vmg_port port, struct vmg_regs *regs)
{
	const struct exchange *e = script + script_at;

	cr_assert(lt(sz, script_at, script_len), "one exchange too many");
	script_at++;
	cr_expect(eq(int, port, e->port), "%s: port", e->name);
	cr_expect(eq(u64, regs->ax, MAGIC), "%s: ax", e->name);
	cr_expect(eq(u64, regs->bx, e->in.bx), "%s: bx", e->name);
	cr_expect(eq(u64, regs->cx, e->in.cx), "%s: cx", e->name);
	cr_expect(eq(u64, regs->dx, e->in.dx), "%s: dx", e->name);
	cr_expect(eq(u64, regs->bp, e->in.bp), "%s: bp", e->name);
	if (port == VMG_PORT_WRITE)
		cr_expect(eq(int, memcmp((void *)regs->si, e->bytes, regs->cx),
			     0),
			  "%s: bytes", e->name);
	else
		cr_expect(eq(u64, regs->si, e->in.si), "%s: si", e->name);
	if (port == VMG_PORT_READ)
		memcpy((void *)regs->di, e->bytes, regs->cx);
	else
		cr_expect(eq(u64, regs->di, e->in.di), "%s: di", e->name);
	*regs = e->out;
}

static const struct vmg_host host = { .exchange = script_exchange };

static void script_begin(const struct exchange *e, size_t len)
{
	script = e;
	script_len = len;
	script_at = 0;
}

static void script_expect_end(void)
{
	cr_expect(eq(sz, script_at, script_len), "exchanges left over");
}

static const char request[] = "guestlib.info.get 3"; /* 19 bytes */

/* The register view of a whole exchange over the bulk port. */
static const struct exchange bulk[] = {
	{ "OPEN",
	  VMG_PORT_WORD,
	  { .bx = 0xC9435052, .cx = 0x0000001E, .dx = 0x00005658 },
	  { .cx = DIRT | 0x00010000,
	    .dx = DIRT | 0x00025658,
	    .si = DIRT | COOKIE_HIGH,
	    .di = DIRT | COOKIE_LOW },
	  NULL },
	{ "SENDSIZE",
	  VMG_PORT_WORD,
	  { .bx = 19,
	    .cx = 0x0001001E,
	    .dx = 0x00025658,
	    .si = COOKIE_HIGH,
	    .di = COOKIE_LOW },
	  { .cx = 0x00810000 },
	  NULL },
	{ "outsb",
	  VMG_PORT_WRITE,
	  { .bx = 0x00010000,
	    .cx = 19,
	    .dx = 0x00025659,
	    .di = COOKIE_LOW,
	    .bp = COOKIE_HIGH },
	  { .bx = DIRT | 0x00010000 },
	  request },
	{ "RECVSIZE",
	  VMG_PORT_WORD,
	  { .cx = 0x0003001E,
	    .dx = 0x00025658,
	    .si = COOKIE_HIGH,
	    .di = COOKIE_LOW },
	  { .bx = DIRT | 6, .cx = 0x00830000, .dx = 0x00015658 },
	  NULL },
	{ "insb",
	  VMG_PORT_READ,
	  { .bx = 0x00010000,
	    .cx = 6,
	    .dx = 0x00025659,
	    .si = COOKIE_HIGH,
	    .bp = COOKIE_LOW },
	  { .bx = 0x00010000 },
	  "1 data" },
	{ "RECVSTATUS",
	  VMG_PORT_WORD,
	  { .bx = 1,
	    .cx = 0x0005001E,
	    .dx = 0x00025658,
	    .si = COOKIE_HIGH,
	    .di = COOKIE_LOW },
	  { .cx = 0x00010000 },
	  NULL },
	{ "CLOSE",
	  VMG_PORT_WORD,
	  { .cx = 0x0006001E,
	    .dx = 0x00025658,
	    .si = COOKIE_HIGH,
	    .di = COOKIE_LOW },
	  { .cx = 0x00010000 },
	  NULL },
};

Test(backdoor, sends_the_registers_that_hosts_know_over_the_bulk_port)
{
	struct vmg_channel channel = { 0 };
	struct vmg_buffer reply = { 0 };

	script_begin(bulk, ARRAY_LEN(bulk));
	cr_assert(eq(int, vmg_backdoor.open(&host, &channel), VMG_OK));
	cr_assert(eq(int,
		     vmg_backdoor.call(&host, &channel, request, 19, UINT64_MAX,
				       &reply),
		     VMG_OK));
	vmg_backdoor.close(&host, &channel);
	script_expect_end();
	cr_expect(eq(sz, reply.len, 6));
	cr_expect(eq(str, (char *)reply.data, "1 data"));
	vmg_buffer_release(&reply);
}

/* The same word by word: no bulk bit, and a host without cookies. */
#define STEP(type, arg, ...)                       \
	{                                          \
#type, VMG_PORT_WORD,              \
			{ .bx = (arg),             \
			  .cx = (type) << 16 | 30, \
			  .dx = 0x00075658 },      \
			  { __VA_ARGS__ }, NULL    \
	}
enum { SENDSIZE = 1, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD, RECVSTATUS, CLOSE };

#define OPEN_7                                                              \
	{ "OPEN with cookie",                                               \
	  VMG_PORT_WORD,                                                    \
	  { .bx = 0xC9435052, .cx = 0x0000001E, .dx = 0x00005658 },         \
	  { 0 },                                                            \
	  NULL },                                                           \
	{                                                                   \
		"OPEN", VMG_PORT_WORD,                                      \
			{ .bx = 0x49435052,                                 \
			  .cx = 0x0000001E,                                 \
			  .dx = 0x00005658 },                               \
			{ .cx = 0x00010000,                                 \
			  .dx = 0x00075658,                                 \
			  .si = 5,                                          \
			  .di = 5 },                                        \
			NULL                                                \
	}

static const struct exchange open_7[] = { OPEN_7 };

static const struct exchange words[] = {
	OPEN_7,
	STEP(SENDSIZE, 19, .cx = 0x00010000),
	STEP(SENDPAYLOAD, 0x73657567, .cx = 0x00010000),
	STEP(SENDPAYLOAD, 0x62696C74, .cx = 0x00010000),
	STEP(SENDPAYLOAD, 0x666E692E, .cx = 0x00010000),
	STEP(SENDPAYLOAD, 0x65672E6F, .cx = 0x00010000),
	STEP(SENDPAYLOAD, 0x00332074, .cx = 0x00010000),
	STEP(RECVSIZE, 0, .bx = 7, .cx = 0x00030000, .dx = 0x00010000),
	STEP(RECVPAYLOAD, 1, .bx = 0x61642031, .cx = 0x00010000,
	     .dx = 0x00020000),
	STEP(RECVPAYLOAD, 1, .bx = 0xEE216174, .cx = 0x00010000,
	     .dx = 0x00020000),
	STEP(RECVSTATUS, 1, .cx = 0x00010000),
};

Test(backdoor, sends_words_without_the_bulk_port_and_opens_without_cookies)
{
	struct vmg_channel channel = { 0 };
	struct vmg_buffer reply = { 0 };

	script_begin(words, ARRAY_LEN(words));
	cr_assert(eq(int, vmg_backdoor.open(&host, &channel), VMG_OK));
	cr_assert(eq(int,
		     vmg_backdoor.call(&host, &channel, request, 19, UINT64_MAX,
				       &reply),
		     VMG_OK));
	script_expect_end();
	cr_expect(eq(str, (char *)reply.data, "1 data!"),
		  "the tail's fourth byte is not ours");
	vmg_buffer_release(&reply);
}

static enum vmg_err request_scripted(const struct exchange *e, size_t len,
				     const char *what, uint64_t deadline_ms)
{
	struct vmg_channel channel = { 0 };
	struct vmg_buffer reply = { 0 };
	enum vmg_err err;

	script_begin(open_7, ARRAY_LEN(open_7));
	cr_assert(eq(int, vmg_backdoor.open(&host, &channel), VMG_OK));
	script_expect_end();
	script_begin(e, len);
	err = vmg_backdoor.call(&host, &channel, what, strlen(what),
				deadline_ms, &reply);
	script_expect_end();
	if (!err)
		cr_expect(eq(str, (char *)reply.data, "1 ab"));
	vmg_buffer_release(&reply);
	return err;
}

static enum vmg_err call_scripted(const struct exchange *e, size_t len)
{
	return request_scripted(e, len, "abcd", UINT64_MAX);
}

#define GOOD_SEND                            \
	STEP(SENDSIZE, 4, .cx = 0x00010000), \
		STEP(SENDPAYLOAD, 0x64636261, .cx = 0x00010000)
#define GOOD_SIZE STEP(RECVSIZE, 0, .bx = 4, .cx = 0x00030000, .dx = 0x00010000)
#define GOOD_WORD                                                \
	STEP(RECVPAYLOAD, 1, .bx = 0x62612031, .cx = 0x00010000, \
	     .dx = 0x00020000)
#define GOOD_STATUS STEP(RECVSTATUS, 1, .cx = 0x00010000)

Test(backdoor, begins_a_direction_again_after_a_checkpoint)
{
	static const struct exchange e[] = {
		STEP(SENDSIZE, 4, .cx = 0x00010000),
		STEP(SENDPAYLOAD, 0x64636261, .cx = 0x00100000),
		GOOD_SEND,
		GOOD_SIZE,
		STEP(RECVPAYLOAD, 1, .cx = 0x00100000),
		GOOD_SIZE,
		GOOD_WORD,
		STEP(RECVSTATUS, 1, .cx = 0x00100000),
		GOOD_SIZE,
		GOOD_WORD,
		GOOD_STATUS,
	};

	cr_expect(eq(int, call_scripted(e, ARRAY_LEN(e)), VMG_OK));
}

Test(backdoor, gives_up_after_three_checkpoints_in_one_direction)
{
#define CHECKPOINT                           \
	STEP(SENDSIZE, 4, .cx = 0x00010000), \
		STEP(SENDPAYLOAD, 0x64636261, .cx = 0x00100000)
	static const struct exchange e[] = { CHECKPOINT, CHECKPOINT, CHECKPOINT,
					     CHECKPOINT };

	cr_expect(eq(int, call_scripted(e, ARRAY_LEN(e)), VMG_E_CHECKPOINT));
}

Test(backdoor, begins_nothing_again_after_the_deadline)
{
	static const struct exchange e[] = {
		STEP(SENDSIZE, 4, .cx = 0x00810000),
		{ "outsb",
		  VMG_PORT_WRITE,
		  { .bx = 0x00010000, .cx = 4, .dx = 0x00075659 },
		  { .bx = 0x00100000 },
		  "abcd" },
	};

	cr_expect(eq(int, request_scripted(e, ARRAY_LEN(e), "abcd", 0),
		     VMG_E_CHECKPOINT));
}

/* The bulk port's instruction would do nothing, and look like a success. */
Test(backdoor, sends_no_bytes_of_an_empty_request)
{
	static const struct exchange e[] = {
		STEP(SENDSIZE, 0, .cx = 0x00810000),
		GOOD_SIZE,
		GOOD_WORD,
		GOOD_STATUS,
	};

	cr_expect(eq(int, request_scripted(e, ARRAY_LEN(e), "", UINT64_MAX),
		     VMG_OK));
}

Test(backdoor, never_repeats_a_size_step)
{
	static const struct exchange send[] = {
		STEP(SENDSIZE, 4, .cx = 0x00100000),
	};
	static const struct exchange receive[] = {
		GOOD_SEND,
		STEP(RECVSIZE, 0, .cx = 0x00100000),
	};

	cr_expect(eq(int, call_scripted(send, ARRAY_LEN(send)),
		     VMG_E_CHECKPOINT));
	cr_expect(eq(int, call_scripted(receive, ARRAY_LEN(receive)),
		     VMG_E_CHECKPOINT));
}

Test(backdoor, believes_no_reply_that_the_host_does_not_announce)
{
	static const struct exchange silent[] = {
		GOOD_SEND,
		STEP(RECVSIZE, 0, .bx = 4, .cx = 0x00010000, .dx = 0x00010000),
	};
	static const struct exchange other_state[] = {
		GOOD_SEND,
		STEP(RECVSIZE, 0, .bx = 4, .cx = 0x00030000, .dx = 0x00020000),
	};
	static const struct exchange too_long[] = {
		GOOD_SEND,
		STEP(RECVSIZE, 0, .bx = 0x00100001, .cx = 0x00030000,
		     .dx = 0x00010000),
	};
	static const struct exchange other_word[] = {
		GOOD_SEND,
		GOOD_SIZE,
		STEP(RECVPAYLOAD, 1, .bx = 0x62612031, .cx = 0x00010000,
		     .dx = 0x00010000),
	};

	cr_expect(eq(int, call_scripted(silent, ARRAY_LEN(silent)),
		     VMG_E_NO_REPLY));
	cr_expect(eq(int, call_scripted(other_state, ARRAY_LEN(other_state)),
		     VMG_E_PROTO));
	cr_expect(eq(int, call_scripted(too_long, ARRAY_LEN(too_long)),
		     VMG_E_PROTO));
	cr_expect(eq(int, call_scripted(other_word, ARRAY_LEN(other_word)),
		     VMG_E_PROTO));
}

static enum vmg_err open_scripted(struct vmg_regs answer)
{
	struct vmg_channel channel = { 0 };
	const struct exchange e[] = {
		{ "OPEN with cookie",
		  VMG_PORT_WORD,
		  { .bx = 0xC9435052, .cx = 0x1E, .dx = 0x5658 },
		  answer,
		  NULL },
		{ "OPEN",
		  VMG_PORT_WORD,
		  { .bx = 0x49435052, .cx = 0x1E, .dx = 0x5658 },
		  answer,
		  NULL },
	};
	enum vmg_err err;

	script_begin(e, ARRAY_LEN(e));
	err = vmg_backdoor.open(&host, &channel);
	script_expect_end();
	return err;
}

Test(backdoor, tells_a_taken_channel_from_a_port_without_messages)
{
	cr_expect(eq(int, open_scripted((struct vmg_regs){ .ax = 0, .cx = 0 }),
		     VMG_E_NO_CHANNEL));
	cr_expect(eq(int,
		     open_scripted(
			     (struct vmg_regs){ .ax = 0xFFFFFFFF, .cx = 0x1E }),
		     VMG_E_NO_MESSAGES));
	cr_expect(
		eq(int,
		   open_scripted((struct vmg_regs){ .ax = MAGIC, .cx = 0x1E }),
		   VMG_E_NO_MESSAGES),
		"QEMU of older machine types");
}

Test(backdoor, believes_a_memory_size_of_up_to_64_tib)
{
	static const struct {
		const char *why;
		uint64_t ax;
		uint32_t mb;
	} answers[] = {
		{ "a size", DIRT | 4096, 4096 },
		{ "all ones", DIRT | 0xFFFFFFFF, 0 },
		{ "the magic", DIRT | MAGIC, 0 },
		{ "none", DIRT, 0 },
		{ "64 TiB", DIRT | 67108864, 67108864 },
		{ "64 TiB and 1 MB", DIRT | 67108865, 0 },
		{ "QEMU's bytes", DIRT | 734003200, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		const struct exchange e = {
			answers[i].why,
			VMG_PORT_WORD,
			{ .cx = 0x14, .dx = 0x5658 },
			{ .ax = answers[i].ax },
			NULL,
		};

		script_begin(&e, 1);
		cr_expect(eq(u32, vmg_host_memory_mb(&host), answers[i].mb),
			  "%s", answers[i].why);
		script_expect_end();
	}
}
