/* SPDX-License-Identifier: MIT */
/* Asks the port under an exception handler of one stack frame: where no
 * hypervisor serves the port the system turns the fault into an exception, which
 * ends here. Nothing is installed for the process, and no other thread sees
 * anything; a program's vectored handler and a debugger see one first-chance
 * exception. Why no C compiler's __try: gcc has none, and what wraps the
 * instruction must know its address.
 *
 * Whatever the code of the exception: 0xC0000096 on a bare machine, but a
 * hypervisor may inject another. */
#include <stdbool.h>

#include <windows.h>

#include "port.h"

struct answer {
	uint32_t ax, bx;
};

/* The instruction, and where to go on after its fault. */
extern const char vmg_probe_in[], vmg_probe_faulted[];

/* False: it faulted. */
bool vmg_probe_ask(struct answer *answer);

EXCEPTION_DISPOSITION vmg_probe_guard(EXCEPTION_RECORD *record, void *frame,
				      CONTEXT *context, void *dispatcher);

static void context_resume(CONTEXT *context, const char *at)
{
#ifdef __x86_64__
	context->Rip = (DWORD64)(uintptr_t)at;
#else
	context->Eip = (DWORD)(uintptr_t)at;
#endif
}

EXCEPTION_DISPOSITION vmg_probe_guard(EXCEPTION_RECORD *record, void *frame,
				      CONTEXT *context, void *dispatcher)
{
	const DWORD unwinding = EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND;

	(void)frame;
	(void)dispatcher;
	if ((record->ExceptionFlags & unwinding) ||
	    record->ExceptionAddress != vmg_probe_in)
		return ExceptionContinueSearch;
	context_resume(context, vmg_probe_faulted);
	return ExceptionContinueExecution;
}

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number
#define CONSTANT(number) "$" TEXT_OF(number)

/* The numbers of port.h, which an assembler cannot read with their suffixes. */
#define MAGIC 0x564D5868
#define NOT_MAGIC 0xA9B2A797
#define PORT 0x5658
#define GETVERSION 10
_Static_assert(MAGIC == VMG_BDOOR_MAGIC && NOT_MAGIC == ~VMG_BDOOR_MAGIC &&
		       PORT == VMG_BDOOR_PORT &&
		       GETVERSION == VMG_BDOOR_CMD_GETVERSION,
	       "as port.h has them");

#define REGISTERS_SET                                                                            \
	"	movl " CONSTANT(                                                                 \
		MAGIC) ", %eax\n"                                                                \
		       "	movl " CONSTANT(                                                 \
			       NOT_MAGIC) ", %ebx\n"                                             \
					  "	movl " CONSTANT(                                 \
						  GETVERSION) ", %ecx\n"                         \
							      "	movl"                            \
							      " " CONSTANT(                      \
								      PORT) ", %edx\n"           \
									    "	xorl %esi, %esi\n" \
									    "	xorl %edi, %edi\n"

#ifdef __x86_64__
/* The handler is found by the frame's unwind data. */
__asm__(".text\n"
	".globl vmg_probe_ask, vmg_probe_in, vmg_probe_faulted\n"
	".def vmg_probe_ask; .scl 2; .type 32; .endef\n"
	".seh_proc vmg_probe_ask\n"
	"vmg_probe_ask:\n"
	"	pushq %rbx\n"
	"	.seh_pushreg %rbx\n"
	"	pushq %rsi\n"
	"	.seh_pushreg %rsi\n"
	"	pushq %rdi\n"
	"	.seh_pushreg %rdi\n"
	"	.seh_handler vmg_probe_guard, @except\n"
	"	.seh_endprologue\n"
	"	movq %rcx, %r8\n" REGISTERS_SET "vmg_probe_in:\n"
	"	inl %dx, %eax\n"
	"	movl %eax, (%r8)\n"
	"	movl %ebx, 4(%r8)\n"
	"	movl $1, %eax\n"
	"	jmp 1f\n"
	"vmg_probe_faulted:\n"
	"	xorl %eax, %eax\n"
	"1:\n"
	"	popq %rdi\n"
	"	popq %rsi\n"
	"	popq %rbx\n"
	"	ret\n"
	"	.seh_endproc\n");
#else
/* The handler is the first of the thread's list, as long as the frame lasts. */
__asm__(".text\n"
	".globl _vmg_probe_ask, _vmg_probe_in, _vmg_probe_faulted\n"
	".def _vmg_probe_ask; .scl 2; .type 32; .endef\n"
	"_vmg_probe_ask:\n"
	"	pushl %ebx\n"
	"	pushl %esi\n"
	"	pushl %edi\n"
	"	pushl $_vmg_probe_guard\n"
	"	pushl %fs:0\n"
	"	movl %esp, %fs:0\n" REGISTERS_SET "_vmg_probe_in:\n"
	"	inl %dx, %eax\n"
	/* Five words were pushed, and the return address before them. */
	"	movl 24(%esp), %edx\n"
	"	movl %eax, (%edx)\n"
	"	movl %ebx, 4(%edx)\n"
	"	movl $1, %eax\n"
	"	jmp 1f\n"
	"_vmg_probe_faulted:\n"
	"	xorl %eax, %eax\n"
	"1:\n"
	"	popl %fs:0\n"
	"	addl $4, %esp\n"
	"	popl %edi\n"
	"	popl %esi\n"
	"	popl %ebx\n"
	"	ret\n");
#endif

enum vmg_err vmg_port_probe(void)
{
	struct answer answer;

	if (!vmg_probe_ask(&answer) || answer.ax == VMG_BDOOR_UNKNOWN ||
	    answer.bx != VMG_BDOOR_MAGIC)
		return VMG_E_NOT_VM;
	return VMG_OK;
}
