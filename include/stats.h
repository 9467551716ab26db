/* SPDX-License-Identifier: MIT */
/* An addition to the VMware Guest API: the same statistics as a table, why one
 * is missing, and what a monitoring agent needs beside them.
 *
 * Every function here may be called from any thread, on handles of
 * VMGuestLib_OpenHandle() as well as on those of vmg_thread_handle(). None of
 * them asks the host but vmg_memory_size_mb(). */
#ifndef VMGUEST_STATS_H
#define VMGUEST_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "vmGuestLib.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a statistic is counted in, on the wire and in vmg_stat_read(). */
enum vmg_unit {
	VMG_UNIT_MHZ,	/* 10^6 Hz */
	VMG_UNIT_MB,	/* 2^20 bytes */
	VMG_UNIT_MS,	/* milliseconds */
	VMG_UNIT_COUNT, /* shares, cores */
	VMG_UNIT_TEXT	/* no number: read it by vmg_stat_text() */
};

/** How a statistic moves. */
enum vmg_kind {
	VMG_KIND_GAUGE,	  /* a level: goes up and down */
	VMG_KIND_COUNTER, /* only grows; restarts with the session id */
	VMG_KIND_TEXT
};

/** One statistic. Rows live as long as the library and never change. */
struct vmg_stat {
	uint16_t id;	  /* its number on the wire; 1 is the first */
	uint8_t unit;	  /* enum vmg_unit */
	uint8_t kind;	  /* enum vmg_kind */
	uint8_t bits;	  /* width on the wire: 32, 64; 0 for text */
	char name[27];	  /* "cpu_used"; never changed once released */
	const char *what; /* one sentence */
};

/**
 * The statistic at a position of the table, counted from 0 in the order of ids;
 * NULL past the end. The table has every statistic that this library knows,
 * whether the host sends it or not.
 */
const struct vmg_stat *vmg_stat_at(size_t index);

/** The statistic with this wire id, or NULL if this library knows none. */
const struct vmg_stat *vmg_stat_by_id(unsigned id);

/**
 * The value of a statistic in the handle's last update, exactly as the host
 * sent it: 0xFFFFFFFF of a limit means that there is none.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE       handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG          value is NULL, or stat is not a row of
 *                                       the table, or a text
 * VMGUESTLIB_ERROR_NO_INFO              no update yet, or the last one failed
 * VMGUESTLIB_ERROR_UNSUPPORTED_VERSION  the host did not send it: too old
 * VMGUESTLIB_ERROR_NOT_AVAILABLE        the host sent it, marked as not valid
 * *value is written on success only.
 */
VMGuestLibError vmg_stat_read(VMGuestLibHandle handle,
			      const struct vmg_stat *stat, uint64_t *value);

/**
 * The same for a text: copies it with its NUL into text, which has room for
 * size bytes. If need is not NULL, it gets the room that the text needs, with
 * its NUL, on success and with BUFFER_TOO_SMALL. It is the host's text: any
 * byte but NUL may stand in it.
 *
 * Errors as vmg_stat_read(), and
 * VMGUESTLIB_ERROR_INVALID_ARG       text is NULL while size is not 0, or stat
 *                                    is not a text
 * VMGUESTLIB_ERROR_BUFFER_TOO_SMALL  nothing was copied; *need says how much
 */
VMGuestLibError vmg_stat_text(VMGuestLibHandle handle,
			      const struct vmg_stat *stat, char *text,
			      size_t size, size_t *need);

/** Why an update brought no statistics. */
enum vmg_cause {
	VMG_CAUSE_NONE,		/* it did bring them, or none was made yet */
	VMG_CAUSE_NOT_VM,	/* no VMware host answers the port */
	/* Not to be found out: no process or memory left for the probe's child,
	 * a system call of it forbidden (seccomp), or it would be the first
	 * process of a pid namespace. */
	VMG_CAUSE_PROBE_LIMITED,
	VMG_CAUSE_PROBE_FORBIDDEN,
	VMG_CAUSE_PROBE_NAMESPACE,
	VMG_CAUSE_NO_MESSAGES,	/* the port answers but has no message service:
				    * QEMU's vmport does that */
	VMG_CAUSE_NO_CHANNEL,	/* no message channel free: 8 a VM, or 128 */
	VMG_CAUSE_CHANNEL_LOST, /* the channel was lost, and lost again */
	VMG_CAUSE_TIMEOUT,	/* the exchange took longer than a second */
	VMG_CAUSE_NO_REPLY,	/* the host took the request and said nothing */
	VMG_CAUSE_UNKNOWN_COMMAND, /* the host has no such service: Workstation,
				    * Player and Fusion say so, and so may a
				    * host that disabled it */
	VMG_CAUSE_REFUSED,	   /* the host has it, and said no */
	VMG_CAUSE_DAMAGED,  /* the reply contradicts itself or its length */
	VMG_CAUSE_NO_MEMORY, /* this process could not allocate */
	VMG_CAUSE_CHECKPOINT /* the host takes a checkpoint, and takes long */
};

/** How the last update of a handle ended. */
struct vmg_failure {
	enum vmg_cause cause;
	/* What the host said with REFUSED or UNKNOWN_COMMAND, cut to fit; bytes
	 * that are not printable ASCII are replaced by '?'. Else empty. */
	char host_said[84];
};

/**
 * Why the last update failed, more finely than its error code.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     failure is NULL
 */
VMGuestLibError vmg_update_failure(VMGuestLibHandle handle,
				   struct vmg_failure *failure);

/**
 * How often, since the handle was opened, a message channel was found lost and
 * was opened again inside a call. A vMotion or a snapshot costs one.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     count is NULL
 */
VMGuestLibError vmg_channel_reopens(VMGuestLibHandle handle, uint64_t *count);

/**
 * The memory that is configured for this virtual machine, in MB. It is no
 * statistic: this asks the host, by one port operation and no channel. It
 * changes with memory hot-plug only; once a session is often enough.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     mb is NULL
 * VMGUESTLIB_ERROR_NOT_AVAILABLE   the host did not answer, or with nonsense
 * *mb is written on success only.
 */
VMGuestLibError vmg_memory_size_mb(VMGuestLibHandle handle, uint64_t *mb);

/**
 * The calling thread's own handle, opened by its first call in a thread, closed
 * by the library when the thread ends; the caller must not close it (if it
 * does, the next call opens a new one). For daemons whose readers move between
 * many threads: such a handle closes its message channel after each update,
 * however fast they come, since a virtual machine has only a few channels.
 *
 * Errors as VMGuestLib_OpenHandle(). *handle is written on success only.
 */
VMGuestLibError vmg_thread_handle(VMGuestLibHandle *handle);

#ifdef __cplusplus
}
#endif

#endif
