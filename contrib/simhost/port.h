/* SPDX-License-Identifier: MIT */
#ifndef SIM_PORT_H
#define SIM_PORT_H

/* 1 when a host answers the port to this process, 0 when none does; -1 and
 * errno when that could not be found out. */
int sim_port_answers(void);

#endif
