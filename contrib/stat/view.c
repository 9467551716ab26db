/* SPDX-License-Identifier: MIT */
#include "view.h"
#include "devices.h"
#include "explain.h"
#include "explanation.h"
#include "guest.h"
#include "pause.h"
#include "reader.h"
#include "verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define ROWS_DEFAULT 24

#define NOTE_WIDTH 9
#define TIME_WIDTH 9

struct view {
	const struct view_options *options;
	struct reader reader;
	struct totals before;
	struct page page;
	bool terminal, begun;
	int width, rows, last_width, last_rows;
	int since_header; /* lines */
	size_t shown;	  /* the first so many of the chosen columns fit */
	uint64_t session;
	bool was_up, was_down;
};

static bool is_of_group(const struct view *v, const struct column *c)
{
	return c->group & v->options->groups && (!c->wide || v->options->wide);
}

/* What an earlier group shows already is left out. */
static bool is_chosen(const struct view *v, size_t index)
{
	const struct column *c = column_at(index), *other;

	for (size_t i = 0; i < index; i++) {
		other = column_at(i);
		if (strcmp(other->key, c->key) == 0 && is_of_group(v, other))
			return false;
	}
	return is_of_group(v, c);
}

static void size_read(struct view *v)
{
	struct winsize size = { 0 };

	v->last_width = v->width;
	v->last_rows = v->rows;
	v->width = WIDTH_DEFAULT;
	v->rows = ROWS_DEFAULT;
	if (!v->terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return;
	if (size.ws_col > 0)
		v->width = size.ws_col;
	if (size.ws_row > 2)
		v->rows = size.ws_row;
}

/* A terminal that is too narrow loses columns on the right, but never all. */
static void columns_fit(struct view *v)
{
	int left = v->width - (v->options->time ? TIME_WIDTH : 0);

	v->shown = column_count();
	if (!v->terminal)
		return;
	for (size_t i = 0; i < column_count(); i++) {
		if (!is_chosen(v, i))
			continue;
		left -= column_at(i)->width;
		if (left < 0 && i > 0) {
			v->shown = i;
			return;
		}
	}
}

static int group_width(const struct view *v, unsigned group)
{
	int width = 0;

	for (size_t i = 0; i < v->shown; i++)
		if (is_chosen(v, i) && column_at(i)->group == group)
			width += column_at(i)->width;
	return width;
}

/* "---- memory, MiB ----" over the columns of a group. */
static void band_say(struct view *v, unsigned group, const char *title)
{
	int width = group_width(v, group) - 1;
	int dashes = width - (int)strlen(title) - 2;
	static const char line[] = "------------------------------------------"
				   "------------------------------------------";

	if (width <= 0)
		return;
	if (dashes < 2)
		page_say(&v->page, " %.*s", width, line);
	else
		page_say(&v->page, " %.*s %s %.*s", dashes / 2, line, title,
			 dashes - dashes / 2, line);
}

static bool note_fits(const struct view *v)
{
	int width = v->options->time ? TIME_WIDTH : 0;

	for (size_t i = 0; i < column_count(); i++)
		if (is_chosen(v, i))
			width += column_at(i)->width;
	return !v->terminal || width + NOTE_WIDTH <= v->width;
}

static void header_say(struct view *v, const struct vmg_sample *sample)
{
	char cpu[40], memory[40], host[40], waiting[40];

	snprintf(cpu, sizeof cpu, "CPU, %% of %" PRIu64 " vCPUs",
		 sample->vcpus);
	snprintf(memory, sizeof memory, "memory, %ciB",
		 v->options->scale_letter);
	snprintf(host, sizeof host, "host, %ciB", v->options->scale_letter);
	snprintf(waiting, sizeof waiting, "%% waiting, %ciB",
		 v->options->scale_letter);
	if (v->options->time)
		page_say(&v->page, "%*s", TIME_WIDTH, "");
	band_say(v, VIEW_CPU, cpu);
	band_say(v, VIEW_MEMORY, memory);
	band_say(v, VIEW_HOST, host);
	band_say(v, VIEW_WAITING, waiting);
	page_say(&v->page, "\n%*s", v->options->time ? TIME_WIDTH : 0,
		 v->options->time ? "time " : "");
	for (size_t i = 0; i < v->shown; i++)
		if (is_chosen(v, i))
			page_say(&v->page, "%*s", column_at(i)->width,
				 column_at(i)->name);
	page_say(&v->page, "%s\n", note_fits(v) ? "  note" : "");
	v->since_header = 0;
}

/* Not with disks and network cards alone. */
static bool has_columns(const struct view *v)
{
	return v->options->groups & ~(unsigned)(VIEW_DISKS | VIEW_NICS);
}

static bool header_is_due(struct view *v)
{
	if (!v->begun)
		return true;
	if (v->options->header_once || !v->terminal)
		return false;
	return v->width != v->last_width || v->rows != v->last_rows ||
	       v->since_header >= v->rows - 3;
}

/* Unknown is "-", unlimited "none". */
static void cell_text(const struct view *v, const struct column *c,
		      double value, char *text, size_t size)
{
	double scaled = c->memory && isfinite(value)
				? ldexp(value, -(int)v->options->scale + 10)
				: value;

	if (isnan(value))
		snprintf(text, size, "-");
	else if (isinf(value))
		snprintf(text, size, "none");
	else
		snprintf(text, size, "%.*f", c->decimals, scaled);
}

/* One word for what is wrong since the last line; "" if nothing is. */
static const char *note_of(const struct vmg_diagnosis *d)
{
	if (d->count == 0 || d->findings[0].severity < VMG_SEVERITY_WARNING)
		return "";
	switch (d->findings[0].id) {
	case VMG_FINDING_CPU_LIMIT:
		return "LIMIT";
	case VMG_FINDING_CPU_RESERVATION:
	case VMG_FINDING_CPU_DENIED:
	case VMG_FINDING_CPU_CONTENTION:
		return "HOST?";
	case VMG_FINDING_MEMORY_LIMIT:
	case VMG_FINDING_MEMORY_RESERVATION:
		return "MLIMIT";
	case VMG_FINDING_MEMORY_WAIT:
	case VMG_FINDING_HOST_SWAP:
		return "SWAP";
	case VMG_FINDING_BALLOON:
		return "BALLOON";
	case VMG_FINDING_COMPRESSION:
		return "ZIP";
	case VMG_FINDING_DISK:
		return "DISK";
	case VMG_FINDING_NUMA:
		return "NUMA";
	case VMG_FINDING_VCPUS:
		return "VCPUS?";
	default:
		return "";
	}
}

static void note_make(const struct view *v, const struct line *line, char *note,
		      size_t size)
{
	struct vmg_moment both[] = { v->reader.before, v->reader.now };
	char age[VMG_AGE_SIZE];
	struct vmg_diagnosis d;

	vmg_diagnose(&d, both, 2);
	snprintf(note, size, "%s", note_of(&d));
	if (!line->first)
		return;
	vmg_age_text(line_value(line, VMG_ROW_ELAPSED, "") / 1000, age);
	snprintf(note, size, "%.*s avg", (int)strcspn(age, " "), age);
}

static void time_say(struct view *v, const struct vmg_sample *sample)
{
	char time[TIME_SIZE];

	time_text(sample->time_ns, v->options->utc, "%H:%M:%S", time);
	page_say(&v->page, "%s ", time);
}

static void row_say(struct view *v, const struct line *line, const char *note)
{
	const char *colour =
		v->options->colour && note[0] && !line->first ? "\033[33m" : "";
	char text[40];

	if (v->options->time)
		time_say(v, line->sample);
	for (size_t i = 0; i < v->shown; i++) {
		if (!is_chosen(v, i))
			continue;
		cell_text(v, column_at(i), column_at(i)->value(line), text,
			  sizeof text);
		/* A full cell is still separated by a blank. */
		page_say(&v->page, " %*s", column_at(i)->width - 1, text);
	}
	if (note_fits(v))
		page_say(&v->page, "  %s%s%s", colour, note[0] ? note : "-",
			 colour[0] ? "\033[0m" : "");
	page_say(&v->page, "\n");
	v->since_header++;
}

/* Lines of their own. */

static void title_say(struct view *v, const struct vmg_sample *sample,
		      const struct line *line)
{
	char limits[80] = "no limits", age[VMG_AGE_SIZE], title[400];
	int width = v->terminal ? v->width : (int)sizeof title;
	double cpu = line_value(line, VMG_ROW_CPU_LIMIT, "");
	double memory = line_value(line, VMG_ROW_MEMORY_LIMIT, "");

	if (cpu > 0 && memory > 0)
		snprintf(limits, sizeof limits, "limits %.0f MHz, %.0f MiB",
			 cpu, memory);
	else if (cpu > 0)
		snprintf(limits, sizeof limits, "CPU limit %.0f MHz", cpu);
	else if (memory > 0)
		snprintf(limits, sizeof limits, "memory limit %.0f MiB",
			 memory);
	vmg_age_text(line_value(line, VMG_ROW_ELAPSED, "") / 1000, age);
	snprintf(title, sizeof title,
		 "%s: %" PRIu64 " vCPUs at %.2f GHz, %" PRIu64
		 " MiB; %s; on this host for %s",
		 v->options->host, sample->vcpus,
		 line_value(line, VMG_ROW_HOST_CPU, "") / 1000,
		 sample->memory_mb, limits, age);
	page_say(&v->page, "%.*s\n", width, title);
}

static void change_say(struct view *v, const struct vmg_sample *sample)
{
	char time[TIME_SIZE], old[VMG_SESSION_SIZE], new[VMG_SESSION_SIZE];

	time_text(sample->time_ns, v->options->utc, "%H:%M:%S", time);
	vmg_session_text(v->session, old);
	vmg_session_text(sample->session, new);
	page_say(&v->page, "-- %s session %s -> %s: moved or resumed\n", time,
		 old, new);
	v->since_header++;
}

static void down_say(struct view *v, const struct vmg_sample *sample)
{
	char time[TIME_SIZE], why[VMG_LOG_SIZE];

	time_text(sample->time_ns, v->options->utc, "%H:%M:%S", time);
	vmg_explain_failure(&sample->failure, why);
	page_say(&v->page, "-- %s no statistics: ", time);
	page_add(&v->page, why, strlen(why));
	page_say(&v->page, "\n");
	v->since_header++;
}

static void devices_show(struct view *v, const struct line *line)
{
	static const struct {
		enum view_group group;
		enum vmg_area area;
	} kinds[] = {
		{ VIEW_DISKS, VMG_AREA_VSCSI },
		{ VIEW_NICS, VMG_AREA_VNET },
	};
	bool json = v->options->form == VIEW_JSON;

	if (!json && v->options->time && !has_columns(v)) {
		time_say(v, line->sample);
		page_say(&v->page, "\n");
	}
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!(v->options->groups & kinds[i].group))
			continue;
		if (json)
			devices_json(&v->page, kinds[i].area, line,
				     v->reader.own.devices);
		else
			v->since_header +=
				devices_table(&v->page, kinds[i].area, line,
					      v->reader.own.devices);
	}
}

