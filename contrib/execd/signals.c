/* SPDX-License-Identifier: MIT */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t came_stop, came_trigger, came_usr1, came_usr2;
static int chosen;
static int pipe_fds[2] = { -1, -1 };

static void on_signal(int number)
{
	int saved = errno;

	if (number == chosen)
		came_trigger = 1;
	else if (number == SIGUSR1)
		came_usr1 = 1;
	else if (number == SIGUSR2)
		came_usr2 = 1;
	else
		came_stop = 1;
	/* A full pipe wakes as well as one byte more would. */
	while (write(pipe_fds[1], "", 1) < 0 && errno == EINTR)
		;
	errno = saved;
}

static void receive(int number)
{
	/* Writing goes on where a signal came: poll() notices it. */
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static void flags_set(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

bool vmg_signals_open(int trigger)
{
	if (pipe(pipe_fds) != 0)
		return false;
	flags_set(pipe_fds[0]);
	flags_set(pipe_fds[1]);
	chosen = trigger;
	receive(SIGTERM);
	receive(SIGINT);
	receive(SIGUSR1);
	receive(SIGUSR2);
	if (trigger)
		receive(trigger);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return true;
}

int vmg_signals_fd(void)
{
	return pipe_fds[0];
}

/* Before the marks are looked at: a signal that comes later fills it again. */
static void pipe_drain(void)
{
	char bytes[64];

	while (read(pipe_fds[0], bytes, sizeof bytes) > 0)
		;
}

static bool take(volatile sig_atomic_t *came)
{
	bool was = *came;

	if (was)
		*came = 0;
	return was;
}

struct vmg_signals vmg_signals_take(void)
{
	struct vmg_signals taken = { 0 };

	pipe_drain();
	taken.stop = came_stop;
	taken.trigger = take(&came_trigger);
	if (take(&came_usr1))
		taken.wasted = "usr1";
	if (take(&came_usr2))
		taken.wasted = "usr2";
	return taken;
}

bool vmg_signals_stopping(void)
{
	pipe_drain();
	return came_stop;
}
