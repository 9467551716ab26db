/* SPDX-License-Identifier: MIT */
/* Clock, pages, and the ends of threads and of the process. */
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "host.h"
#include "thread.h"

uint64_t vmg_clock_ms(void)
{
	struct timespec t;

	/* The coarse clock is read from memory whatever the clock source: the
	 * fine one may be a system call. */
	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* In front of the pages handed out: how much to give back. As large as the
 * strictest alignment, so that what follows is aligned for anything. */
union pages_head {
	size_t len;
	max_align_t align;
};

void *vmg_pages_take(size_t len)
{
	union pages_head *head;

	if (len > SIZE_MAX - sizeof *head)
		return NULL;
	len += sizeof *head;
	head = mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (head == MAP_FAILED)
		return NULL;
	head->len = len;
	return head + 1;
}

void vmg_pages_give(void *pages)
{
	union pages_head *head = pages;

	if (!head)
		return;
	head--;
	munmap(head, head->len);
}

bool vmg_thread_value_init(struct vmg_thread_value *value, void (*end)(void *))
{
	return pthread_key_create(&value->os, end) == 0;
}

bool vmg_thread_value_set(const struct vmg_thread_value *value, void *pointer)
{
	return pthread_setspecific(value->os, pointer) == 0;
}

bool vmg_at_fork(void (*prepare)(void), void (*parent)(void),
		 void (*child)(void))
{
	return pthread_atfork(prepare, parent, child) == 0;
}

void vmg_at_exit(void (*end)(void))
{
	(void)atexit(end);
}
