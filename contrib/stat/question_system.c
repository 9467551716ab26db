/* SPDX-License-Identifier: MIT */
#include "question.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* The beginning of a file's first line; false: it cannot be read. */
static bool line_read(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(text, (int)size, file);

	if (ok)
		text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
	return ok;
}

/* What follows the key in a file of "key value" or "key=value" lines. */
static bool value_read(const char *path, const char *key, char *text,
		       size_t size)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool ok = false;

	if (!file)
		return false;
	while (!ok && fgets(line, sizeof line, file)) {
		const char *value = line + strlen(key);

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		value += strspn(value, ": \t=\"");
		snprintf(text, size, "%.*s", (int)strcspn(value, "\"\n"),
			 value);
		ok = true;
	}
	fclose(file);
	return ok;
}

static bool is_x86(const char *machine)
{
	return strcmp(machine, "x86_64") == 0 ||
	       (machine[0] == 'i' && strcmp(machine + 2, "86") == 0);
}

void ask_machine(const struct patient *p, struct answer *a)
{
	struct utsname name = { .machine = "?" };

	(void)p;
	uname(&name);
	answer_say(a, "%s", name.machine);
	if (is_x86(name.machine))
		return;
	a->mark = MARK_NO;
	answer_say(a, "; only x86 can ask the host");
}

/* Twelve bytes, as "VMwareVMware"; empty: there is none, or it is hidden. */
static void signature_read(char text[13])
{
	text[0] = '\0';
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 31))
		return;
	__cpuid(0x40000000, a, b, c, d);
	memcpy(text, &b, 4);
	memcpy(text + 4, &c, 4);
	memcpy(text + 8, &d, 4);
	text[12] = '\0';
#endif
}

/* Neither decides: the port is asked whatever they say. */
void ask_hypervisor(const struct patient *p, struct answer *a)
{
	char vendor[120] = "unknown", product[120] = "", signature[13];
	bool is_vmware;

	signature_read(signature);
	line_read("/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor);
	line_read("/sys/class/dmi/id/product_name", product, sizeof product);
	is_vmware = strcmp(signature, "VMwareVMware") == 0 ||
		    strstr(vendor, "VMware");
	answer_say(a, "CPUID: %s; DMI: %s%s%s",
		   signature[0] ? signature : "none", vendor,
		   product[0] ? " " : "", product);
	if (is_vmware)
		return;
	a->mark = MARK_INFO;
	if (p->handle)
		answer_say(a, "; the port answers all the same");
}

/* Programs that use the host's message channels: by their names, or by a guest
 * library that they have loaded, of VMware's or this one. */
static bool is_reader(const char *folder, const char *name)
{
	static const char *const names[] = { "vmguest-execd", "vmguest-stat",
					     "vmtoolsd" };
	char path[300], line[512];
	bool found = false;
	FILE *maps;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	snprintf(path, sizeof path, "/proc/%s/maps", folder);
	maps = fopen(path, "re");
	while (!found && maps && fgets(line, sizeof line, maps))
		found = strstr(line, "/libvmGuestLib.so") ||
			strstr(line, "/libguestlib.so");
	if (maps)
		fclose(maps);
	return found;
}

void ask_readers(const struct patient *p, struct answer *a)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char path[300], name[32];

	(void)p;
	a->mark = MARK_INFO;
	while (folder && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    atol(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
		if (line_read(path, name, sizeof name) &&
		    is_reader(entry->d_name, name) && !strstr(a->text, name))
			answer_say(a, "%s%s", a->text[0] ? ", " : "", name);
	}
	if (folder)
		closedir(folder);
	if (!a->text[0])
		answer_say(a, "none that can be seen%s",
			   geteuid() == 0 ? "" : "; root sees more");
}

/* Source: Guest SDK guide, "Security of Remote RPC". */
void ask_permissions(const struct patient *p, struct answer *a)
{
	bool is_refused = p->failure.cause == VMG_CAUSE_REFUSED ||
			  p->failure.cause == VMG_CAUSE_UNKNOWN_COMMAND;

	if (geteuid() == 0) {
		answer_say(a, "root, which is not needed");
		return;
	}
	answer_say(a, "an unprivileged user");
	if (!is_refused) {
		answer_say(a, ", which is enough");
		return;
	}
	a->mark = MARK_INFO;
	answer_say(a, "; try as root: guest_rpc.rpci.auth.app.APP_MONITOR = "
		      "\"TRUE\" in the VM's configuration shuts others out");
}

void ask_seccomp(const struct patient *p, struct answer *a)
{
	char mode[8] = "0";

	value_read("/proc/self/status", "Seccomp:", mode, sizeof mode);
	if (mode[0] == '0') {
		answer_say(a, "no filter");
	} else if (p->failure.cause == VMG_CAUSE_PROBE_FORBIDDEN) {
		a->mark = MARK_NO;
		answer_say(a, "a filter that forbids clone; it has to allow "
			      "clone and wait4");
	} else {
		answer_say(a, "a filter, which lets the probe run");
	}
}

void ask_container(const struct patient *p, struct answer *a)
{
	(void)p;
	a->mark = MARK_INFO;
	if (access("/.dockerenv", F_OK) == 0 ||
	    access("/run/.containerenv", F_OK) == 0 ||
	    access("/run/systemd/container", F_OK) == 0)
		answer_say(a, "inside one; the numbers are of the whole "
			      "virtual machine");
	else
		answer_say(a, "none");
}

/* "none [integrity] confidentiality": the one in brackets. */
void ask_lockdown(const struct patient *p, struct answer *a)
{
	char line[120] = "";
	const char *mode;

	(void)p;
	a->mark = MARK_INFO;
	line_read("/sys/kernel/security/lockdown", line, sizeof line);
	mode = strchr(line, '[');
	if (mode)
		answer_say(a, "%.*s; it does not concern the port",
			   (int)strcspn(mode + 1, "]"), mode + 1);
	else
		answer_say(a, "not known; it does not concern the port");
}

void ask_versions(const struct patient *p, struct answer *a)
{
	struct utsname name = { .release = "?" };
	char system[120] = "unknown system";

	(void)p;
	a->mark = MARK_INFO;
	uname(&name);
	value_read("/etc/os-release", "PRETTY_NAME", system, sizeof system);
	answer_say(a, "vmguest " VMG_VERSION ", %s, kernel %s", system,
		   name.release);
}
