/* SPDX-License-Identifier: MIT */
/* A guest program that uses whichever library it is told to. */
#ifndef GUEST_H
#define GUEST_H

#include "stats.h"

#define GUEST_READS 28
#define GUEST_VALUES 38

/* A library, reached by its exported names only. */
struct guest {
	VMGuestLibError (*open)(VMGuestLibHandle *handle);
	VMGuestLibError (*close)(VMGuestLibHandle handle);
	VMGuestLibError (*update)(VMGuestLibHandle handle);
	VMGuestLibError (*read[GUEST_READS])(VMGuestLibHandle handle,
					     void *value);
	/* Ours only, else NULL. */
	VMGuestLibError (*read_all)(VMGuestLibHandle handle,
				    VMSessionId *session,
				    struct vmg_stat_value *values,
				    size_t count);
	VMGuestLibError (*extended_update)(VMGuestLibHandle handle,
					   unsigned sets);
	VMGuestLibError (*extended_at)(VMGuestLibHandle handle, size_t position,
				       struct vmg_extended_value *value,
				       size_t size);
	VMGuestLibError (*stat_get)(const char *encoding, const char *stat,
				    char **reply, size_t *size);
	VMGuestLibError (*stat_free)(char *reply, size_t size);
};

/* Loads a library, beside any other of the same name; ends the program with a
 * sentence if that cannot be done. */
void guest_load(struct guest *guest, const char *file);

/* One update and all reads; what every figure "a round" is about. Ends the
 * program if a call fails or a value is not the canned one. */
typedef void guest_fn(const struct guest *guest, VMGuestLibHandle handle);
guest_fn guest_round, guest_reads;

/* The same with all values in one read; only with a library that has it. */
guest_fn guest_bulk_round, guest_bulk_read;

/* All extended sets: by ours every value, by another the host's text of every set
 * and instance. guest_extended_one() is one set of it. */
guest_fn guest_extended, guest_extended_one;

/* A handle of which the channel, if the library keeps one, is open. */
VMGuestLibHandle guest_polling(const struct guest *guest);

/* Ends the program with a sentence. */
_Noreturn void guest_fail(const char *what, const char *which);

#endif
