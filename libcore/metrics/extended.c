/* SPDX-License-Identifier: MIT */
#include "extended.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the answers of one read go into. */
struct taker {
	struct vmg_extended_client *client;
	struct vmg_reading *now;
	struct vmg_instances *instances;

	/* The instance whose values are being taken, as the host spells it;
	 * "": none yet. */
	uint8_t area;
	char name[VMG_INSTANCE_SIZE];
	struct vmg_instance *instance; /* NULL: it has no place */
};

#define ROWS(first, last) (VMG_ROW_##last - VMG_ROW_##first + 1)
_Static_assert(ROWS(VSCSI_DEVICE, VSCSI_WRITE_LATENCY) <= VMG_INSTANCE_ROWS,
	       "room for a disk's rows");
_Static_assert(ROWS(VNET_DEVICE, VNET_RESERVATION) <= VMG_INSTANCE_ROWS,
	       "room for a network card's rows");
#undef ROWS

static void text_copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
	vmg_text_clean(to);
}

static int instance_compare(const void *a, const void *b)
{
	const struct vmg_instance *one = a, *other = b;

	if (one->area != other->area)
		return one->area < other->area ? -1 : 1;
	return strcmp(one->name, other->name);
}

const struct vmg_instance *
vmg_instance_find(const struct vmg_instances *instances, uint8_t area,
		  const char *name)
{
	struct vmg_instance key = { .area = area };

	strncpy(key.name, name, VMG_INSTANCE_SIZE - 1);
	return bsearch(&key, instances->list, instances->count,
		       sizeof instances->list[0], instance_compare);
}

static void instances_order(struct vmg_instances *instances)
{
	qsort(instances->list, instances->count, sizeof instances->list[0],
	      instance_compare);
}

/* NULL: there is no room, or another has the name. Names may differ in bytes that
 * cannot be shown. */
static struct vmg_instance *instance_add(struct vmg_instances *instances,
					 uint8_t area, const char *text)
{
	struct vmg_instance new = { .area = area };

	text_copy(new.name, sizeof new.name, text);
	if (instances->count == VMG_INSTANCES_MAX)
		return NULL;
	for (size_t i = 0; i < instances->count; i++)
		if (instance_compare(&instances->list[i], &new) == 0)
			return NULL;
	instances->list[instances->count] = new;
	return &instances->list[instances->count++];
}

/* The host gives all of one instance before the next. */
static struct vmg_instance *instance_of(struct taker *t, uint8_t area,
					const char *name)
{
	if (t->area != area || strcmp(t->name, name) != 0) {
		t->area = area;
		snprintf(t->name, sizeof t->name, "%s", name);
		t->instance = instance_add(t->instances, area, name);
	}
	return t->instance;
}

/* The library's unit of a row of extended statistics. */
static const uint8_t units[VMG_METRIC_UNIT_COUNT] = {
	[VMG_METRIC_US_TOTAL] = VMG_UNIT_US,
	[VMG_METRIC_KB] = VMG_UNIT_KB,
	[VMG_METRIC_KB_TOTAL] = VMG_UNIT_KB,
	[VMG_METRIC_BYTES_TOTAL] = VMG_UNIT_BYTES,
	[VMG_METRIC_COUNT] = VMG_UNIT_COUNT,
	[VMG_METRIC_OPERATIONS] = VMG_UNIT_COUNT,
	[VMG_METRIC_PACKETS] = VMG_UNIT_COUNT,
	[VMG_METRIC_MBPS] = VMG_UNIT_MBPS,
	[VMG_METRIC_TEXT] = VMG_UNIT_TEXT,
};

/* VMG_ROW_COUNT: none publishes it. */
static enum vmg_row row_of(const struct vmg_extended_stat *stat)
{
	const struct vmg_metric *metric;
	char name[VMG_NAME_SIZE];

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		if (metric->source != VMG_SOURCE_EXTENDED ||
		    metric->set != stat->set ||
		    units[metric->unit] != stat->unit)
			continue;
		vmg_metric_name(metric, name);
		if (strcmp(name, stat->name) == 0)
			return i;
	}
	return VMG_ROW_COUNT;
}

static void unknown_note(struct vmg_extended_client *client, const char *text)
{
	char name[VMG_EXTENDED_TEXT_SIZE];

	text_copy(name, sizeof name, text);
	for (size_t i = 0; i < client->unknown_count; i++)
		if (strcmp(client->unknown[i], name) == 0)
			return;
	if (client->unknown_count < VMG_UNKNOWN_NAMES)
		strcpy(client->unknown[client->unknown_count++], name);
}

