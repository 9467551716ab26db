/* SPDX-License-Identifier: MIT */
/* One read of the host -> one sample. */
#include "device.h"
#include "explain.h"
#include "extended.h"
#include "guest.h"
#include "host.h"
#include "memory.h"
#include "missing.h"
#include "pool.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* As many as any id in the table: the statistic with id n is the n-th. */
#define STATISTICS 64
#define VMG_METRIC(row, area, stem, unit, source, id, second_id, ...) \
	_Static_assert((id) <= STATISTICS && (second_id) <= STATISTICS, #row);
#define VMG_METRIC_OF_SET(...)
#include "metrics.def"
#undef VMG_METRIC_OF_SET
#undef VMG_METRIC

#define POINTS_MAX (VMG_ROW_COUNT + VMG_INSTANCES_MAX * VMG_INSTANCE_ROWS)

/* A disk that is plugged in has its device's name soon enough. */
#define DEVICES_AGAIN_NS 60000000000u

struct vmg_sampler {
	struct vmg_sampler_options options;
	struct vmg_host_client client;
	struct vmg_report report;

	struct vmg_reading readings[2]; /* the last success, and a free place */
	unsigned last;
	bool has_last;
	uint64_t session_changes;

	struct vmg_extended_client extended;
	struct vmg_instances instances[2]; /* by readings */
	struct vmg_devices *devices;
	uint64_t devices_session, devices_ns; /* when they were read */

	struct vmg_memory memory;
	struct vmg_missing missing;
	struct vmg_result results[VMG_ROW_COUNT];

	/* What the sample points to. */
	struct vmg_point points[POINTS_MAX];
	struct vmg_pool pool;
	char session_text[VMG_SESSION_SIZE];
};

static struct vmg_stat_value cell_of(const struct vmg_stat_value *values,
				     unsigned id)
{
	if (id == 0)
		return (struct vmg_stat_value){ 0, VMG_STATE_NOT_SENT };
	return values[id - 1];
}

/* By row; the second id stands in where it says more than the first. */
static void reading_fill(struct vmg_reading *reading,
			 const struct vmg_stat_value *values)
{
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		struct vmg_stat_value *cell = &reading->cells[i], second;

		*cell = cell_of(values, 0);
		if (metric->source != VMG_SOURCE_WIRE)
			continue;
		*cell = cell_of(values, metric->ids[0]);
		second = cell_of(values, metric->ids[1]);
		if (second.state > cell->state)
			*cell = second;
	}
}

static void session_note(struct vmg_sampler *s, struct vmg_sample *sample)
{
	vmg_session_text(sample->session, s->session_text);
	if (!s->has_last || s->readings[s->last].session == sample->session)
		return;
	sample->session_changed = true;
	s->session_changes++;
}

static uint64_t vcpus_read(const struct vmg_sampler *s)
{
	if (s->options.vcpus > 0)
		return s->options.vcpus;
	if (!vmg_derive_needs_vcpus(&s->options.selection))
		return 0;
	return vmg_guest_vcpus();
}

static uint64_t memory_read(struct vmg_sampler *s, VMGuestLibHandle handle,
			    VMSessionId session)
{
	if (!vmg_derive_needs_memory(&s->options.selection))
		return 0;
	vmg_memory_update(&s->memory, handle, session, vmg_guest_clock_ns());
	return s->memory.mb;
}

static void put_whole(struct vmg_sampler *s, enum vmg_row row, uint64_t whole)
{
	s->results[row] = (struct vmg_result){ true, { .whole = whole } };
}

static void put_real(struct vmg_sampler *s, enum vmg_row row, double real)
{
	s->results[row] = (struct vmg_result){ true, { .real = real } };
}

static void put_text(struct vmg_sampler *s, enum vmg_row row, const char *text)
{
	s->results[row] = (struct vmg_result){ text, { .text = text } };
}

static void results_clear(struct vmg_sampler *s)
{
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		s->results[i].present = false;
}

