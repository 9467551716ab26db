/* SPDX-License-Identifier: MIT */
/* Numbers of controllers that Linux gives do not follow those of the host; what
 * does is the firmware's label, on controllers that have one: LSI Logic Parallel
 * as the first has none.
 * Sources: Linux, Documentation/ABI/testing/sysfs-bus-pci (label),
 * sysfs-class-net, drivers/ata/libata-transport.c; open-vm-tools, guestInfo,
 * diskInfoPosix.c, for the unit on the controller: SCSI target, SAS phy, SATA
 * port, NVMe namespace less one, IDE port and target; and its issue 404. */
#include "device.h"
#include "file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than any guest has: beyond these nothing is given, since what was not seen
 * might contradict what was. */
#define ENTRIES_MAX 2048
#define CONTROLLERS_MAX 64
#define DEVICES_MAX 512

#define KEY_SIZE 24	/* "scsi0:15", "00:0c:29:32:0a:6a" */
#define DEVICE_SIZE 32	/* a network card's has 16, a disk's 32 */
#define PATH_SIZE 1024	/* a link to a device behind a few bridges has 100 */
#define ADDRESS_SIZE 16 /* "0000:03:00.0" */

struct device {
	enum vmg_area area;
	/* A MAC, a unit of a controller, "scsi0:1", or of the only one of its
	 * kind, "scsi:1". */
	char key[KEY_SIZE];
	char name[DEVICE_SIZE]; /* "": none that can be given */
};

struct vmg_devices {
	size_t count;
	struct device list[DEVICES_MAX];
};

struct controller {
	char address[ADDRESS_SIZE];
	const char *kind;
	char label[KEY_SIZE]; /* "scsi0"; "" if the firmware gives none */
};

struct controllers {
	size_t count;
	struct controller list[CONTROLLERS_MAX];
};

/* Takes one entry of a folder; false ends the walk. */
typedef bool entry_fn(void *ctx, int folder, const char *entry);

