/* SPDX-License-Identifier: MIT */
#include "host.h"
#include "port.h"

uint32_t vmg_host_memory_mb(const struct vmg_host *host)
{
	struct vmg_regs regs = { .ax = VMG_BDOOR_MAGIC,
				 .cx = VMG_BDOOR_CMD_GETMEMSIZE,
				 .dx = VMG_BDOOR_PORT };
	uint32_t mb;

	host->exchange(VMG_PORT_WORD, &regs);
	mb = (uint32_t)regs.ax;
	/* A host that does not know the command leaves all ones, or the magic.
	 * Source: open-vm-tools, backdoor_def.h; host logs. */
	return mb == VMG_BDOOR_UNKNOWN || mb == VMG_BDOOR_MAGIC ? 0 : mb;
}
