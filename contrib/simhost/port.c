/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"
#include "status.h"

#define MAGIC 0x564d5868u
#define PORT 0x5658

static void fault_exit(int sig)
{
	(void)sig;
	_exit(1);
}

/* In a child, which is allowed to fail. */
static void port_ask(void)
{
	uint32_t ax = MAGIC, bx = ~MAGIC, cx = 10, dx = PORT;
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGSEGV, fault_exit);
	signal(SIGILL, fault_exit);
	signal(SIGBUS, fault_exit);
	__asm__ volatile("inl %%dx, %%eax"
			 : "+a"(ax), "+b"(bx), "+c"(cx), "+d"(dx)
			 :
			 : "rsi", "rdi", "memory", "cc");
	_exit(bx != MAGIC);
}

/* 1 when a host answers, 0 when none does; -1 and errno when that could not be
 * found out. */
static int port_answers(void)
{
	struct sigaction before;
	int status = 0;
	pid_t child, ended = -1;

	/* Where SIGCHLD is ignored, the exit status is lost. */
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL },
		  &before);
	child = fork();
	if (child == 0)
		port_ask();
	while (child > 0 && (ended = waitpid(child, &status, 0)) < 0 &&
	       errno == EINTR)
		;
	sigaction(SIGCHLD, &before, NULL);
	if (ended < 0)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int sim_port_check(void)
{
	int answers = port_answers();

	if (answers > 0)
		fputs("vmguest-simhost: a host already answers the port: this "
		      "is a VMware guest, or already runs inside "
		      "vmguest-simhost; start the program without "
		      "vmguest-simhost\n",
		      stderr);
	if (answers < 0)
		fprintf(stderr,
			"vmguest-simhost: cannot check for a real host: %s\n",
			strerror(errno));
	return answers == 0  ? 0
	       : answers > 0 ? SIM_EXIT_REAL_HOST
			     : SIM_EXIT_NOT_RUN;
}
