/* SPDX-License-Identifier: MIT */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const topic_words[VMG_TOPIC_COUNT] = {
	[VMG_TOPIC_ANSWER] = "what the host answers",
	[VMG_TOPIC_SESSION] = "the session",
	[VMG_TOPIC_MISSING] = "which statistics have a value",
	[VMG_TOPIC_HOST_INFO] = "host information",
	[VMG_TOPIC_MEMORY] = "where the configured memory is known from",
};

void vmg_sayer_count(struct vmg_sayer *sayer)
{
	for (size_t i = 0; i < VMG_TOPIC_COUNT; i++) {
		if (sayer->topics[i].spent == 0)
			continue;
		if (++sayer->topics[i].reads < VMG_SAY_PACE)
			continue;
		sayer->topics[i].reads = 0;
		if (--sayer->topics[i].spent == 0)
			sayer->topics[i].told = false;
	}
}

bool vmg_sayer_may(struct vmg_sayer *sayer, enum vmg_topic topic)
{
	if (sayer->topics[topic].spent < VMG_SAY_CREDIT) {
		sayer->topics[topic].spent++;
		return true;
	}
	if (!sayer->topics[topic].told)
		vmg_sayer_say(sayer, VMG_SAY_WARNING,
			      "%s changes too often to be said each time: from "
			      "now on at most once in %d reads.",
			      topic_words[topic], VMG_SAY_PACE);
	sayer->topics[topic].told = true;
	return false;
}

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
