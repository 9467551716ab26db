/* SPDX-License-Identifier: MIT */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/* Blocks that the calling thread has asked the allocator for, and the bytes of
 * those that it has not given back. */
extern __thread unsigned long allocations;
extern __thread long allocated_bytes;

#endif
