/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "output.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbered lines of different lengths, up to len bytes. */
static char *lines_make(size_t lines, size_t width)
{
	char *text = malloc(lines * (width + 16) + 1), *end = text;

	for (size_t i = 0; i < lines; i++)
		end += sprintf(end, "%zu %0*d\n", i, (int)(width - i % width),
			       0);
	return text;
}

/* Everything that comes out of the pipe, a little at a time. */
static char *pipe_read(int fd, size_t at_once)
{
	size_t len = 0, size = 1 << 20;
	char *text = malloc(size);
	ssize_t n;

	while (len + at_once < size && (n = read(fd, text + len, at_once)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

/* A child writes the text to fds[1], asked to stop or not, and ends with what
 * came of it. */
static pid_t stream_fork(const int fds[2], const char *text, bool stop)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(fds[0]);
		dup2(fds[1], STDOUT_FILENO);
		close(fds[1]);
		vmg_wait_open(&(struct vmg_wait_options){ 0 });
		if (stop)
			raise(SIGTERM);
		_exit(vmg_output_stream(text, strlen(text)));
	}
	close(fds[1]);
	return pid;
}

static void expect_exit(pid_t pid, enum vmg_written wanted)
{
	int status;

	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(eq(int, WIFEXITED(status), true));
	cr_expect(eq(int, WEXITSTATUS(status), wanted));
}

static void pipe_small(int fds[2])
{
	cr_assert(pipe(fds) == 0);
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
}

static const struct {
	const char *why;
	size_t lines, width, at_once;
	bool nonblocking;
} streams[] = {
	{ "short lines, slow reader", 3000, 40, 100, false },
	{ "lines longer than a piece", 5, 20000, 1000, false },
	{ "a descriptor that does not block", 3000, 40, 100, true },
	{ "long lines without blocking", 5, 20000, 1000, true },
};

Test(output, keeps_every_byte_in_order_on_a_full_pipe)
{
	for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
		char *text = lines_make(streams[i].lines, streams[i].width);
		char *got;
		int fds[2];
		pid_t pid;

		pipe_small(fds);
		if (streams[i].nonblocking)
			fcntl(fds[1], F_SETFL, O_NONBLOCK);
		pid = stream_fork(fds, text, false);
		got = pipe_read(fds[0], streams[i].at_once);
		cr_expect(strcmp(got, text) == 0, "%s", streams[i].why);
		expect_exit(pid, VMG_WRITTEN);
		close(fds[0]);
		free(got);
		free(text);
	}
}

