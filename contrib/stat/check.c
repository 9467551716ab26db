/* SPDX-License-Identifier: MIT */
/* Source: Monitoring Plugins Development Guidelines. */
#include "check.h"
#include "explain.h"
#include "moments.h"
#include "page.h"
#include "state.h"
#include "verdict.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum status {
	STATUS_OK,
	STATUS_WARNING,
	STATUS_CRITICAL,
	STATUS_UNKNOWN,
};

static const char *const status_names[] = { "OK", "WARNING", "CRITICAL",
					    "UNKNOWN" };

#define SAMPLE_S 2
/* An older reading says little about now. */
#define STATE_OLDEST_NS (900 * 1000000000ull)
/* Columns in front of the performance data. */
#define COLUMNS 79
#define PATH_SIZE 4096

/* What is measured, and the finding whose thresholds it has; VMG_FINDING_COUNT:
 * none. */
static const struct {
	const char *name, *unit;
	enum vmg_finding_id finding;
} labels[CHECK_LABEL_COUNT] = {
	[CHECK_STOLEN] = { "stolen", "%", VMG_FINDING_CPU_DENIED },
	[CHECK_CONTENTION] = { "contention", "%", VMG_FINDING_CPU_CONTENTION },
	[CHECK_USED] = { "used", "%", VMG_FINDING_COUNT },
	[CHECK_LIMIT] = { "used_of_limit", "%", VMG_FINDING_CPU_LIMIT },
	[CHECK_BALLOONED] = { "ballooned", "%", VMG_FINDING_BALLOON },
	[CHECK_SWAPPED] = { "swapped", "MB", VMG_FINDING_COUNT },
	[CHECK_COMPRESSED] = { "compressed", "MB", VMG_FINDING_COUNT },
	[CHECK_MEMORY_WAIT] = { "memory_wait", "%", VMG_FINDING_MEMORY_WAIT },
};

const char *check_labels(void)
{
	return "stolen, contention, used, used_of_limit, ballooned, swapped, "
	       "compressed, memory_wait";
}

bool check_range_add(struct check_options *options, const char *text,
		     bool critical)
{
	size_t len = strcspn(text, "=");
	struct range range;

	if (!text[len] || !range_read(&range, text + len + 1))
		return false;
	for (size_t i = 0; i < CHECK_LABEL_COUNT; i++) {
		if (strncmp(labels[i].name, text, len) != 0 ||
		    labels[i].name[len])
			continue;
		if (critical) {
			options->ranges[i].has_critical = true;
			options->ranges[i].critical = range;
			options->ranges[i].critical_text = text + len + 1;
		} else {
			options->ranges[i].has_warning = true;
			options->ranges[i].warning = range;
			options->ranges[i].warning_text = text + len + 1;
		}
		return true;
	}
	return false;
}

/* Numbers. */

static double label_value(const struct vmg_window *w, size_t label)
{
	switch (label) {
	case CHECK_STOLEN:
		return 100 * w->stolen;
	case CHECK_CONTENTION:
		return 100 * w->contention;
	case CHECK_USED:
		return 100 * w->used;
	case CHECK_LIMIT:
		return isinf(w->cpu_limit_mhz)
			       ? NAN
			       : 100 * w->effective_mhz / w->cpu_limit_mhz;
	case CHECK_BALLOONED:
		return w->memory_mb > 0
			       ? 100 * w->ballooned_mb / (double)w->memory_mb
			       : NAN;
	case CHECK_SWAPPED:
		return w->swapped_mb;
	case CHECK_COMPRESSED:
		return w->zipped_mb;
	default: /* CHECK_MEMORY_WAIT */
		return 100 * w->memory_wait;
	}
}

static void level_print(char *text, size_t size, bool given,
			const char *given_text, enum vmg_finding_id id,
			bool critical)
{
	const struct vmg_threshold *t = vmg_threshold_at(id);
	double level = !t ? INFINITY : critical ? t->critical : t->warning;

	text[0] = '\0';
	if (given)
		snprintf(text, size, "%s", given_text);
	else if (isfinite(level))
		snprintf(text, size, "%g", level);
}

/* 'label'=value[unit];warn;crit;min, as the guidelines have it, or what Checkmk
 * has: label=value;warn;crit with | between them. */
static void performance_say(struct page *page, const struct check_options *o,
			    const struct vmg_window *w)
{
	bool checkmk = o->form == CHECK_CHECKMK, first = true;

	for (size_t i = 0; i < CHECK_LABEL_COUNT; i++) {
		double value = label_value(w, i);
		char warning[48], critical[48], number[40] = "U";

		if (checkmk && isnan(value))
			continue;
		level_print(warning, sizeof warning, o->ranges[i].has_warning,
			    o->ranges[i].warning_text, labels[i].finding,
			    false);
		level_print(
			critical, sizeof critical, o->ranges[i].has_critical,
			o->ranges[i].critical_text, labels[i].finding, true);
		if (!isnan(value))
			snprintf(number, sizeof number, "%.2f%s", value,
				 checkmk ? "" : labels[i].unit);
		if (checkmk)
			page_say(page, "%s%s=%s;%s;%s", first ? "" : "|",
				 labels[i].name, number, warning, critical);
		else
			page_say(page, "%s'%s'=%s;%s;%s;0", first ? "" : " ",
				 labels[i].name, number, warning, critical);
		first = false;
	}
}

