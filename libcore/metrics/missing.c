/* SPDX-License-Identifier: MIT */
#include "missing.h"

static enum vmg_host_info host_info_of(const struct vmg_reading *reading)
{
	enum vmg_host_info info = VMG_HOST_INFO_UNKNOWN;

	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		if (!vmg_row_is_host_info(i))
			continue;
		if (reading->cells[i].state == VMG_STATE_VALUE)
			return VMG_HOST_INFO_ON;
		if (reading->cells[i].state == VMG_STATE_NOT_VALID)
			info = VMG_HOST_INFO_OFF;
	}
	return info;
}

static bool can_be_missing(enum vmg_row row)
{
	const struct vmg_metric *metric = vmg_metric_at(row);

	return metric->source == VMG_SOURCE_WIRE &&
	       vmg_metric_number(metric) != VMG_NUMBER_TEXT;
}

void vmg_missing_collect(struct vmg_missing *missing,
			 const struct vmg_reading *reading,
			 const struct vmg_selection *selection)
{
	missing->host_info = host_info_of(reading);
	missing->count = missing->unavailable = 0;
	for (size_t i = 0; i < VMG_ROW_COUNT; i++) {
		enum vmg_state state = reading->cells[i].state;

		if (state == VMG_STATE_VALUE || !can_be_missing(i) ||
		    !vmg_selection_has(selection, i))
			continue;
		missing->absences[missing->count++] = (struct vmg_absence){
			.metric = vmg_metric_at(i),
			.state = state,
		};
		if (missing->host_info != VMG_HOST_INFO_OFF ||
		    !vmg_row_is_host_info(i))
			missing->unavailable++;
	}
}
