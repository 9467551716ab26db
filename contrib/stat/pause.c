/* SPDX-License-Identifier: MIT */
#include "pause.h"
#include "guest.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

static sigset_t ends(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

void pause_begin(void)
{
	sigset_t set = ends();

	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool pause_until(uint64_t clock_ns)
{
	sigset_t set = ends();

	for (;;) {
		uint64_t now = vmg_guest_clock_ns();
		uint64_t left = clock_ns > now ? clock_ns - now : 0;
		struct timespec time = {
			.tv_sec = (time_t)(left / 1000000000),
			.tv_nsec = (long)(left % 1000000000),
		};

		if (sigtimedwait(&set, NULL, &time) > 0)
			return false;
		if (left == 0)
			return true;
	}
}
