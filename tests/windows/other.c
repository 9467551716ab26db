/* SPDX-License-Identifier: MIT */
/* A vmGuestLib.dll that is not ours, for System32: it answers nothing but its name. */
#include "vmGuestLib.h"

VMGuestLibError VMGuestLib_OpenHandle(VMGuestLibHandle *handle)
{
	*handle = 0;
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError VMGuestLib_UpdateInfo(VMGuestLibHandle handle)
{
	(void)handle;
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError VMGuestLib_CloseHandle(VMGuestLibHandle handle)
{
	(void)handle;
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError VMGuestLib_GetCpuLimitMHz(VMGuestLibHandle handle, uint32 *mhz)
{
	(void)handle;
	(void)mhz;
	return VMGUESTLIB_ERROR_OTHER;
}

const char *VMGuestLib_GetErrorText(VMGuestLibError err)
{
	(void)err;
	return "another library";
}
