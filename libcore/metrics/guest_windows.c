/* SPDX-License-Identifier: MIT */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "groups.h"
#include "guest.h"

#define NS_PER_S 1000000000u

/* From 1601, where Windows begins to count, to 1970, in its units of 100 ns. */
#define EPOCH_1970 116444736000000000u

static unsigned group_active(unsigned group)
{
	return GetActiveProcessorCount((WORD)group);
}

/* Of all groups: the process itself is in one of them. */
unsigned vmg_guest_vcpus(void)
{
	return vmg_groups_count(GetActiveProcessorGroupCount(), group_active);
}

uint64_t vmg_guest_memory_mb(void)
{
	MEMORYSTATUSEX status = { .dwLength = sizeof status };

	return GlobalMemoryStatusEx(&status) ? status.ullTotalPhys >> 20 : 0;
}

uint64_t vmg_guest_clock_ns(void)
{
	LARGE_INTEGER now, frequency;
	uint64_t ticks, per_s;

	QueryPerformanceCounter(&now);
	QueryPerformanceFrequency(&frequency);
	ticks = (uint64_t)now.QuadPart;
	per_s = (uint64_t)frequency.QuadPart;
	/* In two parts: as one product it would pass 64 bits within days. */
	return ticks / per_s * NS_PER_S + ticks % per_s * NS_PER_S / per_s;
}

uint64_t vmg_guest_time_ns(void)
{
	ULARGE_INTEGER now;
	FILETIME time;

	GetSystemTimePreciseAsFileTime(&time);
	now.LowPart = time.dwLowDateTime;
	now.HighPart = time.dwHighDateTime;
	return (now.QuadPart - EPOCH_1970) * 100;
}
