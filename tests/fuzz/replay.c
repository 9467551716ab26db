/* SPDX-License-Identifier: MIT */
/* Runs a target over files and folders of inputs: the corpora are tests in every
 * build, whatever compiler it has. */
#include <dirent.h>

#include "fuzz.h"

static unsigned inputs;

static void file_run(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "rb");
	uint8_t *block;
	size_t size;

	CLAIM(file);
	size = fread(data, 1, sizeof data, file);
	fclose(file);
	block = malloc(size ? size : 1);
	CLAIM(block);
	memcpy(block, data, size);
	LLVMFuzzerTestOneInput(block, size);
	free(block);
	inputs++;
}

static void folder_run(const char *path, DIR *folder)
{
	const struct dirent *entry;
	char file[4096];

	while ((entry = readdir(folder))) {
		snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			file_run(file);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);

		if (folder) {
			folder_run(argv[i], folder);
			closedir(folder);
		} else {
			file_run(argv[i]);
		}
	}
	printf("%u inputs\n", inputs);
	return inputs == 0;
}
