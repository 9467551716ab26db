/* SPDX-License-Identifier: MIT */
/* Preloaded into VMware's library only. It asks CPUID before the port, CPUID
 * cannot be faked, and it calls its own function through the symbol table. */
#include <string.h>

char *Hostinfo_HypervisorCPUIDSig(void);

char *Hostinfo_HypervisorCPUIDSig(void)
{
	return strdup("VMwareVMware");
}
