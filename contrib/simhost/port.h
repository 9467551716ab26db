/* SPDX-License-Identifier: MIT */
#ifndef SIM_PORT_H
#define SIM_PORT_H

/* 0 when no host answers the port to this process; else an exit status of
 * status.h. */
int sim_port_check(void);

#endif
