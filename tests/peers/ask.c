/* SPDX-License-Identifier: MIT */
/* ask LIBRARY [SECONDS]: calls every published function of a library, also
 * wrongly, and prints one line for each: name, error, and what came out. An
 * output that was touched in spite of an error is said so. With SECONDS it waits
 * so long before a second update. */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmGuestLib.h"

#define UNTOUCHED 0xA5
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	int bits;
} accessors[] = {
	{ "CpuReservationMHz", 32 }, { "CpuLimitMHz", 32 },
	{ "CpuShares", 32 },	     { "CpuUsedMs", 64 },
	{ "HostProcessorSpeed", 32 }, { "MemReservationMB", 32 },
	{ "MemLimitMB", 32 },	     { "MemShares", 32 },
	{ "MemMappedMB", 32 },	     { "MemActiveMB", 32 },
	{ "MemOverheadMB", 32 },     { "MemBalloonedMB", 32 },
	{ "MemSwappedMB", 32 },	     { "MemSharedMB", 32 },
	{ "MemSharedSavedMB", 32 },  { "MemUsedMB", 32 },
	{ "ElapsedMs", 64 },	     { "CpuStolenMs", 64 },
	{ "MemTargetSizeMB", 64 },   { "HostNumCpuCores", 32 },
	{ "HostCpuUsedMs", 64 },     { "HostMemSwappedMB", 64 },
	{ "HostMemSharedMB", 64 },   { "HostMemUsedMB", 64 },
	{ "HostMemPhysMB", 64 },     { "HostMemPhysFreeMB", 64 },
	{ "HostMemKernOvhdMB", 64 }, { "HostMemMappedMB", 64 },
	{ "HostMemUnmappedMB", 64 }, { "MemZippedMB", 32 },
	{ "MemZipSavedMB", 32 },     { "MemLLSwappedMB", 32 },
	{ "MemSwapTargetMB", 32 },   { "MemBalloonTargetMB", 32 },
	{ "MemBalloonMaxMB", 32 },   { "MemShares64", 64 },
};

static void *library;

static void *function(const char *name)
{
	char symbol[128];
	void *found;

	snprintf(symbol, sizeof symbol, "VMGuestLib_%s", name);
	found = dlsym(library, symbol);
	if (!found) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	return found;
}

static int untouched(const void *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((const unsigned char *)out)[i] != UNTOUCHED)
			return 0;
	return 1;
}

/* What every accessor of a number does, on its own type. */
static void number_ask(const char *when, VMGuestLibHandle handle,
		       const char *name, int bits)
{
	_Alignas(uint64_t) unsigned char out[8];
	char symbol[64];
	VMGuestLibError (*get)(VMGuestLibHandle, void *), error;
	uint64_t value = 0;

	snprintf(symbol, sizeof symbol, "Get%s", name);
	*(void **)&get = function(symbol);
	memset(out, UNTOUCHED, sizeof out);
	error = get(handle, out);
	memcpy(&value, out, (size_t)bits / 8);
	printf("%s Get%s: %d", when, name, (int)error);
	if (error == VMGUESTLIB_ERROR_SUCCESS)
		printf(" %" PRIu64, value);
	if (!untouched(out + (error ? 0 : bits / 8),
		       sizeof out - (error ? 0 : (size_t)bits / 8)))
		printf(" (touched too much)");
	printf("\n");
	if (!handle)
		printf("%s Get%s, no output: %d\n", when, name,
		       (int)get(handle, NULL));
}

static void path_ask(const char *when, VMGuestLibHandle handle, size_t room)
{
	VMGuestLibError (*get)(VMGuestLibHandle, size_t *, char *) =
		(VMGuestLibError(*)(VMGuestLibHandle, size_t *, char *))
			function("GetResourcePoolPath");
	char path[1100];
	size_t size = room;
	VMGuestLibError error;

	memset(path, UNTOUCHED, sizeof path);
	error = get(handle, &size, path);
	printf("%s GetResourcePoolPath in %zu: %d size %zu", when, room,
	       (int)error, size);
	if (error == VMGUESTLIB_ERROR_SUCCESS)
		printf(" \"%s\"", path);
	else if (!untouched(path, sizeof path))
		printf(" (touched too much)");
	printf("\n");
}

static void all_ask(const char *when, VMGuestLibHandle handle)
{
	VMGuestLibError (*session)(VMGuestLibHandle, VMSessionId *) =
		(VMGuestLibError(*)(VMGuestLibHandle, VMSessionId *))
			function("GetSessionId");
	VMSessionId id = 0;
	VMGuestLibError error = session(handle, &id);

	printf("%s GetSessionId: %d 0x%016" PRIx64 "\n", when, (int)error,
	       error ? 0 : id);
	for (size_t i = 0; i < COUNT_OF(accessors); i++)
		number_ask(when, handle, accessors[i].name, accessors[i].bits);
	path_ask(when, handle, 1024);
	path_ask(when, handle, 5);
	path_ask(when, handle, 0);
}

