/* SPDX-License-Identifier: MIT */
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static const struct trigger {
	int number;
	const char *option; /* as --signal takes it */
} triggers[] = {
	[VMG_TRIGGER_USR1] = { SIGUSR1, "usr1" },
	[VMG_TRIGGER_USR2] = { SIGUSR2, "usr2" },
	[VMG_TRIGGER_HUP] = { SIGHUP, "hup" },
};

#define TRIGGER_COUNT (sizeof triggers / sizeof triggers[0])

/* Of the handler, which also writes a byte to the pipe, for poll(). */
static volatile sig_atomic_t received[TRIGGER_COUNT], stop_received;
static int wake_pipe[2] = { -1, -1 };

static struct vmg_wait_options chosen;
static bool unexpected_logged;
static size_t newlines; /* read from standard input and not returned yet */
static bool input_ended;

static void wake(void)
{
	int saved = errno;

	/* A full pipe wakes as well as one byte more would. */
	while (write(wake_pipe[1], "", 1) < 0 && errno == EINTR)
		;
	errno = saved;
}

static void on_stop(int number)
{
	(void)number;
	stop_received = 1;
	wake();
}

static void on_trigger(int number)
{
	for (size_t i = 1; i < TRIGGER_COUNT; i++)
		if (triggers[i].number == number)
			received[i] = 1;
	wake();
}

static void receive(int number, void (*handler)(int))
{
	/* System calls go on where a signal came: poll() notices it. */
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

/* nohup, for one, ignores it on purpose. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 &&
	       action.sa_handler == SIG_IGN;
}

static void flags_set(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

const char *vmg_trigger_refuse(enum vmg_trigger trigger)
{
	(void)trigger;
	return NULL;
}

bool vmg_wait_open(const struct vmg_wait_options *options)
{
	if (pipe(wake_pipe) != 0) {
		vmg_log(VMG_LOG_ERROR, "cannot start: %s.", strerror(errno));
		return false;
	}
	flags_set(wake_pipe[0]);
	flags_set(wake_pipe[1]);
	chosen = *options;
	receive(SIGTERM, on_stop);
	receive(SIGINT, on_stop);
	receive(SIGUSR1, on_trigger);
	receive(SIGUSR2, on_trigger);
	if (chosen.trigger == VMG_TRIGGER_HUP)
		receive(SIGHUP, on_trigger);
	else if (!is_ignored(SIGHUP))
		receive(SIGHUP, vmg_input_is_terminal() ? on_stop : on_trigger);
	/* write() returns the error instead. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return true;
}

/* Before the marks are looked at: a signal that comes later fills it again. */
static void wake_pipe_drain(void)
{
	char bytes[64];

	while (read(wake_pipe[0], bytes, sizeof bytes) > 0)
		;
}

static void unexpected_log(const char *option)
{
	if (unexpected_logged)
		return;
	unexpected_logged = true;
	vmg_log(VMG_LOG_WARNING,
		"received a signal that does not trigger batches. To write a "
		"batch at each: --signal %s.",
		option);
}

/* True if the chosen one came. */
static bool triggers_take(void)
{
	bool came = false;

	for (size_t i = 1; i < TRIGGER_COUNT; i++) {
		if (!received[i])
			continue;
		received[i] = 0;
		if (i == chosen.trigger)
			came = true;
		else
			unexpected_log(triggers[i].option);
	}
	return came;
}

/* True, with *event set, if there is something to return without waiting. */
static bool pending_take(enum vmg_wake *event)
{
	if (stop_received) {
		*event = VMG_WAKE_STOP;
	} else if (triggers_take()) {
		*event = VMG_WAKE_TRIGGER;
	} else if (newlines > 0) {
		newlines--;
		*event = VMG_WAKE_NEWLINE;
	} else if (input_ended) {
		*event = VMG_WAKE_INPUT_END;
	} else {
		return false;
	}
	return true;
}

/* False, and logged, if it cannot be read. */
static bool input_read(void)
{
	char bytes[4096];
	ssize_t len = read(STDIN_FILENO, bytes, sizeof bytes);

	for (ssize_t i = 0; i < len; i++)
		newlines += bytes[i] == '\n';
	/* EIO: a terminal that was hung up. */
	if (len == 0 || (len < 0 && errno == EIO))
		input_ended = true;
	else if (len < 0 && errno != EINTR && errno != EAGAIN) {
		vmg_log(VMG_LOG_ERROR, "cannot read standard input: %s.",
			strerror(errno));
		return false;
	}
	return true;
}

enum { WAIT_SIGNALS, WAIT_OUTPUT, WAIT_INPUT, WAIT_COUNT };

/* Returns TIMEOUT also when interrupted: what came, if anything, is pending. */
static enum vmg_wake poll_once(int timeout_ms)
{
	struct pollfd fds[WAIT_COUNT] = {
		[WAIT_SIGNALS] = { .fd = wake_pipe[0], .events = POLLIN },
		/* For POLLERR alone: its reader is gone. */
		[WAIT_OUTPUT] = { .fd = chosen.output ? STDOUT_FILENO : -1 },
		[WAIT_INPUT] = { .fd = chosen.input ? STDIN_FILENO : -1,
				 .events = POLLIN },
	};

	if (poll(fds, WAIT_COUNT, timeout_ms) < 0) {
		if (errno == EINTR)
			return VMG_WAKE_TIMEOUT;
		vmg_log(VMG_LOG_ERROR, "cannot wait: %s.", strerror(errno));
		return VMG_WAKE_FAILED;
	}
	if (fds[WAIT_SIGNALS].revents)
		wake_pipe_drain();
	if (fds[WAIT_OUTPUT].revents & (POLLERR | POLLHUP))
		return VMG_WAKE_OUTPUT_CLOSED;
	if (fds[WAIT_INPUT].revents && !input_read())
		return VMG_WAKE_FAILED;
	return VMG_WAKE_TIMEOUT;
}

static int64_t timeout_left(int64_t timeout_ms, uint64_t start_ms)
{
	int64_t passed = (int64_t)(vmg_clock_steady_ms() - start_ms);

	return passed < timeout_ms ? timeout_ms - passed : 0;
}

enum vmg_wake vmg_wait(int64_t timeout_ms)
{
	uint64_t start_ms = timeout_ms > 0 ? vmg_clock_steady_ms() : 0;
	int64_t left = timeout_ms;
	enum vmg_wake event;

	if (pending_take(&event))
		return event;
	do {
		event = poll_once(left < INT_MAX ? (int)left : INT_MAX);
		if (pending_take(&event) || event != VMG_WAKE_TIMEOUT)
			return event;
		if (timeout_ms > 0)
			left = timeout_left(timeout_ms, start_ms);
	} while (left != 0);
	return VMG_WAKE_TIMEOUT;
}

bool vmg_wait_output(void)
{
	struct pollfd fds[] = { { .fd = STDOUT_FILENO, .events = POLLOUT },
				{ .fd = wake_pipe[0], .events = POLLIN } };

	for (;;) {
		int ready = poll(fds, 2, stop_received ? 0 : -1);

		/* What is wrong with it, write() says. */
		if (fds[0].revents || (ready < 0 && errno != EINTR))
			return true;
		if (ready < 0)
			continue;
		if (stop_received)
			return false;
		wake_pipe_drain();
	}
}

bool vmg_input_is_terminal(void)
{
	return isatty(STDIN_FILENO);
}

const char *vmg_input_end_keys(void)
{
	return "Ctrl-D";
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t vmg_clock_wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

uint64_t vmg_clock_steady_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}
