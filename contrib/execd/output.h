/* SPDX-License-Identifier: MIT */
/* Where batches and log lines go: standard output, or a file that is replaced
 * each time, and standard error. One implementation a system. */
#ifndef VMG_EXECD_OUTPUT_H
#define VMG_EXECD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Prepares the standard files: no file of ours may get the number of one that
 * the caller closed. False if standard output is among those. */
bool vmg_output_open(void);

/* NULL if batches can be written to a file of this name; else what is accepted,
 * for a message. */
const char *vmg_output_refuse(const char *path);

enum vmg_written {
	VMG_WRITTEN,
	VMG_WRITTEN_CLOSED,  /* nobody reads any more */
	VMG_WRITTEN_STOPPED, /* vmg_wait_output() was stopped: what was written
			      * so far are whole lines */
	VMG_WRITTEN_FAILED,  /* errno says why; of a file the old one stays */
};

/* Writes whole lines to standard output, in order, and waits as long as its
 * reader does. No reader of a pipe ever sees half a line that fits PIPE_BUF,
 * even if this process is killed. Needs vmg_wait_open(). */
enum vmg_written vmg_output_stream(const char *bytes, size_t len);

/* Replaces the file by one with these bytes and mode 0644: written aside, in
 * the same folder, synced and renamed. Of a link the target is replaced. Never
 * CLOSED or STOPPED. */
enum vmg_written vmg_output_file(const char *path, const char *bytes,
				 size_t len);

/* Writes a line of at most VMG_LOG_SIZE + 8 bytes to standard error, if it is
 * taken at once. Returns how much of it was written. Where nobody reads, it
 * waits once, for a second at most, and no more after that. */
size_t vmg_output_log(const char *line, size_t len);

/* The name of this machine, for paths. Cut if it does not fit; never empty. */
void vmg_output_host(char *name, size_t size);

#endif