static void devices_update(struct vmg_sampler *s, VMSessionId session)
{
	uint64_t now_ns = vmg_guest_clock_ns();

	if (s->instances[!s->last].count == 0 ||
	    (s->devices_session == session &&
	     now_ns - s->devices_ns < DEVICES_AGAIN_NS))
		return;
	vmg_devices_release(s->devices);
	s->devices = vmg_devices_read("/sys");
	s->devices_session = session;
	s->devices_ns = now_ns;
}

static void extended_use(struct vmg_sampler *s, VMGuestLibHandle handle,
			 struct vmg_reading *now)
{
	uint64_t reopens;

	if (!s->extended.wanted)
		return;
	reopens = vmg_host_reopens(handle);
	vmg_extended_read(&s->extended, handle, now, &s->instances[!s->last]);
	vmg_host_client_count(&s->client, handle, reopens);
	devices_update(s, now->session);
}

/* Texts that only an option publishes, since they identify the machine. */
static void identity_use(struct vmg_sampler *s, struct vmg_sample *sample)
{
	const struct vmg_extended_client *x = &s->extended;

	if (!(sample->extended & VMG_SET_SESSION))
		return;
	sample->host_version = x->host_version[0] ? x->host_version : NULL;
	sample->uuid = x->uuid[0] ? x->uuid : NULL;
	put_text(s, VMG_ROW_HOST_VERSION, sample->host_version);
	put_text(s, VMG_ROW_VM_UUID, sample->uuid);
}

/* Everything that one successful update says. */
static void statistics_use(struct vmg_sampler *s, struct vmg_sample *sample,
			   VMGuestLibHandle handle,
			   const struct vmg_stat_value *values)
{
	const struct vmg_reading *before =
		s->has_last ? &s->readings[s->last] : NULL;
	struct vmg_reading *now = &s->readings[!s->last];

	now->session = sample->session;
	reading_fill(now, values);
	extended_use(s, handle, now);
	sample->extended = s->extended.answered & s->extended.wanted;
	sample->extended_us = now->uptime_us;
	session_note(s, sample);
	sample->vcpus = vcpus_read(s);
	sample->memory_mb = memory_read(s, handle, sample->session);
	vmg_derive(now, before,
		   &(struct vmg_guest){ sample->vcpus, sample->memory_mb },
		   s->results);
	vmg_missing_collect(&s->missing, now, &s->options.selection);
	sample->resource_pool =
		vmg_pool_read(&s->pool, handle, sample->session);

	put_text(s, VMG_ROW_RESOURCE_POOL, sample->resource_pool);
	put_text(s, VMG_ROW_SESSION_ID, s->session_text);
	identity_use(s, sample);
	put_whole(s, VMG_ROW_UNAVAILABLE, s->missing.unavailable);
	s->last = !s->last;
	s->has_last = true;
}

static void report_write(struct vmg_sampler *s, struct vmg_sample *sample)
{
	const struct vmg_selection *selection = &s->options.selection;
	const struct vmg_facts facts = {
		.sample = sample,
		.selection = selection,
		.reading = &s->readings[s->last],
		.results = s->results,
		.missing = &s->missing,
		.memory = &s->memory,
		.extended = &s->extended,
		.vcpus_needed = vmg_derive_needs_vcpus(selection),
	};

	sample->logged_session = vmg_report_write(&s->report, &facts);
}

static void point_add(struct vmg_sampler *s, struct vmg_sample *sample,
		      enum vmg_row row, const char *instance,
		      const struct vmg_result *result)
{
	if (!result->present ||
	    !vmg_selection_has_instance(&s->options.selection, row, instance))
		return;
	s->points[sample->point_count++] = (struct vmg_point){
		.metric = vmg_metric_at(row),
		.instance = instance,
		.value = result->value,
	};
}

static void cells_put(struct vmg_reading *reading,
		      const struct vmg_instance *instance)
{
	enum vmg_row first = vmg_area_first(instance->area);
	size_t count = vmg_area_end(instance->area) - first;

	memcpy(&reading->cells[first], instance->cells,
	       count * sizeof instance->cells[0]);
}

