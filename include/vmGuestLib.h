/* SPDX-License-Identifier: MIT */
/* The VMware Guest API: what a virtual machine can know about its own
 * hypervisor, read from inside, without privileges.
 *
 *	VMGuestLibHandle handle;
 *	uint64 stolen;
 *
 *	if (VMGuestLib_OpenHandle(&handle) == VMGUESTLIB_ERROR_SUCCESS) {
 *		if (VMGuestLib_UpdateInfo(handle) == VMGUESTLIB_ERROR_SUCCESS &&
 *		    VMGuestLib_GetCpuStolenMs(handle, &stolen) ==
 *			    VMGUESTLIB_ERROR_SUCCESS)
 *			...
 *		VMGuestLib_CloseHandle(handle);
 *	}
 *
 * Names, prototypes and codes are those that VMware publishes; programs
 * compiled against VMware's header run on this library, and those compiled
 * against this one run on VMware's. MB is 2^20 bytes, MHz is 10^6 Hz.
 *
 * Threads: every function may be called by any thread at any time. Handles of
 * different threads do not wait for each other. A handle used by two threads at
 * once is safe: a value is of one update or of another, never of both. Two
 * values read one after the other are of one update only if no other thread
 * updates the handle in between. After fork() the child's copies of the handles
 * work, through message channels of their own; but a signal handler that
 * interrupted a function of this library must not fork.
 *
 * A handle that is left open when the program exits is closed automatically,
 * but not if the program is killed, ends by _exit(), or is replaced by exec().
 * The host then keeps its message channel until it finds the channel idle, and
 * a virtual machine has few. That includes a forked worker that updates a
 * handle it inherited and ends by _exit(): it must close the handle first.
 *
 * The library prints nothing, installs no signal handler, reads no environment
 * variable and keeps no file open. */
#ifndef VMGUEST_VMGUESTLIB_H
#define VMGUEST_VMGUESTLIB_H

#include <stddef.h>

#include "vm_basic_types.h"
#include "vmSessionId.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a call ended. */
typedef enum {
	VMGUESTLIB_ERROR_SUCCESS = 0,
	/* The host's reply was damaged, the message channel was lost twice, no
	 * channel was free, or the check for a host could not run. See
	 * vmg_update_failure() and vmg_open() in stats.h. */
	VMGUESTLIB_ERROR_OTHER = 1,
	/* No VMware host answers. */
	VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM = 2,
	/* Guest statistics are disabled for this virtual machine, by
	 * isolation.tools.guestlibGetInfo.disable = "TRUE" in its configuration,
	 * or the product does not provide them: Workstation, Player, Fusion. */
	VMGUESTLIB_ERROR_NOT_ENABLED = 3,
	/* The host knows this statistic but provides no value for it. */
	VMGUESTLIB_ERROR_NOT_AVAILABLE = 4,
	/* No update yet on this handle, or the last one failed. */
	VMGUESTLIB_ERROR_NO_INFO = 5,
	VMGUESTLIB_ERROR_MEMORY = 6,
	VMGUESTLIB_ERROR_BUFFER_TOO_SMALL = 7,
	/* The handle is NULL, closed, or was never opened. */
	VMGUESTLIB_ERROR_INVALID_HANDLE = 8,
	/* A pointer for the result is NULL. */
	VMGUESTLIB_ERROR_INVALID_ARG = 9,
	/* The host is too old to send this statistic. */
	VMGUESTLIB_ERROR_UNSUPPORTED_VERSION = 10
} VMGuestLibError;

/**
 * One reader of statistics, with the values of its last update. It is a ticket,
 * not an address: a closed or invented one gives INVALID_HANDLE everywhere.
 */
typedef struct _VMGuestLibHandle *VMGuestLibHandle;

/**
 * A sentence in English for an error; for a number that is no VMGuestLibError,
 * a sentence that says so. Never NULL; static, not to be freed.
 */
char const *VMGuestLib_GetErrorText(VMGuestLibError error);

