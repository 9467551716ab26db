/* SPDX-License-Identifier: MIT */
/* malloc() and its kin, counted; defined in the program, they stand before
 * those of libc for every library that it loads. */
#include <malloc.h>
#include <stdlib.h>

#include "allocations.h"

__thread unsigned long allocations;
__thread long allocated_bytes;

/* What glibc calls its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static void *counted(void *block)
{
	allocations++;
	allocated_bytes += (long)malloc_usable_size(block);
	return block;
}

void *malloc(size_t size)
{
	return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
	long before = (long)malloc_usable_size(block);
	void *moved = __libc_realloc(block, size);

	if (moved || size == 0)
		allocated_bytes -= before;
	return counted(moved);
}

void free(void *block)
{
	allocated_bytes -= (long)malloc_usable_size(block);
	__libc_free(block);
}
