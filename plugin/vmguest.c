/* SPDX-License-Identifier: MIT */
/* The plugin's callbacks. Everything that needs collectd is here; what is
 * published, and what is said, is made in values.c, config.c and the metrics
 * layer. */
#include <collectd/core/daemon/collectd.h>
#include <collectd/core/daemon/globals.h>
#include <collectd/core/daemon/plugin.h>
#include <collectd/core/utils/common/common.h>

#include "config.h"
#include "metrics.h"
#include "values.h"

#define PLUGIN "vmguest"

/* A counter as collectd has it. */
struct counter {
	bool is_known;
	int64_t last;	 /* dispatched */
	cdtime_t resume; /* nothing is dispatched before */
};

struct reader {
	struct vmg_sampler *sampler;
	bool notify_session;
	bool told_too_large[VMG_ROW_COUNT]; /* said that it does not fit */
	struct counter counters[VMG_ROW_COUNT];
};

/* What the configuration said, until init takes it. */
static struct vmg_config config;

static void log_say(void *ctx, enum vmg_say level, const char *text)
{
	static const int severities[] = {
		[VMG_SAY_ERROR] = LOG_ERR,
		[VMG_SAY_WARNING] = LOG_WARNING,
		[VMG_SAY_INFO] = LOG_INFO,
		[VMG_SAY_DEBUG] = LOG_DEBUG,
	};

	(void)ctx;
	plugin_log(severities[level], PLUGIN ": %s", text);
}

static int vmguest_config(oconfig_item_t *block)
{
	vmg_config_read(&config, block, log_say, NULL);
	return 0; /* anything else would end the daemon */
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
	sstrncpy(list.plugin, PLUGIN, sizeof list.plugin);
	sstrncpy(list.plugin_instance, identity->instance,
		 sizeof list.plugin_instance);
	sstrncpy(list.type, identity->type, sizeof list.type);
	sstrncpy(list.type_instance, identity->type_instance,
		 sizeof list.type_instance);
	plugin_dispatch_values(&list);
}

static void too_large_say(struct reader *r, size_t row)
{
	char name[VMG_NAME_SIZE];

	if (r->told_too_large[row])
		return;
	r->told_too_large[row] = true;
	vmg_metric_name(vmg_metric_at(row), name);
	WARNING(PLUGIN ": %s is more than collectd can hold and is left out. "
		       "No host is known to count that far: please report it.",
		name);
}

/* collectd makes a rate of a counter and the one before. When the session changed
 * they are of different hosts: a counter that fell is seen by collectd itself, one
 * that did not (the host's own processor time, say) is kept back until collectd
 * has forgotten the one before. */
static bool counter_may_pass(struct counter *counter, int64_t now,
			     bool session_changed, cdtime_t time)
{
	if (session_changed && counter->is_known && now >= counter->last)
		counter->resume = time + plugin_get_interval() *
						 (cdtime_t)(timeout_g + 1);
	if (time < counter->resume)
		return false;
	counter->is_known = true;
	counter->last = now;
	return true;
}

static void sample_dispatch(struct reader *r, const struct vmg_sample *sample,
			    cdtime_t time)
{
	struct vmg_number_of_type number;
	struct vmg_identity identity;
	const struct vmg_metric *metric;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (!sample->readings[i].present ||
		    !vmg_identity_make(metric, &identity))
			continue;
		if (!vmg_number_make(metric, &sample->readings[i], &number))
			too_large_say(r, i);
		else if (metric->unit != VMG_METRIC_MS ||
			 counter_may_pass(&r->counters[i], number.derive,
					  sample->session_changed, time))
			value_dispatch(&identity, &number, time);
	}
}

static void session_notify(const struct vmg_sample *sample, cdtime_t time)
{
	char old[VMG_SESSION_SIZE], new[VMG_SESSION_SIZE];
	notification_t n = {
		.severity = NOTIF_OKAY,
		.time = time,
	};

	vmg_session_text(sample->told_session, old);
	vmg_session_text(sample->session, new);
	snprintf(n.message, sizeof n.message,
		 "Session changed from %s to %s: this VM was moved, resumed, "
		 "reverted or reset.",
		 old, new);
	sstrncpy(n.host, hostname_g, sizeof n.host);
	sstrncpy(n.plugin, PLUGIN, sizeof n.plugin);
	sstrncpy(n.plugin_instance, "vm", sizeof n.plugin_instance);
	sstrncpy(n.type, "derive", sizeof n.type);
	sstrncpy(n.type_instance, "session_changes", sizeof n.type_instance);
	plugin_notification_meta_add_string(&n, "old_session", old);
	plugin_notification_meta_add_string(&n, "new_session", new);
	if (sample->resource_pool)
		plugin_notification_meta_add_string(&n, "resource_pool",
						    sample->resource_pool);
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
	if (sample.told_session != 0 && r->notify_session)
		session_notify(&sample, time);
	return 0; /* a failed read paces itself; see the sampler */
}

static void reader_free(void *data)
{
	struct reader *r = data;

	vmg_sampler_close(r->sampler);
	free(r);
}

static struct reader *reader_new(void)
{
	struct vmg_sampler_options options = {
		.selection = vmg_config_selection(&config),
		.vcpus = config.vcpus,
		/* collectd reads on whichever of its threads is free. */
		.thread_handles = true,
		.say = log_say,
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
	r = reader_new();
	if (!r) {
		ERROR(PLUGIN ": no memory to start with");
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