/**
 * Opens a handle, to be closed by VMGuestLib_CloseHandle(). The first call of a
 * process asks the hypervisor's port whether a VMware host answers, in a child
 * that cannot harm the process; a "yes" is kept for ever, a "no" for about a
 * minute. The host's statistics are not asked for yet.
 *
 * The end of that child raises no SIGCHLD and is no other thread's to wait for
 * but by __WALL. Where only a child with SIGCHLD can be had (emulators such as
 * qemu-user), a handler of the process is called, and a thread that waits for
 * any child may be given this one.
 *
 * VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM  no VMware host answers
 * VMGUESTLIB_ERROR_OTHER              the check could not run, and the next
 *                                     call tries again; vmg_open() says which:
 *                                     no process or memory for it
 *                                     (RLIMIT_NPROC); seccomp forbids it; or the
 *                                     thread has unshared its pid namespace and
 *                                     not forked yet, and the child would be
 *                                     the namespace's init. Without /proc, or
 *                                     before Linux 4.12, that is not noticed,
 *                                     and the child becomes it.
 * VMGUESTLIB_ERROR_INVALID_ARG        handle is NULL
 * VMGUESTLIB_ERROR_MEMORY             no memory, or 65,536 handles are open
 * *handle is written on success only.
 */
VMGuestLibError VMGuestLib_OpenHandle(VMGuestLibHandle *handle);

/**
 * Closes a handle and its message channel. A call of another thread that is
 * under way on this handle is waited for, at most for its own second.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed already, or never was open
 */
VMGuestLibError VMGuestLib_CloseHandle(VMGuestLibHandle handle);

/**
 * Asks the host for all statistics at once; they stay as they are until the
 * next call. May take up to a second if the host is slow, microseconds
 * otherwise. A message channel that was lost (vMotion, snapshot, reset) is
 * opened again inside the call, and a reply that was damaged on its way is
 * requested once more if there is another way. The channel stays open between
 * calls only while they come every two seconds or faster, since a virtual
 * machine has few.
 *
 * After an error the handle is empty: accessors give NO_INFO until a call of
 * this function succeeds.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_NOT_ENABLED     guest statistics are disabled or unknown there
 * VMGUESTLIB_ERROR_OTHER           no channel, channel lost, or damaged reply
 * VMGUESTLIB_ERROR_MEMORY          no memory for the reply
 */
VMGuestLibError VMGuestLib_UpdateInfo(VMGuestLibHandle handle);

/*
 * Accessors. Each reads one statistic of the last update, from memory, without
 * asking the host. Their errors, in the order in which they are checked:
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE       handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG          the pointer for the result is NULL
 * VMGUESTLIB_ERROR_NO_INFO              no update yet, or the last one failed
 * VMGUESTLIB_ERROR_UNSUPPORTED_VERSION  the host did not send the statistic
 * VMGUESTLIB_ERROR_NOT_AVAILABLE        the host sent it, marked as not valid
 *
 * The result is written on success only. All values of one update are of one
 * moment. A reader that takes differences must compare the session ids of both
 * updates: across a change every counter restarts, and limits, the host's speed
 * and the number of statistics may be others.
 */

/**
 * The session that the last update belongs to. Compare it with the previous one
 * before taking differences. Errors as above but for the last two.
 */
VMGuestLibError VMGuestLib_GetSessionId(VMGuestLibHandle handle,
					VMSessionId *id);

/**
 * Copies the path of the resource pool that this virtual machine is in, with
 * its NUL, into pathBuffer, which has room for *bufferSize bytes. The name is
 * the host's: any byte but NUL may stand in it. Statistic 18, or 37 where the
 * path is longer than 512 bytes.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE    handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG       bufferSize or pathBuffer is NULL
 * VMGUESTLIB_ERROR_NO_INFO           no update yet, or the last one failed
 * VMGUESTLIB_ERROR_NOT_AVAILABLE     the host gave no path
 * VMGUESTLIB_ERROR_BUFFER_TOO_SMALL  *bufferSize is now what is needed;
 *                                    pathBuffer was not touched
 * *bufferSize is changed with BUFFER_TOO_SMALL only. To ask for the size, pass
 * a size of 0 and any buffer.
 */
