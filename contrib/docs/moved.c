/* SPDX-License-Identifier: MIT */
/* What the session id is for: a program that measures a virtual machine has to
 * begin again when the machine was moved, resumed or reverted. Its counters then
 * start at 0, and the new host's processors may have another speed.
 *
 *     cc moved.c $(pkg-config --cflags --libs vmguest) -o moved && ./moved 10
 *
 * One line a second, so many times. It uses published functions only. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vmGuestLib.h"

struct reading {
	VMSessionId session; /* 0 is none */
	uint64 elapsed_ms, used_ms;
	uint32 host_mhz;
};

/* All values of one update are of one moment, and of one session. */
static VMGuestLibError reading_take(VMGuestLibHandle handle,
				    struct reading *reading)
{
	VMGuestLibError error = VMGuestLib_UpdateInfo(handle);

	if (!error)
		error = VMGuestLib_GetSessionId(handle, &reading->session);
	if (!error)
		error = VMGuestLib_GetElapsedMs(handle, &reading->elapsed_ms);
	if (!error)
		error = VMGuestLib_GetCpuUsedMs(handle, &reading->used_ms);
	if (!error)
		error = VMGuestLib_GetHostProcessorSpeed(handle,
							 &reading->host_mhz);
	return error;
}

static void reading_show(const struct reading *before,
			 const struct reading *now)
{
	uint64 elapsed_ms = now->elapsed_ms - before->elapsed_ms;

	if (now->session != before->session) {
		/* No difference across sessions, and what was measured on the
		 * old host does not count on this one. */
		printf("%s: this host's processors have %lu MHz\n",
		       before->session ? "moved or resumed" : "began",
		       (unsigned long)now->host_mhz);
	} else if (elapsed_ms > 0) {
		printf("used %.2f processors of %lu MHz\n",
		       (double)(now->used_ms - before->used_ms) /
			       (double)elapsed_ms,
		       (unsigned long)now->host_mhz);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 10;
	struct reading before = { .session = 0 };
	VMGuestLibHandle handle;
	VMGuestLibError error = VMGuestLib_OpenHandle(&handle);

	for (int i = 0; !error && i < count; i++) {
		struct reading now;

		if (i > 0)
			sleep(1);
		error = reading_take(handle, &now);
		if (error)
			break;
		reading_show(&before, &now);
		before = now;
	}
	if (error) {
		fprintf(stderr, "moved: %s\n", VMGuestLib_GetErrorText(error));
		return 1;
	}
	return VMGuestLib_CloseHandle(handle) ? 1 : 0;
}
