/* SPDX-License-Identifier: MIT */
/* VMware's library tries the port under a SIGSEGV handler of its own, where the
 * one of this process cannot answer. As seam_port.c does for ours, this says
 * that the port is there; it takes the place of an exported function,
 * preloaded. */
char VmCheck_IsVirtualWorld(void);
char VmCheck_IsVirtualWorld(void)
{
	return 1;
}
