/* SPDX-License-Identifier: MIT */
#include "own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void know(struct vmg_moment *moment, enum vmg_fact fact, uint64_t number)
{
	moment->known[fact] = true;
	moment->number[fact] = number;
}

/* The first line of /proc/stat: user nice system idle iowait irq softirq. */
static void busy_read(struct vmg_moment *moment)
{
	uint64_t user, nice, system, irq, softirq;
	long ticks = sysconf(_SC_CLK_TCK);
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return;
	if (ticks > 0 && fscanf(file,
				"cpu %" SCNu64 " %" SCNu64 " %" SCNu64
				" %*u %*u %" SCNu64 " %" SCNu64,
				&user, &nice, &system, &irq, &softirq) == 5)
		know(moment, VMG_FACT_GUEST_BUSY_MS,
		     (user + nice + system + irq + softirq) * 1000 /
			     (uint64_t)ticks);
	fclose(file);
}

static void swap_in_read(struct vmg_moment *moment)
{
	long page_size = sysconf(_SC_PAGESIZE);
	FILE *file = fopen("/proc/vmstat", "re");
	char name[64];
	uint64_t number;

	if (!file)
		return;
	while (fscanf(file, "%63s %" SCNu64, name, &number) == 2)
		if (strcmp(name, "pswpin") == 0 && page_size > 0)
			know(moment, VMG_FACT_GUEST_SWAP_IN_KB,
			     number * (uint64_t)page_size / 1024);
	fclose(file);
}

static void stall_read(struct vmg_moment *moment)
{
	FILE *file = fopen("/proc/pressure/memory", "re");
	uint64_t total_us;

	if (!file)
		return;
	if (fscanf(file, "some avg10=%*s avg60=%*s avg300=%*s total=%" SCNu64,
		   &total_us) == 1)
		know(moment, VMG_FACT_GUEST_STALL_MS, total_us / 1000);
	fclose(file);
}

void own_read(struct vmg_moment *moment)
{
	busy_read(moment);
	swap_in_read(moment);
	stall_read(moment);
}
