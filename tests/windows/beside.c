/* SPDX-License-Identifier: MIT */
/* beside: a program that was linked to the published names, as to VMware's import
 * library. Prints of which library an error's text is, and what an update brings. */
#include <stdio.h>

#include "vmGuestLib.h"

int main(void)
{
	VMGuestLibHandle handle;
	VMGuestLibError err = VMGuestLib_OpenHandle(&handle);
	uint32 mhz = 0;

	if (err == VMGUESTLIB_ERROR_SUCCESS) {
		err = VMGuestLib_UpdateInfo(handle);
		VMGuestLib_GetCpuLimitMHz(handle, &mhz);
		VMGuestLib_CloseHandle(handle);
	}
	printf("%s, %u MHz\n", VMGuestLib_GetErrorText(err), (unsigned)mhz);
	return 0;
}
