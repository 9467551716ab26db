/* SPDX-License-Identifier: MIT */
#include "record.h"
#include "explanation.h"
#include "guest.h"
#include "pause.h"
#include "recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct record {
	const struct record_options *options;
	int folder;
	char file[TIME_SIZE]; /* vmguest-20261126.jsonl; UTC */
	int logged_errno;     /* 0: it works */
};

/* A line that a crash cut is ended, so that the next one stays whole. */
static bool line_end(int fd, off_t size)
{
	char last = '\n';

	return size == 0 || (pread(fd, &last, 1, size - 1) == 1 &&
			     (last == '\n' || write(fd, "\n", 1) == 1));
}

/* Synced to disk in one piece, or not at all. */
static bool line_append(int fd, const char *line, size_t len)
{
	struct stat before;
	int saved;

	if (fstat(fd, &before) != 0 || !line_end(fd, before.st_size))
		return false;
	errno = ENOSPC; /* of a short count */
	if (write(fd, line, len) == (ssize_t)len && fdatasync(fd) == 0)
		return true;
	saved = errno;
	if (ftruncate(fd, before.st_size) != 0)
		errno = saved;
	errno = saved;
	return false;
}

static bool line_write(const struct record *r, const struct page *page)
{
	int fd = openat(r->folder, r->file,
			O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
			0644);
	bool ok;

	if (fd < 0)
		return false;
	ok = line_append(fd, page->text, page->len);
	return close(fd) == 0 && ok;
}

/* By their names: a copy has another time, but the same day. */
static void old_remove(const struct record *r, uint64_t time_ns)
{
	uint64_t keep_ns = r->options->keep_s * 1000000000ull;
	char oldest[TIME_SIZE];
	struct dirent *entry;
	DIR *folder = opendir(r->options->folder);

	if (!folder)
		return;
	time_text(time_ns > keep_ns ? time_ns - keep_ns : 0, true,
		  "vmguest-%Y%m%d.jsonl", oldest);
	while ((entry = readdir(folder)))
		if (strlen(entry->d_name) == strlen(oldest) &&
		    strncmp(entry->d_name, "vmguest-", 8) == 0 &&
		    strspn(entry->d_name + 8, "0123456789") == 8 &&
		    strcmp(entry->d_name + 16, ".jsonl") == 0 &&
		    strcmp(entry->d_name, oldest) < 0)
			unlinkat(r->folder, entry->d_name, 0);
	closedir(folder);
}

static void failure_log(struct record *r, bool ok)
{
	int now = ok ? 0 : errno;

	if (now != 0 && now != r->logged_errno)
		fprintf(stderr, "vmguest-stat: cannot write %s/%s: %s.\n",
			r->options->folder, r->file, strerror(now));
	else if (now == 0 && r->logged_errno != 0)
		fprintf(stderr, "vmguest-stat: %s/%s is written again.\n",
			r->options->folder, r->file);
	r->logged_errno = now;
}

static void reading_write(struct record *r, struct reader *reader)
{
	struct page page = { 0 };
	char file[TIME_SIZE];

	reader_read(reader);
	recording_line(&page, r->options->host, &reader->sample, &reader->now);
	time_text(reader->now.time_ns, true, "vmguest-%Y%m%d.jsonl", file);
	if (strcmp(file, r->file) != 0) {
		memcpy(r->file, file, sizeof file);
		old_remove(r, reader->now.time_ns);
	}
	errno = ENOMEM;
	failure_log(r, !page.failed && line_write(r, &page));
	page_release(&page);
}

int record_run(const struct record_options *options,
	       struct vmg_sampler *sampler)
{
	struct record r = { .options = options };
	struct reader reader = { .sampler = sampler };
	uint64_t start_ns = vmg_guest_clock_ns();

	r.folder = open(options->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.folder < 0) {
		fprintf(stderr, "vmguest-stat: cannot open %s: %s.\n",
			options->folder, strerror(errno));
		return 1;
	}
	for (unsigned long i = 0; options->count == 0 || i < options->count;
	     i++) {
		if (!pause_until(
			    start_ns +
			    (uint64_t)((double)i * options->interval_s * 1e9)))
			break;
		reading_write(&r, &reader);
	}
	reader_release(&reader);
	close(r.folder);
	return r.logged_errno != 0;
}
