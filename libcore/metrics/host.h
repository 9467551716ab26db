/* SPDX-License-Identifier: MIT */
/* Asking the host: by which handle, and when again after a refusal. */
#ifndef VMG_METRICS_HOST_H
#define VMG_METRICS_HOST_H

#include <stdbool.h>

#include "retry.h"

/* All zero but thread_handles is a new one. */
struct vmg_host_client {
	bool thread_handles;  /* the calling thread's handle, not one's own */
	VMGuestLibHandle own; /* NULL while closed, and with thread_handles */
	uint64_t channel_reopens;
	struct vmg_failure failure; /* of the last attempt */
	struct vmg_retry retry;
};

/* Updates the handle and reads all statistics of one moment, as
 * vmg_stats_read() does. False, with the reason in failure: there are none, or
 * the host is not to be asked yet, and the reason is still the last one. */
bool vmg_host_client_read(struct vmg_host_client *client,
			  VMGuestLibHandle *handle, VMSessionId *session,
			  struct vmg_stat_value *values, size_t count);

/* How often the handle has reopened its channel; counts those since before. The
 * handle may be another one at the next read, so both are around one call. */
uint64_t vmg_host_reopens(VMGuestLibHandle handle);
void vmg_host_client_count(struct vmg_host_client *client,
			   VMGuestLibHandle handle, uint64_t before);

/* Closes its own handle. */
void vmg_host_client_release(struct vmg_host_client *client);

#endif
