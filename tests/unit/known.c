/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "simulated.h"

/* The names of the wire by id, and their widths: by hand, from the published
 * list, and not from the table under test. */
static const struct {
	const char *name;
	int bits;
} wire[] = {
	{ NULL, 0 },
	{ "cpuReservationMHz", 32 }, { "cpuLimitMHz", 32 },
	{ "cpuShares", 32 }, { "cpuUsedMs", 64 }, { "hostMHz", 32 },
	{ "memReservationMB", 32 }, { "memLimitMB", 32 }, { "memShares", 32 },
	{ "memMappedMB", 32 }, { "memActiveMB", 32 }, { "memOverheadMB", 32 },
	{ "memBalloonedMB", 32 }, { "memSwappedMB", 32 },
	{ "memSharedMB", 32 }, { "memSharedSavedMB", 32 },
	{ "memUsedMB", 32 }, { "elapsedMs", 64 }, { "resourcePoolPath", 0 },
	{ "cpuStolenMs", 64 }, { "memTargetSizeMB", 64 },
	{ "hostCpuNumCores", 32 }, { "hostCpuUsedMs", 64 },
	{ "hostMemSwappedMB", 64 }, { "hostMemSharedMB", 64 },
	{ "hostMemUsedMB", 64 }, { "hostMemPhysMB", 64 },
	{ "hostMemPhysFreeMB", 64 }, { "hostMemKernOvhdMB", 64 },
	{ "hostMemMappedMB", 64 }, { "hostMemUnmappedMB", 64 },
	{ "memZippedMB", 32 }, { "memZipSavedMB", 32 },
	{ "memLLSwappedMB", 32 }, { "memSwapTargetMB", 32 },
	{ "memBalloonTargetMB", 32 }, { "memBalloonMaxMB", 32 },
	{ "resourcePoolPathLong", 0 }, { "memShares64", 64 },
};
enum { LAST = sizeof wire / sizeof wire[0] - 1, TEXT = 18, LONG_TEXT = 37 };

/* No value is another's, and those of 64 bits do not fit in 32. */
static uint64_t value_of(unsigned id)
{
	return wire[id].bits == 64 ? 0x500000000u + id : 1000u + id;
}

char *known_scenario(const char *host)
{
	char *text = malloc(4096);
	size_t len = 0;

	if (!text)
		abort();
	len += (size_t)snprintf(text, 4096, "{\"host\":{%s},\"fixed\":{", host);
	for (unsigned id = 1; id <= LAST; id++)
		if (wire[id].bits)
			len += (size_t)snprintf(text + len, 4096 - len,
						"\"%s\":%llu,", wire[id].name,
						(unsigned long long)value_of(id));
	snprintf(text + len, 4096 - len, "\"resourcePoolPath\":\"%s\"}}",
		 KNOWN_PATH);
	return text;
}

static const char *text_wrong(VMGuestLibHandle handle, unsigned last)
{
	char path[32] = "untouched";
	size_t room = sizeof path;
	VMGuestLibError error =
		VMGuestLib_GetResourcePoolPath(handle, &room, path);

	if (last < TEXT)
		return error == VMGUESTLIB_ERROR_UNSUPPORTED_VERSION ?
			       NULL :
			       "a path that was not sent";
	return error == VMGUESTLIB_ERROR_SUCCESS &&
			       strcmp(path, KNOWN_PATH) == 0 ?
		       NULL :
		       "resourcePoolPath";
}

const char *known_wrong(VMGuestLibHandle handle, unsigned last)
{
	VMSessionId session = 0;
	VMGuestLibError error;
	uint64_t value;

	for (unsigned id = 1; id <= LAST; id++) {
		if (!wire[id].bits)
			continue;
		error = vmg_stat_read(handle, vmg_stat_by_id(id), &value);
		if (id > last ?
			    error != VMGUESTLIB_ERROR_UNSUPPORTED_VERSION :
			    error != VMGUESTLIB_ERROR_SUCCESS ||
				    value != value_of(id))
			return wire[id].name;
	}
	if (VMGuestLib_GetSessionId(handle, &session) !=
		    VMGUESTLIB_ERROR_SUCCESS ||
	    session != simhost_session(simulated))
		return "session";
	return text_wrong(handle, last);
}

const char *known_left_over(VMGuestLibHandle handle)
{
	VMSessionId session;
	uint64_t value;
	char path[8];
	size_t room = sizeof path;

	for (unsigned id = 1; id <= LAST; id++)
		if (wire[id].bits &&
		    vmg_stat_read(handle, vmg_stat_by_id(id), &value) !=
			    VMGUESTLIB_ERROR_NO_INFO)
			return wire[id].name;
	if (VMGuestLib_GetSessionId(handle, &session) !=
	    VMGUESTLIB_ERROR_NO_INFO)
		return "session";
	if (VMGuestLib_GetResourcePoolPath(handle, &room, path) !=
	    VMGUESTLIB_ERROR_NO_INFO)
		return "resourcePoolPath";
	return NULL;
}
