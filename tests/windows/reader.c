/* SPDX-License-Identifier: MIT */
/* reader FILE END: reads a file that is replaced all the time, opened as Go's os.Open()
 * opens it for windows_exporter, until it saw ten contents. Each of them is whole: its
 * last line begins with END. Prints how often the file was not there. */
#include <stdbool.h>
#include <string.h>

#include "check.h"

#define CONTENTS 10
#define HOLD_MS 30
#define PAUSE_MS 20

static char now[65536], before[65536];

static int missing;

/* False: not at this moment. While it is being replaced Windows refuses whoever does not
 * share its deletion; it must never be away. */
static bool file_read(const char *path)
{
	HANDLE file = CreateFileA(path, GENERIC_READ,
				  FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
				  OPEN_EXISTING, 0, NULL);
	DWORD len;

	if (file == INVALID_HANDLE_VALUE) {
		CHECK(GetLastError() == ERROR_FILE_NOT_FOUND ||
		      GetLastError() == ERROR_SHARING_VIOLATION);
		missing += GetLastError() == ERROR_FILE_NOT_FOUND;
		return false;
	}
	CHECK(ReadFile(file, now, sizeof now - 1, &len, NULL));
	now[len] = '\0';
	/* Longer than it takes, so that the writer meets it. */
	Sleep(HOLD_MS);
	CHECK(CloseHandle(file));
	return true;
}

static bool is_whole(char *text, const char *end)
{
	size_t len = strlen(text);
	const char *last;

	if (len == 0 || text[len - 1] != '\n')
		return false;
	text[len - 1] = '\0';
	last = strrchr(text, '\n');
	return last && strncmp(last + 1, end, strlen(end)) == 0;
}

int main(int argc, char **argv)
{
	int seen = 0;

	CHECK(argc == 3);
	while (seen < CONTENTS) {
		/* The writer has its turn, too. */
		Sleep(PAUSE_MS);
		if (!file_read(argv[1]))
			continue;
		CHECK(is_whole(now, argv[2]));
		seen += strcmp(now, before) != 0;
		strcpy(before, now);
	}
	printf("%d\n", missing);
	return 0;
}
