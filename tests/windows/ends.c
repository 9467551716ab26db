/* SPDX-License-Identifier: MIT */
/* ends DLL: the process ends while threads ask the host. The system ends them
 * first, wherever they are; the host must not be left with their channels. */
#include "check.h"

#define THREADS 4

static struct library lib;
static HANDLE asked[THREADS];

static DWORD WINAPI thread_run(void *arg)
{
	VMGuestLibHandle handle;

	/* From the second update on its channel stays open. One that is being
	 * opened just then is lost: its number never arrives. */
	CHECK(lib.open(&handle) == OK && lib.update(handle) == OK);
	for (;;) {
		CHECK(lib.update(handle) == OK);
		SetEvent(asked[(size_t)(uintptr_t)arg]);
	}
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	lib = library_load(argv[1]);
	for (size_t i = 0; i < THREADS; i++) {
		VMGuestLibHandle idle;

		asked[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
		CHECK(lib.open(&idle) == OK && lib.update(idle) == OK);
		/* The second within two seconds keeps the channel. */
		CHECK(lib.update(idle) == OK);
		CHECK(CreateThread(NULL, 0, thread_run, (void *)(uintptr_t)i, 0,
				   NULL));
	}
	WaitForMultipleObjects(THREADS, asked, TRUE, INFINITE);
	return 0;
}