/* Status. */

/* Given ranges replace the thresholds of their label. */
static void ranges_apply(const struct check_options *o,
			 struct accepted *accepted)
{
	*accepted = o->accepted;
	for (size_t i = 0; i < CHECK_LABEL_COUNT; i++)
		if ((o->ranges[i].has_warning || o->ranges[i].has_critical) &&
		    labels[i].finding != VMG_FINDING_COUNT)
			accepted->reasons[labels[i].finding] = "a range";
}

static enum status range_status(const struct check_options *o, size_t label,
				double value)
{
	if (isnan(value))
		return STATUS_OK;
	if (o->ranges[label].has_critical &&
	    range_alerts(&o->ranges[label].critical, value))
		return STATUS_CRITICAL;
	if (o->ranges[label].has_warning &&
	    range_alerts(&o->ranges[label].warning, value))
		return STATUS_WARNING;
	return STATUS_OK;
}

/* Why a denial is not this VM's own doing, where that is known. */
static const char *cause_of(const struct vmg_window *w,
			    const struct vmg_finding *f)
{
	if (f->id != VMG_FINDING_CPU_DENIED &&
	    f->id != VMG_FINDING_CPU_CONTENTION)
		return "";
	return isinf(w->cpu_limit_mhz) ? ", no limit: host or pool"
	       : w->cpu_limit_known    ? ", below limit: host or pool"
				       : "";
}

static void window_text(const struct vmg_window *w, char *text, size_t size)
{
	double s = (double)(w->to_ns - w->from_ns) / 1e9;

	if (s < 90)
		snprintf(text, size, "%.0f s", s);
	else
		snprintf(text, size, "%.0f min", s / 60);
}

struct verdict {
	enum status status;
	char text[VMG_LOG_SIZE];
};

static void finding_judge(struct verdict *v, const struct vmg_window *w,
			  const struct vmg_finding *f, const char *window)
{
	const struct vmg_threshold *t = vmg_threshold_at(f->id);
	bool critical = f->severity == VMG_SEVERITY_CRITICAL;
	char level[32] = "";
	struct vmg_words words;

	v->status = critical ? STATUS_CRITICAL : STATUS_WARNING;
	vmg_finding_words(w, f, &words);
	if (f->id == VMG_FINDING_CPU_DENIED)
		snprintf(level, sizeof level, " (%s %g)",
			 critical ? "crit" : "warn",
			 critical ? t->critical : t->warning);
	snprintf(v->text, sizeof v->text, "%s for %s%s%s", words.brief, window,
		 level, cause_of(w, f));
}

static void ranges_judge(struct verdict *v, const struct check_options *o,
			 const struct vmg_window *w, const char *window)
{
	for (size_t i = 0; i < CHECK_LABEL_COUNT; i++) {
		double value = label_value(w, i);
		enum status status = range_status(o, i, value);

		if (status <= v->status)
			continue;
		v->status = status;
		snprintf(v->text, sizeof v->text,
			 "%s %.1f %s for %s, outside %s", labels[i].name, value,
			 labels[i].unit, window,
			 status == STATUS_CRITICAL ? o->ranges[i].critical_text
						   : o->ranges[i].warning_text);
	}
}

static void judge(struct verdict *v, const struct check_options *o,
		  const struct vmg_diagnosis *d)
{
	const struct vmg_window *w = &d->window;
	const struct vmg_finding *f;
	struct accepted accepted;
	char window[24];

	window_text(w, window, sizeof window);
	ranges_apply(o, &accepted);
	f = accepted_first(&accepted, d);
	if (f && f->severity >= VMG_SEVERITY_WARNING)
		finding_judge(v, w, f, window);
	ranges_judge(v, o, w, window);
	if (v->status == STATUS_OK)
		snprintf(v->text, sizeof v->text,
			 "used %.0f %%, denied %.1f %% for %s", 100 * w->used,
			 isnan(w->denied) ? 0 : 100 * w->denied, window);
}

static void absent_judge(struct verdict *v, const struct check_options *o,
			 const struct vmg_diagnosis *d,
			 const struct vmg_failure *failure)
{
	bool absent = failure->cause == VMG_CAUSE_NOT_VM ||
		      failure->cause == VMG_CAUSE_NO_MESSAGES;

	v->status = absent && o->absent_ok ? STATUS_OK : STATUS_UNKNOWN;
	if (d->window.down < d->window.readings) {
		snprintf(v->text, sizeof v->text,
			 "moved, resumed or in a snapshot just now");
		return;
	}
	vmg_explain_failure(failure, v->text);
	v->text[strcspn(v->text, ":;.")] = '\0';
}

