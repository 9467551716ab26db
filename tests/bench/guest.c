/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* Every accessor of a number that VMware's header has, but for the one that is
 * documented as 0. */
static const struct {
	unsigned id;
	const char *name;
} reads[GUEST_READS] = {
	{ 1, "CpuReservationMHz" },  { 2, "CpuLimitMHz" },
	{ 3, "CpuShares" },	     { 4, "CpuUsedMs" },
	{ 5, "HostProcessorSpeed" }, { 6, "MemReservationMB" },
	{ 7, "MemLimitMB" },	     { 8, "MemShares" },
	{ 9, "MemMappedMB" },	     { 10, "MemActiveMB" },
	{ 11, "MemOverheadMB" },     { 12, "MemBalloonedMB" },
	{ 13, "MemSwappedMB" },	     { 14, "MemSharedMB" },
	{ 15, "MemSharedSavedMB" },  { 16, "MemUsedMB" },
	{ 17, "ElapsedMs" },	     { 19, "CpuStolenMs" },
	{ 20, "MemTargetSizeMB" },   { 21, "HostNumCpuCores" },
	{ 22, "HostCpuUsedMs" },     { 23, "HostMemSwappedMB" },
	{ 24, "HostMemSharedMB" },   { 25, "HostMemUsedMB" },
	{ 26, "HostMemPhysMB" },     { 27, "HostMemPhysFreeMB" },
	{ 29, "HostMemMappedMB" },   { 30, "HostMemUnmappedMB" },
};

void guest_fail(const char *what, const char *which)
{
	fprintf(stderr, "%s%s%s\n", what, *which ? ": " : "", which);
	exit(1);
}

static void *symbol(void *library, const char *prefix, const char *name)
{
	char whole[80];
	void *found;

	snprintf(whole, sizeof whole, "%s%s", prefix, name);
	found = dlsym(library, whole);
	if (!found)
		guest_fail("no such function", whole);
	return found;
}

void guest_load(struct guest *guest, const char *file)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		guest_fail("cannot be loaded", dlerror());
	guest->open = symbol(library, "VMGuestLib_", "OpenHandle");
	guest->close = symbol(library, "VMGuestLib_", "CloseHandle");
	guest->update = symbol(library, "VMGuestLib_", "UpdateInfo");
	for (size_t i = 0; i < GUEST_READS; i++)
		guest->read[i] =
			symbol(library, "VMGuestLib_Get", reads[i].name);
	*(void **)&guest->read_all = dlsym(library, "vmg_stats_read");
}

void guest_reads(const struct guest *guest, VMGuestLibHandle handle)
{
	for (size_t i = 0; i < GUEST_READS; i++) {
		uint64_t value = 0;

		if (guest->read[i](handle, &value) !=
			    VMGUESTLIB_ERROR_SUCCESS ||
		    (uint32_t)value != 1000 + reads[i].id)
			guest_fail("a wrong value", reads[i].name);
	}
}

/* callgrind counts what happens in here. */
__attribute__((noinline)) void guest_round(const struct guest *guest,
					   VMGuestLibHandle handle)
{
	if (guest->update(handle) != VMGUESTLIB_ERROR_SUCCESS)
		guest_fail("an update failed", "");
	guest_reads(guest, handle);
}

/* Compared after the read, so that callgrind can tell it from the library. */
__attribute__((noinline)) void guest_bulk_read(const struct guest *guest,
					       VMGuestLibHandle handle)
{
	struct vmg_stat_value values[GUEST_VALUES];
	VMSessionId session;

	if (guest->read_all(handle, &session, values, GUEST_VALUES) !=
	    VMGUESTLIB_ERROR_SUCCESS)
		guest_fail("a bulk read failed", "");
	for (size_t i = 0; i < GUEST_READS; i++)
		if (values[reads[i].id - 1].state != VMG_STATE_VALUE ||
		    (uint32_t)values[reads[i].id - 1].number !=
			    1000 + reads[i].id)
			guest_fail("a wrong value", reads[i].name);
}

__attribute__((noinline)) void guest_bulk_round(const struct guest *guest,
						VMGuestLibHandle handle)
{
	if (guest->update(handle) != VMGUESTLIB_ERROR_SUCCESS)
		guest_fail("an update failed", "");
	guest_bulk_read(guest, handle);
}

VMGuestLibHandle guest_polling(const struct guest *guest)
{
	VMGuestLibHandle handle;

	if (guest->open(&handle) != VMGUESTLIB_ERROR_SUCCESS)
		guest_fail("no handle", "");
	for (int i = 0; i < 3; i++)
		guest->update(handle);
	return handle;
}
