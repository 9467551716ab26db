/* SPDX-License-Identifier: MIT */
#include "memory.h"
#include "guest.h"

void vmg_memory_update(struct vmg_memory *memory, VMGuestLibHandle handle,
		       VMSessionId session, uint64_t now_ns)
{
	if (memory->source != VMG_MEMORY_NOT_ASKED &&
	    memory->session == session &&
	    now_ns - memory->asked_ns < VMG_MEMORY_AGAIN_NS)
		return;
	memory->session = session;
	memory->asked_ns = now_ns;
	memory->source = VMG_MEMORY_FROM_HOST;
	if (vmg_memory_size_mb(handle, &memory->mb) == VMGUESTLIB_ERROR_SUCCESS)
		return;
	memory->mb = vmg_guest_memory_mb();
	memory->source =
		memory->mb > 0 ? VMG_MEMORY_FROM_KERNEL : VMG_MEMORY_UNKNOWN;
}