VMGuestLibError VMGuestLib_GetResourcePoolPath(VMGuestLibHandle handle,
					       size_t *bufferSize,
					       char *pathBuffer);

/* The virtual machine's processors */

/**
 * Processor speed that is guaranteed to this virtual machine, in MHz over all
 * its virtual CPUs. 0 when nothing is guaranteed. Changes when an
 * administrator edits it, or when the host does. Statistic 1.
 */
VMGuestLibError VMGuestLib_GetCpuReservationMHz(VMGuestLibHandle handle,
						uint32 *cpuReservationMHz);

/**
 * Processor speed that this virtual machine may not exceed, in MHz over all
 * its virtual CPUs, even if the host is idle. 0xFFFFFFFF when there is no
 * limit. Statistic 2.
 */
VMGuestLibError VMGuestLib_GetCpuLimitMHz(VMGuestLibHandle handle,
					  uint32 *cpuLimitMHz);

/**
 * Weight of this virtual machine when processors are contended, relative to
 * the other members of its resource pool. Means nothing without their sum.
 * Statistic 3.
 */
VMGuestLibError VMGuestLib_GetCpuShares(VMGuestLibHandle handle,
					uint32 *cpuShares);

/**
 * Processor time this virtual machine has used in this session, in
 * milliseconds summed over its virtual CPUs. The published documentation calls
 * it a part of VMGuestLib_GetElapsedMs(); observed: with several virtual CPUs,
 * or with work that the host does on its behalf, it is more. Inferred:
 * restarts at 0 when the session id changes. Statistic 4.
 */
VMGuestLibError VMGuestLib_GetCpuUsedMs(VMGuestLibHandle handle,
					uint64 *cpuUsedMs);

/**
 * Speed of the host's processors, in MHz. Can change when the session id does.
 * Statistic 5.
 */
VMGuestLibError VMGuestLib_GetHostProcessorSpeed(VMGuestLibHandle handle,
						 uint32 *mhz);

/* The virtual machine's memory */

/**
 * Memory that is guaranteed to this virtual machine, in MB. 0 when none is.
 * Statistic 6.
 */
VMGuestLibError VMGuestLib_GetMemReservationMB(VMGuestLibHandle handle,
					       uint32 *memReservationMB);

/**
 * Host memory that this virtual machine may not exceed, in MB. 0xFFFFFFFF when
 * there is no limit; observed: ESXi 6.0 sends 3145727 for that, so a limit at
 * or above the configured memory does not bind. Statistic 7.
 */
VMGuestLibError VMGuestLib_GetMemLimitMB(VMGuestLibHandle handle,
					 uint32 *memLimitMB);

/**
 * Weight of this virtual machine when memory is contended, relative to the
 * other members of its resource pool. A weight above 32 bits is not available
 * here: see VMGuestLib_GetMemShares64(). Statistic 8.
 */
VMGuestLibError VMGuestLib_GetMemShares(VMGuestLibHandle handle,
					uint32 *memShares);

/**
 * Guest memory backed by host memory, in MB: what the guest can touch without
 * delay. Ballooned, swapped and never touched memory is not included; pages
 * that the guest freed are. Statistic 9.
 */
VMGuestLibError VMGuestLib_GetMemMappedMB(VMGuestLibHandle handle,
					  uint32 *memMappedMB);

/**
 * Guest memory in recent use, in MB, as the host estimates from samples.
 * Statistic 10.
 */
VMGuestLibError VMGuestLib_GetMemActiveMB(VMGuestLibHandle handle,
					  uint32 *memActiveMB);

/**
 * Host memory that the hypervisor needs for this virtual machine itself, in
 * MB. Statistic 11.
 */
VMGuestLibError VMGuestLib_GetMemOverheadMB(VMGuestLibHandle handle,
					    uint32 *memOverheadMB);

/**
 * Guest memory that the host took back through the balloon driver, in MB.
 * Statistic 12.
 */
VMGuestLibError VMGuestLib_GetMemBalloonedMB(VMGuestLibHandle handle,
					     uint32 *memBalloonedMB);

/**
 * Guest memory that lies in the host's swap, in MB. Each touch waits for a
 * disk. Statistic 13.
 */
