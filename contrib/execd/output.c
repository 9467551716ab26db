/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many whole lines as a pipe takes in one piece, or the one line that is
 * longer than that. */
static size_t piece_size(const char *bytes, size_t len)
{
	size_t size = 0;
	const char *end;

	while (size < len && (end = memchr(bytes + size, '\n', len - size))) {
		size_t next = (size_t)(end - bytes) + 1;

		if (next > PIPE_BUF && size > 0)
			break;
		size = next;
		if (size >= PIPE_BUF)
			break;
	}
	return size > 0 ? size : len;
}

/* Until the descriptor takes bytes. wake_fd -1: only until that. */
static void writable_wait(int fd, int wake_fd)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLOUT },
				{ .fd = wake_fd, .events = POLLIN } };

	poll(fds, 2, -1);
}

static bool writable_now(int fd)
{
	struct pollfd out = { .fd = fd, .events = POLLOUT };

	return poll(&out, 1, 0) > 0;
}

static bool closed_by_reader(int err)
{
	return err == EPIPE || err == ECONNRESET;
}

/* To its last byte: half a line would be read as a wrong one. */
static enum vmg_written piece_write(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			writable_wait(fd, -1);
		} else if (errno != EINTR) {
			return closed_by_reader(errno) ? VMG_WRITTEN_CLOSED
						       : VMG_WRITTEN_FAILED;
		}
	}
	return VMG_WRITTEN;
}

enum vmg_written vmg_output_stream(int fd, const char *bytes, size_t len,
				   bool (*stopping)(void), int wake_fd)
{
	enum vmg_written written = VMG_WRITTEN;

	while (len > 0 && written == VMG_WRITTEN) {
		size_t size = piece_size(bytes, len);

		while (!writable_now(fd)) {
			if (stopping())
				return VMG_WRITTEN_STOPPED;
			writable_wait(fd, wake_fd);
		}
		written = piece_write(fd, bytes, size);
		bytes += size;
		len -= size;
	}
	return written;
}

static bool file_fill(int fd, const char *bytes, size_t len)
{
	return piece_write(fd, bytes, len) == VMG_WRITTEN &&
	       fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

enum vmg_written vmg_output_file(const char *path, const char *bytes,
				 size_t len)
{
	char aside[PATH_MAX];
	bool done;
	int fd, err;

	/* The suffix keeps node_exporter from reading it: it wants .prom. */
	if ((size_t)snprintf(aside, sizeof aside, "%s.XXXXXX", path) >=
	    sizeof aside) {
		errno = ENAMETOOLONG;
		return VMG_WRITTEN_FAILED;
	}
	fd = mkstemp(aside);
	if (fd < 0)
		return VMG_WRITTEN_FAILED;
	done = file_fill(fd, bytes, len);
	err = errno;
	if (close(fd) != 0 && done) {
		done = false;
		err = errno;
	}
	if (done && rename(aside, path) == 0)
		return VMG_WRITTEN;
	if (done)
		err = errno;
	unlink(aside);
	errno = err;
	return VMG_WRITTEN_FAILED;
}
