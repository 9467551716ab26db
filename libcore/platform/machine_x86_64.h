/* SPDX-License-Identifier: MIT */
/* What C cannot say on x86-64. The numbers of system calls are the caller's. */
#ifndef VMG_MACHINE_X86_64_H
#define VMG_MACHINE_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#include "bare.h"

/* The low-bandwidth port's instruction, on a struct vmg_regs. The host may
 * rewrite all six registers and, for some commands, guest memory. Only the low
 * 32 bits of what it leaves are defined. */
#define VMG_PORT_IN(r)                                                  \
	__asm__ volatile("inl %%dx, %%eax"                              \
			 : "+a"((r)->ax), "+b"((r)->bx), "+c"((r)->cx), \
			   "+d"((r)->dx), "+S"((r)->si), "+D"((r)->di)  \
			 :                                              \
			 : "memory", "cc")

/* A system call without libc's wrapper. An error is -errno. */
static VMG_BARE long vmg_bare_call(long number, long a, long b, long c, long d)
{
	long result;

	__asm__ volatile("movq %[d], %%r10\n\t"
			 "syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), [d] "r"(d)
			 : "rcx", "r10", "r11", "memory");
	return result;
}

/* As clone(2) of libc, without the wrapper: the child calls run(arg) on the
 * stack that ends at top, and must not return from it. */
static VMG_BARE long vmg_bare_clone(long number, unsigned long flags, void *top,
				    void (*run)(void *), void *arg)
{
	void **sp = (void **)((uintptr_t)top & ~(uintptr_t)63);
	long result;

	*--sp = arg;
	*--sp = (void *)run;
	__asm__ volatile("xorl %%r10d, %%r10d\n\t"
			 "syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "popq %%rax\n\t"
			 "popq %%rdi\n\t"
			 "call *%%rax\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "0"(number), "D"(flags), "S"(sp), "d"(0l)
			 : "rcx", "r10", "r11", "memory", "cc");
	return result;
}

/* Whether valgrind runs the program, by its request RUNNING_ON_VALGRIND. To a
 * processor these instructions are nothing: rdi is rotated by 128 bits. Source:
 * valgrind, valgrind.h. */
static inline bool vmg_valgrind_runs(void)
{
	const uint64_t request[6] = { 0x1001 };
	uint64_t answer = 0;

	__asm__ volatile("rolq $3, %%rdi\n\t"
			 "rolq $13, %%rdi\n\t"
			 "rolq $61, %%rdi\n\t"
			 "rolq $51, %%rdi\n\t"
			 "xchgq %%rbx, %%rbx"
			 : "+d"(answer)
			 : "a"(request)
			 : "memory", "cc");
	return answer != 0;
}

#endif
