/* SPDX-License-Identifier: MIT */
/* An addition to the VMware Guest API: the same statistics as a table, read one
 * by one or all at once, why one is missing, and what else a monitoring agent
 * needs.
 *
 * Every function here may be called from any thread, with handles of
 * VMGuestLib_OpenHandle(), vmg_open() and vmg_thread_handle() alike. Only the
 * latter two, vmg_memory_size_mb(), vmg_host_describe() and vmg_extended_update()
 * ask the host.
 *
 * Later versions append rows to the table and constants to the enumerations, so
 * arrays are passed with their count and a switch needs a default. */
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
	VMG_UNIT_TEXT,	/* no number: read it by vmg_stat_text() */
	/* Of extended statistics only: */
	VMG_UNIT_US,	 /* microseconds */
	VMG_UNIT_KB,	 /* 2^10 bytes */
	VMG_UNIT_BYTES,	 /* bytes */
	VMG_UNIT_MBPS,	 /* what the host calls MBps: bits or bytes, no source
			  * says which */
	VMG_UNIT_UNKNOWN /* the table does not have it */
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
	const char *name; /* "cpu_used"; never changed once released */
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
 * size bytes. The text is the host's: it may contain any byte but NUL.
 *
 * If session is not NULL, *session is the session that the text belongs to;
 * it is written on success only. If need is not NULL, *need is the size of the
 * text with its NUL; it is written on success and with BUFFER_TOO_SMALL.
 *
 * Errors as vmg_stat_read(), and
 * VMGUESTLIB_ERROR_INVALID_ARG       text is NULL while size is not 0, or stat
 *                                    is not a text
 * VMGUESTLIB_ERROR_BUFFER_TOO_SMALL  text needs *need bytes; nothing was copied
 */
VMGuestLibError vmg_stat_text(VMGuestLibHandle handle,
			      const struct vmg_stat *stat, VMSessionId *session,
			      char *text, size_t size, size_t *need);

/** What the last update says about a statistic. */
enum vmg_state {
	VMG_STATE_NOT_SENT,  /* the host did not send it: too old */
	VMG_STATE_NOT_VALID, /* the host sent it, marked as not valid */
	VMG_STATE_VALUE
};

/** A statistic in vmg_stats_read(). */
struct vmg_stat_value {
	uint64_t number; /* as vmg_stat_read(); 0 for texts and without value */
	enum vmg_state state;
};

/**
 * Reads all statistics of the handle's last update at once: values[i] belongs
 * to vmg_stat_at(i). All values and *session are of the same update, whatever
 * other threads do. Elements beyond the end of the table are NOT_SENT. A text
 * has its state here and is read by vmg_stat_text(), which gives its session to
 * compare.
 *
 * session may be NULL, and so may values if count is 0.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     values is NULL and count is not 0
 * VMGUESTLIB_ERROR_NO_INFO         no update yet, or the last one failed
 * values and *session are written on success only.
 */
VMGuestLibError vmg_stats_read(VMGuestLibHandle handle, VMSessionId *session,
			       struct vmg_stat_value *values, size_t count);

/** Why a handle could not be opened, or an update failed. */
enum vmg_cause {
	VMG_CAUSE_NONE,	  /* no failure */
	VMG_CAUSE_NOT_VM, /* no VMware host answers the port */
	/* Whether a VMware host answers the port could not be determined: */
	VMG_CAUSE_PROBE_LIMITED,   /* no process or memory for the probe */
	VMG_CAUSE_PROBE_FORBIDDEN, /* seccomp forbids what the probe needs */
	VMG_CAUSE_PROBE_NAMESPACE, /* the process unshared its pid namespace and
				    * has no child there yet: the probe's process
				    * would become the namespace's init */
	VMG_CAUSE_NO_MESSAGES,	   /* the port answers but has no message service:
				    * QEMU's vmport does that */
	VMG_CAUSE_NO_CHANNEL,	   /* no free message channel: a VM has 8, or 128 */
	VMG_CAUSE_CHANNEL_LOST,	   /* the channel was lost twice in one call */
	VMG_CAUSE_TIMEOUT,	   /* the exchange took longer than a second */
	VMG_CAUSE_NO_REPLY,	   /* the host took the request without a reply */
	VMG_CAUSE_UNKNOWN_COMMAND, /* the host has no such service: Workstation,
				    * Player and Fusion say so, and so may a
				    * host where it is disabled */
	VMG_CAUSE_REFUSED,	   /* the host refused, with a reason of its own */
	VMG_CAUSE_DAMAGED,	   /* the reply contradicts itself or its length */
	VMG_CAUSE_NO_MEMORY,	   /* this process could not allocate memory */
	VMG_CAUSE_CHECKPOINT,	   /* a checkpoint interrupts each exchange */
	/* Of extended statistics only: */
	VMG_CAUSE_EMPTY,	   /* the host answers with nothing */
	VMG_CAUSE_CUT,		   /* more, or longer, than this library takes: the
				    * rest is given */
	VMG_CAUSE_SESSION_CHANGED  /* in the middle of the questions, and again
				    * when they were repeated */
};

