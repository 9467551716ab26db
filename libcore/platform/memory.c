/* SPDX-License-Identifier: MIT */
#include "bounds.h"
#include "host.h"
#include "port.h"

uint32_t vmg_host_memory_mb(const struct vmg_host *host)
{
	struct vmg_regs regs = { .ax = VMG_BDOOR_MAGIC,
				 .cx = VMG_BDOOR_CMD_GETMEMSIZE,
				 .dx = VMG_BDOOR_PORT };
	uint32_t mb;

	if (host->way != VMG_WAY_PORT)
		return 0;
	host->exchange(VMG_PORT_WORD, &regs);
	mb = (uint32_t)regs.ax;
	return mb > VMG_MEMORY_MAX_MB ? 0 : mb;
}