static void text_take(struct vmg_extended_client *client, enum vmg_row row,
		      const char *text)
{
	text_copy(row == VMG_ROW_HOST_VERSION ? client->host_version
					      : client->uuid,
		  VMG_EXTENDED_TEXT_SIZE, text);
}

static struct vmg_stat_value *cell_of(struct taker *t, enum vmg_row row,
				      const char *name)
{
	uint8_t area = vmg_metric_at(row)->area;
	struct vmg_instance *instance;

	if (!vmg_area_instance_key(area))
		return &t->now->cells[row];
	instance = instance_of(t, area, name);
	return instance ? &instance->cells[row - vmg_area_first(area)] : NULL;
}

/* An unlimited limit has no value. */
static void number_take(struct taker *t, enum vmg_row row,
			const struct vmg_extended_value *value)
{
	struct vmg_stat_value *cell = cell_of(t, row, value->instance);

	if (cell && !value->unlimited)
		*cell = (struct vmg_stat_value){ value->number,
						 VMG_STATE_VALUE };
}

static void value_take(struct taker *t, const struct vmg_extended_value *value)
{
	const struct vmg_extended_stat *stat = value->stat;
	enum vmg_row row = VMG_ROW_COUNT;

	t->client->answered |= value->set;
	if (value->set == VMG_SET_SESSION && strcmp(value->name, "uptime") == 0)
		t->now->uptime_us = value->number;
	if (stat && !stat->name)
		return;
	if (stat)
		row = row_of(stat);
	if (row == VMG_ROW_COUNT)
		unknown_note(t->client, value->name);
	else if (value->kind == VMG_KIND_TEXT)
		text_take(t->client, row, value->text);
	else
		number_take(t, row, value);
}

/* False if not all of them are of the reading's session and of one update. */
static bool values_take(struct taker *t, VMGuestLibHandle handle)
{
	struct vmg_extended_value value;
	uint64_t update = 0;

	for (size_t i = 0; vmg_extended_at(handle, i, &value, sizeof value) ==
			   VMGUESTLIB_ERROR_SUCCESS;
	     i++) {
		if (i == 0)
			update = value.update;
		if (value.session != t->now->session || value.update != update)
			return false;
		value_take(t, &value);
	}
	return true;
}

static void all_clear(struct taker *t)
{
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		if (vmg_metric_at(i)->source == VMG_SOURCE_EXTENDED)
			t->now->cells[i] = (struct vmg_stat_value){ 0 };
	t->now->uptime_us = 0;
	t->instances->count = 0;
	t->client->host_version[0] = t->client->uuid[0] = '\0';
	t->client->answered = 0;
}

static unsigned sets_due(struct vmg_extended_client *client, uint64_t session)
{
	unsigned due = 0;

	if (client->session != session)
		memset(client->retries, 0, sizeof client->retries);
	client->session = session;
	for (size_t i = 0; i < VMG_SET_COUNT; i++)
		if (client->wanted >> i & 1 &&
		    !vmg_retry_skips(&client->retries[i]))
			due |= 1u << i;
	return due;
}

/* A set of which one disk or card alone is missing is asked for as ever. */
static void failures_note(struct vmg_extended_client *client,
			  VMGuestLibHandle handle, unsigned sets, bool done)
{
	for (size_t i = 0; i < VMG_SET_COUNT; i++) {
		struct vmg_failure *failure = &client->failures[i];
		bool answered = client->answered >> i & 1;

		if (!(sets >> i & 1))
			continue;
		*failure = (struct vmg_failure){ VMG_CAUSE_NONE, "" };
		vmg_extended_failure(handle, 1u << i, failure);
		/* Somebody else closed the handle, or updated it in between. */
		if (!done && failure->cause == VMG_CAUSE_NONE)
			failure->cause = VMG_CAUSE_NO_REPLY;
		vmg_retry_note(&client->retries[i],
			       answered ? VMG_CAUSE_NONE : failure->cause);
	}
}

void vmg_extended_read(struct vmg_extended_client *client,
		       VMGuestLibHandle handle, struct vmg_reading *now,
		       struct vmg_instances *instances)
{
	struct taker t = { .client = client,
			   .now = now,
			   .instances = instances };
	unsigned sets = sets_due(client, now->session);
	bool done;

	all_clear(&t);
	if (!sets)
		return;
	done = vmg_extended_update(handle, sets | VMG_SET_SESSION) ==
	       VMGUESTLIB_ERROR_SUCCESS;
	if (done && !values_take(&t, handle))
		all_clear(&t);
	instances_order(instances);
	failures_note(client, handle, sets, done);
}
