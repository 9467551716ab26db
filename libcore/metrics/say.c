/* SPDX-License-Identifier: MIT */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

void vmg_sayer_say(const struct vmg_sayer *sayer, enum vmg_say level,
		   const char *format, ...)
{
	char text[VMG_SAY_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	sayer->say(sayer->ctx, level, text);
}
