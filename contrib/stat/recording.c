/* SPDX-License-Identifier: MIT */
#include "recording.h"
#include "explanation.h"
#include "row.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#define PATH_SIZE 4096

/* Facts that are no metric. */
static const char *const other_names[VMG_FACT_COUNT] = {
	[VMG_FACT_UPTIME_US] = "session_uptime_us",
	[VMG_FACT_GUEST_BUSY_MS] = "guest_busy_ms",
	[VMG_FACT_GUEST_SWAP_IN_KB] = "guest_swap_in_kb",
	[VMG_FACT_GUEST_STALL_MS] = "guest_stall_ms",
};

/* Writing. */

static void print(void *ctx, const char *bytes, size_t len)
{
	page_add(ctx, bytes, len);
}

static void put_key(yajl_gen gen, const char *key)
{
	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
}

static void put_text(yajl_gen gen, const char *key, const char *text)
{
	put_key(gen, key);
	yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

/* yajl's own integers end at 2^63. */
static void put_whole(yajl_gen gen, const char *key, uint64_t whole)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, whole);
	put_key(gen, key);
	yajl_gen_number(gen, digits, strlen(digits));
}

/* Raw numbers only: what is computed can be computed again. */
static bool is_raw(const struct vmg_metric *metric)
{
	return metric->source != VMG_SOURCE_DERIVED &&
	       vmg_metric_number(metric) == VMG_NUMBER_WHOLE;
}

/* Distinguishes the totals of a disk or a network card, which share a name. */
static const char *unit_word(uint8_t unit)
{
	switch (unit) {
	case VMG_METRIC_OPERATIONS:
		return "_operations";
	case VMG_METRIC_BYTES_TOTAL:
		return "_bytes";
	case VMG_METRIC_US_TOTAL:
		return "_us";
	case VMG_METRIC_PACKETS:
		return "_packets";
	default:
		return "";
	}
}

#define KEY_SIZE (VMG_NAME_SIZE + VMG_INSTANCE_SIZE)

/* "memory_ballooned", "vscsi_read_operations/scsi0:0". */
static void point_key(const struct vmg_metric *metric, const char *instance,
		      char key[KEY_SIZE])
{
	char name[VMG_NAME_SIZE];

	vmg_metric_name(metric, name);
	if (vmg_area_instance_key(metric->area))
		snprintf(key, KEY_SIZE, "%s%s/%s", name,
			 unit_word(metric->unit), instance);
	else
		snprintf(key, KEY_SIZE, "%s", name);
}

static const char guest_operations[] = "guest_disk_operations/";
static const char guest_time[] = "guest_disk_ms/";

/* A disk as the guest counts it. */
static void guest_disk_put(yajl_gen gen, const struct vmg_disk *disk)
{
	char key[KEY_SIZE];

	if (!disk->guest_known)
		return;
	snprintf(key, sizeof key, "%s%s", guest_operations, disk->name);
	put_whole(gen, key, disk->guest_operations);
	snprintf(key, sizeof key, "%s%s", guest_time, disk->name);
	put_whole(gen, key, disk->guest_time_ms);
}

static void points_put(yajl_gen gen, const struct vmg_sample *sample,
		       const struct vmg_moment *moment)
{
	char key[KEY_SIZE];

	put_key(gen, "points");
	yajl_gen_map_open(gen);
	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];

		if (!is_raw(point->metric))
			continue;
		point_key(point->metric, point->instance, key);
		put_whole(gen, key, point->value.whole);
	}
	for (size_t i = 0; i < VMG_FACT_COUNT; i++)
		if (other_names[i] && moment->known[i])
			put_whole(gen, other_names[i], moment->number[i]);
	for (size_t i = 0; i < moment->disk_count; i++)
		guest_disk_put(gen, &moment->disks[i]);
	yajl_gen_map_close(gen);
}

static void absences_put(yajl_gen gen, const struct vmg_sample *sample)
{
	char key[VMG_NAME_SIZE];

	put_key(gen, "absent");
	yajl_gen_map_open(gen);
	for (size_t i = 0; i < sample->absence_count; i++) {
		vmg_metric_name(sample->absences[i].metric, key);
		put_text(gen, key,
			 sample->absences[i].state == VMG_STATE_NOT_SENT
				 ? "not_sent"
				 : "not_valid");
	}
	yajl_gen_map_close(gen);
}

