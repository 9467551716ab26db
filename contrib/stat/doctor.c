/* SPDX-License-Identifier: MIT */
#include "doctor.h"
#include "page.h"
#include "question.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

static const char *const marks[] = { "ok", "info", "partly", "no" };

void answer_say(struct answer *a, const char *format, ...)
{
	size_t len = strlen(a->text);
	va_list args;

	va_start(args, format);
	vsnprintf(a->text + len, sizeof a->text - len, format, args);
	va_end(args);
}

/* From the outside inwards. */
static const struct question {
	const char *name;
	question_fn *ask;
	bool vital; /* its "no" is the whole program's */
} questions[] = {
	{ "machine", ask_machine, true },
	{ "hypervisor", ask_hypervisor, false },
	{ "port", ask_port, true },
	{ "message channel", ask_channel, true },
	{ "service", ask_service, true },
	{ "protocol", ask_protocol, false },
	{ "statistics", ask_statistics, false },
	{ "host totals", ask_host_totals, false },
	{ "extended statistics", ask_extended, false },
	{ "other readers", ask_readers, false },
	{ "permissions", ask_permissions, false },
	{ "seccomp", ask_seccomp, false },
	{ "container", ask_container, false },
	{ "kernel lockdown", ask_lockdown, false },
	{ "versions", ask_versions, false },
};

#define QUESTION_COUNT (sizeof questions / sizeof questions[0])

static void text_say(struct page *page, size_t i, const struct answer *a)
{
	char first[48];

	snprintf(first, sizeof first, "%-8s%s: ", marks[a->mark],
		 questions[i].name);
	page_wrap(page, first, "        ", a->text);
}

static void print(void *ctx, const char *bytes, size_t len)
{
	page_add(ctx, bytes, len);
}

static void put(yajl_gen gen, const char *text)
{
	yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void json_say(struct page *page, const struct answer *answers)
{
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (!gen) {
		page->failed = true;
		return;
	}
	yajl_gen_config(gen, yajl_gen_print_callback, print, page);
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < QUESTION_COUNT; i++) {
		yajl_gen_map_open(gen);
		put(gen, "question");
		put(gen, questions[i].name);
		put(gen, "mark");
		put(gen, marks[answers[i].mark]);
		put(gen, "answer");
		put(gen, answers[i].text);
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
	yajl_gen_free(gen);
	page_say(page, "\n");
}

static int status_of(const struct answer *answers)
{
	int status = 0;

	for (size_t i = 0; i < QUESTION_COUNT; i++) {
		if (answers[i].mark == MARK_NO && questions[i].vital)
			return 2;
		if (answers[i].mark >= MARK_PARTLY)
			status = 1;
	}
	return status;
}

static void patient_read(struct patient *p, struct vmg_sampler *sampler,
			 struct vmg_sample *sample)
{
	vmg_sampler_read(sampler, sample);
	p->sample = sample;
	if (vmg_open(&p->handle, &p->failure) == VMGUESTLIB_ERROR_SUCCESS) {
		VMGuestLib_UpdateInfo(p->handle);
		vmg_update_failure(p->handle, &p->failure);
	}
	vmg_host_describe(p->handle, &p->host, sizeof p->host);
}

int doctor_run(struct vmg_sampler *sampler, bool json)
{
	struct answer answers[QUESTION_COUNT] = { { .mark = MARK_OK } };
	struct vmg_sample sample;
	struct patient patient = { .handle = NULL };
	struct page page = { 0 };

	patient_read(&patient, sampler, &sample);
	for (size_t i = 0; i < QUESTION_COUNT; i++) {
		questions[i].ask(&patient, &answers[i]);
		if (!json)
			text_say(&page, i, &answers[i]);
	}
	if (patient.handle)
		VMGuestLib_CloseHandle(patient.handle);
	if (json)
		json_say(&page, answers);
	if (page_write(&page) == PAGE_FAILED)
		fprintf(stderr, "vmguest-stat: cannot write: %s.\n",
			strerror(errno));
	page_release(&page);
	return status_of(answers);
}
