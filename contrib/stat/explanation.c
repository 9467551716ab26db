/* SPDX-License-Identifier: MIT */
#include "explanation.h"
#include "explain.h"
#include "verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <yajl/yajl_gen.h>

void time_text(uint64_t time_ns, bool utc, const char *format,
	       char text[TIME_SIZE])
{
	time_t s = (time_t)(time_ns / 1000000000);
	struct tm tm;

	if (!(utc ? gmtime_r(&s, &tm) : localtime_r(&s, &tm)) ||
	    strftime(text, TIME_SIZE, format, &tm) == 0)
		snprintf(text, TIME_SIZE, "?");
}

/* Longer windows are shown hour by hour. */
#define LONG_S 7200

/* Text. */

static void heading_say(struct page *page, const struct explanation *e)
{
	const struct vmg_window *w = &e->diagnosis->window;
	char from[TIME_SIZE], day[TIME_SIZE], to[TIME_SIZE];

	time_text(w->from_ns, e->utc, "%d %b %Y %H:%M:%S", from);
	time_text(w->from_ns, e->utc, "%d %b %Y", day);
	/* The C library calls UTC GMT. */
	time_text(w->to_ns, e->utc,
		  e->utc ? "%d %b %Y %H:%M:%S UTC" : "%d %b %Y %H:%M:%S %Z",
		  to);
	page_say(page, "%s, %s to %s: %zu reading%s by the host's clock",
		 e->host, from,
		 strncmp(day, to, strlen(day)) == 0 ? to + strlen(day) + 1 : to,
		 w->intervals, w->intervals == 1 ? "" : "s");
	if (w->down > 0)
		page_say(page, ", %zu without statistics", w->down);
	page_say(page, "\n");
	if (e->uuid[0])
		page_say(page, "BIOS UUID of this VM: %s\n", e->uuid);
}

static void wrap_after(struct page *page, const char *label, const char *text)
{
	char words[VMG_WORDS_SIZE + 32];

	if (!text[0])
		return;
	snprintf(words, sizeof words, "%s%s", label, text);
	page_wrap(page, "  ", "  ", words);
}

static void finding_say(struct page *page, const struct explanation *e,
			const struct vmg_finding *f)
{
	static const char *const levels[] = { "OK", "NOTE", "WARNING",
					      "CRITICAL" };
	const char *reason = e->accepted->reasons[f->id];
	char level[16], since[TIME_SIZE];
	struct vmg_words words;

	vmg_finding_words(&e->diagnosis->window, f, &words);
	snprintf(level, sizeof level, "%s  ",
		 reason ? "ACCEPTED" : levels[f->severity]);
	page_wrap(page, level, "  ", words.headline);
	wrap_after(page, "Accepted: ", reason ? reason : "");
	if (f->since_ns > 0) {
		time_text(f->since_ns, e->utc, "Since %H:%M:%S.", since);
		wrap_after(page, "", since);
	}
	wrap_after(page, "", words.numbers);
	wrap_after(page, "", words.excluded);
	wrap_after(page, "Certain: ", words.certain);
	wrap_after(page, "Likely: ", words.likely);
	wrap_after(page, "Verify: ", words.verify);
	wrap_after(page, "", words.ask);
}

/* What was looked at and is not the cause, and what could not be seen. */
static void excluded_say(struct page *page, const struct vmg_window *w)
{
	char text[VMG_WORDS_SIZE], moves[32] = "none";

	if (w->moves > 0)
		snprintf(moves, sizeof moves, "%zu", w->moves);
	if (w->reclaimed_mb > 0)
		snprintf(text, sizeof text,
			 "Memory reclaimed: %.0f MiB. Moves: %s.",
			 w->reclaimed_mb, moves);
	else if (w->reclaimed_mb == 0 && w->reclaimed_most_mb > 0)
		snprintf(text, sizeof text,
			 "Memory reclaimed: 0 MiB now, up to %.0f MiB before. "
			 "Moves: %s.",
			 w->reclaimed_most_mb, moves);
	else if (w->reclaimed_mb == 0)
		snprintf(text, sizeof text,
			 w->moves > 0 ? "Not the cause: memory (0 MiB "
					"reclaimed). Moves: %s."
				      : "Not the cause: memory (0 MiB "
					"reclaimed), moves (%s).",
			 moves);
	else
		snprintf(text, sizeof text,
			 "Moves: %s. Not visible: reclaimed memory.", moves);
	snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s%s",
		 isnan(w->stolen) ? " Not visible: stolen time." : "",
		 isnan(w->contention) ? " Not visible: contention." : "",
		 w->host_info ? "" : " Not visible: host totals.");
	page_wrap(page, "", "", text);
}

