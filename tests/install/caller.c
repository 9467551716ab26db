/* SPDX-License-Identifier: MIT */
/* A C program as a user writes one: prints what the host tells, or why not. */
#include <stdio.h>

#include "vmGuestLib.h"

int main(void)
{
	VMGuestLibHandle handle;
	uint32 mhz;
	uint64 used;
	VMGuestLibError error = VMGuestLib_OpenHandle(&handle);

	if (error == VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM) {
		puts("NOT_RUNNING_IN_VM");
		return 0;
	}
	if (!error)
		error = VMGuestLib_UpdateInfo(handle);
	if (!error)
		error = VMGuestLib_GetHostProcessorSpeed(handle, &mhz);
	if (!error)
		error = VMGuestLib_GetCpuUsedMs(handle, &used);
	if (error) {
		fprintf(stderr, "%s\n", VMGuestLib_GetErrorText(error));
		return 1;
	}
	printf("host %lu MHz, used %llu ms\n", (unsigned long)mhz,
	       (unsigned long long)used);
	return VMGuestLib_CloseHandle(handle) ? 1 : 0;
}
