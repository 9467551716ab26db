/* SPDX-License-Identifier: MIT */
#include "own.h"
#include "guest.h"

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

#define DEVICES_EVERY_NS (60 * 1000000000ull)

static void devices_update(struct own *own, uint64_t session)
{
	uint64_t now_ns = vmg_guest_clock_ns();

	if (own->session == session && now_ns < own->due_ns)
		return;
	vmg_devices_release(own->devices);
	own->devices = vmg_devices_read("/sys");
	own->session = session;
	own->due_ns = now_ns + DEVICES_EVERY_NS;
}

static void disk_count(struct own *own, struct vmg_disks *disks,
		       const char *device, uint64_t operations,
		       uint64_t time_ms)
{
	for (size_t i = 0; i < disks->count; i++) {
		struct vmg_disk *disk = &disks->list[i];
		const char *name = vmg_device_find(own->devices, VMG_AREA_VSCSI,
						   disk->name);

		if (!name || strcmp(name, device) != 0)
			continue;
		disk->guest_known = true;
		disk->guest_operations = operations;
		disk->guest_time_ms = time_ms;
	}
}

/* major minor name reads merged sectors ms writes merged sectors ms ... */
static void disks_read(struct own *own, struct vmg_disks *disks)
{
	FILE *file = fopen("/proc/diskstats", "re");
	uint64_t reads, read_ms, writes, write_ms;
	char line[512], name[64];

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line,
			   "%*u %*u %63s %" SCNu64 " %*u %*u %" SCNu64
			   " %" SCNu64 " %*u %*u %" SCNu64,
			   name, &reads, &read_ms, &writes, &write_ms) == 5)
			disk_count(own, disks, name, reads + writes,
				   read_ms + write_ms);
	if (file)
		fclose(file);
}

void own_read(struct own *own, struct vmg_moment *moment,
	      struct vmg_disks *disks, bool has_devices)
{
	busy_read(moment);
	swap_in_read(moment);
	stall_read(moment);
	if (!has_devices)
		return;
	devices_update(own, moment->session);
	disks_read(own, disks);
}

void own_release(struct own *own)
{
	vmg_devices_release(own->devices);
	own->devices = NULL;
}
