/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS 78

void page_add(struct page *page, const char *bytes, size_t len)
{
	size_t size = page->size > 0 ? page->size : 512;
	char *larger;

	while (size - page->len < len + 1)
		size *= 2;
	if (size != page->size) {
		larger = realloc(page->text, size);
		if (!larger) {
			page->failed = true;
			return;
		}
		page->text = larger;
		page->size = size;
	}
	memcpy(page->text + page->len, bytes, len);
	page->len += len;
	page->text[page->len] = '\0';
}

void page_say(struct page *page, const char *format, ...)
{
	char text[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	page_add(page, text,
		 (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void page_wrap(struct page *page, const char *first, const char *others,
	       const char *words)
{
	size_t column = strlen(first);
	bool begun = false; /* the line has a word */

	page_say(page, "%s", first);
	while (*(words += strspn(words, " "))) {
		size_t len = strcspn(words, " ");

		if (begun && column + 1 + len > COLUMNS) {
			page_say(page, "\n%s", others);
			column = strlen(others);
			begun = false;
		}
		page_say(page, "%s", begun ? " " : "");
		page_add(page, words, len);
		column += begun + len;
		begun = true;
		words += len;
	}
	page_say(page, "\n");
}

enum page_written page_write(struct page *page)
{
	size_t done = 0;

	if (page->failed) {
		errno = ENOMEM;
		return PAGE_FAILED;
	}
	while (done < page->len) {
		ssize_t n = write(STDOUT_FILENO, page->text + done,
				  page->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EPIPE || errno == EIO || errno == EBADF)
			return PAGE_CLOSED;
		else if (errno != EINTR)
			return PAGE_FAILED;
	}
	page->len = 0;
	return PAGE_WRITTEN;
}

void page_release(struct page *page)
{
	free(page->text);
	*page = (struct page){ 0 };
}
