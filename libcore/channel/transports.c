/* SPDX-License-Identifier: MIT */
#include "transport.h"

const struct vmg_transport *const vmg_transports[] = {
	[VMG_WAY_PORT] = &vmg_backdoor,
};
