/* SPDX-License-Identifier: MIT */
/* A line for each disk, as iostat -x has them, and for each network card, as
 * sar -n DEV. */
#ifndef VMG_STAT_DEVICES_H
#define VMG_STAT_DEVICES_H

#include "device.h"
#include "line.h"
#include "page.h"

/* VSCSI or VNET: a header, and a line each. Returns how many lines. */
int devices_table(struct page *page, enum vmg_area area,
		  const struct line *line, const struct vmg_devices *devices);

/* ,"disks":[{...},...] */
void devices_json(struct page *page, enum vmg_area area,
		  const struct line *line, const struct vmg_devices *devices);

#endif