void recording_line(struct page *page, const char *host,
		    const struct vmg_sample *sample,
		    const struct vmg_moment *moment)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	char time[TIME_SIZE], session[VMG_SESSION_SIZE];

	if (!gen) {
		page->failed = true;
		return;
	}
	time_text(sample->time_ns, true, "%Y-%m-%dT%H:%M:%SZ", time);
	vmg_session_text(sample->session, session);
	yajl_gen_config(gen, yajl_gen_print_callback, print, page);
	yajl_gen_map_open(gen);
	put_whole(gen, "schema", RECORDING_SCHEMA);
	put_text(gen, "version", VMG_VERSION);
	put_text(gen, "host", host);
	put_text(gen, "time", time);
	put_whole(gen, "time_ns", sample->time_ns);
	put_text(gen, "session", session);
	if (sample->uuid)
		put_text(gen, "uuid", sample->uuid);
	if (sample->host_version)
		put_text(gen, "host_version", sample->host_version);
	put_whole(gen, "up", sample->up);
	put_whole(gen, "cause", sample->failure.cause);
	put_whole(gen, "vcpus", sample->vcpus);
	put_whole(gen, "memory_mb", sample->memory_mb);
	points_put(gen, sample, moment);
	absences_put(gen, sample);
	yajl_gen_map_close(gen);
	yajl_gen_free(gen);
	page_say(page, "\n");
}

/* Reading. */

