/* SPDX-License-Identifier: MIT */
/* What a long window was like hour by hour. */
#ifndef VMG_STAT_HISTORY_H
#define VMG_STAT_HISTORY_H

#include "explanation.h"

/* The worst hours, the worst of them explained, and when the session changed;
 * nothing for a window of less than two hours. The explanation is that of the
 * whole window. */
void history_text(struct page *page, const struct explanation *whole,
		  const struct vmg_moment *moments, size_t count);

#endif
