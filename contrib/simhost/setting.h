/* SPDX-License-Identifier: MIT */
#ifndef SIM_SETTING_H
#define SIM_SETTING_H

#include <sys/types.h>

/* Says on standard error which setting of this machine may be the reason that
 * task cannot be traced, the likeliest first. */
void sim_setting_explain(pid_t task);

#endif