VMGuestLibError VMGuestLib_GetMemSwappedMB(VMGuestLibHandle handle,
					   uint32 *memSwappedMB);

/**
 * Guest memory whose pages are shared with others, copy on write, in MB.
 * Statistic 14.
 */
VMGuestLibError VMGuestLib_GetMemSharedMB(VMGuestLibHandle handle,
					  uint32 *memSharedMB);

/**
 * Host memory that sharing saves for this virtual machine, in MB. Statistic
 * 15.
 */
VMGuestLibError VMGuestLib_GetMemSharedSavedMB(VMGuestLibHandle handle,
					       uint32 *memSharedSavedMB);

/**
 * Host memory that backs this virtual machine's memory, in MB: what is mapped,
 * less what sharing saves. Statistic 16.
 */
VMGuestLibError VMGuestLib_GetMemUsedMB(VMGuestLibHandle handle,
					uint32 *memUsedMB);

/* Time */

/**
 * Time that this session has lasted, in milliseconds of the host's clock.
 * Restarts at 0 when the session id changes. Two updates in quick succession
 * can show no progress. Statistic 17.
 */
VMGuestLibError VMGuestLib_GetElapsedMs(VMGuestLibHandle handle,
					uint64 *elapsedMs);

/**
 * Time that this virtual machine's virtual CPUs were ready to run and were not
 * given a processor, in milliseconds summed over them. Inferred: restarts at 0
 * when the session id changes. Statistic 19.
 */
VMGuestLibError VMGuestLib_GetCpuStolenMs(VMGuestLibHandle handle,
					  uint64 *cpuStolenMs);

/* Since ESX 4.0 */

/**
 * Host memory that the host wants this virtual machine to have, in MB. Below
 * the configured memory, the host is taking memory back. Statistic 20.
 */
VMGuestLibError VMGuestLib_GetMemTargetSizeMB(VMGuestLibHandle handle,
					      uint64 *memTargetSizeMB);

/* The whole host. Hosts hide these eight to ten from guests unless the virtual
 * machine has tools.guestlib.enableHostInfo = "TRUE": then NOT_AVAILABLE. */

/** Physical processor cores of the host. Statistic 21. */
VMGuestLibError VMGuestLib_GetHostNumCpuCores(VMGuestLibHandle handle,
					      uint32 *hostNumCpuCores);

/**
 * Processor time used on the host by all its virtual machines, in
 * milliseconds. It has no elapsed time of its own. Statistic 22.
 */
VMGuestLibError VMGuestLib_GetHostCpuUsedMs(VMGuestLibHandle handle,
					    uint64 *hostCpuUsedMs);

/** Memory in the host's swap, of all virtual machines, in MB. Statistic 23. */
VMGuestLibError VMGuestLib_GetHostMemSwappedMB(VMGuestLibHandle handle,
					       uint64 *hostMemSwappedMB);

/** Memory shared on the host, copy on write, in MB. Statistic 24. */
VMGuestLibError VMGuestLib_GetHostMemSharedMB(VMGuestLibHandle handle,
					      uint64 *hostMemSharedMB);

/** Memory in use on the host, in MB. Statistic 25. */
VMGuestLibError VMGuestLib_GetHostMemUsedMB(VMGuestLibHandle handle,
					    uint64 *hostMemUsedMB);

/** Physical memory of the host, in MB. Statistic 26. */
VMGuestLibError VMGuestLib_GetHostMemPhysMB(VMGuestLibHandle handle,
					    uint64 *hostMemPhysMB);

/** Physical memory of the host that is free, in MB. Statistic 27. */
VMGuestLibError VMGuestLib_GetHostMemPhysFreeMB(VMGuestLibHandle handle,
						uint64 *hostMemPhysFreeMB);

/**
 * Always 0, with success: hosts stopped filling this statistic, the published
 * documentation says 0, and callers rely on it. What the host sent, if it did,
 * is in the table of stats.h. NO_INFO, INVALID_ARG and INVALID_HANDLE as
 * elsewhere. Statistic 28.
 */
VMGuestLibError VMGuestLib_GetHostMemKernOvhdMB(VMGuestLibHandle handle,
						uint64 *hostMemKernOvhdMB);

