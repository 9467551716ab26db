/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* nftw() */
#include "device.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "forbidden.h"

/* A tree is lines of text: "PATH=CONTENT", "PATH->TARGET", and "PATH!" for a folder
 * where a file should be. */
#define PCI(address, class) "bus/pci/devices/" address "/class=" class "\n"
#define LABEL(address, label) "bus/pci/devices/" address "/label=" label "\n"
#define BLOCK(name, path) \
	"block/" name "->../devices/pci0000:00/" path name "\n"
#define SCSI(name, address, host, target)                               \
	BLOCK(name, "0000:00:15.0/" address "/host" host "/target" host \
		    ":0:" target "/" host ":0:" target ":0/block/")
#define ATA(name, address, port, target)                           \
	BLOCK(name, address "/ata" port "/host9/target9:0:" target \
			    "/9:0:" target ":0/block/")
#define PORT(ata, number) "class/ata_port/ata" ata "/port_no=" number "\n"
#define NVME(name, address, controller, nsid)                      \
	BLOCK(name, address "/nvme/" controller "/")               \
	"devices/pci0000:00/" address "/nvme/" controller "/" name \
	"/nsid=" nsid "\n"
#define SAS_PLACE(address, number)                              \
	address "/host2/port-2:" number "/end_device-2:" number \
		"/target2:0:" number "/2:0:" number ":0/block/"
#define SAS(name, address, number, phy)                                     \
	BLOCK(name, SAS_PLACE(address, number))                             \
	"devices/pci0000:00/" address "/host2/port-2:" number "/phy-2:" phy \
	"/dev=\n"
#define NIC(name, mac)                         \
	"class/net/" name "/address=" mac "\n" \
	"class/net/" name "/device->..\n"
#define VIRTUAL(name, mac) "class/net/" name "/address=" mac "\n"

#define PVSCSI "0x010700"
#define PARALLEL "0x010000"
#define MAC_1 "00:0c:29:32:0a:6a"
#define MAC_2 "00:0c:29:32:0a:74"

static char root[] = "/tmp/vmguest-device-XXXXXX";

