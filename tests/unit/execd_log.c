/* SPDX-License-Identifier: MIT */
/* Standard error that takes nothing: the log loses lines, and never waits. Each
 * test is a process of its own. */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "log.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "output.h"

/* True while another writer is faster each time: what poll() finds writable is
 * full when it is written to. */
static bool poll_is_late;

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return poll_is_late ? 1 : __real_poll(fds, count, timeout_ms);
}

/* Puts its end in the place of standard error; returns where it can be read. */
typedef int stuff_fn(void);

static int stuff_with(int fd, int read_fd)
{
	cr_assert(fd >= 0 && read_fd >= 0);
	cr_assert(dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	close(fd);
	fcntl(read_fd, F_SETFL, O_NONBLOCK);
	return read_fd;
}

static int pipe_stuff(void)
{
	int fds[2];

	cr_assert(pipe(fds) == 0);
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
	return stuff_with(fds[1], fds[0]);
}

static int socket_stuff(void)
{
	int fds[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	return stuff_with(fds[1], fds[0]);
}

static int terminal_stuff(void)
{
	struct termios raw;
	int master, slave;

	cr_assert(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	cr_assert(tcgetattr(slave, &raw) == 0);
	cfmakeraw(&raw);
	cr_assert(tcsetattr(slave, TCSANOW, &raw) == 0);
	return stuff_with(slave, master);
}

/* As by Ctrl-S. */
static int stopped_terminal_stuff(void)
{
	int fd = terminal_stuff();

	cr_assert(tcflow(STDERR_FILENO, TCOOFF) == 0);
	return fd;
}

/* A limit stands for a full disk. */
static int file_stuff(void)
{
	char name[] = "/tmp/vmguest-log.XXXXXX";
	int fd = mkstemp(name), read_fd = open(name, O_RDONLY);
	struct rlimit limit;

	unlink(name);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = 10000;
	cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	return stuff_with(fd, read_fd);
}

static void room_make(void)
{
	struct rlimit limit;

	tcflow(STDERR_FILENO, TCOON);
	cr_assert(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* Appends what has been logged. */
static void log_read(int fd, char *text, size_t size)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
}

static bool ends_with(const char *line, size_t len, const char *end)
{
	return len >= strlen(end) &&
	       memcmp(line + len - strlen(end), end, strlen(end)) == 0;
}

/* How many lines were written whole or are logged as lost. A terminal may make
 * room by and by, so there may be several reports, and lines that were cut. */
static unsigned long lines_account(const char *text, const char *whole)
{
	unsigned long lines = 0;
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len == strlen(whole) && memcmp(text, whole, len) == 0)
			lines++;
		else if (ends_with(text, len,
				   " lost: standard error was full."))
			lines += strtoul(text + strlen("W! "), NULL, 10);
	}
	return lines;
}

static void expect_lost(stuff_fn *stuff)
{
	static char text[1 << 20];
	char line[301], whole[310];
	int fd;

	cr_assert(vmg_output_open());
	fd = stuff();
	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	snprintf(whole, sizeof whole, "W! %s", line);
	for (int i = 0; i < 2000; i++)
		vmg_log(VMG_LOG_WARNING, "%s", line);
	log_read(fd, text, sizeof text);
	room_make();
	vmg_log_report_lost();
	log_read(fd, text, sizeof text);
	vmg_log(VMG_LOG_INFO, "after");
	log_read(fd, text, sizeof text);

	cr_expect(strstr(text, " log lines were lost: standard error was full."
			       "\n") != NULL);
	cr_expect(ends_with(text, strlen(text), "\nI! after\n"));
	cr_expect(eq(ulong, lines_account(text, whole), 2000));
}

Test(log, loses_lines_on_a_full_pipe, .timeout = 60)
{
	expect_lost(pipe_stuff);
}

Test(log, loses_lines_on_a_full_socket, .timeout = 60)
{
	expect_lost(socket_stuff);
}

Test(log, loses_lines_on_a_terminal_that_nobody_reads, .timeout = 60)
{
	expect_lost(terminal_stuff);
}

Test(log, loses_lines_on_a_stopped_terminal, .timeout = 60)
{
	expect_lost(stopped_terminal_stuff);
}

Test(log, loses_lines_on_a_full_disk, .timeout = 60)
{
	expect_lost(file_stuff);
}

static void pipe_close(void)
{
	close(pipe_stuff());
}

static void stderr_close(void)
{
	close(STDERR_FILENO);
}

/* Nobody will read it: nothing comes of it. */
Test(log, goes_nowhere_when_standard_error_is_closed)
{
	static void (*const closes[])(void) = { pipe_close, stderr_close };

	cr_assert(vmg_output_open());
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < 2; i++) {
		closes[i]();
		for (int n = 0; n < 3; n++)
			vmg_log(VMG_LOG_WARNING, "lost");
		vmg_log_report_lost();
	}
}

static void expect_one_lost(bool late)
{
	char text[8192] = "", filler[4096];
	int fd = pipe_stuff();

	cr_assert(vmg_output_open());
	memset(filler, '\n', sizeof filler);
	cr_assert(write(STDERR_FILENO, filler, sizeof filler) == sizeof filler);
	poll_is_late = late;
	vmg_log(VMG_LOG_WARNING, "lost");
	poll_is_late = false;
	log_read(fd, text, sizeof text);
	text[0] = '\0';
	vmg_log_report_lost();
	vmg_log_report_lost();
	log_read(fd, text, sizeof text);
	cr_expect(eq(str, text,
		     "W! 1 log line was lost: standard error was full.\n"));
}

Test(log, counts_one_line_as_one)
{
	expect_one_lost(false);
}

Test(log, does_not_wait_when_another_writer_was_faster, .timeout = 20)
{
	expect_one_lost(true);
}

Test(log, is_clean_text_in_one_line)
{
	char text[100] = "";
	int fd = pipe_stuff();

	cr_assert(vmg_output_open());
	vmg_log(VMG_LOG_ERROR, "a\nb\x01"
			       "c\xff");
	log_read(fd, text, sizeof text);
	cr_expect(eq(str, text, "E! a?b?c?\n"));
}
