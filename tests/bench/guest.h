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
};

/* Loads a library, beside any other of the same name; ends the program with a
 * sentence if that cannot be done. */
void guest_load(struct guest *guest, const char *file);

/* One update and all reads; what every figure "a round" is about. Ends the
 * program if a call fails or a value is not the canned one. */
void guest_round(const struct guest *guest, VMGuestLibHandle handle);
void guest_reads(const struct guest *guest, VMGuestLibHandle handle);

/* The same with all values in one read; only with a library that has it. */
void guest_bulk_round(const struct guest *guest, VMGuestLibHandle handle);
void guest_bulk_read(const struct guest *guest, VMGuestLibHandle handle);

/* A handle of which the channel, if the library keeps one, is open. */
VMGuestLibHandle guest_polling(const struct guest *guest);

/* Ends the program with a sentence. */
_Noreturn void guest_fail(const char *what, const char *which);

#endif
