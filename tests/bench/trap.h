/* SPDX-License-Identifier: MIT */
#ifndef TRAP_H
#define TRAP_H

/* From here on the port instructions of this process reach the canned host. */
void trap_install(void);

#endif
