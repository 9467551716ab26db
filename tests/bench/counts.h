/* SPDX-License-Identifier: MIT */
/* What can be counted, and does not depend on the machine. All of it a round,
 * of one update and all reads, unless said otherwise; round is one of guest.h. */
#ifndef COUNTS_H
#define COUNTS_H

#include "guest.h"

struct growth {
	unsigned long updates;
	long bytes, descriptors, channels;
};

/* Port operations of a handle that polls. */
unsigned long count_operations(const struct guest *guest);
/* Those of a handle's first update, and all to its end. */
unsigned long count_operations_once(const struct guest *guest);

/* Of extended statistics: what each request costs, and all of them together
 * besides. */
struct extended_cost {
	unsigned long per_request, besides;
};
struct extended_cost count_extended_operations(const struct guest *guest);

unsigned long count_allocations(const struct guest *guest, guest_fn *round);

/* System calls, but for those of the emulated host; -1 where a process may not
 * be traced. */
long count_system_calls(const struct guest *guest, guest_fn *round);

/* What is left after so many updates of one handle, with the session changing
 * and the pool's path growing and shrinking. If the library aborts, what stood
 * until then is printed by growth_print(), and the program ends. */
struct growth count_growth(const struct guest *guest, unsigned long updates);
void growth_print(const struct growth *growth);

#endif
