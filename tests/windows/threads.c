/* SPDX-License-Identifier: MIT */
/* threads DLL: the handle of a thread ends with the thread, also after the
 * library was unloaded. */
#include "check.h"

#define THREADS 4
#define ROUNDS 20

static struct library lib;
static VMGuestLibHandle handles[THREADS];
static HANDLE used[THREADS], unloaded;

static DWORD WINAPI thread_run(void *arg)
{
	size_t number = (size_t)(uintptr_t)arg;
	uint64 elapsed_ms;

	for (int i = 0; i < ROUNDS; i++) {
		CHECK(lib.thread_handle(&handles[number], NULL) == OK);
		CHECK(lib.update(handles[number]) == OK);
		CHECK(lib.elapsed_ms(handles[number], &elapsed_ms) == OK);
	}
	SetEvent(used[number]);
	WaitForSingleObject(unloaded, INFINITE);
	return 0;
}

int main(int argc, char **argv)
{
	HANDLE threads[THREADS];

	CHECK(argc == 2);
	lib = library_load(argv[1]);
	unloaded = CreateEventW(NULL, TRUE, FALSE, NULL);
	for (size_t i = 0; i < THREADS; i++) {
		used[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
		threads[i] = CreateThread(NULL, 0, thread_run,
					  (void *)(uintptr_t)i, 0, NULL);
		CHECK(used[i] && threads[i]);
	}
	WaitForMultipleObjects(THREADS, used, TRUE, INFINITE);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(lib.update(handles[i]) == OK);
	CHECK(FreeLibrary(lib.module));
	SetEvent(unloaded);
	WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
	/* What the system was to call at their ends kept the library here. */
	for (size_t i = 0; i < THREADS; i++)
		CHECK(lib.update(handles[i]) ==
		      VMGUESTLIB_ERROR_INVALID_HANDLE);
	return 0;
}
