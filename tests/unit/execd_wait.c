/* SPDX-License-Identifier: MIT */
/* On real pipes, terminals and signals. Each test is a process of its own. */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "wait.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A pipe in the place of a standard file; its other end. */
static int pipe_replace(int standard)
{
	bool input = standard == STDIN_FILENO;
	int fds[2];

	cr_assert(pipe(fds) == 0);
	cr_assert(dup2(fds[!input], standard) == standard);
	close(fds[!input]);
	return fds[input];
}

static int input_with(const char *bytes)
{
	int fd = pipe_replace(STDIN_FILENO);

	cr_assert(write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
	return fd;
}

static const struct vmg_wait_options for_input = { .input = true };

static void expect_wakes(const enum vmg_wake *wakes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_expect(eq(int, vmg_wait(0), wakes[i]), "%zu", i);
}

Test(wait, returns_each_newline_before_the_end)
{
	static const enum vmg_wake wakes[] = {
		VMG_WAKE_NEWLINE,   VMG_WAKE_NEWLINE,	VMG_WAKE_NEWLINE,
		VMG_WAKE_INPUT_END, VMG_WAKE_INPUT_END,
	};

	close(input_with("x\n\n\ny"));
	cr_assert(vmg_wait_open(&for_input));
	expect_wakes(wakes, 5);
}

Test(wait, times_out_without_a_newline)
{
	input_with("words");
	cr_assert(vmg_wait_open(&for_input));
	cr_expect(eq(int, vmg_wait(1), VMG_WAKE_TIMEOUT));
}

Test(wait, returns_a_stop_before_all_else)
{
	close(input_with("\n\n\n"));
	cr_assert(vmg_wait_open(&for_input));
	cr_expect(eq(int, vmg_wait(0), VMG_WAKE_NEWLINE));
	raise(SIGTERM);
	cr_expect(eq(int, vmg_wait(VMG_WAIT_FOREVER), VMG_WAKE_STOP));
	cr_expect(eq(int, vmg_wait(VMG_WAIT_FOREVER), VMG_WAKE_STOP));
}

Test(wait, returns_that_the_output_is_closed)
{
	close(pipe_replace(STDOUT_FILENO));
	cr_assert(vmg_wait_open(&(struct vmg_wait_options){ .output = true }));
	cr_expect(eq(int, vmg_wait(VMG_WAIT_FOREVER), VMG_WAKE_OUTPUT_CLOSED));
}

Test(wait, merges_signals_that_came_meanwhile)
{
	static const enum vmg_wake wakes[] = {
		VMG_WAKE_TRIGGER,
		VMG_WAKE_TIMEOUT,
	};

	cr_assert(vmg_wait_open(
		&(struct vmg_wait_options){ .trigger = VMG_TRIGGER_USR2 }));
	raise(SIGUSR2);
	raise(SIGUSR2);
	expect_wakes(wakes, 2);
}

static void output_fill(void)
{
	char bytes[4096] = "";

	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, sizeof bytes);
	cr_assert(write(STDOUT_FILENO, bytes, sizeof bytes) == sizeof bytes);
}

/* The byte that wakes is taken by the output that waits. */
Test(wait, keeps_a_signal_that_came_while_the_output_waited)
{
	pipe_replace(STDOUT_FILENO);
	cr_assert(vmg_wait_open(
		&(struct vmg_wait_options){ .trigger = VMG_TRIGGER_HUP }));
	output_fill();
	raise(SIGHUP);
	raise(SIGTERM);
	cr_expect(not(vmg_wait_output()));
	cr_expect(eq(int, vmg_wait(VMG_WAIT_FOREVER), VMG_WAKE_STOP));
}

Test(wait, lets_an_output_that_takes_data_have_it_in_spite_of_a_stop)
{
	pipe_replace(STDOUT_FILENO);
	cr_assert(vmg_wait_open(&(struct vmg_wait_options){ 0 }));
	raise(SIGTERM);
	cr_expect(vmg_wait_output());
	output_fill();
	cr_expect(not(vmg_wait_output()));
}

/* What was logged so far. */
static const char *log_read(int fd)
{
	static char text[4096];
	ssize_t len;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	len = read(fd, text, sizeof text - 1);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void expect_logged_once(int number, const char *option)
{
	int log_fd = pipe_replace(STDERR_FILENO);
	const char *log;

	input_with("");
	cr_assert(vmg_wait_open(&for_input));
	for (int i = 0; i < 3; i++) {
		raise(number);
		cr_expect(eq(int, vmg_wait(1), VMG_WAKE_TIMEOUT));
	}
	log = log_read(log_fd);
	cr_expect(strstr(log, option) != NULL, "%s", log);
	cr_expect(strchr(log, '\n') == log + strlen(log) - 1, "%s", log);
}

Test(wait, names_the_option_for_usr1_once)
{
	expect_logged_once(SIGUSR1, "--signal usr1.");
}

Test(wait, names_the_option_for_usr2_once)
{
	expect_logged_once(SIGUSR2, "--signal usr2.");
}

Test(wait, names_the_option_for_hup_once)
{
	expect_logged_once(SIGHUP, "--signal hup.");
}

Test(wait, ends_with_its_terminal)
{
	int master, slave;

	cr_assert(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	cr_assert(dup2(slave, STDIN_FILENO) == STDIN_FILENO);
	cr_assert(vmg_wait_open(&for_input));
	raise(SIGHUP);
	cr_expect(eq(int, vmg_wait(VMG_WAIT_FOREVER), VMG_WAKE_STOP));
}

/* As nohup has it. */
Test(wait, leaves_a_hangup_ignored_that_was)
{
	int log_fd = pipe_replace(STDERR_FILENO);

	signal(SIGHUP, SIG_IGN);
	input_with("");
	cr_assert(vmg_wait_open(&for_input));
	raise(SIGHUP);
	cr_expect(eq(int, vmg_wait(0), VMG_WAKE_TIMEOUT));
	cr_expect(eq(str, (char *)log_read(log_fd), ""));
}
