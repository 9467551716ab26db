/* SPDX-License-Identifier: MIT */
/* The integer types that callers of the VMware Guest API expect to find under
 * these names. */
#ifndef VMGUEST_VM_BASIC_TYPES_H
#define VMGUEST_VM_BASIC_TYPES_H

#include <stdint.h>

typedef int8_t int8;
typedef int16_t int16;
typedef int32_t int32;
typedef int64_t int64;
typedef uint8_t uint8;
typedef uint16_t uint16;
typedef uint32_t uint32;
typedef uint64_t uint64;

/* 0 or 1; always one byte, in C and in C++. */
typedef char Bool;

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

#endif
