/* SPDX-License-Identifier: MIT */
#include "doctor.h"
#include "explain.h"
#include "page.h"
#include "row.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <yajl/yajl_gen.h>

enum mark {
	MARK_OK,
	MARK_INFO,
	MARK_PARTLY,
	MARK_NO,
};

static const char *const marks[] = { "ok", "info", "partly", "no" };

struct answer {
	enum mark mark;
	char text[VMG_LOG_SIZE];
};

/* The question's context: what one reading gave. */
struct patient {
	const struct vmg_sample *sample;
};

/* The beginning of a file's first line; false: it cannot be read. */
static bool line_read(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(text, (int)size, file);

	if (ok)
		text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
	return ok;
}

/* What follows the key in a file of "key value" or "key=value" lines. */
static bool value_read(const char *path, const char *key, char *text,
		       size_t size)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool ok = false;

	if (!file)
		return false;
	while (!ok && fgets(line, sizeof line, file)) {
		const char *value = line + strlen(key);

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		value += strspn(value, ": \t=\"");
		snprintf(text, size, "%.*s", (int)strcspn(value, "\"\n"),
			 value);
		ok = true;
	}
	fclose(file);
	return ok;
}

static void machine(const struct patient *p, struct answer *a)
{
	struct utsname name;

	(void)p;
	if (uname(&name) != 0) {
		a->mark = MARK_INFO;
		return;
	}
	a->mark = strcmp(name.machine, "x86_64") == 0 ||
				  (name.machine[0] == 'i' &&
				   strcmp(name.machine + 2, "86") == 0)
			  ? MARK_OK
			  : MARK_NO;
	snprintf(a->text, sizeof a->text, "%.60s%s", name.machine,
		 a->mark == MARK_OK ? "" : "; only x86 can ask the host");
}