/** How the last update of a handle ended, or an attempt to open one. */
struct vmg_failure {
	enum vmg_cause cause;
	/* The host's own words with REFUSED and UNKNOWN_COMMAND, cut to fit;
	 * bytes that are not printable ASCII are replaced by '?'. Else empty. */
	char host_said[84];
};

/**
 * VMGuestLib_OpenHandle() that says why it failed: if failure is not NULL,
 * failure->cause is the reason more precisely than the error code. On success
 * it is NONE, and so it is with INVALID_ARG.
 *
 * Errors as VMGuestLib_OpenHandle(). *handle is written on success only.
 */
VMGuestLibError vmg_open(VMGuestLibHandle *handle, struct vmg_failure *failure);

/**
 * Why the last update failed, more precisely than its error code.
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
 * VMGUESTLIB_ERROR_NOT_AVAILABLE   the host did not answer, or with 0, or with
 *                                  more than 64 TiB: QEMU answers in bytes
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
 * Errors and failure as vmg_open(). *handle is written on success only.
 */
VMGuestLibError vmg_thread_handle(VMGuestLibHandle *handle,
				  struct vmg_failure *failure);

/** How a VMware host is reached. */
enum vmg_host_way {
	VMG_HOST_WAY_NONE, /* not at all: there is none, or none was found */
	VMG_HOST_WAY_PORT  /* by the backdoor port */
};

/** What is known about the host, for diagnosis. Members may be appended. */
struct vmg_host_description {
	enum vmg_host_way way;
	/* Of the handle's last update: 2, 3; 0: none yet, or it failed. */
	uint32_t protocol;
	/* What came of asking the port: NONE if it answered. */
	enum vmg_cause port_answer;
	/* What the port says of itself; both 0 if it does not. The version is 6
	 * on all known hosts; the product is 1 Express, 2 ESX, 3 Server,
	 * 4 Workstation, Player or Fusion, 5 ACE; others exist. */
	uint32_t port_version, port_product;
};

/**
 * Describes the host of a handle, or, if handle is NULL, what opening a handle
 * would find now. That no host is found is not an error, but in the
 * description. May take one port operation, and the probe of
 * VMGuestLib_OpenHandle().
 *
 * size is sizeof *description as the caller knows it: members that it does not
 * cover are left out, and what this library does not know is 0.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     description is NULL and size is not 0
 * *description is written on success only.
 */
VMGuestLibError vmg_host_describe(VMGuestLibHandle handle,
				  struct vmg_host_description *description,
				  size_t size);

/** Sets of extended statistics: a mask. */
enum vmg_set {
	VMG_SET_SESSION = 1,   /* age of the session, the host's version */
	VMG_SET_HOST = 2,      /* the host's processors */
	VMG_SET_RESOURCES = 4, /* contention, NUMA, swap of this machine */
	VMG_SET_VSCSI = 8,     /* each virtual disk */
	VMG_SET_VNET = 16      /* each virtual network card */
};

