/* SPDX-License-Identifier: MIT */
/* The message protocol over the port: seven steps, each one exchange. Source:
 * open-vm-tools, lib/message/message.c; Linux, drivers/gpu/drm/vmwgfx. */
#include <string.h>

#include "bounds.h"
#include "port.h"
#include "transport.h"

/* Steps, in the upper half of cx. Source: backdoor_types.h, guest_msg_def.h. */
enum step {
	VMG_MESSAGE_TYPE_OPEN = 0,
	VMG_MESSAGE_TYPE_SENDSIZE = 1,
	VMG_MESSAGE_TYPE_SENDPAYLOAD = 2,
	VMG_MESSAGE_TYPE_RECVSIZE = 3,
	VMG_MESSAGE_TYPE_RECVPAYLOAD = 4,
	VMG_MESSAGE_TYPE_RECVSTATUS = 5,
	VMG_MESSAGE_TYPE_CLOSE = 6,
};

/* What the host says of a step. */
#define VMG_MESSAGE_STATUS_SUCCESS 0x0001u
#define VMG_MESSAGE_STATUS_DORECV 0x0002u
#define VMG_MESSAGE_STATUS_CPT 0x0010u
#define VMG_MESSAGE_STATUS_HB 0x0080u

#define VMG_RPCI_PROTOCOL 0x49435052u /* "RPCI" */
#define VMG_GUESTMSG_FLAG_COOKIE 0x80000000u
#define VMG_BDOORHB_CMD_MESSAGE 0u
#define BULK_SUCCESS \
	(VMG_MESSAGE_STATUS_SUCCESS << 16 | VMG_BDOORHB_CMD_MESSAGE)

#define WORD sizeof(uint32_t)

/* Which port carries payloads, if the host offers the bulk port. */
enum carrier {
	CARRIER_BULK,
	CARRIER_WORDS_TRIED, /* the bulk port failed; words have to prove that
			      * they do better */
	CARRIER_WORDS,	     /* they did: until the session changes */
};

/* Lives in a struct vmg_channel. */
struct backdoor {
	/* A channel number, shared by all processes of the VM, and the secret
	 * that keeps the others from using it. */
	uint16_t id;
	uint32_t cookie_high, cookie_low;
	bool bulk_failed;  /* a bulk transfer failed on this channel */
	bool bulk_carried; /* the last reply came over the bulk port */

	/* About the host: outlive the channel. */
	bool bulk_doubted; /* the last channel was lost in a bulk transfer */
	enum carrier carrier;
};
_Static_assert(sizeof(struct backdoor) <= VMG_CHANNEL_SIZE &&
		       _Alignof(struct backdoor) <= _Alignof(struct vmg_channel),
	       "fits in a channel");

static uint32_t high_half(uint64_t reg)
{
	return (uint32_t)reg >> 16;
}

/* One step of an open channel; returns the host's status. A host that does not
 * know the command leaves cx as it was: no status, though the step's own number
 * may look like one. */
static uint32_t step_take(const struct vmg_host *host,
			  const struct backdoor *channel, enum step step,
			  uint32_t arg, struct vmg_regs *regs)
{
	uint32_t asked = (uint32_t)step << 16 | VMG_BDOOR_CMD_MESSAGE;

	*regs = (struct vmg_regs){
		.ax = VMG_BDOOR_MAGIC,
		.bx = arg,
		.cx = asked,
		.dx = (uint32_t)channel->id << 16 | VMG_BDOOR_PORT,
		.si = channel->cookie_high,
		.di = channel->cookie_low,
	};
	host->exchange(VMG_PORT_WORD, regs);
	if ((uint32_t)regs->ax == VMG_BDOOR_UNKNOWN &&
	    (uint32_t)regs->cx == asked)
		return 0;
	return high_half(regs->cx);
}

static uint32_t open_ask(const struct vmg_host *host,
			 struct backdoor *channel, uint32_t protocol,
			 struct vmg_regs *regs)
{
	*channel = (struct backdoor){ .bulk_doubted = channel->bulk_doubted,
				      .carrier = channel->carrier };
	return step_take(host, channel, VMG_MESSAGE_TYPE_OPEN, protocol, regs);
}

static enum vmg_err backdoor_open(const struct vmg_host *host, void *room)
{
	struct backdoor *channel = room;
	struct vmg_regs regs;
	bool cookie = true;
	uint32_t status =
		open_ask(host, channel,
			 VMG_RPCI_PROTOCOL | VMG_GUESTMSG_FLAG_COOKIE, &regs);

