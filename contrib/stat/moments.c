/* SPDX-License-Identifier: MIT */
#include "moments.h"
#include "guest.h"
#include "own.h"
#include "pause.h"

#include <stdlib.h>

#define READINGS 30

bool moments_add(struct moments *moments, const struct vmg_moment *moment)
{
	if (moments->count == moments->room) {
		size_t room = moments->room > 0 ? 2 * moments->room : 64;
		struct vmg_moment *larger =
			realloc(moments->list, room * sizeof *larger);

		if (!larger)
			return false;
		moments->list = larger;
		moments->room = room;
	}
	moments->list[moments->count++] = *moment;
	return true;
}

void moment_read(struct vmg_moment *moment, struct vmg_sampler *sampler,
		 struct vmg_sample *sample)
{
	vmg_sampler_read(sampler, sample);
	vmg_moment_take(moment, sample);
	own_read(moment);
}

bool moments_collect(struct moments *moments, struct vmg_sampler *sampler,
		     unsigned seconds, struct vmg_sample *sample)
{
	uint64_t start_ns = vmg_guest_clock_ns();
	uint64_t length_ns = seconds * 1000000000ull;
	uint64_t steps = seconds < READINGS ? seconds : READINGS;
	struct vmg_moment moment;

	for (uint64_t i = 0; i <= steps; i++) {
		if (!pause_until(start_ns + length_ns / steps * i))
			return true;
		moment_read(&moment, sampler, sample);
		if (!moments_add(moments, &moment))
			return false;
	}
	return true;
}

void moments_release(struct moments *moments)
{
	free(moments->list);
	*moments = (struct moments){ 0 };
}
