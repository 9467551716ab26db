/* SPDX-License-Identifier: MIT */
/* A program that forks and never closes its handle, in front of a host that all
 * its processes share: no child, however it ends, disturbs the parent's channel,
 * and at the end none is left. Run by forks.sh. */
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "stats.h"

#define OK VMGUESTLIB_ERROR_SUCCESS

static VMGuestLibHandle h;

static void child_ends_as_programs_do(void)
{
	exit(0);
}

static void child_ends_at_once(void)
{
	_exit(0);
}

static void child_updates(void)
{
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	exit(0);
}

static void child_closes(void)
{
	CHECK(VMGuestLib_CloseHandle(h) == OK);
	exit(0);
}

int main(void)
{
	static void (*const children[])(void) = {
		child_ends_as_programs_do,
		child_ends_at_once,
		child_updates,
		child_closes,
	};
	uint64_t reopens;
	int status;

	CHECK(VMGuestLib_OpenHandle(&h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	CHECK(VMGuestLib_UpdateInfo(h) == OK);
	for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (child == 0)
			children[i]();
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		CHECK(VMGuestLib_UpdateInfo(h) == OK);
		CHECK(vmg_channel_reopens(h, &reopens) == OK && reopens == 0);
	}
	return 0;
}
