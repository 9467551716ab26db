/* SPDX-License-Identifier: MIT */
/* For functions that run where nothing of the program's run-time may: no
 * sanitizer instruments them, nor are they inlined into one that it does. Those
 * in headers may go unused. */
#ifndef VMG_BARE_H
#define VMG_BARE_H

#ifdef __clang__
#define VMG_BARE                  \
	__attribute__((           \
		noinline, unused, \
		no_sanitize("address", "thread", "undefined", "memory")))
#else
#define VMG_BARE                                                  \
	__attribute__((noinline, unused, no_sanitize_address,     \
		       no_sanitize_thread, no_sanitize_undefined, \
		       no_stack_protector))
#endif

#endif