static void device_put(const struct vmg_sampler *s,
		       const struct vmg_instance *instance,
		       struct vmg_result results[VMG_ROW_COUNT])
{
	const char *name =
		vmg_device_find(s->devices, instance->area, instance->name);
	enum vmg_row row = instance->area == VMG_AREA_VSCSI
				   ? VMG_ROW_VSCSI_DEVICE
				   : VMG_ROW_VNET_DEVICE;

	results[row] = (struct vmg_result){ name, { .text = name } };
}

/* An instance is calculated as a reading of its own, without a guest: shares are
 * of the whole machine. */
static void instance_list(struct vmg_sampler *s, struct vmg_sample *sample,
			  const struct vmg_instance *instance)
{
	const struct vmg_instance *earlier = vmg_instance_find(
		&s->instances[!s->last], instance->area, instance->name);
	struct vmg_reading now = { .session = s->readings[s->last].session };
	struct vmg_reading before = { .session =
					      s->readings[!s->last].session };
	const enum vmg_row end = vmg_area_end(instance->area);
	struct vmg_result results[VMG_ROW_COUNT];
	size_t begin = sample->point_count;

	cells_put(&now, instance);
	if (earlier)
		cells_put(&before, earlier);
	vmg_derive(&now, &before, &(struct vmg_guest){ 0 }, results);
	device_put(s, instance, results);
	for (enum vmg_row row = vmg_area_first(instance->area); row < end;
	     row++)
		point_add(s, sample, row, instance->name, &results[row]);
	if (sample->point_count == begin + 1 &&
	    s->points[begin].metric->source == VMG_SOURCE_GUEST)
		sample->point_count = begin; /* nothing of it is selected */
}

static void instances_list(struct vmg_sampler *s, struct vmg_sample *sample,
			   enum vmg_area area)
{
	const struct vmg_instances *instances = &s->instances[s->last];

	for (size_t i = 0; sample->up && i < instances->count; i++)
		if (instances->list[i].area == area)
			instance_list(s, sample, &instances->list[i]);
}

/* What is selected of the results becomes the sample's list. */
static void points_list(struct vmg_sampler *s, struct vmg_sample *sample)
{
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (metric->source == VMG_SOURCE_GUEST) /* its area begins */
			instances_list(s, sample, metric->area);
		else
			point_add(s, sample, i, "", &s->results[i]);
	}
	sample->points = s->points;
	sample->absences = s->missing.absences;
	sample->absence_count = sample->up ? s->missing.count : 0;
}

void vmg_sampler_read(struct vmg_sampler *s, struct vmg_sample *sample)
{
	uint64_t begun_ns = vmg_guest_clock_ns();
	struct vmg_stat_value values[STATISTICS];
	VMGuestLibHandle handle;

	*sample = (struct vmg_sample){ 0 };
	results_clear(s);
	sample->up = vmg_host_client_read(&s->client, &handle, &sample->session,
					  values, STATISTICS);
	sample->failure = s->client.failure;
	if (sample->up)
		statistics_use(s, sample, handle, values);
	report_write(s, sample);
	put_text(s, VMG_ROW_VERSION, VMG_VERSION);
	put_text(s, VMG_ROW_CAUSE,
		 sample->up ? NULL : vmg_cause_name(sample->failure.cause));
	put_whole(s, VMG_ROW_UP, sample->up);
	put_whole(s, VMG_ROW_SESSION_CHANGES, s->session_changes);
	put_whole(s, VMG_ROW_CHANNEL_REOPENS, s->client.channel_reopens);
	sample->time_ns = vmg_guest_time_ns();
	put_real(s, VMG_ROW_READ,
		 (double)(vmg_guest_clock_ns() - begun_ns) / 1e9);
	points_list(s, sample);
}

struct vmg_sampler *vmg_sampler_open(const struct vmg_sampler_options *options)
{
	struct vmg_sampler *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->options = *options;
	s->client.thread_handles = options->thread_handles;
	s->extended.wanted = options->selection.extended;
	vmg_report_init(&s->report, options->log, options->log_ctx,
			options->once);
	return s;
}

void vmg_sampler_close(struct vmg_sampler *s)
{
	if (!s)
		return;
	vmg_host_client_release(&s->client);
	vmg_pool_release(&s->pool);
	vmg_devices_release(s->devices);
	free(s);
}
