/* SPDX-License-Identifier: MIT */
/* Standard error, with the level prefixes that Telegraf's execd input reads. */
#ifndef VMG_EXECD_LOG_H
#define VMG_EXECD_LOG_H

#include "metrics.h"

/* One line: "W! text". Control characters and what is not UTF-8 become '?'. A
 * vmg_log_fn: ctx is not used. Never waits: a line that standard error does not
 * take at once is lost, and counted. */
void vmg_log_line(void *ctx, enum vmg_log_level level, const char *text);

/* Logs how many lines were lost, if any were and standard error takes lines
 * again. The next line does it too. */
void vmg_log_report_lost(void);

__attribute__((format(printf, 2, 3))) void vmg_log(enum vmg_log_level level,
						   const char *format, ...);

#endif
