/* SPDX-License-Identifier: MIT */
#include "history.h"
#include "verdict.h"

#include <string.h>

#define HOUR_NS (3600 * 1000000000ull)
#define WORST_COUNT 5
#define MOVES_SHOWN 10

struct hour {
	uint64_t from_ns;
	enum vmg_severity severity;
	double denied;
	char brief[72];
	const struct vmg_moment *moments;
	size_t count;
};

struct history {
	struct hour worst[WORST_COUNT];
	size_t worst_count, hours, bad_hours;
};

static bool is_worse(const struct hour *one, const struct hour *other)
{
	if (one->severity != other->severity)
		return one->severity > other->severity;
	return one->denied > other->denied;
}

static void hour_put(struct history *h, const struct hour *hour)
{
	size_t at = h->worst_count;

	if (h->worst_count < WORST_COUNT)
		h->worst_count++;
	else if (is_worse(hour, &h->worst[--at]))
		;
	else
		return;
	for (; at > 0 && is_worse(hour, &h->worst[at - 1]); at--)
		h->worst[at] = h->worst[at - 1];
	h->worst[at] = *hour;
}

static void hour_judge(struct history *h, const struct vmg_moment *moments,
		       size_t count, const struct accepted *accepted)
{
	const struct vmg_finding *f;
	struct vmg_diagnosis d;
	struct vmg_words words;
	struct hour hour;

	vmg_diagnose(&d, moments, count);
	f = accepted_first(accepted, &d);
	h->hours++;
	if (!f || f->severity < VMG_SEVERITY_WARNING)
		return;
	h->bad_hours++;
	vmg_finding_words(&d.window, f, &words);
	hour = (struct hour){
		.from_ns = d.window.from_ns,
		.severity = f->severity,
		.denied = d.window.denied,
		.moments = moments,
		.count = count,
	};
	memcpy(hour.brief, words.brief, sizeof hour.brief);
	hour_put(h, &hour);
}

/* An hour ends with the reading that the next one begins with. */
static void hours_judge(struct history *h, const struct vmg_moment *moments,
			size_t count, const struct accepted *accepted)
{
	size_t from = 0;

	for (size_t i = 1; i < count; i++) {
		if (moments[i].time_ns - moments[from].time_ns < HOUR_NS &&
		    i + 1 < count)
			continue;
		hour_judge(h, moments + from, i - from + 1, accepted);
		from = i;
	}
}

static void moves_say(struct page *page, const struct vmg_moment *moments,
		      size_t count, bool utc)
{
	uint64_t session = 0;
	size_t moves = 0;
	char time[TIME_SIZE];

	for (size_t i = 0; i < count; i++) {
		if (!moments[i].up)
			continue;
		if (session != 0 && moments[i].session != session &&
		    moves++ < MOVES_SHOWN) {
			time_text(moments[i].time_ns, utc, "%d %b %H:%M", time);
			page_say(page, "Moved or resumed: %s\n", time);
		}
		session = moments[i].session;
	}
	if (moves > MOVES_SHOWN)
		page_say(page, "Moved or resumed: %zu times more\n",
			 moves - MOVES_SHOWN);
}

static void worst_explain(struct page *page, const struct explanation *whole,
			  const struct hour *hour)
{
	struct explanation e = *whole;
	struct vmg_diagnosis d;

	vmg_diagnose(&d, hour->moments, hour->count);
	e.diagnosis = &d;
	page_say(page, "\n");
	explanation_text(page, &e);
}

void history_text(struct page *page, const struct explanation *whole,
		  const struct vmg_moment *moments, size_t count)
{
	struct history h = { .hours = 0 };
	char time[TIME_SIZE];

	if (count < 2 ||
	    moments[count - 1].time_ns - moments[0].time_ns < 2 * HOUR_NS)
		return;
	hours_judge(&h, moments, count, whole->accepted);
	moves_say(page, moments, count, whole->utc);
	page_say(page, "Hours with a warning: %zu of %zu.%s\n", h.bad_hours,
		 h.hours, h.worst_count > 0 ? " The worst:" : "");
	for (size_t i = 0; i < h.worst_count; i++) {
		time_text(h.worst[i].from_ns, whole->utc, "%d %b %H:%M", time);
		page_say(page, "  %s  %-8s  %s\n", time,
			 vmg_severity_name(h.worst[i].severity),
			 h.worst[i].brief);
	}
	if (h.worst_count > 0)
		worst_explain(page, whole, &h.worst[0]);
}
