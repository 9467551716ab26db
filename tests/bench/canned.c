/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <string.h>

#include "canned.h"
#include "extended_samples.h"

enum { COMMAND_VERSION = 10, COMMAND_MEMSIZE = 20, COMMAND_MESSAGE = 30 };
enum { OPEN, SENDSIZE, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD, RECVSTATUS, CLOSE };

#define MAGIC 0x564D5868u
#define SUCCESS 0x0001u
#define DORECV 0x0002u
#define BULK 0x0080u

/* More than one thread's: the benchmark has up to four at once. */
#define CHANNELS 8

struct channel {
	atomic_bool open;
	uint32_t request_len, got, given;
	uint8_t request[64];
	const uint8_t *reply;
	uint32_t reply_len;
};

static struct channel channels[CHANNELS];
__thread uint64_t canned_operations, canned_requests;

static uint8_t body[4096];
static uint32_t body_len;
static uint32_t bulk = BULK;
static bool moving;
static uint32_t used_at, elapsed_at; /* where their low words stand */
static const uint8_t unknown[] = "0 Unknown command";

static const uint32_t cookie_high = 0x1BADD00D, cookie_low = 0x2BADD00D;

/* The reply. */

/* Statistics 1 to 38: w is 32 bits wide, d 64, s a text. */
static const char widths[] = "wwwdwwwwwwwwwwwwdsddwdddddddddwwwwwwsd";

static void byte_put(unsigned byte)
{
	body[body_len++] = (uint8_t)byte;
}

static void be32_put(uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		byte_put(v >> shift);
}

static void le32_put(uint32_t v)
{
	for (int shift = 0; shift < 32; shift += 8)
		byte_put(v >> shift);
}

static void text_put(unsigned len)
{
	be32_put(len);
	for (unsigned i = 0; i < len; i++)
		byte_put('a' + i % 26);
	while (body_len % 4 != 2) /* "1 " and the header are 18 bytes */
		byte_put(0);
}

static void cell_put(unsigned id, unsigned path_len)
{
	be32_put(id);
	be32_put(1);
	if (id == 4)
		used_at = body_len + 4;
	if (id == 17)
		elapsed_at = body_len + 4;
	switch (widths[id - 1]) {
	case 'w':
		be32_put(1000 + id);
		break;
	case 'd':
		be32_put(5);
		be32_put(1000 + id);
		break;
	case 's':
		/* A path that is too long for statistic 18 is in 37. */
		text_put((id == 18) == (path_len <= 512) ? path_len : 0);
		break;
	}
}

/* A big-endian word of the reply, so many more than it was. */
static void word_grow(uint32_t at, uint32_t by)
{
	uint32_t end = body_len, v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 8 | body[at + i];
	body_len = at;
	be32_put(v + by);
	body_len = end;
}

void canned_set(const struct canned_reply *r)
{
	uint32_t end;

	body_len = 0;
	byte_put('1');
	byte_put(' ');
	le32_put(3);
	le32_put((uint32_t)r->session);
	le32_put((uint32_t)(r->session >> 32));
	le32_put(0); /* the size, below */
	be32_put(sizeof widths - 1);
	for (unsigned id = 1; id < sizeof widths; id++)
		cell_put(id, r->path_len);
	end = body_len;
	body_len = 14;
	le32_put(end - 18);
	body_len = end;
	bulk = r->no_bulk ? 0 : BULK;
	moving = r->moving;
}

/* The protocol. */

/* What is asked for behind "guestlib.stat.get text ". */
static const struct {
	const char *what, *reply;
} extended[] = {
	{ "", "1 " SAMPLE_LIST },
	{ "session", "1 " SAMPLE_SESSION },
	{ "host", "1 " SAMPLE_HOST },
	{ "resources", "1 " SAMPLE_RESOURCES },
	{ "vscsi ide0:0", "1 " SAMPLE_VSCSI },
	{ "vnet 00:0c:29:32:0a:6a", "1 " SAMPLE_VNET },
	{ "vnet 00:0c:29:32:0a:74", "1 " SAMPLE_VNET_LATER },
};

static bool request_is(const struct channel *c, const char *words)
{
	return c->got == strlen(words) &&
	       memcmp(c->request, words, c->got) == 0;
}

static void extended_run(struct channel *c)
{
	char words[sizeof c->request];

	for (size_t i = 0; i < sizeof extended / sizeof extended[0]; i++) {
		strcpy(words, "guestlib.stat.get text ");
		strcat(words, extended[i].what);
		if (!request_is(c, words))
			continue;
		c->reply = (const uint8_t *)extended[i].reply;
		c->reply_len = (uint32_t)strlen(extended[i].reply);
	}
}