/* False: not all of the folder was seen, or was taken. */
static bool folder_walk(int at, const char *path, entry_fn *take, void *ctx)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	size_t left = ENTRIES_MAX;
	struct dirent *entry;
	bool ok = true;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (ok && (errno = 0, entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			ok = left-- > 0 && take(ctx, fd, entry->d_name);
	ok = ok && errno == 0;
	closedir(folder);
	return ok;
}

/* The first line of FOLDER/ENTRY/FILE. False, and errno, if there is none. */
static bool line_read(int folder, const char *entry, const char *file,
		      char *text, size_t size)
{
	char path[PATH_SIZE];
	int len = snprintf(path, sizeof path, "%s/%s", entry, file);
	int fd = -1;

	errno = ENAMETOOLONG;
	if (len < (int)sizeof path)
		fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	vmg_file_text(fd, text, size);
	close(fd);
	text[strcspn(text, "\n")] = '\0';
	errno = EIO;
	return text[0] != '\0';
}

/* Lower case, for the host and the guest spell differently. False: too long. */
static bool key_copy(char key[KEY_SIZE], const char *text)
{
	size_t len = strlen(text);

	if (len >= KEY_SIZE)
		return false;
	for (size_t i = 0; i <= len; i++)
		key[i] = (char)tolower((unsigned char)text[i]);
	return true;
}

/* What would break the line of a format, or is cut, is not given at all. */
static void name_copy(char name[DEVICE_SIZE], const char *text)
{
	size_t len = 0;

	while (text[len] > ' ' && text[len] <= '~')
		len++;
	if (text[len] != '\0' || len >= DEVICE_SIZE)
		len = 0;
	memcpy(name, text, len);
	name[len] = '\0';
}

static bool device_add(struct vmg_devices *devices, enum vmg_area area,
		       const char *key, const char *name)
{
	struct device *device = &devices->list[devices->count];

	if (devices->count == DEVICES_MAX)
		return false;
	*device = (struct device){ .area = area };
	if (!key_copy(device->key, key))
		return true;
	name_copy(device->name, name);
	devices->count++;
	return true;
}

/* Bridges, VLANs and their like have no device behind them. In a bond a card
 * has another address than its own. */
static bool nic_take(void *ctx, int folder, const char *entry)
{
	char mac[64], path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/device", entry);
	if (faccessat(folder, path, F_OK, 0) != 0)
		return true;
	if (!line_read(folder, entry, "bonding_slave/perm_hwaddr", mac,
		       sizeof mac) &&
	    (errno != ENOENT ||
	     !line_read(folder, entry, "address", mac, sizeof mac)))
		return true;
	return device_add(ctx, VMG_AREA_VNET, mac, entry);
}

/* PVSCSI is of the class that SAS controllers are of. */
static const char *class_kind(const char *class)
{
	static const struct {
		const char *class, *kind;
	} kinds[] = {
		{ "0x0100", "scsi" }, { "0x0101", "ide" },
		{ "0x0106", "sata" }, { "0x0107", "scsi" },
		{ "0x0108", "nvme" },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strncmp(class, kinds[i].class, strlen(kinds[i].class)) == 0)
			return kinds[i].kind;
	return NULL;
}

/* A label that names no controller of this kind is as good as none. */
static void label_read(struct controller *c, int folder)
{
	char text[64];
	size_t kind = strlen(c->kind);

	if (!line_read(folder, c->address, "label", text, sizeof text) ||
	    !key_copy(c->label, text) ||
	    strncmp(c->label, c->kind, kind) != 0 || !c->label[kind] ||
	    c->label[kind + strspn(c->label + kind, "0123456789")])
		c->label[0] = '\0';
}

static bool controller_take(void *ctx, int folder, const char *entry)
{
	struct controllers *all = ctx;
	struct controller *c = &all->list[all->count];
	char class[16];
	const char *kind;

	if (!line_read(folder, entry, "class", class, sizeof class))
		return false;
	kind = class_kind(class);
	if (!kind)
		return true;
	if (all->count == CONTROLLERS_MAX || strlen(entry) >= ADDRESS_SIZE)
		return false;
	*c = (struct controller){ .kind = kind };
	memcpy(c->address, entry, strlen(entry) + 1);
	label_read(c, folder);
	all->count++;
	return true;
}

/* "scsi0"; "scsi" of the only one that has no label; else NULL. */
static const char *controller_name(const struct controllers *all,
				   const struct controller *c)
{
	size_t kinds = 0, labels = 0;

	for (size_t i = 0; i < all->count; i++) {
		kinds += strcmp(all->list[i].kind, c->kind) == 0;
		labels += strcmp(all->list[i].label, c->label) == 0;
	}
	if (c->label[0])
		return labels == 1 ? c->label : NULL;
	return kinds == 1 ? c->kind : NULL;
}

/* The end of a disk's link in /sys/block, from its name upwards, and where the
 * controller's address stands in it:
 *   nvme0n1 nvme0 nvme 3
 *   sda block 2:0:1:0 target2:0:1 host2 5
 *   sda block 2:0:0:0 target2:0:0 host2 ata3 6
 *   sda block 2:0:0:0 target2:0:0 end_device-2:0 port-2:0 host2 7 */
#define PARTS 8
struct disk {
	int root, folder; /* "/sys", "/sys/block" */
	const char *name;
	const char *link;
	const char *parts[PARTS];
};

static void link_split(struct disk *disk, char *link)
{
	for (size_t i = 0; i < PARTS; i++) {
		char *slash = strrchr(link, '/');

		disk->parts[i] = slash ? slash + 1 : link;
		if (slash)
			*slash = '\0';
		else
			link += strlen(link);
	}
}

/* What follows the controller's name in the host's name of the disk. */
#define UNIT_SIZE 16
typedef bool unit_fn(const struct disk *disk, char unit[UNIT_SIZE]);

static bool unit_print(char unit[UNIT_SIZE], const char *before,
		       const char *number)
{
	return snprintf(unit, UNIT_SIZE, "%s:%s", before, number) < UNIT_SIZE;
}

/* Linux begins with 1 where the host begins with 0. */
static bool number_shift(const char *text, char number[UNIT_SIZE])
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < 1 || n > ENTRIES_MAX)
		return false;
	snprintf(number, UNIT_SIZE, "%lu", n - 1);
	return true;
}

/* VMware's controllers have one channel, their targets one LUN. */
static const char *target_of(const struct disk *disk)
{
	const char *place = disk->parts[2], *target = disk->parts[3], *number;
	size_t len = strlen(target);

	number = strstr(target, ":0:");
	if (len <= 6 || strncmp(target + 6, place, len - 6) != 0 ||
	    strcmp(place + len - 6, ":0") != 0 || !number ||
	    strchr(number + 3, ':'))
		return NULL;
	return number + 3;
}

static bool scsi_unit(const struct disk *disk, char unit[UNIT_SIZE])
{
	const char *target = target_of(disk);

	return target && unit_print(unit, "", target);
}

static bool port_of(const struct disk *disk, char number[UNIT_SIZE])
{
	char path[PATH_SIZE], text[UNIT_SIZE];

	snprintf(path, sizeof path, "class/ata_port/%s", disk->parts[5]);
	return line_read(disk->root, path, "port_no", text, sizeof text) &&
	       number_shift(text, number);
}

static bool sata_unit(const struct disk *disk, char unit[UNIT_SIZE])
{
	char port[UNIT_SIZE];

	return port_of(disk, port) && unit_print(unit, "", port);
}

/* The two ports of its one device are two controllers for the host. */
static bool ide_unit(const struct disk *disk, char unit[UNIT_SIZE])
{
	const char *target = target_of(disk);
	char port[UNIT_SIZE];

	return target && port_of(disk, port) && unit_print(unit, port, target);
}

