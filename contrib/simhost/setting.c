/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setting.h"

static void explain(const char *text)
{
	fprintf(stderr, "vmguest-simhost: %s\n", text);
}

/* The number behind name in a small text file of the kernel's, or -1. */
static long number_in(const char *file, const char *name)
{
	char text[4096], *at = NULL;
	FILE *f = fopen(file, "re");
	size_t len = f ? fread(text, 1, sizeof text - 1, f) : 0;

	if (f)
		fclose(f);
	text[len] = '\0';
	if (len > 0)
		at = strstr(text, name);
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static bool traced_by_other(pid_t task)
{
	char file[64];
	long tracer;

	snprintf(file, sizeof file, "/proc/%d/status", (int)task);
	tracer = number_in(file, "TracerPid:\t");
	return tracer > 0 && tracer != getpid();
}

void sim_setting_explain(pid_t task)
{
	long scope = number_in("/proc/sys/kernel/yama/ptrace_scope", "");

	if (traced_by_other(task))
		explain("strace or a debugger traces it already, and a process "
			"has one tracer only: see DEBUGGING in "
			"vmguest-simhost(1)");
	else if (scope == 3)
		explain("the setting is kernel.yama.ptrace_scope = 3, which "
			"lasts until the machine is rebooted: set it to 1 in "
			"/etc/sysctl.d/ and reboot");
	else if (scope == 2)
		explain("the setting is kernel.yama.ptrace_scope = 2: run as "
			"root, or sysctl kernel.yama.ptrace_scope=1");
	else if (number_in("/sys/fs/selinux/booleans/deny_ptrace", "") == 1)
		explain("the setting is SELinux's deny_ptrace: "
			"setsebool deny_ptrace off");
	else if (number_in("/proc/self/status", "Seccomp:\t") == 2)
		explain("the setting is a seccomp filter, as containers have: "
			"start the container with --cap-add=SYS_PTRACE, or "
			"with a seccomp profile that allows ptrace");
	else
		explain("no setting that is known to forbid it was found: ask "
			"the administrator of the security module or of the "
			"container that this runs in");
}
