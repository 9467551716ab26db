/* SPDX-License-Identifier: MIT */
/* By handles: C's own files would turn each LF into CR LF. Of a link --output
 * replaces the link. */
#include "output.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "metrics.h"

#define PATH_SIZE 4096

/* How long standard error may hold up a batch, once, before the next line is lost,
 * and the end of the program, which ends the thread that writes. Long enough that
 * a busy machine loses none. */
#define LOG_TIMEOUT_MS 1000

/* How often, and for how long together, a file is tried that somebody reads:
 * Windows does not replace a file that is open. */
#define REPLACE_TRIES 20
#define REPLACE_PAUSE_MS 10

/* The line that a thread writes, since nothing tells whether writing waits. */
static struct {
	HANDLE given, written;
	char line[VMG_LOG_SIZE + 8];
	DWORD len;
	bool busy; /* it was not written in time */
} pending;

static enum vmg_written bytes_write(HANDLE file, const char *bytes, size_t len);

static DWORD WINAPI log_write(void *unused)
{
	(void)unused;
	while (WaitForSingleObject(pending.given, INFINITE) == WAIT_OBJECT_0) {
		bytes_write(GetStdHandle(STD_ERROR_HANDLE), pending.line,
			    pending.len);
		SetEvent(pending.written);
	}
	return 0;
}

static void log_end(void)
{
	if (pending.busy)
		WaitForSingleObject(pending.written, LOG_TIMEOUT_MS);
}

static bool handle_is_open(DWORD which)
{
	return GetFileType(GetStdHandle(which)) != FILE_TYPE_UNKNOWN;
}

bool vmg_output_open(void)
{
	HANDLE thread;

	pending.given = CreateEventW(NULL, FALSE, FALSE, NULL);
	pending.written = CreateEventW(NULL, FALSE, FALSE, NULL);
	thread = CreateThread(NULL, 0, log_write, NULL, 0, NULL);
	if (thread)
		CloseHandle(thread);
	atexit(log_end);
	return handle_is_open(STD_OUTPUT_HANDLE);
}

/* What loop.c names by strerror(). */
static int errno_of(DWORD error)
{
	switch (error) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
		return ENOENT;
	case ERROR_ACCESS_DENIED:
	case ERROR_SHARING_VIOLATION:
		return EACCES;
	case ERROR_INVALID_HANDLE:
		return EBADF;
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL:
		return ENOSPC;
	}
	return EIO;
}

static bool closed_by_reader(DWORD error)
{
	return error == ERROR_BROKEN_PIPE || error == ERROR_NO_DATA ||
	       error == ERROR_PIPE_NOT_CONNECTED;
}

static enum vmg_written bytes_write(HANDLE file, const char *bytes, size_t len)
{
	while (len > 0) {
		DWORD n = 0;

		if (!WriteFile(file, bytes, (DWORD)len, &n, NULL)) {
			errno = errno_of(GetLastError());
			return closed_by_reader(GetLastError())
				       ? VMG_WRITTEN_CLOSED
				       : VMG_WRITTEN_FAILED;
		}
		bytes += n;
		len -= n;
	}
	return VMG_WRITTEN;
}

enum vmg_written vmg_output_stream(const char *bytes, size_t len)
{
	return bytes_write(GetStdHandle(STD_OUTPUT_HANDLE), bytes, len);
}

static bool path_widen(const char *path, WCHAR wide[PATH_SIZE])
{
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1,
				   wide, PATH_SIZE) > 0;
}

/* NUL, COM1, and what else is a device in every folder. */
static bool is_device(const WCHAR *path)
{
	WCHAR full[PATH_SIZE];
	DWORD len = GetFullPathNameW(path, PATH_SIZE, full, NULL);

	return len > 0 && len < PATH_SIZE && wcsncmp(full, L"\\\\.\\", 4) == 0;
}

const char *vmg_output_refuse(const char *path)
{
	WCHAR wide[PATH_SIZE];
	DWORD attributes;

	if (strcmp(path, "-") == 0)
		return "the name of a file; leave --output out to write to "
		       "standard output";
	if (!path_widen(path, wide))
		return "a name of less than 4096 characters, in UTF-8";
	attributes = GetFileAttributesW(wide);
	if (path[0] == '\0' || is_device(wide) ||
	    (attributes != INVALID_FILE_ATTRIBUTES &&
	     (attributes & FILE_ATTRIBUTE_DIRECTORY)))
		return "a file, which may exist or not; no device, pipe or "
		       "folder";
	return NULL;
}

static bool file_fill(const WCHAR *path, const char *bytes, size_t len)
{
	HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
				  FILE_ATTRIBUTE_NORMAL, NULL);
	bool filled;

	if (file == INVALID_HANDLE_VALUE) {
		errno = errno_of(GetLastError());
		return false;
	}
	filled = bytes_write(file, bytes, len) == VMG_WRITTEN;
	if (filled && !FlushFileBuffers(file)) {
		errno = errno_of(GetLastError());
		filled = false;
	}
	CloseHandle(file);
	return filled;
}

static bool file_replace(const WCHAR *target, const WCHAR *aside)
{
	for (int i = 0; i < REPLACE_TRIES; i++) {
		if (i > 0)
			Sleep(REPLACE_PAUSE_MS);
		if (MoveFileExW(aside, target,
				MOVEFILE_REPLACE_EXISTING |
					MOVEFILE_WRITE_THROUGH))
			return true;
		errno = errno_of(GetLastError());
		if (errno != EACCES)
			break;
	}
	return false;
}

enum vmg_written vmg_output_file(const char *path, const char *bytes,
				 size_t len)
{
	WCHAR target[PATH_SIZE], aside[PATH_SIZE + 16];
	int err;

	if (!path_widen(path, target)) {
		errno = ENAMETOOLONG;
		return VMG_WRITTEN_FAILED;
	}
	/* The suffix keeps windows_exporter from reading it: it wants .prom. */
	swprintf(aside, PATH_SIZE + 16, L"%ls.%lu", target,
		 GetCurrentProcessId());
	if (file_fill(aside, bytes, len) && file_replace(target, aside))
		return VMG_WRITTEN;
	err = errno;
	DeleteFileW(aside);
	errno = err;
	return VMG_WRITTEN_FAILED;
}

/* A line that is under way will be written, or has no reader. */
size_t vmg_output_log(const char *line, size_t len)
{
	if (len > sizeof pending.line ||
	    (pending.busy &&
	     WaitForSingleObject(pending.written, 0) != WAIT_OBJECT_0))
		return 0;
	memcpy(pending.line, line, len);
	pending.len = (DWORD)len;
	SetEvent(pending.given);
	pending.busy = WaitForSingleObject(pending.written, LOG_TIMEOUT_MS) !=
		       WAIT_OBJECT_0;
	return len;
}

void vmg_output_host(char *name, size_t size)
{
	WCHAR wide[256];
	DWORD room = sizeof wide / sizeof wide[0];

	if (!GetComputerNameExW(ComputerNamePhysicalDnsHostname, wide, &room) ||
	    WideCharToMultiByte(CP_UTF8, 0, wide, -1, name, (int)size, NULL,
				NULL) <= 1)
		snprintf(name, size, "localhost");
}
