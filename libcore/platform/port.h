/* SPDX-License-Identifier: MIT */
#ifndef VMG_PORT_H
#define VMG_PORT_H

#include <stdint.h>

#include "err.h"

/* The backdoor port. Source of the numbers: open-vm-tools,
 * lib/include/backdoor_def.h. */
#define VMG_BDOOR_MAGIC 0x564D5868u
#define VMG_BDOOR_PORT 0x5658u
#define VMG_BDOORHB_PORT 0x5659u
#define VMG_BDOOR_CMD_GETVERSION 10u
#define VMG_BDOOR_CMD_GETMEMSIZE 20u
#define VMG_BDOOR_CMD_MESSAGE 30u

/* What a command that the host does not know leaves in ax. */
#define VMG_BDOOR_UNKNOWN 0xFFFFFFFFu

/* The registers of one exchange. The host may rewrite all of them. */
struct vmg_regs {
	uint64_t ax, bx, cx, dx, si, di, bp;
};

enum vmg_port {
	VMG_PORT_WORD,	/* low bandwidth: in eax, dx */
	VMG_PORT_WRITE, /* high bandwidth, to the host: rep outsb from si */
	VMG_PORT_READ,	/* high bandwidth, from the host: rep insb to di */
};

/* One exchange with the port of this machine. Faults where no hypervisor serves
 * it: only for hosts that vmg_port_probe() has found. */
void vmg_port_exchange(enum vmg_port port, struct vmg_regs *regs);

/* Asks the port for its version, in a way that cannot harm the process.
 * VMG_OK: it answered. VMG_E_NOT_VM: it did not. VMG_E_PROBE_*: that could not
 * be determined now. */
enum vmg_err vmg_port_probe(void);

#endif