/* Not while the session is so young that warnings are notes only. */
static bool is_well(const struct vmg_diagnosis *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (isinf(vmg_threshold_at(d->findings[i].id)->note) ||
		    d->findings[i].severity > VMG_SEVERITY_NOTE)
			return false;
	return true;
}

static void nothing_say(struct page *page, const struct vmg_window *w)
{
	char text[VMG_WORDS_SIZE] =
		"Nothing wrong is visible from inside this VM";

	if (!isnan(w->used) && !isnan(w->denied))
		snprintf(text, sizeof text,
			 "Nothing holds this VM back%s: used %.0f %% of "
			 "its %" PRIu64 " vCPUs' time, %.1f %% denied",
			 w->seconds > LONG_S || w->denied_often > 0
				 ? " on the whole"
				 : "",
			 100 * w->used, w->vcpus, 100 * w->denied);
	if (w->denied_often > 0)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "; %g %% or more was denied in %zu of %zu readings",
			 vmg_threshold_at(VMG_FINDING_CPU_DENIED)->warning,
			 w->denied_often, w->intervals);
	snprintf(text + strlen(text), sizeof text - strlen(text), ".");
	page_wrap(page, "OK  ", "  ", text);
}

static void unjudged_say(struct page *page, const struct explanation *e)
{
	const struct vmg_window *w = &e->diagnosis->window;
	char why[VMG_LOG_SIZE], text[VMG_LOG_SIZE + 32];

	if (w->readings == 0)
		snprintf(why, sizeof why, "there are no readings.");
	else if (w->down == w->readings && e->failure->cause)
		vmg_explain_failure(e->failure, why);
	else if (w->down == w->readings)
		snprintf(why, sizeof why, "no reading has statistics.");
	else if (w->moves > 0 || w->skipped > 0)
		snprintf(
			why, sizeof why,
			"the VM was moved or resumed, or a snapshot was taken, "
			"and what followed was too short.");
	else
		snprintf(why, sizeof why,
			 "it takes two readings of one session.");
	snprintf(text, sizeof text, "Nothing can be said: %s", why);
	page_wrap(page, "", "", text);
}

void explanation_text(struct page *page, const struct explanation *e)
{
	const struct vmg_diagnosis *d = e->diagnosis;

	if (d->window.readings > 0)
		heading_say(page, e);
	if (d->window.intervals == 0) {
		unjudged_say(page, e);
		return;
	}
	if (d->window.young)
		page_wrap(page, "", "",
			  "This session is younger than ten minutes: what "
			  "follows are notes only.");
	if (is_well(d))
		nothing_say(page, &d->window);
	for (size_t i = 0; i < d->count; i++)
		finding_say(page, e, &d->findings[i]);
	excluded_say(page, &d->window);
}

/* JSON. */

static void print(void *ctx, const char *bytes, size_t len)
{
	page_add(ctx, bytes, len);
}

