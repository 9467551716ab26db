/* SPDX-License-Identifier: MIT */
/* loader DLL NAME...: each function is there, and the library works from its
 * loading to its unloading, twice. */
#include "check.h"

int main(int argc, char **argv)
{
	VMGuestLibHandle handle;
	uint64 elapsed_ms = 0;

	CHECK(argc > 2);
	for (int round = 0; round < 2; round++) {
		struct library lib = library_load(argv[1]);

		for (int i = 2; i < argc; i++)
			function_find(lib.module, argv[i]);
		CHECK(lib.open(&handle) == OK);
		/* The Python binding passes it through a C int. */
		CHECK((uintptr_t)handle <= INT32_MAX);
		CHECK(lib.update(handle) == OK);
		CHECK(lib.elapsed_ms(handle, &elapsed_ms) == OK);
		CHECK(elapsed_ms > 0);
		CHECK(lib.close(handle) == OK);
		CHECK(lib.close(handle) == VMGUESTLIB_ERROR_INVALID_HANDLE);
		CHECK(FreeLibrary(lib.module));
	}
	return 0;
}
