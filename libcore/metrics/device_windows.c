/* SPDX-License-Identifier: MIT */
/* No source says which disk of Windows a disk of the host is. */
#include "device.h"

struct vmg_devices *vmg_devices_read(const char *root)
{
	(void)root;
	return NULL;
}

const char *vmg_device_find(const struct vmg_devices *devices,
			    enum vmg_area area, const char *instance)
{
	(void)devices;
	(void)area;
	(void)instance;
	return NULL;
}

void vmg_devices_release(struct vmg_devices *devices)
{
	(void)devices;
}
