/* SPDX-License-Identifier: MIT */
/* System calls that the kernel refuses to this thread and to what it starts, as a
 * service manager's or a container's filter does. */
#ifndef FORBIDDEN_H
#define FORBIDDEN_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the call ends with this error if its first argument is first; it
 * is let alone otherwise. Cannot be taken back. False where system calls cannot
 * be filtered. */
bool call_forbid(long number, uint32_t first, int error);

/* The same, whatever its arguments. */
bool call_forbid_all(long number, int error);

/* From now on the call, whatever its arguments, is not made and raises SIGSYS. */
bool call_trap(long number);

#endif
