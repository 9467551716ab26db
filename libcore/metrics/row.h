/* SPDX-License-Identifier: MIT */
/* The rows of metrics.def by name, for what computes and selects them. Formats
 * know no row: they get points. */
#ifndef VMG_ROW_H
#define VMG_ROW_H

#include "metrics.h"

/* A position in the table. */
enum vmg_row {
#define VMG_METRIC(row, ...) VMG_ROW_##row,
#include "metrics.def"
#undef VMG_METRIC
	VMG_ROW_COUNT
};

/* True of ids 21..30: statistics of the whole host, which a virtual machine's
 * configuration shows or hides as one. */
bool vmg_row_is_host_info(enum vmg_row row);

bool vmg_selection_has(const struct vmg_selection *selection, enum vmg_row row);

#endif
