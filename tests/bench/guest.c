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
	*(void **)&guest->stat_get = symbol(library, "VMGuestLib_", "StatGet");
	*(void **)&guest->stat_free =
		symbol(library, "VMGuestLib_", "StatFree");
	*(void **)&guest->read_all = dlsym(library, "vmg_stats_read");
	*(void **)&guest->extended_update =
		dlsym(library, "vmg_extended_update");
	*(void **)&guest->extended_at = dlsym(library, "vmg_extended_at");
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

/* Every set and instance of the canned host; the first is the one set. */
static const char *const texts[] = { "resources",
				     "session",
				     "host",
				     "vscsi ide0:0",
				     "vnet 00:0c:29:32:0a:6a",
				     "vnet 00:0c:29:32:0a:74" };
#define TEXTS (sizeof texts / sizeof texts[0])
#define SETS_ALL 31u
#define VALUES_ALL 41
#define VALUES_ONE 16

static void texts_get(const struct guest *guest, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *reply;
		size_t size;

		if (guest->stat_get("text", texts[i], &reply, &size) !=
			    VMGUESTLIB_ERROR_SUCCESS ||
		    !strstr(reply, " = "))
			guest_fail("no text", texts[i]);
		guest->stat_free(reply, size);
	}
}

static void values_get(const struct guest *guest, VMGuestLibHandle handle,
		       unsigned sets, size_t count)
{
	struct vmg_extended_value value;
	size_t i = 0;

	if (guest->extended_update(handle, sets) != VMGUESTLIB_ERROR_SUCCESS)
		guest_fail("an extended update failed", "");
	while (guest->extended_at(handle, i, &value, sizeof value) ==
	       VMGUESTLIB_ERROR_SUCCESS)
		i++;
	if (i != count)
		guest_fail("not all extended values", "");
}

/* callgrind counts what happens in here. */
__attribute__((noinline)) void guest_extended(const struct guest *guest,
					      VMGuestLibHandle handle)
{
	if (guest->extended_update)
		values_get(guest, handle, SETS_ALL, VALUES_ALL);
	else
		texts_get(guest, TEXTS);
}

void guest_extended_one(const struct guest *guest, VMGuestLibHandle handle)
{
	if (guest->extended_update)
		values_get(guest, handle, VMG_SET_RESOURCES, VALUES_ONE);
	else
		texts_get(guest, 1);
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
