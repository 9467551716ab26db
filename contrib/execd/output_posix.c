/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "wait.h"

/* How long standard error may hold up a batch, once, before the line is lost.
 * Long enough that a busy machine loses none. */
#define LOG_TIMEOUT_US 100000

static void on_alarm(int number)
{
	(void)number; /* write() returns: that is all */
}

bool vmg_output_open(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	bool closed = false;
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		closed |= fd == STDOUT_FILENO;
	if (fd > STDERR_FILENO)
		close(fd);
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	return !closed;
}

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
			struct pollfd out = { .fd = fd, .events = POLLOUT };

			poll(&out, 1, -1);
		} else if (errno != EINTR) {
			return closed_by_reader(errno) ? VMG_WRITTEN_CLOSED
						       : VMG_WRITTEN_FAILED;
		}
	}
	return VMG_WRITTEN;
}

enum vmg_written vmg_output_stream(const char *bytes, size_t len)
{
	enum vmg_written written = VMG_WRITTEN;

	while (len > 0 && written == VMG_WRITTEN) {
		size_t size = piece_size(bytes, len);

		if (!vmg_wait_output())
			return VMG_WRITTEN_STOPPED;
		written = piece_write(STDOUT_FILENO, bytes, size);
		bytes += size;
		len -= size;
	}
	return written;
}

static bool is_dangling(const char *path)
{
	struct stat link, target;

	return lstat(path, &link) == 0 && S_ISLNK(link.st_mode) &&
	       stat(path, &target) != 0;
}

const char *vmg_output_refuse(const char *path)
{
	struct stat there;

	if (strcmp(path, "-") == 0)
		return "the name of a file; leave --output out to write to "
		       "standard output";
	if (is_dangling(path))
		return "a file, or a link to a file that exists";
	/* Renaming over a device or a folder would not write into it. */
	if (path[0] == '\0' ||
	    (stat(path, &there) == 0 && !S_ISREG(there.st_mode)))
		return "a file, which may exist or not; no device, pipe or "
		       "folder";
	return NULL;
}

static bool file_fill(int fd, const char *bytes, size_t len)
{
	return piece_write(fd, bytes, len) == VMG_WRITTEN &&
	       fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

/* What is to be replaced: the file behind links, or a new one. A link whose
 * target is gone meanwhile is an error, not a file to create. */
static bool target_find(const char *path, char target[PATH_MAX])
{
	if (realpath(path, target))
		return true;
	if (errno != ENOENT || is_dangling(path))
		return false;
	if (strlen(path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(target, path);
	return true;
}

/* A file beside the target; its name is completed. */
static int aside_open(const char *target, char aside[PATH_MAX])
{
	/* The suffix keeps node_exporter from reading it: it wants .prom. */
	if ((size_t)snprintf(aside, PATH_MAX, "%s.XXXXXX", target) >=
	    PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return mkstemp(aside);
}

enum vmg_written vmg_output_file(const char *path, const char *bytes,
				 size_t len)
{
	char target[PATH_MAX], aside[PATH_MAX];
	bool done;
	int fd, err;

	if (!target_find(path, target))
		return VMG_WRITTEN_FAILED;
	fd = aside_open(target, aside);
	if (fd < 0)
		return VMG_WRITTEN_FAILED;
	done = file_fill(fd, bytes, len);
	err = errno;
	if (close(fd) != 0 && done) {
		done = false;
		err = errno;
	}
	if (done && rename(aside, target) == 0)
		return VMG_WRITTEN;
	if (done)
		err = errno;
	unlink(aside);
	errno = err;
	return VMG_WRITTEN_FAILED;
}

static void alarm_set(suseconds_t period_us)
{
	/* It repeats, in case it goes off before write() begins. */
	struct itimerval timer = { .it_interval.tv_usec = period_us,
				   .it_value.tv_usec = period_us };

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* What poll() calls writable takes PIPE_BUF bytes if it is a pipe, but perhaps
 * one if it is a terminal, and other writers may be faster. The descriptor may
 * be theirs as well, so it stays a blocking one. */
size_t vmg_output_log(const char *line, size_t len)
{
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	if (poll(&out, 1, 0) != 1)
		return 0;
	alarm_set(LOG_TIMEOUT_US);
	n = write(STDERR_FILENO, line, len);
	alarm_set(0);
	return n > 0 ? (size_t)n : 0;
}

void vmg_output_host(char *name, size_t size)
{
	if (gethostname(name, size - 1) != 0 && errno != ENAMETOOLONG)
		name[0] = '\0';
	name[size - 1] = '\0';
	if (name[0] == '\0')
		snprintf(name, size, "localhost");
}
