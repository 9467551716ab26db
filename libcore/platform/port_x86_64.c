/* SPDX-License-Identifier: MIT */
/* Compiled without a frame pointer: rbp carries a register of the host. */
#include "machine_x86_64.h"
#include "port.h"

/* rbp is no constraint: it is exchanged with whatever register the compiler
 * picked. No push or pop, user code has a red zone below the stack pointer. */
#define BULK_EXCHANGE(r, instruction)                                   \
	__asm__ volatile("xchgq %%rbp, %[bp]\n\tcld\n\t" instruction    \
			 "\n\txchgq %%rbp, %[bp]"                       \
			 : "+a"((r)->ax), "+b"((r)->bx), "+c"((r)->cx), \
			   "+d"((r)->dx), "+S"((r)->si),                \
			   "+D"((r)->di), [bp] "+r"(bp)                 \
			 :                                              \
			 : "memory", "cc")

static void bulk_write(struct vmg_regs *r)
{
	uint64_t bp = r->bp;

	BULK_EXCHANGE(r, "rep outsb");
}

static void bulk_read(struct vmg_regs *r)
{
	uint64_t bp = r->bp;

	BULK_EXCHANGE(r, "rep insb");
}

void vmg_port_exchange(enum vmg_port port, struct vmg_regs *regs)
{
	switch (port) {
	case VMG_PORT_WORD:
		VMG_PORT_IN(regs);
		return;
	case VMG_PORT_WRITE:
		bulk_write(regs);
		return;
	case VMG_PORT_READ:
		bulk_read(regs);
		return;
	}
}
