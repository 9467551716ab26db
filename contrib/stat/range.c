/* SPDX-License-Identifier: MIT */
/* Source: Monitoring Plugins Development Guidelines, "Threshold and ranges". */
#include "range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All of the text, which is len long. */
static bool number_read(double *number, const char *text, size_t len)
{
	char digits[40];
	char *end;

	if (len == 0 || len >= sizeof digits ||
	    strspn(text, "+-.0123456789") < len)
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	*number = strtod(digits, &end);
	return *end == '\0';
}

bool range_read(struct range *range, const char *text)
{
	struct range next = { 0, INFINITY, text[0] == '@' };
	const char *colon, *end;

	text += next.inside;
	colon = strchr(text, ':');
	end = colon ? colon + 1 : text;
	if (colon && strncmp(text, "~:", 2) == 0)
		next.start = -INFINITY;
	else if (colon && colon > text &&
		 !number_read(&next.start, text, (size_t)(colon - text)))
		return false;
	if ((!colon || *end) && !number_read(&next.end, end, strlen(end)))
		return false;
	if (next.start > next.end)
		return false;
	*range = next;
	return true;
}

bool range_alerts(const struct range *range, double value)
{
	bool within = value >= range->start && value <= range->end;

	return within == range->inside;
}
