/* SPDX-License-Identifier: MIT */
#include "moments.h"
#include "guest.h"
#include "pause.h"

#include <stdlib.h>
#include <string.h>

#define READINGS 30

static bool room_make(struct moments *moments)
{
	size_t room = moments->room > 0 ? 2 * moments->room : 64;
	struct vmg_moment *larger;

	if (moments->count < moments->room)
		return true;
	larger = realloc(moments->list, room * sizeof *larger);
	if (!larger)
		return false;
	moments->list = larger;
	moments->room = room;
	return true;
}

bool moments_add(struct moments *moments, const struct vmg_moment *moment)
{
	size_t size = moment->disk_count * sizeof *moment->disks;
	struct vmg_disk *disks = NULL;

	if (!room_make(moments))
		return false;
	if (size > 0) {
		disks = malloc(size);
		if (!disks)
			return false;
		memcpy(disks, moment->disks, size);
	}
	moments->list[moments->count] = *moment;
	moments->list[moments->count++].disks = disks;
	return true;
}

bool moments_collect(struct moments *moments, struct reader *reader,
		     unsigned seconds)
{
	uint64_t start_ns = vmg_guest_clock_ns();
	uint64_t length_ns = seconds * 1000000000ull;
	uint64_t steps = seconds < READINGS ? seconds : READINGS;

	for (uint64_t i = 0; i <= steps; i++) {
		if (!pause_until(start_ns + length_ns / steps * i))
			return true;
		reader_read(reader);
		if (!moments_add(moments, &reader->now))
			return false;
	}
	return true;
}

void moments_release(struct moments *moments)
{
	for (size_t i = 0; i < moments->count; i++)
		free((void *)moments->list[i].disks);
	free(moments->list);
	*moments = (struct moments){ 0 };
}
