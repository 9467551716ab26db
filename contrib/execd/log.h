/* SPDX-License-Identifier: MIT */
/* Standard error, with the level prefixes that Telegraf's execd input reads. */
#ifndef VMG_EXECD_LOG_H
#define VMG_EXECD_LOG_H

#include "metrics.h"

/* One line: "W! text". Control characters and what is not UTF-8 become '?'. A
 * vmg_say_fn: ctx is not used. */
void vmg_log_say(void *ctx, enum vmg_say level, const char *text);

__attribute__((format(printf, 2, 3))) void vmg_log(enum vmg_say level,
						   const char *format, ...);

#endif