/* What a killed writer leaves in the pipe ends with a line. */
Test(output, writes_whole_lines_in_pieces_that_cannot_be_cut)
{
	char *text = lines_make(4000, 60), *got;
	struct pollfd full;
	int fds[2];
	pid_t pid;

	pipe_small(fds);
	full = (struct pollfd){ .fd = dup(fds[1]), .events = POLLOUT };
	pid = stream_fork(fds, text, false);
	while (poll(&full, 1, 0) > 0)
		usleep(1000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(full.fd);
	got = pipe_read(fds[0], 65536);
	cr_assert(got[0] != '\0');
	cr_expect(eq(chr, got[strlen(got) - 1], '\n'));
	cr_expect(strncmp(got, text, strlen(got)) == 0);
	close(fds[0]);
	free(got);
	free(text);
}

Test(output, stops_between_lines_when_told_to)
{
	char *text = lines_make(4000, 60), *got;
	int fds[2];

	pipe_small(fds);
	expect_exit(stream_fork(fds, text, true), VMG_WRITTEN_STOPPED);
	got = pipe_read(fds[0], 65536);
	cr_assert(got[0] != '\0');
	cr_expect(eq(chr, got[strlen(got) - 1], '\n'));
	cr_expect(strncmp(got, text, strlen(got)) == 0);
	close(fds[0]);
	free(got);
	free(text);
}

Test(output, returns_that_the_reader_is_gone)
{
	int fds[2];

	cr_assert(pipe(fds) == 0);
	close(fds[0]);
	fds[0] = -1;
	expect_exit(stream_fork(fds, "a\n", false), VMG_WRITTEN_CLOSED);
}

Test(output, returns_that_a_stream_cannot_be_written)
{
	int fds[] = { -1, open("/dev/full", O_WRONLY) };

	if (fds[1] < 0)
		cr_skip_test("there is no /dev/full");
	expect_exit(stream_fork(fds, "a\n", false), VMG_WRITTEN_FAILED);
}

static char folder[64], path[96];

static void folder_make(void)
{
	strcpy(folder, "/tmp/vmguest-output.XXXXXX");
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/vmguest.prom", folder);
}

static void folder_remove(void)
{
	unlink(path);
	rmdir(folder);
}

static void expect_file(const char *wanted)
{
	char text[100] = "";
	FILE *file = fopen(path, "r");

	cr_assert(file != NULL);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	cr_expect(eq(str, text, (char *)wanted));
}

static void expect_files(size_t count)
{
	char pattern[100];
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/*", folder);
	cr_expect(eq(int, glob(pattern, 0, NULL, &found),
		     count ? 0 : GLOB_NOMATCH));
	cr_expect(eq(sz, found.gl_pathc, count));
	globfree(&found);
}

Test(output, replaces_a_file_that_all_may_read)
{
	struct stat there;

	folder_make();
	umask(077);
	cr_expect(eq(int, vmg_output_file(path, "old\n", 4), VMG_WRITTEN));
	expect_file("old\n");
	cr_expect(eq(int, vmg_output_file(path, "new\n", 4), VMG_WRITTEN));
	expect_file("new\n");
	cr_assert(stat(path, &there) == 0);
	cr_expect(eq(uint, there.st_mode & 07777, 0644));
	expect_files(1);
	folder_remove();
}

Test(output, keeps_the_old_file_when_there_is_no_room)
{
	static char large[20000];
	struct rlimit limit;

	folder_make();
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	cr_expect(eq(int, vmg_output_file(path, "old\n", 4), VMG_WRITTEN));
	limit.rlim_cur = 8192;
	cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	memset(large, 'x', sizeof large);
	cr_expect(eq(int, vmg_output_file(path, large, sizeof large),
		     VMG_WRITTEN_FAILED));
	cr_expect(eq(int, errno, EFBIG));
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	expect_file("old\n");
	expect_files(1);
	folder_remove();
}

Test(output, returns_why_a_file_cannot_be_written)
{
	static char endless[PATH_MAX + 1];

	folder_make();
	folder_remove();
	cr_expect(eq(int, vmg_output_file(path, "a\n", 2), VMG_WRITTEN_FAILED));
	cr_expect(eq(int, errno, ENOENT));
	memset(endless, 'x', PATH_MAX);
	cr_expect(eq(int, vmg_output_file(endless, "a\n", 2),
		     VMG_WRITTEN_FAILED));
	cr_expect(eq(int, errno, ENAMETOOLONG));
}

static void expect_link(const char *link, const char *wanted)
{
	char target[PATH_MAX] = "";

	cr_assert(readlink(link, target, sizeof target - 1) > 0);
	cr_expect(eq(str, target, (char *)wanted));
}

/* Written aside in the folder of the target: a link may lead to another file
 * system, which nothing is renamed to. */
Test(output, replaces_the_target_of_a_link)
{
	char target_folder[] = "/tmp/vmguest-target.XXXXXX";
	char target[64], first[96];

	folder_make();
	cr_assert(mkdtemp(target_folder) != NULL);
	snprintf(target, sizeof target, "%s/file", target_folder);
	snprintf(first, sizeof first, "%s/first", folder);
	cr_assert(symlink(target, first) == 0);
	cr_assert(symlink("first", path) == 0);
	cr_expect(
		eq(int, vmg_output_file(path, "no\n", 3), VMG_WRITTEN_FAILED));
	cr_expect(eq(int, errno, ENOENT));
	cr_assert(vmg_output_refuse(path) != NULL);
	close(open(target, O_CREAT | O_WRONLY, 0600));
	cr_expect(vmg_output_refuse(path) == NULL);
	cr_assert(chmod(folder, 0500) == 0);
	cr_expect(eq(int, vmg_output_file(path, "new\n", 4), VMG_WRITTEN));
	cr_assert(chmod(folder, 0700) == 0);
	expect_file("new\n");
	expect_link(path, "first");
	expect_link(first, target);
	unlink(target);
	cr_expect(eq(int, rmdir(target_folder), 0));
	unlink(first);
	folder_remove();
}

/* Renaming fails where a folder has the name. */
Test(output, leaves_nothing_behind_when_renaming_fails)
{
	folder_make();
	cr_assert(mkdir(path, 0700) == 0);
	cr_expect(eq(int, vmg_output_file(path, "a\n", 2), VMG_WRITTEN_FAILED));
	expect_files(1);
	rmdir(path);
	folder_remove();
}
