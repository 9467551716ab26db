/* SPDX-License-Identifier: MIT */
/* Every bound of the library. The host is not trusted, a blocked call blocks
 * the stop of the daemon around it, and channels belong to the whole VM. */
#ifndef VMG_BOUNDS_H
#define VMG_BOUNDS_H

/* The largest reply taken. The largest known is 671 bytes for info.get, some
 * KiB for stat.get, and no source states a limit. */
#define VMG_REPLY_MAX (1u << 20)

/* What a handle keeps for the next reply; a larger buffer is freed. */
#define VMG_REPLY_KEEP (64u << 10)

/* How often one direction of an exchange is started again because of a
 * checkpoint. Source: Linux, vmwgfx_msg.c, RETRIES. */
#define VMG_CHECKPOINT_RETRIES 3

/* How long one update may take, with all its retries. A single exchange cannot
 * be interrupted, so a host that is slow in each exceeds this by a few of
 * them. */
#define VMG_CALL_TIMEOUT_MS 1000

/* A channel stays open between updates only while they come this often. A VM
 * has 8 channels on many hosts, shared by all its processes, and one that is
 * kept is missing elsewhere. Two seconds, and half a second for a poller's
 * jitter. */
#define VMG_CHANNEL_KEEP_MS 2500

/* How long a negative answer of the probe is believed: a suspended VM may wake
 * up on a host that answers, and a probe costs a process. A minute, less what
 * lets one who asks once a minute be a little early. */
#define VMG_VERDICT_KEEP_MS 55000

/* The largest memory of a virtual machine that is believed, in MB: 64 TiB, where
 * the largest that VMware supports is 24. What is above is no size in MB: a host
 * that does not know the command leaves all ones or the magic, and QEMU answers
 * in bytes. Source: open-vm-tools, backdoor_def.h; QEMU, hw/i386/vmport.c. */
#define VMG_MEMORY_MAX_MB (64u << 20)

/* The longest request of VMGuestLib_StatGet(), with its NUL.
 * Source: open-vm-tools, libguestlib/vmGuestLib.c, VMGuestLib_StatGet. */
#define VMG_STAT_REQUEST_MAX 256

/* Extended statistics. A name or a text, an instance's name, how many instances
 * a set may have (a VM has at most 256 disks and 10 NICs; 64 disks are many), and
 * how many values each of them (the most that is known is 18). What exceeds these
 * is left out, and the set's cause says so. */
#define VMG_EXTENDED_TEXT_MAX 127
#define VMG_EXTENDED_INSTANCE_MAX 63
#define VMG_EXTENDED_INSTANCES_MAX 128
#define VMG_EXTENDED_VALUES_MAX 128

/* How long a list of instances is believed within a session, for disks and NICs
 * come and go: a minute, less what lets one who asks once a minute be a little
 * early. */
#define VMG_LIST_KEEP_MS 55000

/* What the host is to read is touched once a page before: it needs it present.
 * No machine of interest has smaller pages. */
#define VMG_PAGE 4096

#endif
