/* SPDX-License-Identifier: MIT */
/* Which device of the guest a disk or a network card of the host is.
 *
 * A name is given where the guest's system proves it, and none else. It may change
 * while the instance stays the same: it belongs into a label of an info series or
 * into a tag, never into the identity of a series with values. */
#ifndef VMG_DEVICE_H
#define VMG_DEVICE_H

#include "metrics.h"

/* What was read at once. It takes a few hundred system calls: once a session and
 * once a minute is often enough. */
struct vmg_devices;

/* root is where the system shows its devices: "/sys". NULL: no memory, or a system
 * whose devices are not known. What cannot be read is left out. */
struct vmg_devices *vmg_devices_read(const char *root);

/* The name of "scsi0:0" or "00:0c:29:32:0a:6a", upper or lower case: "sda",
 * "eth0", printable ASCII without blanks. It lives as long as devices. NULL: not
 * known, or devices is NULL. */
const char *vmg_device_find(const struct vmg_devices *devices,
			    enum vmg_area area, const char *instance);

/* NULL is fine. */
void vmg_devices_release(struct vmg_devices *devices);

#endif
