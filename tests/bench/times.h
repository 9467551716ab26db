/* SPDX-License-Identifier: MIT */
/* What takes time. Each prints lines of a name and samples, in nanoseconds
 * unless the name says otherwise. */
#ifndef TIMES_H
#define TIMES_H

#include "guest.h"

/* Processor time of a round of each library, and of 5 and of 7 bare port
 * operations, by turns. theirs may be NULL. */
void time_rounds(const struct guest *ours, const struct guest *theirs);

/* Processor time of a reading of all extended sets, by turns. theirs may be NULL. */
void time_extended(const struct guest *ours, const struct guest *theirs);

/* The first handle of this process, with so many MB resident. */
void time_open(const struct guest *guest, unsigned long megabytes);

/* Rounds and reads a second, by one thread and by as many as are asked for,
 * each on its own handle; and turns of an empty loop, for what the machine
 * allows. */
void time_threads(const struct guest *guest, unsigned threads);

/* From spawn to end of a program that does nothing, with each of the libraries
 * loaded, and without. */
void time_start(const char *program, char *const *libraries, int count);

#endif
