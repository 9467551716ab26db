/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "text.h"

void vmg_log_say(void *ctx, enum vmg_say level, const char *text)
{
	static const char letters[] = {
		[VMG_SAY_ERROR] = 'E',
		[VMG_SAY_WARNING] = 'W',
		[VMG_SAY_INFO] = 'I',
		[VMG_SAY_DEBUG] = 'D',
	};
	char line[VMG_SAY_SIZE + 4];
	size_t len;
	int n;

	(void)ctx;
	n = snprintf(line, sizeof line - 1, "%c! %s", letters[level], text);
	len = (size_t)n < sizeof line - 2 ? (size_t)n : sizeof line - 2;
	line[len] = '\0';
	vmg_text_clean(line);
	line[len++] = '\n';
	/* In one piece: below PIPE_BUF a pipe keeps it so, should output and
	 * log share it. A log that nobody takes is no reason to stop. */
	while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
		;
}

void vmg_log(enum vmg_say level, const char *format, ...)
{
	char text[VMG_SAY_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	vmg_log_say(NULL, level, text);
}
