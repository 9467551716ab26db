/* SPDX-License-Identifier: MIT */
/* The rows of metrics.def by name, for what computes and selects them. Formats
 * know no row: they get points. */
#ifndef VMG_ROW_H
#define VMG_ROW_H

#include "metrics.h"

/* A position in the table. */
enum vmg_row {
#define VMG_METRIC(row, ...) VMG_ROW_##row,
#define VMG_METRIC_OF_SET(row, ...) VMG_ROW_##row,
#include "metrics.def"
#undef VMG_METRIC_OF_SET
#undef VMG_METRIC
	VMG_ROW_COUNT
};

/* The rows of an area: from first to before end. */
enum vmg_row vmg_area_first(enum vmg_area area);
enum vmg_row vmg_area_end(enum vmg_area area);

/* True of ids 21..30: statistics of the whole host, which a virtual machine's
 * configuration shows or hides as one. */
bool vmg_row_is_host_info(enum vmg_row row);

/* Of an area without instances. */
bool vmg_selection_has(const struct vmg_selection *selection, enum vmg_row row);

/* Of this disk or network card. */
bool vmg_selection_has_instance(const struct vmg_selection *selection,
				enum vmg_row row, const char *instance);

#endif
