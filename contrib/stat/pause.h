/* SPDX-License-Identifier: MIT */
/* Waiting for a time, or for the end. */
#ifndef VMG_STAT_PAUSE_H
#define VMG_STAT_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* From now on SIGINT and SIGTERM only end a pause. Once a process. */
void pause_begin(void);

/* Until vmg_guest_clock_ns() reaches the time. False: a signal came. */
bool pause_until(uint64_t clock_ns);

#endif
