/* SPDX-License-Identifier: MIT */
/* For programs that use a DLL as programs do that were not linked with it: each
 * function by its name. */
#ifndef VMG_TESTS_WINDOWS_CHECK_H
#define VMG_TESTS_WINDOWS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "stats.h"

#define OK VMGUESTLIB_ERROR_SUCCESS

#define CHECK(condition)                                                 \
	do {                                                             \
		if (!(condition)) {                                      \
			fprintf(stderr, "FAILED: %s:%d: %s\n", __FILE__, \
				__LINE__, #condition);                   \
			exit(1);                                         \
		}                                                        \
	} while (0)

struct library {
	HMODULE module;
	VMGuestLibError (*open)(VMGuestLibHandle *);
	VMGuestLibError (*update)(VMGuestLibHandle);
	VMGuestLibError (*close)(VMGuestLibHandle);
	VMGuestLibError (*elapsed_ms)(VMGuestLibHandle, uint64 *);
	VMGuestLibError (*thread_handle)(VMGuestLibHandle *,
					 struct vmg_failure *);
};

static inline void *function_find(HMODULE module, const char *name)
{
	FARPROC found = GetProcAddress(module, name);

	if (!found) {
		fprintf(stderr, "FAILED: no %s\n", name);
		exit(1);
	}
	return (void *)found;
}

static inline struct library library_load(const char *path)
{
	HMODULE m = LoadLibraryA(path);

	CHECK(m);
	return (struct library){
		.module = m,
		.open = function_find(m, "VMGuestLib_OpenHandle"),
		.update = function_find(m, "VMGuestLib_UpdateInfo"),
		.close = function_find(m, "VMGuestLib_CloseHandle"),
		.elapsed_ms = function_find(m, "VMGuestLib_GetElapsedMs"),
		.thread_handle = function_find(m, "vmg_thread_handle"),
	};
}

#endif
