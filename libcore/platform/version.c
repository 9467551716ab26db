/* SPDX-License-Identifier: MIT */
#include "host.h"
#include "port.h"

struct vmg_port_version vmg_host_port_version(const struct vmg_host *host)
{
	struct vmg_regs regs = { .ax = VMG_BDOOR_MAGIC,
				 .bx = (uint32_t)~VMG_BDOOR_MAGIC,
				 .cx = VMG_BDOOR_CMD_GETVERSION,
				 .dx = VMG_BDOOR_PORT };

	if (host->way != VMG_WAY_PORT)
		return (struct vmg_port_version){ 0 };
	host->exchange(VMG_PORT_WORD, &regs);
	if ((uint32_t)regs.bx != VMG_BDOOR_MAGIC ||
	    (uint32_t)regs.ax == VMG_BDOOR_UNKNOWN)
		return (struct vmg_port_version){ 0 };
	return (struct vmg_port_version){ .version = (uint32_t)regs.ax,
					  .product = (uint32_t)regs.cx };
}
