/* SPDX-License-Identifier: MIT */
/* Every published function by its published type, assigned without a cast: the
 * compiler does the comparing. Written from the published list. */
#include <stdbool.h>
#include <stdio.h>

#include "vmGuestLib.h"

typedef VMGuestLibHandle H;
typedef VMGuestLibError E;

_Static_assert(sizeof(VMGuestLibError) == 4, "an error is 4 bytes");
_Static_assert(sizeof(VMGuestLibHandle) == sizeof(void *), "a pointer");
_Static_assert(sizeof(VMSessionId) == 8, "a session id is 8 bytes");
_Static_assert(sizeof(VMGuestLibSessionID) == 8, "under both names");
_Static_assert(sizeof(Bool) == 1, "a Bool is one byte");
_Static_assert(VMGUESTLIB_ERROR_SUCCESS == 0 && VMGUESTLIB_ERROR_OTHER == 1 &&
		       VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM == 2 &&
		       VMGUESTLIB_ERROR_NOT_ENABLED == 3 &&
		       VMGUESTLIB_ERROR_NOT_AVAILABLE == 4 &&
		       VMGUESTLIB_ERROR_NO_INFO == 5 &&
		       VMGUESTLIB_ERROR_MEMORY == 6 &&
		       VMGUESTLIB_ERROR_BUFFER_TOO_SMALL == 7 &&
		       VMGUESTLIB_ERROR_INVALID_HANDLE == 8 &&
		       VMGUESTLIB_ERROR_INVALID_ARG == 9 &&
		       VMGUESTLIB_ERROR_UNSUPPORTED_VERSION == 10,
	       "codes as published");

static char const *(*const text)(E) = VMGuestLib_GetErrorText;
static E (*const open_handle)(H *) = VMGuestLib_OpenHandle;
static E (*const plain[])(H) = { VMGuestLib_CloseHandle,
				 VMGuestLib_UpdateInfo };
static E (*const session)(H, VMSessionId *) = VMGuestLib_GetSessionId;
static E (*const path)(H, size_t *, char *) = VMGuestLib_GetResourcePoolPath;
static E (*const stat_get)(const char *, const char *, char **,
			   size_t *) = VMGuestLib_StatGet;
static void (*const stat_free)(char *, size_t) = VMGuestLib_StatFree;

static E (*const narrow[])(H, uint32 *) = {
	VMGuestLib_GetCpuReservationMHz, VMGuestLib_GetCpuLimitMHz,
	VMGuestLib_GetCpuShares,	 VMGuestLib_GetHostProcessorSpeed,
	VMGuestLib_GetHostNumCpuCores,	 VMGuestLib_GetMemReservationMB,
	VMGuestLib_GetMemLimitMB,	 VMGuestLib_GetMemShares,
	VMGuestLib_GetMemMappedMB,	 VMGuestLib_GetMemActiveMB,
	VMGuestLib_GetMemOverheadMB,	 VMGuestLib_GetMemBalloonedMB,
	VMGuestLib_GetMemSwappedMB,	 VMGuestLib_GetMemSharedMB,
	VMGuestLib_GetMemSharedSavedMB,	 VMGuestLib_GetMemUsedMB,
	VMGuestLib_GetMemZippedMB,	 VMGuestLib_GetMemZipSavedMB,
	VMGuestLib_GetMemLLSwappedMB,	 VMGuestLib_GetMemSwapTargetMB,
	VMGuestLib_GetMemBalloonTargetMB, VMGuestLib_GetMemBalloonMaxMB,
};
static E (*const wide[])(H, uint64 *) = {
	VMGuestLib_GetCpuUsedMs,	  VMGuestLib_GetElapsedMs,
	VMGuestLib_GetCpuStolenMs,	  VMGuestLib_GetMemTargetSizeMB,
	VMGuestLib_GetMemShares64,	  VMGuestLib_GetHostCpuUsedMs,
	VMGuestLib_GetHostMemSwappedMB,	  VMGuestLib_GetHostMemSharedMB,
	VMGuestLib_GetHostMemUsedMB,	  VMGuestLib_GetHostMemPhysMB,
	VMGuestLib_GetHostMemPhysFreeMB,  VMGuestLib_GetHostMemKernOvhdMB,
	VMGuestLib_GetHostMemMappedMB,	  VMGuestLib_GetHostMemUnmappedMB,
};

int main(void)
{
	size_t functions = sizeof narrow / sizeof *narrow +
			   sizeof wide / sizeof *wide +
			   sizeof plain / sizeof *plain + 6;
	bool all = text && open_handle && session && path && stat_get &&
		   stat_free && plain[0] && narrow[0] && wide[0];

	printf("%zu functions of their published types\n", functions);
	return all && functions == 44 ? 0 : 1;
}