/* The order of the checks: one wrong thing less at each call. */
static void wrong_ask(const char *when, VMGuestLibHandle handle)
{
	VMGuestLibError (*session)(VMGuestLibHandle, VMSessionId *) =
		(VMGuestLibError(*)(VMGuestLibHandle, VMSessionId *))
			function("GetSessionId");
	VMGuestLibError (*path)(VMGuestLibHandle, size_t *, char *) =
		(VMGuestLibError(*)(VMGuestLibHandle, size_t *, char *))
			function("GetResourcePoolPath");
	VMGuestLibError (*u32)(VMGuestLibHandle, uint32 *) =
		(VMGuestLibError(*)(VMGuestLibHandle, uint32 *))
			function("GetMemBalloonedMB");
	VMGuestLibError (*u64)(VMGuestLibHandle, uint64 *) =
		(VMGuestLibError(*)(VMGuestLibHandle, uint64 *))
			function("GetMemShares64");
	VMGuestLibError (*zero)(VMGuestLibHandle, uint64 *) =
		(VMGuestLibError(*)(VMGuestLibHandle, uint64 *))
			function("GetHostMemKernOvhdMB");
	size_t size = 5;
	char text[8];

	printf("%s nothing to write to: %d %d %d %d, path %d %d %d\n", when,
	       (int)session(handle, NULL), (int)u32(handle, NULL),
	       (int)u64(handle, NULL), (int)zero(handle, NULL),
	       (int)path(handle, NULL, NULL), (int)path(handle, &size, NULL),
	       (int)path(handle, NULL, text));
}

static void extended_ask(const char *encoding, const char *stat)
{
	VMGuestLibError (*get)(const char *, const char *, char **, size_t *) =
		(VMGuestLibError(*)(const char *, const char *, char **,
				    size_t *))function("StatGet");
	void (*release)(char *, size_t) =
		(void (*)(char *, size_t))function("StatFree");
	char *reply = NULL;
	size_t size = 0;
	VMGuestLibError error = get(encoding, stat, &reply, &size);

	printf("StatGet %s %.40s: %d reply %s size %zu", encoding ? encoding : "-",
	       stat, (int)error, reply ? "given" : "none", size);
	if (error == VMGUESTLIB_ERROR_SUCCESS)
		printf(" ends in %s\n%s", reply[size] ? "more" : "NUL", reply);
	printf("\n");
	release(reply, size);
}

static void extended_all(void)
{
	static const char *const stats[] = { "",     "session",
					     "host", "resources",
					     "vscsi scsi0:0", "nonsense" };
	static const char *const encodings[] = { "text", "json", "nonsense" };
	char stat[512];

	for (size_t e = 0; e < COUNT_OF(encodings); e++)
		for (size_t s = 0; s < COUNT_OF(stats); s++)
			extended_ask(encodings[e], stats[s]);
	extended_ask(NULL, "session");
	/* "guestlib.stat.get text " and the NUL leave 232 of 256 bytes. */
	for (size_t len = 231; len <= 233; len++) {
		memset(stat, 'x', len);
		stat[len] = '\0';
		extended_ask("text", stat);
	}
}

int main(int argc, char **argv)
{
	VMGuestLibError (*open)(VMGuestLibHandle *), (*close)(VMGuestLibHandle);
	VMGuestLibError (*update)(VMGuestLibHandle), error;
	VMGuestLibHandle handle;
	char const *(*text)(VMGuestLibError);

	library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	if (!library) {
		fprintf(stderr, "%s\n", argc > 1 ? dlerror() : "LIBRARY?");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a crash */
	*(void **)&open = function("OpenHandle");
	*(void **)&close = function("CloseHandle");
	*(void **)&update = function("UpdateInfo");
	*(void **)&text = function("GetErrorText");

	for (int i = -1; i <= 11; i++)
		printf("GetErrorText %d: %s\n", i, text((VMGuestLibError)i));
	printf("OpenHandle without output: %d\n", (int)open(NULL));
	printf("CloseHandle without handle: %d\n", (int)close(NULL));
	printf("UpdateInfo without handle: %d\n", (int)update(NULL));
	all_ask("no handle,", NULL);
	wrong_ask("no handle,", NULL);

	error = open(&handle);
	printf("OpenHandle: %d\n", (int)error);
	if (error)
		return 0;
	all_ask("before an update,", handle);
	wrong_ask("before an update,", handle);
	printf("UpdateInfo: %d\n", (int)update(handle));
	all_ask("after an update,", handle);
	wrong_ask("after an update,", handle);
	if (argc > 2)
		sleep((unsigned)atoi(argv[2]));
	printf("UpdateInfo: %d\n", (int)update(handle));
	all_ask("after another,", handle);
	extended_all();
	printf("UpdateInfo: %d\n", (int)update(handle));
	printf("CloseHandle: %d\n", (int)close(handle));
	return 0;
}
