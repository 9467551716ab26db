/* SPDX-License-Identifier: MIT */
/* The options of <Plugin vmguest> -> a struct. */
#ifndef VMG_PLUGIN_OPTIONS_H
#define VMG_PLUGIN_OPTIONS_H

#include "metrics.h"

#include <liboconfig/oconfig.h>

struct vmg_config {
	struct vmg_choice statistics;
	bool ignore_selected; /* all but the marked ones, not these alone */
	bool derived;
	bool host_statistics;
	bool notify_session;
	unsigned extended; /* enum vmg_set */
	unsigned vcpus;	   /* 0: auto */
};

/* What holds without any option. */
void vmg_config_init(struct vmg_config *config);

/* Takes the options of one block over into config; several blocks add up. Each
 * unknown option and each bad value is logged with what is accepted, in one line
 * unless there are many names, and changes nothing; the others still work. */
void vmg_config_read(struct vmg_config *config, const oconfig_item_t *block,
		     vmg_log_fn *log_fn, void *log_ctx);

/* Once all blocks are read: logs what contradicts itself in them. */
void vmg_config_check(const struct vmg_config *config, vmg_log_fn *log_fn,
		      void *log_ctx);

/* The rows that these options select. */
struct vmg_selection vmg_config_selection(const struct vmg_config *config);

#endif
