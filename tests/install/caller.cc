/* SPDX-License-Identifier: MIT */
/* The same in C++, by the table of stats.h. */
#include <cstdint>
#include <iostream>

#include "stats.h"

int main()
{
	VMGuestLibHandle handle;
	std::uint64_t mhz = 0, used = 0;
	VMGuestLibError error = vmg_thread_handle(&handle, NULL);

	if (error == VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM) {
		std::cout << "NOT_RUNNING_IN_VM\n";
		return 0;
	}
	if (!error)
		error = VMGuestLib_UpdateInfo(handle);
	if (!error)
		error = vmg_stat_read(handle, vmg_stat_by_id(5), &mhz);
	if (!error)
		error = vmg_stat_read(handle, vmg_stat_by_id(4), &used);
	if (error) {
		std::cerr << VMGuestLib_GetErrorText(error) << "\n";
		return 1;
	}
	std::cout << "host " << mhz << " MHz, used " << used << " ms\n";
	return 0;
}
