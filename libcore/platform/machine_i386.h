/* SPDX-License-Identifier: MIT */
/* What C cannot say on 32-bit x86. The numbers of system calls are the
 * caller's. */
#ifndef VMG_MACHINE_I386_H
#define VMG_MACHINE_I386_H

#include <stdbool.h>
#include <stdint.h>

#include "bare.h"

/* An instruction of the ports on a struct vmg_regs. It takes all seven registers
 * and leaves none to an operand: they go through a block, in this order, whose
 * address waits on the stack. */
#define VMG_PORT_EXCHANGE(r, instruction)                                  \
	do {                                                               \
		uint32_t block[] = { (uint32_t)(r)->ax, (uint32_t)(r)->bx, \
				     (uint32_t)(r)->cx, (uint32_t)(r)->dx, \
				     (uint32_t)(r)->si, (uint32_t)(r)->di, \
				     (uint32_t)(r)->bp };                  \
		uint32_t *at = block;                                      \
                                                                           \
		__asm__ volatile("pushl %%ebp\n\t"                         \
				 "pushl %%eax\n\t"                         \
				 "movl 4(%%eax), %%ebx\n\t"                \
				 "movl 8(%%eax), %%ecx\n\t"                \
				 "movl 12(%%eax), %%edx\n\t"               \
				 "movl 16(%%eax), %%esi\n\t"               \
				 "movl 20(%%eax), %%edi\n\t"               \
				 "movl 24(%%eax), %%ebp\n\t"               \
				 "movl (%%eax), %%eax\n\t"                 \
				 "cld\n\t" instruction "\n\t"              \
				 "xchgl %%eax, (%%esp)\n\t"                \
				 "movl %%ebx, 4(%%eax)\n\t"                \
				 "movl %%ecx, 8(%%eax)\n\t"                \
				 "movl %%edx, 12(%%eax)\n\t"               \
				 "movl %%esi, 16(%%eax)\n\t"               \
				 "movl %%edi, 20(%%eax)\n\t"               \
				 "movl %%ebp, 24(%%eax)\n\t"               \
				 "popl (%%eax)\n\t"                        \
				 "popl %%ebp"                              \
				 : "+a"(at)                                \
				 :                                         \
				 : "ebx", "ecx", "edx", "esi", "edi",      \
				   "memory", "cc");                        \
		(r)->ax = block[0];                                        \
		(r)->bx = block[1];                                        \
		(r)->cx = block[2];                                        \
		(r)->dx = block[3];                                        \
		(r)->si = block[4];                                        \
		(r)->di = block[5];                                        \
		(r)->bp = block[6];                                        \
	} while (0)

/* The low-bandwidth port's. The host may rewrite all registers and, for some
 * commands, guest memory. */
#define VMG_PORT_IN(r) VMG_PORT_EXCHANGE(r, "inl %%dx, %%eax")

/* A system call without libc's wrapper. An error is -errno. */
static VMG_BARE long vmg_bare_call(long number, long a, long b, long c, long d)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d)
			 : "memory");
	return result;
}

/* As clone(2) of libc, without the wrapper: the child calls run(arg) on the
 * stack that ends at top, and must not return from it. */
static VMG_BARE long vmg_bare_clone(long number, unsigned long flags, void *top,
				    void (*run)(void *), void *arg)
{
	/* At the call the stack pointer is a multiple of 16, and arg is there. */
	void **sp = (void **)((uintptr_t)top & ~(uintptr_t)63) - 4;
	long result;

	*sp = arg;
	*--sp = (void *)run;
	__asm__ volatile("int $0x80\n\t"
			 "testl %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "popl %%eax\n\t"
			 "call *%%eax\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "0"(number), "b"(flags), "c"(sp), "d"(0l)
			 : "memory", "cc");
	return result;
}

/* Whether valgrind runs the program, by its request RUNNING_ON_VALGRIND. To a
 * processor these instructions are nothing: edi is rotated by 64 bits. Source:
 * valgrind, valgrind.h. */
static inline bool vmg_valgrind_runs(void)
{
	const uint32_t request[6] = { 0x1001 };
	uint32_t answer = 0;

	__asm__ volatile("roll $3, %%edi\n\t"
			 "roll $13, %%edi\n\t"
			 "roll $29, %%edi\n\t"
			 "roll $19, %%edi\n\t"
			 "xchgl %%ebx, %%ebx"
			 : "+d"(answer)
			 : "a"(request)
			 : "memory", "cc");
	return answer != 0;
}

#endif
