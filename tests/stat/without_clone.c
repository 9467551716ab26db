/* SPDX-License-Identifier: MIT */
/* without_clone ERROR PROGRAM...: runs a program for which clone() ends with this
 * error number. Exit status 77 where system calls cannot be filtered. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "forbidden.h"

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (!call_forbid_all(SYS_clone, atoi(argv[1])))
		return 77;
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
