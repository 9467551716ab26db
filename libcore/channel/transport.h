/* SPDX-License-Identifier: MIT */
/* What a transport promises. A transport is a file that defines one of these,
 * and a row in transports.c. */
#ifndef VMG_TRANSPORT_H
#define VMG_TRANSPORT_H

#include <stdbool.h>

#include "buffer.h"
#include "host.h"

/* Room for one channel of any transport, inside the handle, so that nothing has
 * to be allocated. Bytes, since those may hold an object of any type; a
 * transport asserts that its own type fits. */
#define VMG_CHANNEL_SIZE 32
struct vmg_channel {
	_Alignas(uint64_t) unsigned char bytes[VMG_CHANNEL_SIZE];
};

/* A way to put one request before the host and to get one reply back.
 *
 * channel is the transport's own type, in a struct vmg_channel that was all zero
 * when its handle was opened and is not copied while the channel is open. What
 * the transport learns about the host may stay there after close().
 *
 * Members run at once in any number of threads, but never twice at once on one
 * channel. Those that are optional may be NULL. */
struct vmg_transport {
	/* Opens a closed channel. Blocks for one or two exchanges. On failure
	 * nothing is open, and there is nothing to close or free.
	 * VMG_E_NO_CHANNEL: none is free. */
	enum vmg_err (*open)(const struct vmg_host *host, void *channel);

	/* Sends the request, fills reply (its old content is gone, even on
	 * failure; it stays the caller's). Begins nothing after the deadline, of
	 * vmg_clock_ms(), and blocks in what was begun. After an error the
	 * channel is spent, and the caller closes it. VMG_E_IO and
	 * VMG_E_CHECKPOINT mean that a new one may do better. */
	enum vmg_err (*call)(const struct vmg_host *host, void *channel,
			     const void *request, size_t len,
			     uint64_t deadline_ms, struct vmg_buffer *reply);

	/* Closes an open channel and frees what belongs to it. Blocks for one
	 * exchange. Cannot fail. */
	void (*close)(const struct vmg_host *host, void *channel);

	/* In the child of a fork(), where the open channel is the parent's:
	 * frees this process's copy of it without a word to the host. Does not
	 * block. Optional, where there is nothing to free. */
	void (*forget)(void *channel);

	/* The reply to the last call was damaged. True: the next call avoids
	 * what carried it, and may do better. Does not block; the channel may be
	 * open or closed. Optional: false. */
	bool (*distrust)(void *channel);

	/* The reply to the last call was sound. Does not block; the channel is
	 * open. Optional. */
	void (*trust)(void *channel);

	/* The session changed, and with it perhaps the host: what was learned
	 * about the old one is no longer true. Does not block; the channel may
	 * be open or closed. Optional. */
	void (*new_session)(void *channel);
};

/* By enum vmg_way. The seam for tests: they link a table of their own. */
extern const struct vmg_transport *const vmg_transports[];

extern const struct vmg_transport vmg_backdoor;

#endif