static void hypervisor(const struct patient *p, struct answer *a)
{
	char vendor[120] = "unknown", product[120] = "";

	(void)p;
	line_read("/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor);
	line_read("/sys/class/dmi/id/product_name", product, sizeof product);
	a->mark = strstr(vendor, "VMware") ? MARK_OK : MARK_INFO;
	snprintf(a->text, sizeof a->text, "DMI: %s %s", vendor, product);
}

static void host(const struct patient *p, struct answer *a)
{
	a->mark = p->sample->up ? MARK_OK : MARK_NO;
	vmg_explain_failure(&p->sample->failure, a->text);
}

static void statistics(const struct patient *p, struct answer *a)
{
	static const enum vmg_state states[] = { VMG_STATE_NOT_SENT,
						 VMG_STATE_NOT_VALID };
	const struct vmg_sample *sample = p->sample;
	char name[VMG_NAME_SIZE];
	size_t len = 0;

	a->mark = !sample->up		      ? MARK_NO
		  : sample->absence_count > 0 ? MARK_PARTLY
					      : MARK_OK;
	if (a->mark != MARK_PARTLY) {
		snprintf(a->text, sizeof a->text, "%s",
			 sample->up ? "all have a value" : "none");
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		bool begun = false;

		for (size_t k = 0; k < sample->absence_count; k++) {
			if (sample->absences[k].state != states[i])
				continue;
			vmg_metric_name(sample->absences[k].metric, name);
			len += (size_t)snprintf(
				a->text + len, sizeof a->text - len, "%s%s",
				begun ? ", " : vmg_explain_state(states[i]),
				name);
			if (len >= sizeof a->text)
				return;
			begun = true;
		}
	}
}

static void host_totals(const struct patient *p, struct answer *a)
{
	const struct vmg_sample *sample = p->sample;

	a->mark = MARK_INFO;
	snprintf(a->text, sizeof a->text, "%s",
		 sample->up ? "hidden; the provider can show them by "
			      "tools.guestlib.enableHostInfo = \"TRUE\" "
			      "in the VM's configuration"
			    : "not known");
	for (size_t i = 0; i < sample->point_count; i++) {
		if (sample->points[i].metric !=
		    vmg_metric_at(VMG_ROW_HOST_CPU_CORES))
			continue;
		a->mark = MARK_OK;
		snprintf(a->text, sizeof a->text, "shown");
	}
}

static void extended(const struct patient *p, struct answer *a)
{
	(void)p;
	a->mark = MARK_INFO;
	snprintf(a->text, sizeof a->text, "not read by this version");
}

/* Programs that are known to use the host's message channels. */
static void readers(const struct patient *p, struct answer *a)
{
	static const char *const names[] = { "collectd", "vmguest-execd",
					     "telegraf", "vmtoolsd" };
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char path[300], name[32];

	(void)p;
	a->mark = MARK_INFO;
	while (folder && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
		if (!line_read(path, name, sizeof name))
			continue;
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (strcmp(name, names[i]) == 0 &&
			    !strstr(a->text, name))
				snprintf(a->text + strlen(a->text),
					 sizeof a->text - strlen(a->text),
					 "%s%s", a->text[0] ? ", " : "", name);
	}
	if (folder)
		closedir(folder);
	if (!a->text[0])
		snprintf(a->text, sizeof a->text, "none that is known");
}

static void permissions(const struct patient *p, struct answer *a)
{
	char seccomp[8] = "0";

	(void)p;
	value_read("/proc/self/status", "Seccomp:", seccomp, sizeof seccomp);
	a->mark = MARK_OK;
	snprintf(a->text, sizeof a->text, "%s; seccomp %s",
		 geteuid() == 0 ? "root, which is not needed"
				: "an unprivileged user, which is enough",
		 seccomp[0] == '0' ? "off"
				   : "on: it has to allow clone and wait4");
}

static void container(const struct patient *p, struct answer *a)
{
	bool inside = access("/.dockerenv", F_OK) == 0 ||
		      access("/run/.containerenv", F_OK) == 0 ||
		      access("/run/systemd/container", F_OK) == 0;

	(void)p;
	a->mark = MARK_INFO;
	snprintf(a->text, sizeof a->text, "%s",
		 inside ? "inside one; the numbers are of the whole virtual "
			  "machine"
			: "none");
}

static void lockdown(const struct patient *p, struct answer *a)
{
	(void)p;
	a->mark = MARK_INFO;
	if (!line_read("/sys/kernel/security/lockdown", a->text,
		       sizeof a->text))
		snprintf(a->text, sizeof a->text, "not known");
}

static void versions(const struct patient *p, struct answer *a)
{
	struct utsname name = { .release = "?" };
	char system[120] = "unknown system";

	(void)p;
	uname(&name);
	value_read("/etc/os-release", "PRETTY_NAME", system, sizeof system);
	a->mark = MARK_INFO;
	snprintf(a->text, sizeof a->text,
		 "vmguest " VMG_VERSION ", %s, kernel %.100s", system,
		 name.release);
}

static const struct question {
	const char *name;
	void (*answer)(const struct patient *p, struct answer *a);
	bool vital; /* its "no" is the whole program's */
} questions[] = {
	{ "machine", machine, true },
	{ "hypervisor", hypervisor, false },
	{ "host", host, true },
	{ "statistics", statistics, false },
	{ "host totals", host_totals, false },
	{ "extended statistics", extended, false },
	{ "other readers", readers, false },
	{ "permissions", permissions, false },
	{ "container", container, false },
	{ "kernel lockdown", lockdown, false },
	{ "versions", versions, false },
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

int doctor_run(struct vmg_sampler *sampler, bool json)
{
	static struct answer answers[QUESTION_COUNT];
	struct vmg_sample sample;
	const struct patient patient = { &sample };
	struct page page = { 0 };

	vmg_sampler_read(sampler, &sample);
	for (size_t i = 0; i < QUESTION_COUNT; i++) {
		questions[i].answer(&patient, &answers[i]);
		if (!json)
			text_say(&page, i, &answers[i]);
	}
	if (json)
		json_say(&page, answers);
	if (page_write(&page) == PAGE_FAILED)
		fprintf(stderr, "vmguest-stat: cannot write: %s.\n",
			strerror(errno));
	page_release(&page);
	return status_of(answers);
}
