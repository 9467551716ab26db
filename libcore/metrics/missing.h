/* SPDX-License-Identifier: MIT */
/* Which selected statistics the host gave no value for; says so once. */
#ifndef VMG_MISSING_H
#define VMG_MISSING_H

#include "derive.h"
#include "say.h"

/* What the log has been told already. */
struct vmg_missing {
	bool host_info_off;
	enum vmg_given said[VMG_ROW_COUNT]; /* VALUE: not said to be missing */
	bool said_derived[VMG_ROW_COUNT];
};

void vmg_missing_init(struct vmg_missing *missing);

/* How many selected statistics of the wire have no value. Texts do not count,
 * nor do those of the whole host while the host hides them all. What changed
 * since the last call is said. */
size_t vmg_missing_count(struct vmg_missing *missing,
			 const struct vmg_read *read,
			 const struct vmg_selection *selection,
			 struct vmg_sayer *sayer);

/* Says once which selected derived values are absent for want of a statistic
 * that is not selected itself, so that vmg_missing_count() does not name it. */
void vmg_missing_derived(struct vmg_missing *missing,
			 const struct vmg_read *read,
			 const struct vmg_reading readings[VMG_ROW_COUNT],
			 const struct vmg_selection *selection,
			 const struct vmg_sayer *sayer);

#endif
