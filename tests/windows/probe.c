/* SPDX-License-Identifier: MIT */
/* probe DLL: where no host answers, the one exception is the library's own
 * affair, in a thread with a small stack and beside a program that has handlers
 * of its own, for the thread's exceptions and for what nobody takes. */
#include "check.h"

static struct library lib;
static volatile LONG seen;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *pointers)
{
	(void)pointers;
	InterlockedIncrement(&seen);
	return EXCEPTION_CONTINUE_SEARCH;
}

/* As a virtual machine's run-time ends a program whose fault nobody took. */
static LONG CALLBACK on_unhandled(EXCEPTION_POINTERS *pointers)
{
	(void)pointers;
	CHECK(!"the exception left the library");
	return EXCEPTION_CONTINUE_SEARCH;
}

static DWORD WINAPI thread_run(void *unused)
{
	VMGuestLibHandle handle = NULL;

	(void)unused;
	CHECK(lib.open(&handle) == VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM);
	CHECK(!handle);
	return 0;
}

int main(int argc, char **argv)
{
	HANDLE thread;

	CHECK(argc == 2);
	lib = library_load(argv[1]);
	CHECK(AddVectoredExceptionHandler(1, on_exception));
	SetUnhandledExceptionFilter(on_unhandled);
	thread = CreateThread(NULL, 16384, thread_run, NULL,
			      STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
	CHECK(thread);
	WaitForSingleObject(thread, INFINITE);
	CHECK(seen == 1);
	/* The "no" is kept: the port is not asked again. */
	thread_run(NULL);
	CHECK(seen == 1);
	CHECK(SetUnhandledExceptionFilter(NULL) == on_unhandled);
	return 0;
}
