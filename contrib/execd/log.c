/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "output.h"
#include "text.h"

static unsigned long lost; /* lines, since this was logged last */
static bool cut;	   /* standard error ends with a part of a line */

/* In one piece, in case output and log share a pipe: it keeps pieces whole. */
static bool line_write(enum vmg_log_level level, const char *text)
{
	static const char letters[] = {
		[VMG_LOG_ERROR] = 'E',
		[VMG_LOG_WARNING] = 'W',
		[VMG_LOG_INFO] = 'I',
		[VMG_LOG_DEBUG] = 'D',
	};
	char line[VMG_LOG_SIZE + 8], *at = line;
	size_t size = VMG_LOG_SIZE + 4, len, written;
	int n;

	if (cut)
		*at++ = '\n';
	n = snprintf(at, size, "%c! %s", letters[level], text);
	vmg_text_clean(at);
	at += (size_t)n < size ? (size_t)n : size - 1;
	*at++ = '\n';
	len = (size_t)(at - line);
	written = vmg_output_log(line, len);
	if (written > 0)
		cut = written < len;
	return written == len;
}

static bool lost_report(void)
{
	char text[80];

	if (lost == 0)
		return true;
	snprintf(text, sizeof text, "%lu log %s lost: standard error was full.",
		 lost, lost == 1 ? "line was" : "lines were");
	if (!line_write(VMG_LOG_WARNING, text))
		return false;
	lost = 0;
	return true;
}

void vmg_log_report_lost(void)
{
	lost_report();
}

void vmg_log_line(void *ctx, enum vmg_log_level level, const char *text)
{
	(void)ctx;
	if (!lost_report() || !line_write(level, text))
		lost++;
}

void vmg_log(enum vmg_log_level level, const char *format, ...)
{
	char text[VMG_LOG_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	vmg_log_line(NULL, level, text);
}
