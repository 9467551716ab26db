/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNATURE "vmguest-stat state 1\n"
/* Of disks, those that fit. */
#define STATE_SIZE 16384
#define LINE_SIZE 256
#define PATH_SIZE 4096

bool state_path(char *path, size_t size)
{
	static const struct {
		const char *variable, *folder;
	} places[] = {
		{ "MP_STATE_PATH", "" },
		{ "XDG_CACHE_HOME", "" },
		{ "HOME", "/.cache" },
	};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char *root = getenv(places[i].variable);
		int n;

		if (!root || root[0] != '/')
			continue;
		n = snprintf(path, size, "%s%s/vmguest-stat-%lu.state", root,
			     places[i].folder, (unsigned long)geteuid());
		return n > 0 && (size_t)n < size;
	}
	return false;
}

static bool is_ours(int fd)
{
	struct stat there;

	return fstat(fd, &there) == 0 && S_ISREG(there.st_mode) &&
	       there.st_uid == geteuid() && there.st_nlink == 1 &&
	       (there.st_mode & 022) == 0 && there.st_size < STATE_SIZE;
}

/* A number and the character behind it. */
static bool number_take(const char **text, uint64_t *number, char after)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	if (errno != 0 || *end != after)
		return false;
	*text = end + 1;
	return true;
}

/* fact number */
static bool facts_parse(const char **text, struct vmg_moment *moment)
{
	uint64_t fact;

	while (number_take(text, &fact, ' ')) {
		if (fact >= VMG_FACT_COUNT ||
		    !number_take(text, &moment->number[fact], '\n'))
			return false;
		moment->known[fact] = true;
	}
	return true;
}

/* disk operations us known operations ms name; the last three numbers are the
 * guest's. */
static bool disks_parse(const char **text, struct vmg_disks *disks)
{
	char name[VMG_INSTANCE_SIZE];
	struct vmg_disk *disk, next;
	uint64_t guest_known;

	while (strncmp(*text, "disk ", 5) == 0) {
		size_t len;

		*text += 5;
		if (!number_take(text, &next.operations, ' ') ||
		    !number_take(text, &next.time_us, ' ') ||
		    !number_take(text, &guest_known, ' ') ||
		    !number_take(text, &next.guest_operations, ' ') ||
		    !number_take(text, &next.guest_time_ms, ' '))
			return false;
		len = strcspn(*text, "\n");
		if (len >= sizeof name || !(*text)[len])
			return false;
		memcpy(name, *text, len);
		name[len] = '\0';
		*text += len + 1;
		disk = vmg_disk_find(disks, name);
		if (!disk)
			return false;
		next.guest_known = guest_known != 0;
		memcpy(next.name, disk->name, sizeof next.name);
		*disk = next;
	}
	return true;
}

static bool state_parse(const char *text, struct vmg_moment *moment,
			struct vmg_disks *disks)
{
	struct vmg_moment next = { .up = true, .disks = disks->list };

	disks->count = 0;
	if (strncmp(text, SIGNATURE, strlen(SIGNATURE)) != 0)
		return false;
	text += strlen(SIGNATURE);
	if (!number_take(&text, &next.time_ns, ' ') ||
	    !number_take(&text, &next.session, ' ') ||
	    !number_take(&text, &next.vcpus, ' ') ||
	    !number_take(&text, &next.memory_mb, '\n') ||
	    !facts_parse(&text, &next) || !disks_parse(&text, disks) ||
	    strcmp(text, "end\n") != 0)
		return false;
	next.disk_count = disks->count;
	*moment = next;
	return true;
}

bool state_load(const char *path, struct vmg_moment *moment,
		struct vmg_disks *disks)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	char text[STATE_SIZE];
	ssize_t len = -1;

	if (fd < 0)
		return false;
	if (is_ours(fd))
		len = read(fd, text, sizeof text - 1);
	close(fd);
	if (len < 0)
		return false;
	text[len] = '\0';
	return state_parse(text, moment, disks);
}

static size_t state_print(const struct vmg_moment *m, char text[STATE_SIZE])
{
	int len = snprintf(text, STATE_SIZE,
			   SIGNATURE "%" PRIu64 " %" PRIu64 " %" PRIu64
				     " %" PRIu64 "\n",
			   m->time_ns, m->session, m->vcpus, m->memory_mb);

	for (size_t i = 0; i < VMG_FACT_COUNT; i++)
		if (m->known[i])
			len += snprintf(text + len, STATE_SIZE - (size_t)len,
					"%zu %" PRIu64 "\n", i, m->number[i]);
	for (size_t i = 0; i < m->disk_count && len < STATE_SIZE - LINE_SIZE;
	     i++) {
		const struct vmg_disk *disk = &m->disks[i];

		len += snprintf(text + len, STATE_SIZE - (size_t)len,
				"disk %" PRIu64 " %" PRIu64 " %d %" PRIu64
				" %" PRIu64 " %s\n",
				disk->operations, disk->time_us,
				disk->guest_known, disk->guest_operations,
				disk->guest_time_ms, disk->name);
	}
	len += snprintf(text + len, STATE_SIZE - (size_t)len, "end\n");
	return (size_t)len;
}

/* Written aside and renamed, so that a link at its place is replaced and not
 * followed, and no reader sees half of it. */
void state_save(const char *path, const struct vmg_moment *moment)
{
	char aside[PATH_SIZE + 8], text[STATE_SIZE];
	size_t len = state_print(moment, text);
	bool written;
	int fd;

	if (snprintf(aside, sizeof aside, "%s.XXXXXX", path) >=
	    (int)sizeof aside)
		return;
	fd = mkstemp(aside); /* mode 0600 */
	if (fd < 0)
		return;
	written = write(fd, text, len) == (ssize_t)len;
	if (close(fd) != 0 || !written || rename(aside, path) != 0)
		unlink(aside);
}
