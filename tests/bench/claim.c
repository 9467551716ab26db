/* SPDX-License-Identifier: MIT */
/* VMware's library asks CPUID whether it stands on VMware, and CPUID cannot be
 * emulated. It asks by an exported function of its own; preloaded, this one
 * takes its place. Ours does not ask, and is not touched. */
#include <string.h>

char *Hostinfo_HypervisorCPUIDSig(void);
char *Hostinfo_HypervisorCPUIDSig(void)
{
	return strdup("VMwareVMware");
}
