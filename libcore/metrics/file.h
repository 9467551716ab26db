/* SPDX-License-Identifier: MIT */
#ifndef VMG_FILE_H
#define VMG_FILE_H

#include <stddef.h>

/* The beginning of an open file, as text; "" if it cannot be read. Without stdio,
 * which would allocate at every read of the statistics. */
void vmg_file_text(int fd, char *text, size_t size);

#endif