	if (!(status & VMG_MESSAGE_STATUS_SUCCESS)) {
		cookie = false;
		status = open_ask(host, channel, VMG_RPCI_PROTOCOL, &regs);
	}
	if (!(status & VMG_MESSAGE_STATUS_SUCCESS)) {
		/* A command that fails clears cx. One that nobody knows leaves
		 * it alone, and in ax the magic or all ones. Observed: host
		 * logs of ESXi 6.0; QEMU, hw/i386/vmport.c. */
		if ((uint32_t)regs.cx == VMG_BDOOR_CMD_MESSAGE &&
		    ((uint32_t)regs.ax == VMG_BDOOR_UNKNOWN ||
		     (uint32_t)regs.ax == VMG_BDOOR_MAGIC))
			return VMG_E_NO_MESSAGES;
		return status & VMG_MESSAGE_STATUS_CPT ? VMG_E_CHECKPOINT
						       : VMG_E_NO_CHANNEL;
	}
	channel->id = (uint16_t)high_half(regs.dx);
	if (cookie) {
		channel->cookie_high = (uint32_t)regs.si;
		channel->cookie_low = (uint32_t)regs.di;
	}
	return VMG_OK;
}

/* The bulk port is under suspicion: words are tried instead. */
static void words_try(struct backdoor *channel)
{
	if (channel->carrier == CARRIER_BULK)
		channel->carrier = CARRIER_WORDS_TRIED;
}

static void backdoor_close(const struct vmg_host *host, void *room)
{
	struct backdoor *channel = room;
	struct vmg_regs regs;
	uint32_t status =
		step_take(host, channel, VMG_MESSAGE_TYPE_CLOSE, 0, &regs);

	/* The channel was still there, so it was the bulk port that failed. */
	if (channel->bulk_failed && status & VMG_MESSAGE_STATUS_SUCCESS)
		words_try(channel);
}

/* The host needs every page of a buffer to be present. */
static void pages_read(const uint8_t *bytes, size_t len)
{
	const volatile uint8_t *page = bytes;

	for (size_t at = 0; at < len; at += VMG_PAGE)
		(void)page[at];
	(void)page[len - 1];
}

/* The whole payload in one exchange. len is not 0: the instruction would do
 * nothing, and leave our own SUCCESS in bx. Each direction needs one of si and
 * di for the address, so the half of the cookie that lived there moves to bp.
 * What is left in cx, si and di is not documented. */
static uint32_t bulk_send(const struct vmg_host *host,
			  const struct backdoor *channel,
			  const uint8_t *bytes, size_t len)
{
	struct vmg_regs regs = {
		.ax = VMG_BDOOR_MAGIC,
		.bx = BULK_SUCCESS,
		.cx = len,
		.dx = (uint32_t)channel->id << 16 | VMG_BDOORHB_PORT,
		.si = (uintptr_t)bytes,
		.di = channel->cookie_low,
		.bp = channel->cookie_high,
	};

	pages_read(bytes, len);
	host->exchange(VMG_PORT_WRITE, &regs);
	return high_half(regs.bx);
}

static uint32_t bulk_receive(const struct vmg_host *host,
			     const struct backdoor *channel, uint8_t *bytes,
			     size_t len)
{
	struct vmg_regs regs = {
		.ax = VMG_BDOOR_MAGIC,
		.bx = BULK_SUCCESS,
		.cx = len,
		.dx = (uint32_t)channel->id << 16 | VMG_BDOORHB_PORT,
		.si = channel->cookie_high,
		.di = (uintptr_t)bytes,
		.bp = channel->cookie_low,
	};

	/* All of it: what the host does not write must not be read as a reply,
	 * be it an older one or the heap's. */
	memset(bytes, 0, len);
	host->exchange(VMG_PORT_READ, &regs);
	return high_half(regs.bx);
}

/* A slow host must not block the caller. Reading the clock costs far less than an
 * exchange. */
static bool is_late(uint64_t deadline_ms)
{
	return vmg_clock_ms() > deadline_ms;
}

static uint32_t word_load(const uint8_t *bytes, size_t left)
{
	uint32_t word = 0;

	for (size_t i = 0; i < WORD && i < left; i++)
		word |= (uint32_t)bytes[i] << 8 * i;
	return word;
}

static void word_store(uint8_t *bytes, size_t left, uint32_t word)
{
	for (size_t i = 0; i < WORD && i < left; i++)
		bytes[i] = (uint8_t)(word >> 8 * i);
}

