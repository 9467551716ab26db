/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "catalog.h"

#define SUFFIX ".json"
#define PATH_ROOM (PATH_MAX + NAME_MAX + 2)

/* Where the scenarios are, first match first: beside the program, as in a
 * build tree; where an installation that was moved has them; where this one
 * was configured to. n counts up from 0; false when there are no more. */
static bool folder_name(unsigned n, char *folder, size_t room)
{
	static const char *const beside[] = { "scenarios",
					      "../share/vmguest/scenarios" };
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (n == 2)
		return snprintf(folder, room, "%s", SIM_SCENARIO_DIR) > 0;
	if (n > 2)
		return false;
	exe[len < 0 ? 0 : len] = '\0';
	*(strrchr(exe, '/') ? strrchr(exe, '/') : exe) = '\0';
	return snprintf(folder, room, "%s/%s", exe, beside[n]) > 0;
}

static bool suffix_matches(const char *name)
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	return len > suffix && strcmp(name + len - suffix, SUFFIX) == 0;
}

/* The whole file as a text, or NULL and errno. */
static char *file_read(FILE *f)
{
	struct sim_bytes text = { 0 };
	uint8_t part[4096];
	size_t len;

	while ((len = fread(part, 1, sizeof part, f)) > 0)
		sim_bytes_add(&text, part, len);
	if (!ferror(f)) {
		sim_bytes_zero(&text, 1);
		if (!text.failed)
			return (char *)text.at;
		errno = ENOMEM;
	}
	sim_bytes_release(&text);
	return NULL;
}

static struct simhost *file_open(FILE *f, const char *path)
{
	char *errors = NULL, *text = file_read(f);
	struct simhost *sim = NULL;

	if (text)
		sim = simhost_open(text, path, &errors);
	if (!sim && errors)
		fputs(errors, stderr);
	else if (!sim)
		fprintf(stderr, "vmguest-simhost: %s: %s\n", path,
			strerror(errno));
	free(errors);
	free(text);
	return sim;
}

static FILE *name_find(const char *name, char *path, size_t room)
{
	char folder[PATH_MAX];
	FILE *f = NULL;

	if (strchr(name, '/') || suffix_matches(name)) {
		snprintf(path, room, "%s", name);
		return fopen(path, "re");
	}
	for (unsigned n = 0; !f && folder_name(n, folder, sizeof folder); n++) {
		snprintf(path, room, "%s/%s" SUFFIX, folder, name);
		f = fopen(path, "re");
	}
	return f;
}

struct simhost *sim_catalog_open(const char *name)
{
	char path[PATH_ROOM];
	FILE *f = name_find(name, path, sizeof path);
	struct simhost *sim;

	if (!f) {
		fprintf(stderr,
			"vmguest-simhost: scenario %s: %s; accepted: a path "
			"with a / or ending in " SUFFIX
			", or a name that --list shows\n",
			name, strerror(errno));
		return NULL;
	}
	sim = file_open(f, path);
	fclose(f);
	return sim;
}

static bool file_list(const char *folder, const char *name)
{
	char path[PATH_ROOM];
	struct simhost *sim;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	sim = sim_catalog_open(path);
	if (!sim)
		return false;
	printf("%-15.*s  %s\n", (int)(strlen(name) - strlen(SUFFIX)), name,
	       simhost_description(sim));
	simhost_close(sim);
	return true;
}

static int listed(const struct dirent *entry)
{
	return suffix_matches(entry->d_name);
}

bool sim_catalog_list(void)
{
	struct dirent **names;
	char folder[PATH_MAX];
	bool good = true;
	unsigned n = 0;
	int count = -1;

	/* The first folder that exists is the only one: the others have the
	 * same. */
	while (count < 0 && folder_name(n++, folder, sizeof folder))
		count = scandir(folder, &names, listed, alphasort);
	if (count < 0) {
		fprintf(stderr, "vmguest-simhost: %s: %s\n", folder,
			strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		good &= file_list(folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return good;
}
