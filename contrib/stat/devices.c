/* SPDX-License-Identifier: MIT */
#include "devices.h"

#include <math.h>
#include <string.h>

#define KIB 1024.0
#define US_PER_MS 1000.0
#define NAME_WIDTH 17

struct device_column {
	const char *name, *key;
	int width, decimals;
	enum vmg_row row;
	double divisor;
	/* What the row's growth is divided by: time, or another row's growth. */
	enum vmg_row per;
};

#define A_SECOND VMG_ROW_COUNT
static const struct device_column disk_columns[] = {
	{ "r/s", "reads_per_s", 9, 1, VMG_ROW_VSCSI_READ_OPERATIONS, 1,
	  A_SECOND },
	{ "rkB/s", "read_kib_per_s", 10, 1, VMG_ROW_VSCSI_READ_BYTES, KIB,
	  A_SECOND },
	{ "r_await", "read_ms", 8, 2, VMG_ROW_VSCSI_READ_TIME, US_PER_MS,
	  VMG_ROW_VSCSI_READ_OPERATIONS },
	{ "w/s", "writes_per_s", 9, 1, VMG_ROW_VSCSI_WRITE_OPERATIONS, 1,
	  A_SECOND },
	{ "wkB/s", "written_kib_per_s", 10, 1, VMG_ROW_VSCSI_WRITE_BYTES, KIB,
	  A_SECOND },
	{ "w_await", "write_ms", 8, 2, VMG_ROW_VSCSI_WRITE_TIME, US_PER_MS,
	  VMG_ROW_VSCSI_WRITE_OPERATIONS },
};

static const struct device_column nic_columns[] = {
	{ "rxpck/s", "rx_packets_per_s", 12, 1, VMG_ROW_VNET_RX_PACKETS, 1,
	  A_SECOND },
	{ "txpck/s", "tx_packets_per_s", 12, 1, VMG_ROW_VNET_TX_PACKETS, 1,
	  A_SECOND },
	{ "rxkB/s", "rx_kib_per_s", 12, 1, VMG_ROW_VNET_RX_BYTES, KIB,
	  A_SECOND },
	{ "txkB/s", "tx_kib_per_s", 12, 1, VMG_ROW_VNET_TX_BYTES, KIB,
	  A_SECOND },
};

static const struct kind {
	const char *title, *key;
	const struct device_column *columns;
	size_t count;
} disks = { "Device", "disks", disk_columns,
	    sizeof disk_columns / sizeof disk_columns[0] },
  nics = { "IFACE", "nics", nic_columns,
	   sizeof nic_columns / sizeof nic_columns[0] };

static const struct kind *kind_of(enum vmg_area area)
{
	return area == VMG_AREA_VSCSI ? &disks : &nics;
}

static double column_value(const struct device_column *c,
			   const struct line *line, const char *instance)
{
	double per;

	if (c->per == A_SECOND)
		return line_rate(line, c->row, instance) / c->divisor;
	per = line_growth(line, c->per, instance);
	return per > 0 ? line_growth(line, c->row, instance) / c->divisor / per
		       : NAN;
}

/* The next instance of the area at or behind *position; NULL: no more. */
static const char *instance_next(const struct line *line, enum vmg_area area,
				 size_t *position)
{
	const struct vmg_sample *sample = line->sample;
	const char *instance = NULL;

	for (size_t i = *position; i < sample->point_count; i++) {
		const struct vmg_point *point = &sample->points[i];

		if (point->metric->area != area)
			continue;
		if (!instance)
			instance = point->instance;
		else if (strcmp(instance, point->instance) != 0)
			break;
		*position = i + 1;
	}
	return instance;
}

static void number_say(struct page *page, const struct device_column *c,
		       double value)
{
	if (isnan(value))
		page_say(page, " %*s", c->width - 1, "-");
	else
		page_say(page, " %*.*f", c->width - 1, c->decimals, value);
}

int devices_table(struct page *page, enum vmg_area area,
		  const struct line *line, const struct vmg_devices *devices)
{
	const struct kind *kind = kind_of(area);
	const char *instance, *device;
	size_t position = 0;
	int lines = 1;

	page_say(page, "%-*s", NAME_WIDTH, kind->title);
	for (size_t i = 0; i < kind->count; i++)
		page_say(page, "%*s", kind->columns[i].width,
			 kind->columns[i].name);
	page_say(page, "  guest\n");
	while ((instance = instance_next(line, area, &position))) {
		device = vmg_device_find(devices, area, instance);
		page_say(page, "%-*s", NAME_WIDTH, instance);
		for (size_t i = 0; i < kind->count; i++)
			number_say(page, &kind->columns[i],
				   column_value(&kind->columns[i], line,
						instance));
		page_say(page, "  %s\n", device ? device : "-");
		lines++;
	}
	return lines;
}

/* Instances are the host's: what JSON would have to escape is replaced. */
static void name_say(struct page *page, const char *name)
{
	page_add(page, "\"", 1);
	for (; *name; name++) {
		bool plain = *name >= ' ' && *name < 0x7f && *name != '"' &&
			     *name != '\\';

		page_add(page, plain ? name : "?", 1);
	}
	page_add(page, "\"", 1);
}

static void device_json(struct page *page, enum vmg_area area,
			const struct line *line, const char *instance,
			const char *device)
{
	const struct kind *kind = kind_of(area);

	page_say(page, "{\"name\":");
	name_say(page, instance);
	page_say(page, ",\"device\":");
	if (device)
		name_say(page, device);
	else
		page_say(page, "null");
	for (size_t i = 0; i < kind->count; i++) {
		const struct device_column *c = &kind->columns[i];
		double value = column_value(c, line, instance);

		page_say(page, ",\"%s\":", c->key);
		if (isnan(value))
			page_say(page, "null");
		else
			page_say(page, "%.*f", c->decimals + 1, value);
	}
	page_say(page, "}");
}

void devices_json(struct page *page, enum vmg_area area,
		  const struct line *line, const struct vmg_devices *devices)
{
	const char *instance, *before = "";
	size_t position = 0;

	page_say(page, ",\"%s\":[", kind_of(area)->key);
	while ((instance = instance_next(line, area, &position))) {
		page_say(page, "%s", before);
		device_json(page, area, line, instance,
			    vmg_device_find(devices, area, instance));
		before = ",";
	}
	page_say(page, "]");
}
