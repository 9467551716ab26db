/* SPDX-License-Identifier: MIT */
/* Where batches go: standard output, or a file that is replaced each time. */
#ifndef VMG_EXECD_OUTPUT_H
#define VMG_EXECD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum vmg_written {
	VMG_WRITTEN,
	VMG_WRITTEN_CLOSED,  /* nobody reads any more */
	VMG_WRITTEN_STOPPED, /* told to stop while the reader held it up: what
			      * was written so far are whole lines */
	VMG_WRITTEN_FAILED,  /* errno says why; of a file the old one stays */
};

/* Writes whole lines to a descriptor, in order, and waits as long as its reader
 * does. No reader of a pipe ever sees half a line that fits PIPE_BUF, even if
 * this process is killed. stopping: asked before each piece while the reader
 * holds it up; wake_fd is readable when its answer may have changed. */
enum vmg_written vmg_output_stream(int fd, const char *bytes, size_t len,
				   bool (*stopping)(void), int wake_fd);

/* Replaces the file by one with these bytes and mode 0644: written aside, in
 * the same folder, synced and renamed. Never CLOSED or STOPPED. */
enum vmg_written vmg_output_file(const char *path, const char *bytes,
				 size_t len);

#endif
