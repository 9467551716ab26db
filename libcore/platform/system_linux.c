/* SPDX-License-Identifier: MIT */
/* Clock and pages. */
#include <sys/mman.h>
#include <time.h>

#include "host.h"

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
