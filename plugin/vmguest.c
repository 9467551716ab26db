/* SPDX-License-Identifier: MIT */
/* The plugin's callbacks. Everything that needs collectd is here; what is
 * published, and what is logged, is made by collectd/, options.c and metrics/. */
#include <daemon/collectd.h>
#include <daemon/plugin.h>

#include "counters.h"
#include "metrics.h"
#include "options.h"
#include "values.h"

#define PLUGIN "vmguest"

struct reader {
	struct vmg_sampler *sampler;
	bool notify_session;
	struct vmg_rows too_large; /* logged as more than collectd can hold */
	bool taken_logged
		[VMG_AREA_COUNT]; /* an instance has another's identifier */
	struct vmg_counters counters;
};

/* What the configuration said, until init takes it. */
static struct vmg_config config;

static void log_line(void *ctx, enum vmg_log_level level, const char *text)
{
	static const int severities[] = {
		[VMG_LOG_ERROR] = LOG_ERR,
		[VMG_LOG_WARNING] = LOG_WARNING,
		[VMG_LOG_INFO] = LOG_INFO,
		[VMG_LOG_DEBUG] = LOG_DEBUG,
	};

	(void)ctx;
	plugin_log(severities[level], PLUGIN ": %s", text);
}

static int vmguest_config(oconfig_item_t *block)
{
	vmg_config_read(&config, block, log_line, NULL);
	return 0; /* anything else would end the daemon */
}

/* collectd's sstrncpy() is in a header that moved between its versions. */
static void text_set(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
}

static void value_dispatch(const struct vmg_identity *identity,
			   const struct vmg_number_of_type *number,
			   cdtime_t time)
{
	value_list_t list = VALUE_LIST_INIT;
	value_t value;

	if (number->is_derive)
		value.derive = number->derive;
	else
		value.gauge = number->gauge;
	list.values = &value;
	list.values_len = 1;
	list.time = time;
	text_set(list.plugin, sizeof list.plugin, PLUGIN);
	text_set(list.plugin_instance, sizeof list.plugin_instance,
		 identity->instance);
	text_set(list.type, sizeof list.type, identity->type);
	text_set(list.type_instance, sizeof list.type_instance,
		 identity->type_instance);
	plugin_dispatch_values(&list);
}

static void too_large_log(struct reader *r, const struct vmg_metric *metric)
{
	char name[VMG_NAME_SIZE];

	if (!vmg_rows_add(&r->too_large, metric))
		return;
	vmg_metric_name(metric, name);
	WARNING(PLUGIN ": %s is more than collectd can hold and is left out. "
		       "No host is known to count that far: please report it.",
		name);
}

/* Once a kind: a host could call them otherwise at each reading. */
static void taken_log(struct reader *r, const struct vmg_point *point)
{
	bool *logged = &r->taken_logged[point->metric->area];

	if (!*logged)
		WARNING(PLUGIN ": %s %s is left out: collectd's identifier of "
			       "another one is the same.",
			vmg_area_instance_key(point->metric->area),
			point->instance);
	*logged = true;
}

/* How long collectd remembers a value that no longer comes. */
static uint64_t memory_ns(void)
{
	return CDTIME_T_TO_NS(plugin_get_interval() *
			      (cdtime_t)(timeout_g + 1));
}

static void sample_dispatch(struct reader *r, const struct vmg_sample *sample,
			    cdtime_t time)
{
	struct vmg_number_of_type number;
	const uint64_t memory = memory_ns();
	struct vmg_identity identity;

	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];

		if (!vmg_identity_make(point->metric, point->instance,
				       &identity))
			continue;
		if (vmg_identity_is_taken(sample, i)) {
			taken_log(r, point);
			continue;
		}
		if (!vmg_number_make(point, &number))
			too_large_log(r, point->metric);
		else if (vmg_counter_may_pass(&r->counters, sample, point,
					      number.derive, memory))
			value_dispatch(&identity, &number, time);
	}
	vmg_counters_prune(&r->counters, sample->time_ns, memory);
}

static void session_notify(const struct vmg_sample *sample, cdtime_t time)
{
	struct vmg_move move;
	notification_t n = {
		.severity = NOTIF_OKAY,
		.time = time,
	};

	if (!vmg_move_make(sample, &move))
		return;
	text_set(n.message, sizeof n.message, move.message);
	text_set(n.host, sizeof n.host, hostname_g);
	text_set(n.plugin, sizeof n.plugin, PLUGIN);
	text_set(n.plugin_instance, sizeof n.plugin_instance,
		 move.identity.instance);
	text_set(n.type, sizeof n.type, move.identity.type);
	text_set(n.type_instance, sizeof n.type_instance,
		 move.identity.type_instance);
	for (size_t i = 0; i < move.text_count; i++)
		plugin_notification_meta_add_string(&n, move.texts[i].key,
						    move.texts[i].value);
	plugin_dispatch_notification(&n); /* -1: nobody listens */
	plugin_notification_meta_free(n.meta);
}

static int reader_read(user_data_t *user_data)
{
	struct reader *r = user_data->data;
	struct vmg_sample sample;
	cdtime_t time;

	vmg_sampler_read(r->sampler, &sample);
	time = cdtime();
	sample_dispatch(r, &sample, time);
	if (r->notify_session)
		session_notify(&sample, time);
	return 0; /* a failed read paces itself; see the sampler */
}

static void reader_free(void *data)
{
	struct reader *r = data;

	vmg_sampler_close(r->sampler);
	vmg_counters_release(&r->counters);
	free(r);
}

static struct reader *reader_new(void)
{
	struct vmg_sampler_options options = {
		.selection = vmg_config_selection(&config),
		.vcpus = config.vcpus,
		/* collectd reads on whichever of its threads is free. */
		.thread_handles = true,
		.log = log_line,
	};
	struct reader *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->notify_session = config.notify_session;
	r->sampler = vmg_sampler_open(&options);
	if (!r->sampler) {
		free(r);
		return NULL;
	}
	return r;
}

static int vmguest_init(void)
{
	struct reader *r;

	INFO(PLUGIN " " VMG_VERSION
		    ": statistics of the VMware host, read from inside the VM");
	vmg_config_check(&config, log_line, NULL);
	r = reader_new();
	if (!r) {
		ERROR(PLUGIN ": out of memory at the start");
		return -1;
	}
	/* The host is asked by the first read: this VM may be moved to a host
	 * that answers. On failure collectd frees r too
	 * (plugin_register_complex_read() in plugin.c; the comment in plugin.h
	 * says otherwise). */
	return plugin_register_complex_read(
		NULL, PLUGIN, reader_read, 0,
		&(user_data_t){ .data = r, .free_func = reader_free });
}

__attribute__((visibility("default"))) void module_register(void)
{
	vmg_config_init(&config);
	plugin_register_complex_config(PLUGIN, vmguest_config);
	plugin_register_init(PLUGIN, vmguest_init);
}
