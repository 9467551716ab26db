/* SPDX-License-Identifier: MIT */
/* A point -> what collectd calls it, and the number. Pure, and without
 * collectd's headers: knows its stock types by name, no statistic. */
#ifndef VMG_COLLECTD_VALUES_H
#define VMG_COLLECTD_VALUES_H

#include "metrics.h"

/* HOST/vmguest-INSTANCE/TYPE-TYPE_INSTANCE */
struct vmg_identity {
	char instance[VMG_INSTANCE_SIZE + 8]; /* and the area in front of it */
	const char *type;
	char type_instance[VMG_NAME_SIZE];
};

/* One data source, as the type wants it. */
struct vmg_number_of_type {
	bool is_derive;
	double gauge;
	int64_t derive;
};

/* False if the metric is not offered in collectd. */
bool vmg_identity_make(const struct vmg_metric *metric, const char *instance,
		       struct vmg_identity *identity);

/* False if the value is a number that the type cannot hold: not finite, or a
 * counter above 2^63 - 1. Percentages are capped at 100, which is where
 * collectd's type ends. */
bool vmg_number_make(const struct vmg_point *point,
		     struct vmg_number_of_type *number);

/* True if an instance earlier in the sample has the same identity as the point at
 * this position: collectd's has not every character. */
bool vmg_identity_is_taken(const struct vmg_sample *sample, size_t at);

/* The notification of a session that is over: what it says, and the value that
 * it is about. */
#define VMG_MOVE_TEXTS 6
struct vmg_move {
	struct vmg_identity identity;
	struct vmg_move_text {
		const char *key, *value;
	} texts[VMG_MOVE_TEXTS]; /* metadata, the most important first */
	size_t text_count;
	char old_session[VMG_SESSION_SIZE], new_session[VMG_SESSION_SIZE];
	char message[128];
};

/* False if there is nothing to notify of. What it points to is in the sample and in
 * move. */
bool vmg_move_make(const struct vmg_sample *sample, struct vmg_move *move);

#endif
