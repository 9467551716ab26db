/* SPDX-License-Identifier: MIT */
#ifndef SIM_CATALOG_H
#define SIM_CATALOG_H

#include "simhost.h"

#define SIM_SCENARIO_DEFAULT "demo"

/* The scenario of that file, if name has a / or ends in .json; else that of the
 * catalog. NULL on errors, which are then on standard error. */
struct simhost *sim_catalog_open(const char *name);

/* Prints one line for each scenario of the catalog. False if one of them
 * cannot be read, or none is there; the reason is on standard error. */
bool sim_catalog_list(void);

#endif
