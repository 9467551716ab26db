/* SPDX-License-Identifier: MIT */
/* calls DLL: prints what the library calls of the system and of the C run-time, each
 * function with how often: when a handle is opened and used for the first time, and in
 * ROUNDS updates after that. What it imports leads through stubs that count. */
#include <stddef.h>
#include <string.h>

#include "check.h"

#define ROUNDS 100
#define IMPORTS_MAX 100
#define VALUES_MAX 100

/* Executed as it stands: counts one, then goes on to the function. */
struct stub {
	unsigned char code[16];
	LONG count;
	void *function;
};

static struct stub *stubs;
static const char *names[IMPORTS_MAX];
static size_t import_count;

/* An operand that names another member of the stub, whose instruction ends at 'end'. */
static void operand_write(struct stub *stub, size_t end, size_t member)
{
	uintptr_t target = (uintptr_t)stub + member;
	uint32_t operand = (uint32_t)target;

#ifdef __x86_64__
	operand = (uint32_t)(target - ((uintptr_t)stub + end));
#endif
	memcpy(stub->code + end - sizeof operand, &operand, sizeof operand);
}

static void stub_make(struct stub *stub, void *function)
{
	static const unsigned char code[] = {
		0xf0, 0xff, 0x05, 0, 0, 0, 0, /* lock incl count */
		0xff, 0x25, 0,	  0, 0, 0,    /* jmp *function */
	};

	memcpy(stub->code, code, sizeof code);
	stub->function = function;
	operand_write(stub, 7, offsetof(struct stub, count));
	operand_write(stub, 13, offsetof(struct stub, function));
}

static void import_replace(IMAGE_THUNK_DATA *slot, const char *name)
{
	struct stub *stub = &stubs[import_count];
	DWORD before;

	CHECK(import_count < IMPORTS_MAX);
	names[import_count++] = name;
	stub_make(stub, (void *)(uintptr_t)slot->u1.Function);
	CHECK(VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &before));
	slot->u1.Function = (uintptr_t)stub;
}

static void imports_replace(HMODULE module)
{
	char *base = (char *)module;
	IMAGE_NT_HEADERS *headers =
		(void *)(base + ((IMAGE_DOS_HEADER *)(void *)base)->e_lfanew);
	IMAGE_IMPORT_DESCRIPTOR *from =
		(void *)(base +
			 headers->OptionalHeader
				 .DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT]
				 .VirtualAddress);

	for (; from->Name; from++) {
		IMAGE_THUNK_DATA *name =
			(void *)(base + from->OriginalFirstThunk);
		IMAGE_THUNK_DATA *slot = (void *)(base + from->FirstThunk);

		for (; name->u1.AddressOfData; name++, slot++) {
			IMAGE_IMPORT_BY_NAME *by =
				(void *)(base + name->u1.AddressOfData);

			import_replace(slot, (const char *)by->Name);
		}
	}
}

/* And begins anew. */
static void counts_print(const char *what)
{
	for (size_t i = 0; i < import_count; i++) {
		if (stubs[i].count > 0)
			printf("%s %s %ld\n", what, names[i], stubs[i].count);
		stubs[i].count = 0;
	}
}

int main(int argc, char **argv)
{
	static struct vmg_stat_value values[VALUES_MAX];
	VMGuestLibError (*read_all)(VMGuestLibHandle, VMSessionId *,
				    struct vmg_stat_value *, size_t);
	VMGuestLibHandle handle;
	struct library lib;
	VMSessionId session;

	CHECK(argc == 2);
	lib = library_load(argv[1]);
	read_all = function_find(lib.module, "vmg_stats_read");
	stubs = VirtualAlloc(NULL, IMPORTS_MAX * sizeof *stubs, MEM_COMMIT,
			     PAGE_EXECUTE_READWRITE);
	CHECK(stubs);
	imports_replace(lib.module);

	CHECK(lib.open(&handle) == OK);
	/* The second within two seconds keeps the channel. */
	CHECK(lib.update(handle) == OK && lib.update(handle) == OK);
	counts_print("first");
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(lib.update(handle) == OK);
		CHECK(read_all(handle, &session, values, VALUES_MAX) == OK);
	}
	counts_print("then");
	return 0;
}
