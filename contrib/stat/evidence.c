/* SPDX-License-Identifier: MIT */
#include "evidence.h"
#include "explanation.h"
#include "history.h"
#include "moments.h"
#include "recording.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct evidence {
	const struct evidence_options *options;
	struct recording recording;
	struct moments moments;
	struct vmg_failure failure; /* of the last reading */
};

static void losses_say(const struct recording *recording)
{
	if (recording->damaged > 0)
		fprintf(stderr,
			"vmguest-stat: damaged lines skipped, as a crash "
			"leaves them: %zu.\n",
			recording->damaged);
	if (recording->newer > 0)
		fprintf(stderr,
			"vmguest-stat: readings of a newer version skipped: "
			"%zu. This version reads schema %d and older.\n",
			recording->newer, RECORDING_SCHEMA);
}

static bool recording_take(struct evidence *e)
{
	bool ok = recording_load(e->options->from, &e->moments, &e->recording);

	losses_say(&e->recording);
	e->failure.cause = e->recording.cause;
	return ok;
}

static bool host_take(struct evidence *e, struct vmg_sampler *sampler)
{
	struct reader reader = { .sampler = sampler };
	bool ok;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "Reading for %u s ...\n", e->options->seconds);
	ok = moments_collect(&e->moments, &reader, e->options->seconds);
	e->failure = reader.sample.failure;
	reader_release(&reader);
	return ok;
}

static const char *host_of(const struct evidence *e)
{
	if (e->options->host)
		return e->options->host;
	return e->recording.host[0] ? e->recording.host : e->options->own_host;
}

/* False: it cannot be written. */
static bool evidence_show(const struct evidence *e,
			  const struct vmg_diagnosis *d)
{
	const struct explanation explanation = {
		.host = host_of(e),
		.uuid = e->recording.uuid,
		.diagnosis = d,
		.accepted = e->options->accepted,
		.failure = &e->failure,
		.utc = e->options->utc,
	};
	struct page page = { 0 };
	bool ok;

	if (e->options->json)
		explanation_json(&page, &explanation);
	else
		explanation_text(&page, &explanation);
	if (e->options->from && !e->options->json)
		history_text(&page, &explanation, e->moments.list,
			     e->moments.count);
	ok = page_write(&page) != PAGE_FAILED;
	page_release(&page);
	return ok;
}

int evidence_run(const struct evidence_options *options,
		 struct vmg_sampler *sampler)
{
	struct evidence e = { .options = options };
	struct vmg_diagnosis d = { 0 };
	bool ok;

	errno = ENOMEM;
	ok = options->from ? recording_take(&e) : host_take(&e, sampler);
	if (!ok) {
		fprintf(stderr, "vmguest-stat: cannot read %s: %s.\n",
			options->from ? options->from : "the host",
			strerror(errno));
	} else {
		vmg_diagnose(&d, e.moments.list, e.moments.count);
		ok = evidence_show(&e, &d);
		if (!ok)
			fprintf(stderr, "vmguest-stat: cannot write: %s.\n",
				strerror(errno));
	}
	moments_release(&e.moments);
	return ok && d.window.intervals > 0 ? 0 : 1;
}