/** Memory mapped on the host, in MB. Statistic 29. */
VMGuestLibError VMGuestLib_GetHostMemMappedMB(VMGuestLibHandle handle,
					      uint64 *hostMemMappedMB);

/** Memory not mapped on the host, in MB. Statistic 30. */
VMGuestLibError VMGuestLib_GetHostMemUnmappedMB(VMGuestLibHandle handle,
						uint64 *hostMemUnmappedMB);

/* Since ESXi 5.0. VMware's library has these six, and its header does not. */

/** Guest memory that the host compressed, in MB. Statistic 31. */
VMGuestLibError VMGuestLib_GetMemZippedMB(VMGuestLibHandle handle,
					  uint32 *memZippedMB);

/**
 * Host memory that compression saves for this virtual machine, in MB.
 * Statistic 32.
 */
VMGuestLibError VMGuestLib_GetMemZipSavedMB(VMGuestLibHandle handle,
					    uint32 *memZipSavedMB);

/**
 * Guest memory that lies in the host's low-latency swap (a solid-state disk),
 * in MB. Statistic 33.
 */
VMGuestLibError VMGuestLib_GetMemLLSwappedMB(VMGuestLibHandle handle,
					     uint32 *memLLSwappedMB);

/**
 * How much of this virtual machine's memory the host aims to have in its swap,
 * in MB. Statistic 34.
 */
VMGuestLibError VMGuestLib_GetMemSwapTargetMB(VMGuestLibHandle handle,
					      uint32 *memSwapTargetMB);

/** How large the host aims to make the balloon, in MB. Statistic 35. */
VMGuestLibError VMGuestLib_GetMemBalloonTargetMB(VMGuestLibHandle handle,
						 uint32 *memBalloonTargetMB);

/** How large the balloon can get at most, in MB. Statistic 36. */
VMGuestLibError VMGuestLib_GetMemBalloonMaxMB(VMGuestLibHandle handle,
					      uint32 *memBalloonMaxMB);

/* Since ESXi 7.0 */

/**
 * As VMGuestLib_GetMemShares(), in 64 bits. Hosts older than ESXi 7.0 do not
 * send it: then this is the value of VMGuestLib_GetMemShares(), widened, and
 * UNSUPPORTED_VERSION where that has none. Statistic 38.
 */
VMGuestLibError VMGuestLib_GetMemShares64(VMGuestLibHandle handle,
					  uint64 *memShares64);

/**
 * Asks the host for a set of extended statistics (ESXi 6.0 and later). encoding
 * is one of "text", "json", "xml", "yaml"; stat is "session", "host",
 * "resources", "vscsi NAME", "vnet MAC", or NULL or "" for the list of what
 * there is. VMware calls these a means of troubleshooting: names and meanings
 * can change between releases. Needs no handle, and uses a message channel for
 * this call alone. May take up to a second if the host is slow. Takes no lock
 * and no memory of malloc(): a crash handler may call it.
 *
 * On success *reply is the host's text, with a NUL behind it that *replySize
 * does not count, to be freed by VMGuestLib_StatFree(). On every error
 * *reply is NULL and *replySize is 0.
 *
 * VMGUESTLIB_ERROR_INVALID_ARG        reply, replySize or encoding is NULL
 * VMGUESTLIB_ERROR_BUFFER_TOO_SMALL   the request would pass 255 bytes
 * VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM  no VMware host answers
 * VMGUESTLIB_ERROR_NOT_AVAILABLE      the host refused: it is too old, or a
 *                                     desktop product, or has no such set
 * VMGUESTLIB_ERROR_OTHER              no channel, or the channel was lost
 * VMGUESTLIB_ERROR_MEMORY             no memory for the reply
 */
VMGuestLibError VMGuestLib_StatGet(const char *encoding, const char *stat,
				   char **reply, size_t *replySize);

/**
 * Frees a reply of VMGuestLib_StatGet(). NULL is allowed.
 */
void VMGuestLib_StatFree(char *reply, size_t replySize);

#ifdef __cplusplus
}
#endif

#endif
