/* SPDX-License-Identifier: MIT */
/* Pipes of standard input cannot be waited for: a thread reads, and what it
 * read becomes events that can. */
#include "wait.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <limits.h>

#include "guest.h"
#include "log.h"

/* In this order they are returned when several are there. */
enum {
	EVENT_STOP,
	EVENT_NEWLINES, /* a semaphore: one a newline */
	EVENT_INPUT_END,
	EVENT_COUNT
};

static HANDLE events[EVENT_COUNT];
static bool input_is_piped;

/* Why the input ended, set before its event; 0: as it should. */
static volatile DWORD input_error;

const char *vmg_trigger_refuse(enum vmg_trigger trigger)
{
	return trigger == VMG_TRIGGER_NONE
		       ? NULL
		       : "stdin, none; Windows has no signals that trigger a "
			 "batch";
}

static HANDLE input(void)
{
	return GetStdHandle(STD_INPUT_HANDLE);
}

bool vmg_input_is_terminal(void)
{
	DWORD mode;

	return GetConsoleMode(input(), &mode);
}

const char *vmg_input_end_keys(void)
{
	return "Ctrl-Z and Return";
}

static DWORD WINAPI input_read(void *unused)
{
	char bytes[4096];
	BOOL read;
	DWORD len;

	(void)unused;
	while ((read = ReadFile(input(), bytes, sizeof bytes, &len, NULL)) &&
	       len > 0) {
		LONG newlines = 0;

		for (DWORD i = 0; i < len; i++)
			newlines += bytes[i] == '\n';
		if (newlines > 0)
			ReleaseSemaphore(events[EVENT_NEWLINES], newlines,
					 NULL);
	}
	/* Its writer is gone, or a console's Ctrl-C was pressed. */
	if (!read && GetLastError() != ERROR_BROKEN_PIPE &&
	    GetLastError() != ERROR_HANDLE_EOF &&
	    GetLastError() != ERROR_OPERATION_ABORTED)
		input_error = GetLastError();
	SetEvent(events[EVENT_INPUT_END]);
	return 0;
}

/* Runs in a thread of its own. A console sends Ctrl-C to all of its programs, so
 * also to whoever writes to our input: its end will come. */
static BOOL WINAPI on_console(DWORD event)
{
	bool is_key = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;

	if (is_key && input_is_piped)
		return TRUE;
	SetEvent(events[EVENT_STOP]);
	/* Returning from one of the others would end the process at once. */
	if (!is_key)
		Sleep(INFINITE);
	return TRUE;
}

static bool start(const struct vmg_wait_options *options)
{
	HANDLE thread;

	events[EVENT_STOP] = CreateEventW(NULL, TRUE, FALSE, NULL);
	events[EVENT_NEWLINES] = CreateSemaphoreW(NULL, 0, LONG_MAX, NULL);
	events[EVENT_INPUT_END] = CreateEventW(NULL, TRUE, FALSE, NULL);
	for (int i = 0; i < EVENT_COUNT; i++)
		if (!events[i])
			return false;
	input_is_piped = options->input && !vmg_input_is_terminal();
	if (!SetConsoleCtrlHandler(on_console, TRUE))
		return false;
	if (!options->input)
		return true;
	thread = CreateThread(NULL, 0, input_read, NULL, 0, NULL);
	if (thread)
		CloseHandle(thread);
	return thread != NULL;
}

bool vmg_wait_open(const struct vmg_wait_options *options)
{
	if (start(options))
		return true;
	vmg_log(VMG_LOG_ERROR, "cannot start: Windows error %lu.",
		GetLastError());
	return false;
}

static enum vmg_wake input_end(void)
{
	if (!input_error)
		return VMG_WAKE_INPUT_END;
	vmg_log(VMG_LOG_ERROR, "cannot read standard input: Windows error %lu.",
		input_error);
	return VMG_WAKE_FAILED;
}

enum vmg_wake vmg_wait(int64_t timeout_ms)
{
	DWORD timeout = timeout_ms < 0 || timeout_ms >= INFINITE
				? INFINITE
				: (DWORD)timeout_ms;

	switch (WaitForMultipleObjects(EVENT_COUNT, events, FALSE, timeout)) {
	case WAIT_OBJECT_0 + EVENT_STOP:
		return VMG_WAKE_STOP;
	case WAIT_OBJECT_0 + EVENT_NEWLINES:
		return VMG_WAKE_NEWLINE;
	case WAIT_OBJECT_0 + EVENT_INPUT_END:
		return input_end();
	case WAIT_TIMEOUT:
		return VMG_WAKE_TIMEOUT;
	}
	vmg_log(VMG_LOG_ERROR, "cannot wait: Windows error %lu.",
		GetLastError());
	return VMG_WAKE_FAILED;
}

bool vmg_wait_output(void)
{
	return true;
}

uint64_t vmg_clock_wall_ns(void)
{
	return vmg_guest_time_ns();
}

uint64_t vmg_clock_steady_ms(void)
{
	return vmg_guest_clock_ns() / 1000000;
}