static void parents_make(char *path)
{
	char *last = strrchr(path, '/'), *slash = path + sizeof root;

	*last = '\0';
	if (access(path, F_OK) == 0)
		slash = last;
	*last = '/';
	for (; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static void entry_make(const char *line)
{
	char path[512], *mark;

	snprintf(path, sizeof path, "%s/%s", root, line);
	parents_make(path);
	if ((mark = strstr(path, "->"))) {
		*mark = '\0';
		cr_assert(zero(int, symlink(mark + 2, path)), "%s", path);
	} else if ((mark = strchr(path, '='))) {
		FILE *file;

		*mark = '\0';
		file = fopen(path, "w");
		cr_assert(ne(ptr, file, NULL), "%s", path);
		fprintf(file, "%s\n", mark + 1);
		fclose(file);
	} else {
		path[strlen(path) - 1] = '\0';
		cr_assert(zero(int, mkdir(path, 0700)), "%s", path);
	}
}

static void tree_make(const char *text)
{
	char *lines = strdup(text), *rest = lines, *line;

	strcpy(root + sizeof root - 7, "XXXXXX");
	cr_assert(ne(ptr, mkdtemp(root), NULL));
	while ((line = strsep(&rest, "\n")))
		if (line[0])
			entry_make(line);
	free(lines);
}

static int entry_remove(const char *path, const struct stat *status, int type,
			struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void tree_remove(void)
{
	nftw(root, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* "scsi0:0=sda scsi0:1=" : the latter has none. */
static void names_expect(const struct vmg_devices *devices, const char *names,
			 const char *why)
{
	char *copy = strdup(names), *rest = copy, *instance;

	while ((instance = strsep(&rest, " "))) {
		char *name = strchr(instance, '=');
		enum vmg_area area;
		const char *found;

		*name++ = '\0';
		area = strlen(instance) == strlen(MAC_1) ? VMG_AREA_VNET
							 : VMG_AREA_VSCSI;
		found = vmg_device_find(devices, area, instance);
		cr_expect(eq(str, (char *)(found ? found : ""), name), "%s: %s",
			  why, instance);
	}
	free(copy);
}

static const struct {
	const char *why, *tree, *names;
} cases[] = {
#include "metrics_device.rows"
};

Test(device, is_proved_or_not_given)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct vmg_devices *devices;

		tree_make(cases[i].tree);
		devices = vmg_devices_read(root);
		cr_assert(ne(ptr, devices, NULL));
		names_expect(devices, cases[i].names, cases[i].why);
		vmg_devices_release(devices);
		tree_remove();
	}
}

Test(device, has_the_area_that_was_asked_for)
{
	struct vmg_devices *devices;

	tree_make(NIC("eth0", MAC_1) PCI("0000:03:00.0", PVSCSI)
			  SCSI("sda", "0000:03:00.0", "2", "0"));
	devices = vmg_devices_read(root);
	cr_expect(eq(ptr,
		     (void *)vmg_device_find(devices, VMG_AREA_VSCSI, MAC_1),
		     NULL));
	cr_expect(eq(ptr,
		     (void *)vmg_device_find(devices, VMG_AREA_VNET, "scsi0:0"),
		     NULL));
	cr_expect(eq(ptr, (void *)vmg_device_find(devices, VMG_AREA_VSCSI, ""),
		     NULL));
	vmg_devices_release(devices);
	tree_remove();
}

Test(device, may_be_one_of_64)
{
	struct vmg_devices *devices;

	tree_make(PCI("0000:03:00.0", PVSCSI));
	for (unsigned i = 0; i < 64; i++) {
		char line[128];

		snprintf(line, sizeof line,
			 "block/sd%u->0000:03:00.0/host2/target2:0:%u/"
			 "2:0:%u:0/block/sd%u",
			 i, i, i, i);
		entry_make(line);
	}
	devices = vmg_devices_read(root);
	for (unsigned i = 0; i < 64; i++) {
		char names[32];

		snprintf(names, sizeof names, "scsi0:%u=sd%u", i, i);
		names_expect(devices, names, "one of 64");
	}
	vmg_devices_release(devices);
	tree_remove();
}

/* As if a folder had this entry so often. Linked with --wrap. */
static const char *repeated = "";
static unsigned repeats;
static struct dirent last;

struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder)
{
	struct dirent *entry;

	if (repeats > 0 && strcmp(last.d_name, repeated) == 0) {
		repeats--;
		return &last;
	}
	entry = __real_readdir(folder);
	if (entry)
		strcpy(last.d_name, entry->d_name);
	return entry;
}

int __real_closedir(DIR *folder);
int __wrap_closedir(DIR *folder);
int __wrap_closedir(DIR *folder)
{
	last.d_name[0] = '\0';
	return __real_closedir(folder);
}

static const struct {
	const char *why, *repeated;
	unsigned repeats;
	const char *names;
} crowds[] = {
	{ "as many as there may be", "lo", 2000,
	  "scsi0:0=sda scsi0:1=sdb " MAC_1 "=eth0" },
	{ "more disks than a guest has", "sda", 600,
	  "scsi0:0= scsi0:1= " MAC_1 "=eth0" },
	{ "more controllers than a guest has", "0000:04:00.0", 64,
	  "scsi0:0= scsi0:1= " MAC_1 "=eth0" },
	{ "more entries than are looked at", "lo", 2048,
	  "scsi0:0=sda scsi0:1=sdb " MAC_1 "=" },
};

Test(device, is_not_given_where_not_all_was_seen)
{
	tree_make(NIC("eth0", MAC_1) VIRTUAL("lo", "") PCI(
		"0000:03:00.0", PVSCSI) PCI("0000:04:00.0", "0x010601")
			  SCSI("sda", "0000:03:00.0", "2", "0")
				  SCSI("sdb", "0000:03:00.0", "2", "1"));
	for (size_t i = 0; i < sizeof crowds / sizeof crowds[0]; i++) {
		struct vmg_devices *devices;

		repeated = crowds[i].repeated;
		repeats = crowds[i].repeats;
		devices = vmg_devices_read(root);
		names_expect(devices, crowds[i].names, crowds[i].why);
		vmg_devices_release(devices);
	}
	tree_remove();
}

Test(device, does_without_a_system)
{
	struct vmg_devices *devices = vmg_devices_read("/nowhere");

	names_expect(devices, "scsi0:0= " MAC_1 "=", "no root");
	vmg_devices_release(devices);
	names_expect(NULL, "scsi0:0=", "not read");
	vmg_devices_release(NULL);
}

Test(device, can_be_asked_of_this_machine)
{
	struct vmg_devices *devices = vmg_devices_read("/sys");
	int next = open("/dev/null", O_RDONLY);

	cr_expect(ne(ptr, devices, NULL));
	vmg_devices_release(devices);
	close(next);
	vmg_devices_release(vmg_devices_read("/sys"));
	cr_expect(eq(int, open("/dev/null", O_RDONLY), next), "closed");
}

Test(device, does_without_files_that_cannot_be_opened)
{
	struct rlimit before, fewer;
	struct vmg_devices *devices[4];
	rlim_t next;

	tree_make(NIC("eth0", MAC_1) PCI("0000:03:00.0", PVSCSI)
			  SCSI("sda", "0000:03:00.0", "2", "0"));
	next = (rlim_t)open("/dev/null", O_RDONLY);
	close((int)next);
	cr_assert(zero(int, getrlimit(RLIMIT_NOFILE, &before)));
	fewer = before;
	/* Criterion needs files. */
	for (size_t i = 0; i < 4; i++) {
		fewer.rlim_cur = next + i;
		setrlimit(RLIMIT_NOFILE, &fewer);
		devices[i] = vmg_devices_read(root);
		setrlimit(RLIMIT_NOFILE, &before);
	}
	for (size_t i = 0; i < 3; i++)
		names_expect(devices[i], "scsi0:0= " MAC_1 "=", "no files");
	names_expect(devices[3], "scsi0:0=sda " MAC_1 "=eth0", "three files");
	for (size_t i = 0; i < 4; i++)
		vmg_devices_release(devices[i]);
	tree_remove();
}

Test(device, does_without_folders_that_cannot_be_read)
{
	struct vmg_devices *devices;
	int next;

	tree_make(NIC("eth0", MAC_1));
	next = open("/dev/null", O_RDONLY);
	close(next);
	/* The root has the first, class/net the second. */
	if (!call_forbid(SYS_getdents64, (uint32_t)next + 1, EIO)) {
		tree_remove();
		cr_skip("system calls cannot be filtered here");
	}
	devices = vmg_devices_read(root);
	names_expect(devices, MAC_1 "=", "no list");
	vmg_devices_release(devices);
	tree_remove();
}

/* Linked with --wrap. */
static bool no_calloc, no_fdopendir;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return no_calloc ? NULL : __real_calloc(count, size);
}

DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd)
{
	return no_fdopendir ? NULL : __real_fdopendir(fd);
}

Test(device, does_without_memory)
{
	struct vmg_devices *devices;
	int next;

	tree_make(NIC("eth0", MAC_1));
	next = open("/dev/null", O_RDONLY);
	close(next);
	no_calloc = true;
	devices = vmg_devices_read(root);
	no_calloc = false;
	cr_expect(eq(ptr, devices, NULL));
	no_fdopendir = true;
	devices = vmg_devices_read(root);
	names_expect(devices, MAC_1 "=", "no list");
	vmg_devices_release(devices);
	cr_expect(eq(int, open("/dev/null", O_RDONLY), next), "closed");
	tree_remove();
}