/** One extended statistic. Rows live as long as the library and never change. */
struct vmg_extended_stat {
	uint8_t set;	  /* enum vmg_set */
	uint8_t unit;	  /* enum vmg_unit */
	uint8_t kind;	  /* enum vmg_kind */
	const char *wire; /* the host's name, "vm.cpu.contention.cpu" */
	const char *name; /* area and stem of its metric, "cpu_contention"; NULL
			   * where it has none, since a statistic of
			   * vmg_stat_at() says the same */
	const char *what; /* one sentence */
};

/** The row at a position, by set; NULL past the end. */
const struct vmg_extended_stat *vmg_extended_stat_at(size_t index);

/**
 * Asks the host for extended statistics: sets is one or more of enum vmg_set.
 * They replace those of the handle's last call; vmg_stat_read() and its kin are not
 * concerned. Hosts have them since ESXi 6.0, not Workstation, Player or Fusion;
 * VMware promises no names nor meanings from one release to the next.
 *
 * All that is given is of one session: the host is asked for it before and after
 * the sets, and once more for everything if it changed. One question for each
 * set, disk and network card, two for the session; which disks and cards there
 * are is asked once a session and once a minute. All together may take a second.
 * They go over the channel that updates keep open, or else over one that is
 * closed at the end.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     sets is 0 or has a bit that is no set
 * VMGUESTLIB_ERROR_NOT_AVAILABLE   the host refuses them or answers with nothing
 * VMGUESTLIB_ERROR_MEMORY          this process could not allocate memory
 * VMGUESTLIB_ERROR_OTHER           the exchange failed, a reply was damaged, or
 *                                  the session changed twice
 * On an error there is nothing to read; vmg_extended_failure() says why. On
 * success a set may still be missing or not whole, for a reason that it says too.
 */
VMGuestLibError vmg_extended_update(VMGuestLibHandle handle, unsigned sets);

/** A value of vmg_extended_at(). */
struct vmg_extended_value {
	/* The table's row; NULL: it has none, and set and name tell what it is. */
	const struct vmg_extended_stat *stat;
	VMSessionId session;
	uint64_t update;   /* how many calls of vmg_extended_update() there were:
			    * the same in all values of one */
	uint64_t number;   /* 0 if it is a text or unlimited */
	uint8_t set;	   /* enum vmg_set */
	uint8_t unit;	   /* enum vmg_unit */
	uint8_t kind;	   /* enum vmg_kind */
	uint8_t unlimited; /* 1: a limit that is none */
	char instance[64]; /* of VSCSI and VNET: "scsi0:0", "00:0c:29:32:0a:6a";
			    * else empty */
	char name[128];	   /* as the host calls it */
	char text[128];	   /* if kind is VMG_KIND_TEXT, else empty */
};

/**
 * The value at a position of the handle's last vmg_extended_update(), counted from
 * 0: by set, by instance, in the host's order. size is sizeof *value; a later
 * version may append members, of which an earlier caller gets none. What this
 * library does not know of is 0.
 *
 * A value that cannot be one is left out: negative and not -1 of a limit, beyond
 * 64 bits, no number where the table says that it is one. Instances, names and
 * texts are the host's and may contain any byte but NUL.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     value is NULL or size is 0
 * VMGUESTLIB_ERROR_NO_INFO         no vmg_extended_update() yet, or the last one
 *                                  failed
 * VMGUESTLIB_ERROR_NOT_AVAILABLE   position is past the end
 * *value is written on success only.
 */
VMGuestLibError vmg_extended_at(VMGuestLibHandle handle, size_t position,
				struct vmg_extended_value *value, size_t size);

/**
 * Why the last vmg_extended_update() did not bring all of these sets: of the first
 * that is missing or not whole. The cause is NONE if there is none, or if they were
 * not asked for. DAMAGED: the set contradicts itself and is left out. CUT: more than
 * 128 instances, or 128 values in one, an instance of more than 63 bytes, a name or
 * text of more than 127; that is left out. With VSCSI and VNET it may concern one
 * instance, which is then left out.
 *
 * VMGUESTLIB_ERROR_INVALID_HANDLE  handle is closed or was never opened
 * VMGUESTLIB_ERROR_INVALID_ARG     failure is NULL, or sets has a bit that is no
 *                                  set
 */
VMGuestLibError vmg_extended_failure(VMGuestLibHandle handle, unsigned sets,
				     struct vmg_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
