/* SPDX-License-Identifier: MIT */
/* Text that is built whole and then written, so that no reader sees half a
 * line. */
#ifndef VMG_STAT_PAGE_H
#define VMG_STAT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty one. */
struct page {
	char *text;
	size_t len, size;
	bool failed; /* no memory: what it holds is not whole */
};

__attribute__((format(printf, 2, 3))) void page_say(struct page *page,
						    const char *format, ...);
void page_add(struct page *page, const char *bytes, size_t len);

/* Adds words, broken into lines of 78 columns; what the first line begins with,
 * and what the others do. */
void page_wrap(struct page *page, const char *first, const char *others,
	       const char *words);

enum page_written {
	PAGE_WRITTEN,
	PAGE_CLOSED, /* nobody reads any more */
	PAGE_FAILED, /* errno says why */
};

/* Writes to standard output and begins anew. */
enum page_written page_write(struct page *page);

void page_release(struct page *page);

#endif
