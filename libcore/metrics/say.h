/* SPDX-License-Identifier: MIT */
/* Puts a line together and hands it to whoever listens. */
#ifndef VMG_SAY_H
#define VMG_SAY_H

#include "metrics.h"

struct vmg_sayer {
	vmg_say_fn *say;
	void *ctx;
};

/* Cuts the line at VMG_SAY_SIZE. */
__attribute__((format(printf, 3, 4))) void
vmg_sayer_say(const struct vmg_sayer *sayer, enum vmg_say level,
	      const char *format, ...);

#endif
