/* SPDX-License-Identifier: MIT */
/* What a transport promises. */
#ifndef VMG_TRANSPORT_H
#define VMG_TRANSPORT_H

#include <stdbool.h>

#include "buffer.h"
#include "host.h"

/* One conversation with the host, of whichever transport. All zero is closed.
 * It must not be copied while open, and holds nothing that a fork() could share
 * but the channel itself: a child forgets it by clearing is_open. */
struct vmg_channel {
	bool is_open;

	/* backdoor: a bulk transfer failed on this channel; the last one failed
	 * on whichever; the bulk port is done without. A handle's next channel
	 * keeps the latter two. */
	bool bulk_failed;
	bool bulk_doubted;
	bool words_only;

	/* backdoor: a channel number, shared by all processes of the VM, and
	 * the secret that keeps the others from using it */
	uint16_t id;
	uint32_t cookie_high, cookie_low;
};

/* A way to put one request before the host and to get one reply back. No member
 * is optional; none runs twice at once on one channel. */
struct vmg_transport {
	/* Opens a closed channel. VMG_E_NO_CHANNEL: none is free. */
	enum vmg_err (*open)(const struct vmg_host *host,
			     struct vmg_channel *channel);

	/* Sends the request, fills reply (what stood there is gone, even on
	 * failure). Begins nothing after the deadline, of vmg_clock_ms(). After
	 * an error the channel is spent: the caller closes it. VMG_E_IO
	 * and VMG_E_CHECKPOINT mean that a new one may do better. */
	enum vmg_err (*call)(const struct vmg_host *host,
			     struct vmg_channel *channel, const void *request,
			     size_t len, uint64_t deadline_ms,
			     struct vmg_buffer *reply);

	/* Closes an open channel. Never fails. */
	void (*close)(const struct vmg_host *host, struct vmg_channel *channel);
};

extern const struct vmg_transport vmg_backdoor;

#endif