static bool whole_of(yajl_val value, uint64_t *whole)
{
	const char *digits =
		YAJL_IS_NUMBER(value) ? YAJL_GET_NUMBER(value) : "";
	char *end;

	if (digits[0] < '0' || digits[0] > '9')
		return false;
	errno = 0;
	*whole = strtoull(digits, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool take_whole(yajl_val object, const char *key, uint64_t *whole)
{
	const char *path[] = { key, NULL };

	return whole_of(yajl_tree_get(object, path, yajl_t_number), whole);
}

static bool take_session(yajl_val object, uint64_t *session)
{
	const char *path[] = { "session", NULL };
	yajl_val value = yajl_tree_get(object, path, yajl_t_string);
	const char *text = value ? YAJL_GET_STRING(value) : "";

	if (strlen(text) != VMG_SESSION_SIZE - 1 || strncmp(text, "0x", 2) != 0)
		return false;
	*session = strtoull(text, NULL, 16);
	return true;
}

static void facts_take(yajl_val points, struct vmg_moment *moment)
{
	char name[VMG_NAME_SIZE];

	for (size_t i = 0; i < VMG_FACT_COUNT; i++) {
		const struct vmg_metric *metric = vmg_fact_metric(i);

		if (metric)
			vmg_metric_name(metric, name);
		else if (other_names[i])
			snprintf(name, sizeof name, "%s", other_names[i]);
		else
			continue;
		moment->known[i] = take_whole(points, name, &moment->number[i]);
	}
}

/* The instance of a key that begins so; NULL: it does not, or is too long. */
static const char *instance_of(const char *key, const char *begin)
{
	size_t len = strlen(begin);

	return strncmp(key, begin, len) == 0 &&
			       strlen(key + len) < VMG_INSTANCE_SIZE
		       ? key + len
		       : NULL;
}

static void host_disk_take(struct vmg_disks *disks, const char *key,
			   uint64_t number)
{
	const char *area = vmg_area_name(VMG_AREA_VSCSI);
	enum vmg_row end = vmg_area_end(VMG_AREA_VSCSI);
	char begin[KEY_SIZE];

	if (strncmp(key, area, strlen(area)) != 0)
		return;
	for (enum vmg_row i = vmg_area_first(VMG_AREA_VSCSI); i < end; i++) {
		const struct vmg_metric *metric = vmg_metric_at(i);
		const char *name;

		if (!is_raw(metric))
			continue;
		point_key(metric, "", begin);
		name = instance_of(key, begin);
		if (name)
			vmg_disk_add(disks, metric, name, number);
	}
}

static void guest_disk_take(struct vmg_disks *disks, const char *key,
			    uint64_t number)
{
	const char *operations = instance_of(key, guest_operations);
	const char *time = instance_of(key, guest_time);
	struct vmg_disk *disk = NULL;

	if (operations || time)
		disk = vmg_disk_find(disks, operations ? operations : time);
	if (!disk)
		return;
	disk->guest_known = true;
	if (operations)
		disk->guest_operations = number;
	else
		disk->guest_time_ms = number;
}

static void disks_take(yajl_val points, struct vmg_moment *moment,
		       struct vmg_disks *disks)
{
	uint64_t number;

	disks->count = 0;
	for (size_t i = 0; i < YAJL_GET_OBJECT(points)->len; i++) {
		const char *key = YAJL_GET_OBJECT(points)->keys[i];

		if (!strchr(key, '/') ||
		    !whole_of(YAJL_GET_OBJECT(points)->values[i], &number))
			continue;
		host_disk_take(disks, key, number);
		guest_disk_take(disks, key, number);
	}
	moment->disks = disks->list;
	moment->disk_count = disks->count;
}

static bool moment_parse(yajl_val object, struct vmg_moment *moment,
			 struct vmg_disks *disks)
{
	const char *path[] = { "points", NULL };
	struct vmg_moment next = { 0 };
	yajl_val points = yajl_tree_get(object, path, yajl_t_object);
	uint64_t up;

	if (!points || !take_whole(object, "time_ns", &next.time_ns) ||
	    !take_whole(object, "up", &up) ||
	    !take_whole(object, "vcpus", &next.vcpus) ||
	    !take_whole(object, "memory_mb", &next.memory_mb) ||
	    !take_session(object, &next.session))
		return false;
	next.up = up != 0;
	facts_take(points, &next);
	disks_take(points, &next, disks);
	*moment = next;
	return true;
}

static void take_text(yajl_val object, const char *key, char *text, size_t size)
{
	const char *path[] = { key, NULL };
	yajl_val value = yajl_tree_get(object, path, yajl_t_string);

	if (value)
		snprintf(text, size, "%s", YAJL_GET_STRING(value));
	vmg_text_clean(text);
}

/* False: no memory. */
static bool line_take(yajl_val object, const struct vmg_moment *moment,
		      struct moments *moments, struct recording *recording)
{
	uint64_t cause;

	take_text(object, "host", recording->host, sizeof recording->host);
	take_text(object, "uuid", recording->uuid, sizeof recording->uuid);
	if (!moment->up && take_whole(object, "cause", &cause))
		recording->cause = (enum vmg_cause)cause;
	return moments_add(moments, moment);
}

/* False: no memory. */
static bool line_load(const char *line, struct moments *moments,
		      struct recording *recording)
{
	char why[8];
	yajl_val object = yajl_tree_parse(line, why, sizeof why);
	struct vmg_moment moment;
	struct vmg_disks disks;
	uint64_t schema;
	bool ok = true;

	if (!object || !take_whole(object, "schema", &schema))
		recording->damaged++;
	else if (schema > RECORDING_SCHEMA)
		recording->newer++;
	else if (!moment_parse(object, &moment, &disks))
		recording->damaged++;
	else
		ok = line_take(object, &moment, moments, recording);
	yajl_tree_free(object);
	return ok;
}

static bool file_load(const char *path, struct moments *moments,
		      struct recording *recording)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool ok = true;

	if (!file)
		return false;
	while (ok && getline(&line, &size, file) > 0)
		ok = line_load(line, moments, recording);
	if (ferror(file))
		ok = false;
	free(line);
	fclose(file);
	return ok;
}

static int is_recording(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return strncmp(entry->d_name, "vmguest-", 8) == 0 && len > 6 &&
	       strcmp(entry->d_name + len - 6, ".jsonl") == 0;
}

static bool folder_load(const char *path, struct moments *moments,
			struct recording *recording)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_recording, alphasort);
	char file[PATH_SIZE];
	bool ok = true;

	if (count < 0)
		return false;
	for (int i = 0; i < count; i++) {
		snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
		ok = ok && file_load(file, moments, recording);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

static int time_compare(const void *a, const void *b)
{
	const struct vmg_moment *one = a, *other = b;

	return (one->time_ns > other->time_ns) -
	       (one->time_ns < other->time_ns);
}

bool recording_load(const char *path, struct moments *moments,
		    struct recording *recording)
{
	struct stat there;
	bool ok;

	if (stat(path, &there) != 0)
		return false;
	ok = S_ISDIR(there.st_mode) ? folder_load(path, moments, recording)
				    : file_load(path, moments, recording);
	if (moments->count > 0)
		qsort(moments->list, moments->count, sizeof *moments->list,
		      time_compare);
	return ok;
}