static void request_run(struct channel *c)
{
	canned_requests++;
	if (moving) {
		word_grow(used_at, 3);
		word_grow(elapsed_at, 10);
	}
	c->reply = unknown;
	c->reply_len = sizeof unknown - 1;
	if (request_is(c, "guestlib.info.get 3")) {
		c->reply = body;
		c->reply_len = body_len;
	} else {
		extended_run(c);
	}
}

static void request_add(struct channel *c, const uint8_t *bytes, size_t len)
{
	if (len > c->request_len - c->got)
		len = c->request_len - c->got;
	if (len > sizeof c->request - c->got)
		len = sizeof c->request - c->got;
	memcpy(c->request + c->got, bytes, len);
	c->got += (uint32_t)len;
	if (c->got == c->request_len)
		request_run(c);
}

/* The channel that cookie and number are of, or NULL. */
static struct channel *channel_of(uint64_t dx, uint64_t high, uint64_t low)
{
	uint32_t id = (uint32_t)dx >> 16;

	if (id >= CHANNELS || (uint32_t)high != cookie_high ||
	    (uint32_t)low != cookie_low || !channels[id].open)
		return NULL;
	return &channels[id];
}

static void channel_open(struct canned_regs *r)
{
	for (unsigned id = 0; id < CHANNELS; id++) {
		if (atomic_exchange(&channels[id].open, true))
			continue;
		r->cx = SUCCESS << 16;
		r->dx = (uint64_t)id << 16 | ((uint16_t)r->dx);
		r->si = cookie_high;
		r->di = cookie_low;
		return;
	}
	r->ax = r->cx = 0;
}

static void words_give(struct channel *c, struct canned_regs *r)
{
	uint32_t word = 0;

	for (unsigned i = 0; i < 4 && c->given < c->reply_len; i++)
		word |= (uint32_t)c->reply[c->given++] << 8 * i;
	r->bx = word;
	r->dx = (uint64_t)SENDPAYLOAD << 16 | (uint16_t)r->dx;
}

static uint32_t channel_step(struct channel *c, unsigned step,
			     struct canned_regs *r)
{
	uint32_t word = (uint32_t)r->bx;

	switch (step) {
	case SENDSIZE:
		c->request_len = word;
		c->got = 0;
		return SUCCESS | bulk;
	case SENDPAYLOAD:
		request_add(c, (const uint8_t *)&word, sizeof word);
		return SUCCESS;
	case RECVSIZE:
		c->given = 0;
		r->bx = c->reply_len;
		r->dx = (uint64_t)SENDSIZE << 16 | (uint16_t)r->dx;
		return SUCCESS | DORECV | bulk;
	case RECVPAYLOAD:
		words_give(c, r);
		return SUCCESS;
	case RECVSTATUS:
		return SUCCESS;
	case CLOSE:
		c->open = false;
		return SUCCESS;
	}
	return 0;
}

static void message(struct canned_regs *r)
{
	unsigned step = (uint32_t)r->cx >> 16;
	struct channel *c;

	if (step == OPEN) {
		channel_open(r);
		return;
	}
	c = channel_of(r->dx, r->si, r->di);
	if (c)
		r->cx = (uint64_t)channel_step(c, step, r) << 16;
	else
		r->ax = r->cx = 0;
}

void canned_word(struct canned_regs *r)
{
	canned_operations++;
	switch ((uint16_t)r->cx) {
	case COMMAND_VERSION:
		r->ax = 6;
		r->bx = MAGIC;
		r->cx = 2;
		return;
	case COMMAND_MEMSIZE:
		r->ax = 8192;
		return;
	case COMMAND_MESSAGE:
		message(r);
		return;
	}
	r->ax = UINT32_MAX;
}

void canned_write(struct canned_regs *r)
{
	struct channel *c = channel_of(r->dx, r->bp, r->di);

	canned_operations++;
	r->bx = 0;
	if (!c)
		return;
	request_add(c, (const uint8_t *)(uintptr_t)r->si, r->cx);
	r->si += r->cx;
	r->cx = 0;
	r->bx = SUCCESS << 16;
}

void canned_read(struct canned_regs *r)
{
	struct channel *c = channel_of(r->dx, r->si, r->bp);

	canned_operations++;
	r->bx = 0;
	if (!c || r->cx != c->reply_len)
		return;
	memcpy((uint8_t *)(uintptr_t)r->di, c->reply, c->reply_len);
	r->di += r->cx;
	r->cx = 0;
	r->bx = SUCCESS << 16;
}

unsigned canned_channels(void)
{
	unsigned open = 0;

	for (unsigned id = 0; id < CHANNELS; id++)
		open += channels[id].open;
	return open;
}
