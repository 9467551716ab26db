/* SPDX-License-Identifier: MIT */
/* Which transports there are, and in which order they are tried. The port is
 * asked whatever CPUID and DMI say: operators hide the hypervisor leaf
 * (hypervisor.cpuid.v0 = FALSE) while the port goes on working. */
#include "host.h"
#include "port.h"

static const struct vmg_host port_host = { .way = VMG_WAY_PORT,
					  .exchange = vmg_port_exchange };

enum vmg_err vmg_host_open(const struct vmg_host **host)
{
	enum vmg_err err = vmg_port_probe();

	if (err)
		return err;
	*host = &port_host;
	return VMG_OK;
}
