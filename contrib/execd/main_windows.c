/* SPDX-License-Identifier: MIT */
/* Where Windows enters: arguments become UTF-8, and a double click an answer. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv);
int wmain(int argc, wchar_t **wide);

/* A console that has no other program was opened for this one. */
static bool is_double_click(int argc)
{
	DWORD programs[2], mode;

	return argc == 1 &&
	       GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode) &&
	       GetConsoleProcessList(programs, 2) == 1;
}

static int double_click_answer(void)
{
	puts("vmguest-execd writes what the VMware host reports about this "
	     "virtual machine.\n"
	     "It is started by Telegraf's execd input, or from a command "
	     "line:\n\n"
	     "    vmguest-execd --once\n"
	     "    vmguest-execd --help\n\n"
	     "Press Return to close this window.");
	getchar();
	return 0;
}

static char *narrow(const wchar_t *wide)
{
	int size =
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
	char *text = size > 0 ? malloc((size_t)size) : NULL;

	if (text)
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL,
				    NULL);
	return text;
}

int wmain(int argc, wchar_t **wide)
{
	char **argv = calloc((size_t)argc + 1, sizeof *argv);

	if (!argv)
		return 1;
	if (is_double_click(argc))
		return double_click_answer();
	for (int i = 0; i < argc; i++)
		if (!(argv[i] = narrow(wide[i])))
			return 1;
	/* They live as long as the process. */
	return main(argc, argv);
}