static enum vmg_err words_send(const struct vmg_host *host,
			       const struct backdoor *channel,
			       const uint8_t *bytes, size_t len,
			       uint64_t deadline_ms, uint32_t *status)
{
	struct vmg_regs regs;

	for (size_t at = 0; at < len; at += WORD) {
		if (is_late(deadline_ms))
			return VMG_E_TIMEOUT;
		*status = step_take(host, channel, VMG_MESSAGE_TYPE_SENDPAYLOAD,
				    word_load(bytes + at, len - at), &regs);
		if (!(*status & VMG_MESSAGE_STATUS_SUCCESS))
			return VMG_E_IO;
	}
	return VMG_OK;
}

static enum vmg_err words_receive(const struct vmg_host *host,
				  const struct backdoor *channel,
				  uint8_t *bytes, size_t len,
				  uint64_t deadline_ms, uint32_t *status)
{
	struct vmg_regs regs;

	for (size_t at = 0; at < len; at += WORD) {
		if (is_late(deadline_ms))
			return VMG_E_TIMEOUT;
		/* 1: what came before was received well */
		*status = step_take(host, channel, VMG_MESSAGE_TYPE_RECVPAYLOAD,
				    1, &regs);
		if (!(*status & VMG_MESSAGE_STATUS_SUCCESS))
			return VMG_E_IO;
		if (high_half(regs.dx) != VMG_MESSAGE_TYPE_SENDPAYLOAD)
			return VMG_E_PROTO;
		word_store(bytes + at, len - at, (uint32_t)regs.bx);
	}
	return VMG_OK;
}

/* A size step is never repeated, not even after a checkpoint. */
static enum vmg_err size_err(uint32_t status)
{
	return status & VMG_MESSAGE_STATUS_CPT ? VMG_E_CHECKPOINT : VMG_E_IO;
}

/* A checkpoint is no fault of the bulk port. Neither is a lost channel, which
 * CLOSE will tell, unless the one before was lost in a bulk transfer as well. */
static enum vmg_err bulk_err(struct backdoor *channel, uint32_t status)
{
	if (status & VMG_MESSAGE_STATUS_SUCCESS)
		return VMG_OK;
	if (!(status & VMG_MESSAGE_STATUS_CPT)) {
		if (channel->bulk_doubted)
			words_try(channel);
		channel->bulk_doubted = channel->bulk_failed = true;
	}
	return VMG_E_IO;
}

static bool bulk_is_used(const struct backdoor *channel, uint32_t status)
{
	return status & VMG_MESSAGE_STATUS_HB &&
	       channel->carrier == CARRIER_BULK;
}

/* One attempt to send. *status is the host's status of the last step: CPT in it
 * says that a checkpoint came between, and that this direction has to be started
 * again. A size step is never repeated. */
static enum vmg_err request_send(const struct vmg_host *host,
				 struct backdoor *channel,
				 const uint8_t *request, size_t len,
				 uint64_t deadline_ms, uint32_t *status)
{
	struct vmg_regs regs;

	*status = step_take(host, channel, VMG_MESSAGE_TYPE_SENDSIZE,
			    (uint32_t)len, &regs);
	if (!(*status & VMG_MESSAGE_STATUS_SUCCESS))
		return size_err(*status);
	if (len == 0)
		return VMG_OK;
	if (!bulk_is_used(channel, *status))
		return words_send(host, channel, request, len, deadline_ms,
				  status);
	*status = bulk_send(host, channel, request, len);
	return bulk_err(channel, *status);
}

/* How much the host wants to say. */
static enum vmg_err reply_size(const struct vmg_host *host,
			       const struct backdoor *channel,
			       uint32_t *status, uint32_t *len)
{
	struct vmg_regs regs;

	*status = step_take(host, channel, VMG_MESSAGE_TYPE_RECVSIZE, 0, &regs);
	if (!(*status & VMG_MESSAGE_STATUS_SUCCESS))
		return size_err(*status);
	if (!(*status & VMG_MESSAGE_STATUS_DORECV))
		return VMG_E_NO_REPLY;
	*len = (uint32_t)regs.bx;
	if (high_half(regs.dx) != VMG_MESSAGE_TYPE_SENDSIZE ||
	    *len > VMG_REPLY_MAX)
		return VMG_E_PROTO;
	return VMG_OK;
}