static bool nvme_unit(const struct disk *disk, char unit[UNIT_SIZE])
{
	char text[UNIT_SIZE], number[UNIT_SIZE];

	/* A path of a multipath device. */
	if (line_read(disk->folder, disk->name, "hidden", text, sizeof text) &&
	    strcmp(text, "0") != 0)
		return false;
	return line_read(disk->folder, disk->name, "nsid", text, sizeof text) &&
	       number_shift(text, number) && unit_print(unit, "", number);
}

/* False where there is a second one. */
static bool phy_take(void *ctx, int folder, const char *entry)
{
	char *unit = ctx;
	const char *colon = strchr(entry, ':');

	(void)folder;
	if (strncmp(entry, "phy-", 4) != 0)
		return true;
	return !unit[0] && colon && unit_print(unit, "", colon + 1);
}

/* SAS counts its targets as it finds them. */
static bool sas_unit(const struct disk *disk, char unit[UNIT_SIZE])
{
	char port[PATH_SIZE];
	const char *end = strstr(disk->link, "/end_device-");

	if (!end)
		return false;
	unit[0] = '\0';
	snprintf(port, sizeof port, "%.*s", (int)(end - disk->link),
		 disk->link);
	return folder_walk(disk->folder, port, phy_take, unit) && unit[0];
}

static const struct {
	const char *kind;
	size_t controller; /* in struct disk's parts */
	unit_fn *unit;
} buses[] = {
	{ "nvme", 3, nvme_unit }, { "scsi", 5, scsi_unit },
	{ "scsi", 7, sas_unit },  { "sata", 6, sata_unit },
	{ "ide", 6, ide_unit },
};
#define BUSES (sizeof buses / sizeof buses[0])

struct search {
	int root;
	struct vmg_devices *devices;
	struct controllers controllers;
};

static const struct controller *controller_find(const struct controllers *all,
						const char *address)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].address, address) == 0)
			return &all->list[i];
	return NULL;
}

static bool disk_key(const struct search *s, const struct disk *disk,
		     char key[KEY_SIZE])
{
	for (size_t i = 0; i < BUSES; i++) {
		const struct controller *c = controller_find(
			&s->controllers, disk->parts[buses[i].controller]);
		const char *name;
		char unit[UNIT_SIZE];

		if (!c || strcmp(c->kind, buses[i].kind) != 0)
			continue;
		name = controller_name(&s->controllers, c);
		if (!name || !buses[i].unit(disk, unit))
			return false;
		return snprintf(key, KEY_SIZE, "%s%s", name, unit) < KEY_SIZE;
	}
	return false;
}

static bool disk_take(void *ctx, int folder, const char *entry)
{
	struct search *s = ctx;
	struct disk disk = { .root = s->root, .folder = folder, .name = entry };
	char link[PATH_SIZE], split[PATH_SIZE], key[KEY_SIZE];
	ssize_t len = readlinkat(folder, entry, link, sizeof link);

	if (len < 0 || (size_t)len >= sizeof link)
		return true;
	link[len] = '\0';
	disk.link = link;
	memcpy(split, link, sizeof split);
	link_split(&disk, split);
	if (!disk_key(s, &disk, key))
		return true;
	return device_add(s->devices, VMG_AREA_VSCSI, key, entry);
}

/* What is not whole is nothing: a device that is missing may be the one that
 * forbids to name another. */
static void area_read(struct search *s, const char *path, entry_fn *take,
		      void *ctx)
{
	size_t before = s->devices->count;

	if (!folder_walk(s->root, path, take, ctx))
		s->devices->count = before;
}

struct vmg_devices *vmg_devices_read(const char *root)
{
	struct search s = { .devices = calloc(1, sizeof *s.devices) };

	if (!s.devices)
		return NULL;
	s.root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.root < 0)
		return s.devices;
	area_read(&s, "class/net", nic_take, s.devices);
	if (folder_walk(s.root, "bus/pci/devices", controller_take,
			&s.controllers))
		area_read(&s, "block", disk_take, &s);
	close(s.root);
	return s.devices;
}

/* "scsi:1" of "scsi0:1". */
static void number_drop(char key[KEY_SIZE])
{
	char *colon = strchr(key, ':'), *number = colon;

	while (number && number > key && number[-1] >= '0' && number[-1] <= '9')
		number--;
	if (number && number > key)
		memmove(number, colon, strlen(colon) + 1);
}

const char *vmg_device_find(const struct vmg_devices *devices,
			    enum vmg_area area, const char *instance)
{
	char key[KEY_SIZE], only[KEY_SIZE];
	const struct device *found = NULL;

	if (!devices || !key_copy(key, instance))
		return NULL;
	memcpy(only, key, sizeof only);
	number_drop(only);
	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->list[i];

		if (device->area != area || (strcmp(device->key, key) != 0 &&
					     strcmp(device->key, only) != 0))
			continue;
		if (found)
			return NULL;
		found = device;
	}
	return found && found->name[0] ? found->name : NULL;
}

void vmg_devices_release(struct vmg_devices *devices)
{
	free(devices);
}
