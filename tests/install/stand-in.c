/* SPDX-License-Identifier: MIT */
/* Stands for VMware's library when a program is linked; a program that still
 * runs on this one fails. */
#include "vmGuestLib.h"

VMGuestLibError VMGuestLib_OpenHandle(VMGuestLibHandle *handle)
{
	(void)handle;
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError VMGuestLib_CloseHandle(VMGuestLibHandle handle)
{
	(void)handle;
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError VMGuestLib_UpdateInfo(VMGuestLibHandle handle)
{
	(void)handle;
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError VMGuestLib_GetHostProcessorSpeed(VMGuestLibHandle handle,
						 uint32 *mhz)
{
	(void)handle;
	(void)mhz;
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError VMGuestLib_GetCpuUsedMs(VMGuestLibHandle handle,
					uint64 *cpuUsedMs)
{
	(void)handle;
	(void)cpuUsedMs;
	return VMGUESTLIB_ERROR_OTHER;
}

char const *VMGuestLib_GetErrorText(VMGuestLibError error)
{
	(void)error;
	return "the stand-in answered";
}