/* JSON and CSV. */

static void csv_header(struct view *v)
{
	page_say(&v->page, "time,session,up,since_session_began");
	for (size_t i = 0; i < column_count(); i++)
		if (is_chosen(v, i))
			page_say(&v->page, ",%s", column_at(i)->key);
	page_say(&v->page, "\n");
}

/* Numbers and names of our own only: nothing needs to be escaped. */
static void fields_say(struct view *v, const struct line *line)
{
	const struct vmg_sample *sample = line->sample;
	bool json = v->options->form == VIEW_JSON;
	char time[TIME_SIZE], session[VMG_SESSION_SIZE];

	time_text(sample->time_ns, true, "%Y-%m-%dT%H:%M:%SZ", time);
	vmg_session_text(sample->session, session);
	page_say(&v->page,
		 json ? "{\"time\":\"%s\",\"session\":\"%s\",\"up\":%s,"
			"\"since_session_began\":%s"
		      : "%s,%s,%s,%s",
		 time, session, sample->up ? "true" : "false",
		 line->first ? "true" : "false");
	for (size_t i = 0; i < column_count(); i++) {
		double value = column_at(i)->value(line);

		if (!is_chosen(v, i))
			continue;
		page_say(&v->page, ",");
		if (json)
			page_say(&v->page, "\"%s\":", column_at(i)->key);
		if (isfinite(value))
			page_say(&v->page, "%.*f", column_at(i)->decimals + 1,
				 value);
		else if (json)
			page_say(&v->page, isinf(value) ? "\"none\"" : "null");
		else
			page_say(&v->page, isinf(value) ? "none" : "");
	}
	if (json)
		devices_show(v, line);
	page_say(&v->page, json ? "}\n" : "\n");
}

