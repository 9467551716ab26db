/* SPDX-License-Identifier: MIT */
/* Clock, pages, and the ends of threads and of the process. */
#include <stdlib.h>

#include "host.h"
#include "thread.h"

uint64_t vmg_clock_ms(void)
{
	/* Read from memory, in steps of 10 to 16 ms. */
	return GetTickCount64();
}

void *vmg_pages_take(size_t len)
{
	return VirtualAlloc(NULL, len, MEM_RESERVE | MEM_COMMIT,
			    PAGE_READWRITE);
}

void vmg_pages_give(void *pages)
{
	if (pages)
		VirtualFree(pages, 0, MEM_RELEASE);
}

static void (*value_end)(void *);

static VOID NTAPI value_ended(PVOID pointer)
{
	if (pointer)
		value_end(pointer);
}

/* As -z nodelete elsewhere: what the system will call must stay in memory. */
static bool module_keep(void)
{
	HMODULE self;

	return GetModuleHandleExW(
		GET_MODULE_HANDLE_EX_FLAG_PIN |
			GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
		(LPCWSTR)(void *)value_ended, &self);
}

/* Fiber-local: of all values only these call back, and in a program as well as
 * in a DLL. */
bool vmg_thread_value_init(struct vmg_thread_value *value, void (*end)(void *))
{
	if (!module_keep())
		return false;
	value_end = end;
	value->os = FlsAlloc(value_ended);
	return value->os != FLS_OUT_OF_INDEXES;
}

bool vmg_thread_value_set(const struct vmg_thread_value *value, void *pointer)
{
	return FlsSetValue(value->os, pointer);
}

bool vmg_at_fork(void (*prepare)(void), void (*parent)(void),
		 void (*child)(void))
{
	(void)prepare;
	(void)parent;
	(void)child;
	return true;
}

void vmg_at_exit(void (*end)(void))
{
	(void)atexit(end);
}