/* The line. */

static void line_say(struct page *page, const struct check_options *o,
		     const struct verdict *v, const struct vmg_diagnosis *d)
{
	switch (o->form) {
	case CHECK_PLUGIN:
		page_say(page, "VMGUEST %s - ", status_names[v->status]);
		page_say(page, "%.*s | ", COLUMNS - (int)page->len, v->text);
		performance_say(page, o, &d->window);
		break;
	case CHECK_CHECKMK:
		page_say(page, "%d VMGUEST ", v->status);
		if (d->window.intervals > 0)
			performance_say(page, o, &d->window);
		else
			page_say(page, "-");
		page_say(page, " %s", v->text);
		break;
	case CHECK_NPD:
		page_say(page, "%s", v->text);
		break;
	}
	page_say(page, "\n");
}

static void details_say(struct page *page, const struct vmg_diagnosis *d)
{
	struct vmg_words words;

	for (size_t i = 0; i < d->count; i++) {
		vmg_finding_words(&d->window, &d->findings[i], &words);
		page_say(page, "%s: %s\n",
			 vmg_severity_name(d->findings[i].severity),
			 words.headline);
	}
}

/* node-problem-detector: 0 no problem, 1 a problem, 2 unknown. A local check of
 * Checkmk says it in its line. */
static int exit_status(const struct check_options *o, enum status status)
{
	if (o->form == CHECK_CHECKMK)
		return 0;
	if (o->form == CHECK_NPD)
		return status == STATUS_UNKNOWN ? 2 : status != STATUS_OK;
	return (int)status;
}

static void on_timeout(int number)
{
	static const char line[] = "VMGUEST UNKNOWN - timed out\n";

	(void)number;
	if (write(STDOUT_FILENO, line, sizeof line - 1) < 0)
		_exit(STATUS_UNKNOWN);
	_exit(STATUS_UNKNOWN);
}

/* The reading of the previous check is the window's beginning if it is of this
 * session and not too old; else a short sample is. */
static bool is_usable(const struct vmg_moment *before,
		      const struct vmg_moment *now)
{
	return before->session == now->session &&
	       before->time_ns < now->time_ns &&
	       now->time_ns - before->time_ns < STATE_OLDEST_NS &&
	       before->number[VMG_FACT_ELAPSED_MS] <
		       now->number[VMG_FACT_ELAPSED_MS];
}

static bool window_take(struct moments *moments, struct reader *reader)
{
	char path[PATH_SIZE];
	bool has_path = state_path(path, sizeof path);
	const struct vmg_moment *now = &reader->now;
	struct vmg_disks disks;
	struct vmg_moment before;
	bool ok = true;

	reader_read(reader);
	if (has_path && now->up && state_load(path, &before, &disks) &&
	    is_usable(&before, now)) {
		/* The count of another process. */
		before.known[VMG_FACT_REOPENS] = false;
		ok = moments_add(moments, &before);
		ok = moments_add(moments, now) && ok;
	} else if (now->up) {
		ok = moments_collect(moments, reader, SAMPLE_S);
	} else {
		ok = moments_add(moments, now);
	}
	if (ok && has_path && now->up)
		state_save(path, now);
	return ok;
}

int check_run(const struct check_options *o, struct vmg_sampler *sampler)
{
	struct verdict verdict = { .status = STATUS_OK };
	struct reader reader = { .sampler = sampler };
	struct moments moments = { 0 };
	struct vmg_diagnosis d = { 0 };
	struct page page = { 0 };

	signal(SIGALRM, on_timeout);
	alarm(o->timeout_s);
	if (!window_take(&moments, &reader)) {
		verdict.status = STATUS_UNKNOWN;
		snprintf(verdict.text, sizeof verdict.text, "no memory");
	} else {
		vmg_diagnose(&d, moments.list, moments.count);
		if (d.window.intervals > 0)
			judge(&verdict, o, &d);
		else
			absent_judge(&verdict, o, &d, &reader.sample.failure);
	}
	if (d.window.intervals == 0)
		d.window = (struct vmg_window){
			.used = NAN,
			.stolen = NAN,
			.contention = NAN,
			.memory_wait = NAN,
			.effective_mhz = NAN,
			.cpu_limit_mhz = NAN,
			.swapped_mb = NAN,
			.zipped_mb = NAN,
		};
	line_say(&page, o, &verdict, &d);
	if (o->verbose && o->form == CHECK_PLUGIN)
		details_say(&page, &d);
	page_write(&page);
	page_release(&page);
	moments_release(&moments);
	reader_release(&reader);
	return exit_status(o, verdict.status);
}