/* Running. */

static void fields_show(struct view *v, const struct line *line)
{
	if (!v->begun && v->options->form == VIEW_CSV)
		csv_header(v);
	if (!(line->first && v->options->no_first))
		fields_say(v, line);
	v->begun = true;
}

static void table_show(struct view *v, const struct line *line)
{
	const struct vmg_sample *sample = line->sample;
	char note[24];

	if (!sample->up) {
		if (!v->was_down)
			down_say(v, sample);
		return;
	}
	size_read(v);
	columns_fit(v);
	if (!v->begun)
		title_say(v, sample, line);
	if (has_columns(v) && header_is_due(v))
		header_say(v, sample);
	v->begun = true;
	if (sample->session_changed)
		change_say(v, sample);
	if (line->first && v->options->no_first)
		return;
	note_make(v, line, note, sizeof note);
	if (has_columns(v))
		row_say(v, line, note);
	devices_show(v, line);
}

static void reading_show(struct view *v)
{
	const struct vmg_sample *sample = &v->reader.sample;
	struct line line = { sample, &v->before, sample->up && !v->was_up };

	if (v->options->form == VIEW_TABLE)
		table_show(v, &line);
	else
		fields_show(v, &line);
	v->was_down = !sample->up;
	if (!sample->up)
		return;
	v->was_up = true;
	v->session = sample->session;
	totals_take(&v->before, sample);
}

int view_run(const struct view_options *options, struct vmg_sampler *sampler)
{
	struct view v = { .options = options,
			  .reader = { .sampler = sampler },
			  .terminal = isatty(STDOUT_FILENO) };
	uint64_t start_ns = vmg_guest_clock_ns();
	enum page_written written = PAGE_WRITTEN;
	bool is_down;

	for (unsigned long i = 0; options->count == 0 || i < options->count;
	     i++) {
		if (!pause_until(
			    start_ns +
			    (uint64_t)((double)i * options->interval_s * 1e9)))
			break;
		reader_read(&v.reader);
		reading_show(&v);
		written = page_write(&v.page);
		if (written != PAGE_WRITTEN)
			break;
	}
	page_release(&v.page);
	totals_release(&v.before);
	if (written == PAGE_FAILED)
		fprintf(stderr, "vmguest-stat: cannot write: %s.\n",
			strerror(errno));
	is_down = !v.reader.sample.up;
	reader_release(&v.reader);
	return written == PAGE_FAILED || (options->count == 1 && is_down);
}
