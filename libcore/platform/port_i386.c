/* SPDX-License-Identifier: MIT */
#include "machine_i386.h"
#include "port.h"

void vmg_port_exchange(enum vmg_port port, struct vmg_regs *regs)
{
	switch (port) {
	case VMG_PORT_WORD:
		VMG_PORT_IN(regs);
		return;
	case VMG_PORT_WRITE:
		VMG_PORT_EXCHANGE(regs, "rep outsb");
		return;
	case VMG_PORT_READ:
		VMG_PORT_EXCHANGE(regs, "rep insb");
		return;
	}
}
