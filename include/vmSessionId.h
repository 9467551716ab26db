/* SPDX-License-Identifier: MIT */
#ifndef VMGUEST_VMSESSIONID_H
#define VMGUEST_VMSESSIONID_H

#include "vm_basic_types.h"

/**
 * Names one stretch of time that the virtual machine spends on one host without
 * interruption. It changes with power on, reset, suspend and resume, revert to
 * a snapshot, vMotion and some hot-plug operations; nothing tells which of them
 * it was. Equality is the only operation: it is a random number, 0 is never a
 * session, and ids of different virtual machines do not compare.
 */
typedef uint64 VMSessionId;

/** The same type, as the programming guide spells it. */
typedef VMSessionId VMGuestLibSessionID;

#endif