static void put_text(yajl_gen gen, const char *key, const char *text)
{
	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

/* null where it is not known, or where there is none. */
static void put_number(yajl_gen gen, const char *key, double number)
{
	char digits[40];

	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	snprintf(digits, sizeof digits, "%.6g", number);
	if (isfinite(number))
		yajl_gen_number(gen, digits, strlen(digits));
	else
		yajl_gen_null(gen);
}

static void put_time(yajl_gen gen, const char *key, uint64_t time_ns)
{
	char text[TIME_SIZE];

	time_text(time_ns, true, "%Y-%m-%dT%H:%M:%SZ", text);
	put_text(gen, key, text);
}

static void key(yajl_gen gen, const char *name)
{
	yajl_gen_string(gen, (const unsigned char *)name, strlen(name));
}

static void window_put(yajl_gen gen, const struct vmg_window *w)
{
	key(gen, "window");
	yajl_gen_map_open(gen);
	put_time(gen, "from", w->from_ns);
	put_time(gen, "to", w->to_ns);
	put_number(gen, "readings", (double)w->readings);
	put_number(gen, "intervals", (double)w->intervals);
	put_number(gen, "skipped", (double)w->skipped);
	put_number(gen, "down", (double)w->down);
	put_number(gen, "moves", (double)w->moves);
	put_number(gen, "seconds", w->seconds);
	put_number(gen, "vcpus", (double)w->vcpus);
	put_number(gen, "used_percent", 100 * w->used);
	put_number(gen, "stolen_percent", 100 * w->stolen);
	put_number(gen, "contention_percent", 100 * w->contention);
	put_number(gen, "memory_wait_percent", 100 * w->memory_wait);
	put_number(gen, "effective_mhz", w->effective_mhz);
	put_number(gen, "usable_mhz", w->usable_mhz);
	put_number(gen, "cpu_limit_mhz", w->cpu_limit_mhz);
	put_number(gen, "memory_mb", (double)w->memory_mb);
	put_number(gen, "memory_limit_mb", w->memory_limit_mb);
	put_number(gen, "reclaimed_mb", w->reclaimed_mb);
	put_number(gen, "reclaimed_most_mb", w->reclaimed_most_mb);
	put_number(gen, "session_seconds", w->session_s);
	put_number(gen, "session_stolen_percent", 100 * w->session_stolen);
	yajl_gen_map_close(gen);
}

static void finding_put(yajl_gen gen, const struct explanation *e,
			const struct vmg_finding *f)
{
	const struct vmg_threshold *t = vmg_threshold_at(f->id);
	const char *reason = e->accepted->reasons[f->id];
	struct vmg_words words;

	vmg_finding_words(&e->diagnosis->window, f, &words);
	yajl_gen_map_open(gen);
	put_text(gen, "finding", t->name);
	put_text(gen, "severity", vmg_severity_name(f->severity));
	if (reason)
		put_text(gen, "accepted", reason);
	put_number(gen, "value", f->value);
	put_text(gen, "unit", vmg_finding_unit_name(t->unit));
	put_number(gen, "worst", f->worst);
	put_number(gen, "hits", (double)f->hits);
	put_number(gen, "intervals", (double)f->intervals);
	if (f->since_ns > 0)
		put_time(gen, "since", f->since_ns);
	put_number(gen, "warning", t->warning);
	put_number(gen, "critical", t->critical);
	put_text(gen, "headline", words.headline);
	put_text(gen, "numbers", words.numbers);
	put_text(gen, "excluded", words.excluded);
	put_text(gen, "certain", words.certain);
	put_text(gen, "likely", words.likely);
	put_text(gen, "verify", words.verify);
	put_text(gen, "ask", words.ask);
	yajl_gen_map_close(gen);
}

void explanation_json(struct page *page, const struct explanation *e)
{
	const struct vmg_diagnosis *d = e->diagnosis;
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (!gen) {
		page->failed = true;
		return;
	}
	yajl_gen_config(gen, yajl_gen_print_callback, print, page);
	yajl_gen_map_open(gen);
	put_text(gen, "host", e->host);
	if (e->uuid[0])
		put_text(gen, "uuid", e->uuid);
	window_put(gen, &d->window);
	key(gen, "findings");
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < d->count; i++)
		finding_put(gen, e, &d->findings[i]);
	yajl_gen_array_close(gen);
	yajl_gen_map_close(gen);
	yajl_gen_free(gen);
	page_say(page, "\n");
}