static enum vmg_err payload_receive(const struct vmg_host *host,
				    struct backdoor *channel, uint8_t *bytes,
				    uint32_t len, uint64_t deadline_ms,
				    uint32_t *status)
{
	if (len == 0)
		return VMG_OK;
	channel->bulk_carried = bulk_is_used(channel, *status);
	if (!channel->bulk_carried)
		return words_receive(host, channel, bytes, len, deadline_ms,
				     status);
	*status = bulk_receive(host, channel, bytes, len);
	return bulk_err(channel, *status);
}

static enum vmg_err reply_receive(const struct vmg_host *host,
				  struct backdoor *channel,
				  struct vmg_buffer *reply,
				  uint64_t deadline_ms, uint32_t *status)
{
	struct vmg_regs regs;
	uint32_t len;
	enum vmg_err err = reply_size(host, channel, status, &len);

	if (!err)
		err = vmg_buffer_reserve(reply, len);
	if (!err)
		err = payload_receive(host, channel, reply->data, len,
				      deadline_ms, status);
	if (err)
		return err;
	*status =
		step_take(host, channel, VMG_MESSAGE_TYPE_RECVSTATUS, 1, &regs);
	if (!(*status & VMG_MESSAGE_STATUS_SUCCESS))
		return VMG_E_IO;
	reply->len = len;
	reply->data[len] = 0; /* for those who read text */
	return VMG_OK;
}

/* What is left when nothing is begun again. */
static enum vmg_err spent_err(enum vmg_err err, uint32_t status)
{
	bool checkpoint = status & VMG_MESSAGE_STATUS_CPT;

	return err == VMG_E_IO && checkpoint ? VMG_E_CHECKPOINT : err;
}

static bool may_begin_again(enum vmg_err err, uint32_t status,
			    unsigned *retries, uint64_t deadline_ms)
{
	return err == VMG_E_IO && (status & VMG_MESSAGE_STATUS_CPT) &&
	       (*retries)++ < VMG_CHECKPOINT_RETRIES && !is_late(deadline_ms);
}

static enum vmg_err exchange(const struct vmg_host *host,
			     struct backdoor *channel, const void *request,
			     size_t len, uint64_t deadline_ms,
			     struct vmg_buffer *reply)
{
	unsigned retries = 0;
	uint32_t status = 0;
	enum vmg_err err;

	reply->len = 0;
	channel->bulk_carried = false;
	do
		err = request_send(host, channel, request, len, deadline_ms,
				   &status);
	while (may_begin_again(err, status, &retries, deadline_ms));
	if (err)
		return spent_err(err, status);
	if (is_late(deadline_ms))
		return VMG_E_TIMEOUT;

	retries = 0;
	do
		err = reply_receive(host, channel, reply, deadline_ms, &status);
	while (may_begin_again(err, status, &retries, deadline_ms));
	/* The checkpoint took the reply along: to be asked for anew. */
	if (err == VMG_E_NO_REPLY && retries > 0)
		return VMG_E_IO;
	return spent_err(err, status);
}

/* Words failed as well: that says nothing about the bulk port. */
static void words_fail(struct backdoor *channel)
{
	if (channel->carrier == CARRIER_WORDS_TRIED)
		channel->carrier = CARRIER_BULK;
}

static enum vmg_err backdoor_call(const struct vmg_host *host, void *room,
				  const void *request, size_t len,
				  uint64_t deadline_ms,
				  struct vmg_buffer *reply)
{
	struct backdoor *channel = room;
	bool by_words = channel->carrier != CARRIER_BULK;
	enum vmg_err err =
		exchange(host, channel, request, len, deadline_ms, reply);

	if (err && by_words)
		words_fail(channel);
	return err;
}

static bool backdoor_distrust(void *room)
{
	struct backdoor *channel = room;

	if (!channel->bulk_carried) {
		words_fail(channel);
		return false;
	}
	words_try(channel);
	return true;
}

static void backdoor_trust(void *room)
{
	struct backdoor *channel = room;

	channel->bulk_doubted = false;
	if (channel->carrier == CARRIER_WORDS_TRIED)
		channel->carrier = CARRIER_WORDS;
}

static void backdoor_new_session(void *room)
{
	struct backdoor *channel = room;

	channel->bulk_doubted = false;
	channel->carrier = CARRIER_BULK;
}

const struct vmg_transport vmg_backdoor = {
	.open = backdoor_open,
	.call = backdoor_call,
	.close = backdoor_close,
	.distrust = backdoor_distrust,
	.trust = backdoor_trust,
	.new_session = backdoor_new_session,
};
