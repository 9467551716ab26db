/* SPDX-License-Identifier: MIT */
/* debugger DLL: starts itself as a program that it debugs, and answers the port's
 * version in the place of a host, and nothing else. The program sees no exception; the
 * library finds no messages behind such a port. */
#include <stdbool.h>
#include <string.h>

#include "check.h"

#define IN_EAX_DX 0xed
#define MAGIC 0x564d5868u
#define GETVERSION 10

static int debugged(const char *dll)
{
	struct library lib = library_load(dll);
	VMGuestLibHandle handle;

	CHECK(lib.open(&handle) == OK);
	CHECK(lib.update(handle) != OK);
	CHECK(lib.close(handle) == OK);
	return 0;
}

#ifdef __x86_64__
#define AX(context) ((context)->Rax)
#define BX(context) ((context)->Rbx)
#define CX(context) ((context)->Rcx)
#define IP(context) ((context)->Rip)
#else
#define AX(context) ((context)->Eax)
#define BX(context) ((context)->Ebx)
#define CX(context) ((context)->Ecx)
#define IP(context) ((context)->Eip)
#endif

/* Other commands are unknown to it. */
static void registers_answer(CONTEXT *context)
{
	bool known = (CX(context) & 0xffff) == GETVERSION;

	AX(context) = known ? 6 : 0xffffffff;
	BX(context) = known ? MAGIC : BX(context);
	IP(context) += 1;
}

/* True if it was the port. */
static bool serve(HANDLE process, DWORD thread_id,
		  const EXCEPTION_RECORD *record)
{
	CONTEXT context = { .ContextFlags = CONTEXT_FULL };
	HANDLE thread = OpenThread(THREAD_ALL_ACCESS, FALSE, thread_id);
	unsigned char instruction = 0;
	bool served;

	CHECK(thread && GetThreadContext(thread, &context));
	ReadProcessMemory(process, record->ExceptionAddress, &instruction, 1,
			  NULL);
	served =
		record->ExceptionCode == (DWORD)STATUS_PRIVILEGED_INSTRUCTION &&
		instruction == IN_EAX_DX && (DWORD)AX(&context) == MAGIC;
	if (served) {
		registers_answer(&context);
		CHECK(SetThreadContext(thread, &context));
	}
	CloseHandle(thread);
	return served;
}

/* The first breakpoint is the system's own. */
static DWORD exception_take(HANDLE process, const DEBUG_EVENT *event,
			    unsigned *served)
{
	const EXCEPTION_RECORD *record = &event->u.Exception.ExceptionRecord;

	if (record->ExceptionCode == (DWORD)STATUS_BREAKPOINT)
		return DBG_CONTINUE;
	if (!serve(process, event->dwThreadId, record))
		return DBG_EXCEPTION_NOT_HANDLED;
	*served += 1;
	return DBG_CONTINUE;
}

/* The program's exit status. */
static DWORD debug(HANDLE process, unsigned *served)
{
	DEBUG_EVENT event;

	while (WaitForDebugEvent(&event, INFINITE)) {
		DWORD how = DBG_CONTINUE;

		if (event.dwDebugEventCode == EXCEPTION_DEBUG_EVENT)
			how = exception_take(process, &event, served);
		ContinueDebugEvent(event.dwProcessId, event.dwThreadId, how);
		if (event.dwDebugEventCode == EXIT_PROCESS_DEBUG_EVENT)
			return event.u.ExitProcess.dwExitCode;
	}
	return 1;
}

int main(int argc, char **argv)
{
	STARTUPINFOA startup = { .cb = sizeof startup };
	PROCESS_INFORMATION started;
	char command[2 * MAX_PATH + 16];
	unsigned served = 0;

	CHECK(argc == 2 || argc == 3);
	if (argc == 3)
		return debugged(argv[1]);
	snprintf(command, sizeof command, "\"%s\" \"%s\" debugged", argv[0],
		 argv[1]);
	CHECK(CreateProcessA(NULL, command, NULL, NULL, FALSE, DEBUG_PROCESS,
			     NULL, NULL, &startup, &started));
	CHECK(debug(started.hProcess, &served) == 0);
	CHECK(served >= 1);
	return 0;
}
