/* SPDX-License-Identifier: MIT */
/* What plugin and programs publish, and how they read it.
 *
 * A metric is one row of metrics.def. A sampler reads the host and gives one
 * sample: a list of points, each the value of one metric. How a name and a unit
 * are spelt is the output format's affair; the names that several formats share
 * are made here. */
#ifndef VMG_METRICS_H
#define VMG_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats.h"

/* VSCSI and VNET have an instance for each disk and each network card. */
enum vmg_area {
	VMG_AREA_CPU,
	VMG_AREA_MEMORY,
	VMG_AREA_HOST, /* the host as a whole, not this virtual machine */
	VMG_AREA_VSCSI,
	VMG_AREA_VNET,
	VMG_AREA_SESSION, /* the stay on this host, and the reading itself */
	VMG_AREA_COUNT
};

enum vmg_metric_unit {
#define VMG_UNIT_ROW(unit, kind, number) VMG_METRIC_##unit,
#include "units.def"
#undef VMG_UNIT_ROW
	VMG_METRIC_UNIT_COUNT
};

/* What a value is held in. */
enum vmg_number {
	VMG_NUMBER_WHOLE,
	VMG_NUMBER_REAL,
	VMG_NUMBER_TEXT,
};

enum vmg_source {
	VMG_SOURCE_WIRE,     /* a statistic of the host */
	VMG_SOURCE_RESTATED, /* a statistic of the host in another form */
	VMG_SOURCE_EXTENDED, /* an extended statistic of the host */
	VMG_SOURCE_DERIVED,  /* computed from several; derive.h */
	VMG_SOURCE_GUEST,    /* about an instance; goes with it */
	VMG_SOURCE_SELF,     /* about the reading; cannot be deselected */
};

struct vmg_metric {
	const char *stem; /* "used" */
	const char *what; /* one sentence */
	/* Names that differ by format: NULL is not offered there, "" is by
	 * rule. The rules: collectd's type instance is AREA_STEM, and STEM
	 * alone where the plugin instance says the area; Influx's field is the
	 * stem, Prometheus's name vmguest_AREA_STEM, both with the unit behind
	 * it. Prometheus's may end in the label of a text, in braces. */
	const char *collectd, *influx, *prometheus;
	uint8_t area;	/* enum vmg_area */
	uint8_t unit;	/* enum vmg_metric_unit */
	uint8_t source; /* enum vmg_source */
	/* enum vmg_set: where it is asked for, or what it is computed from;
	 * 0: of no extended statistics. */
	uint8_t set;
	/* Wire ids for WIRE and RESTATED: the second where the first has no
	 * value. 0: none. */
	uint8_t ids[2];
};

/* The row at a position; NULL past the end. Rows never change. */
const struct vmg_metric *vmg_metric_at(size_t row);

/* Both follow from the unit alone. */
enum vmg_kind vmg_metric_kind(const struct vmg_metric *metric);
enum vmg_number vmg_metric_number(const struct vmg_metric *metric);

/* "cpu", "memory", "host", "vscsi", "vnet", "session". */
const char *vmg_area_name(enum vmg_area area);

/* The key under which formats with tags name an instance of the area: "disk",
 * "nic"; NULL: the area has none. */
const char *vmg_area_instance_key(enum vmg_area area);

/* Room for every name that the functions below make, with its NUL. */
#define VMG_NAME_SIZE 64

/* AREA_STEM, as options name it: "cpu_used". Rows that show one statistic in
 * several forms have the same. */
void vmg_metric_name(const struct vmg_metric *metric, char name[VMG_NAME_SIZE]);

/* The measurement and the field of Influx lines, JSON and Graphite:
 * "vmguest_cpu", "used_ms". False, and an empty field, if not offered there. */
void vmg_metric_measurement(const struct vmg_metric *metric,
			    char name[VMG_NAME_SIZE]);
bool vmg_metric_field(const struct vmg_metric *metric,
		      char name[VMG_NAME_SIZE]);

/* A set of rows. All zero is the empty one. */
#define VMG_ROWS_MAX 256
struct vmg_rows {
	uint64_t bits[VMG_ROWS_MAX / 64];
};

bool vmg_rows_has(const struct vmg_rows *rows, const struct vmg_metric *metric);

/* False if the metric was in the set already. */
bool vmg_rows_add(struct vmg_rows *rows, const struct vmg_metric *metric);

size_t vmg_rows_count(const struct vmg_rows *rows);

/* The longest instance, with its NUL: a disk's or a network card's name. */
#define VMG_INSTANCE_SIZE 64

/* What options name: rows, and single disks and network cards. All zero is
 * nothing. */
#define VMG_CHOICE_INSTANCES 64
struct vmg_choice {
	struct vmg_rows rows;
	struct vmg_chosen_instance {
		uint8_t area; /* enum vmg_area */
		char name[VMG_INSTANCE_SIZE];
	} instances[VMG_CHOICE_INSTANCES];
	size_t instance_count;
	unsigned sets; /* those which a name is only of */
};

/* Adds what name stands for: an area ("cpu", "memory", "host", "vscsi", "vnet")
 * with all its rows, every row with this AREA_STEM, or AREA/INSTANCE
 * ("vscsi/scsi0:0", "vnet/00:0c:29:32:0a:6a", of the latter in upper or lower
 * case). False, and nothing added, if it stands for nothing, for what cannot be
 * selected (area session), or for more instances than there is room for. */
bool vmg_choice_add(struct vmg_choice *choice, const char *name);

/* Every name that vmg_choice_add() takes, but those of instances, the areas first,
 * by position; false past the end. */
bool vmg_choice_name(size_t index, char name[VMG_NAME_SIZE]);

struct vmg_selection {
	struct vmg_choice only;	   /* these; all, if it is empty */
	struct vmg_choice without; /* but not these */
	unsigned extended; /* enum vmg_set; SESSION: version and UUID, too */
	bool no_derived;
	bool no_host; /* ids 21..30; the speed of the host's processors stays */
	bool resource_pool; /* the text is left out unless asked for */
};

/* Sets that are named in the selection, by a name that is of them alone, and not
 * asked for in extended. */
unsigned vmg_selection_lacks(const struct vmg_selection *selection);

/* Adds what options name: a set, all or none of them. False, and nothing added,
 * if it is something else. */
#define VMG_SETS_ACCEPTED "none, session, host, resources, vscsi, vnet, all"
bool vmg_sets_add(unsigned *sets, const char *name);

/* The names of sets, with a separator of one or two characters. */
#define VMG_SETS_SIZE 48
void vmg_sets_text(unsigned sets, const char *separator,
		   char text[VMG_SETS_SIZE]);

/* Held in what vmg_metric_number() says. */
union vmg_value {
	uint64_t whole;
	double real;
	const char *text;
};

struct vmg_point {
	const struct vmg_metric *metric;
	const char *instance; /* "" where the area has none */
	union vmg_value value;
};

/* Its number in the metric's unit, whatever it is held in; 0 for a text. */
double vmg_point_number(const struct vmg_point *point);

/* A selected statistic of the host that has no value. */
struct vmg_absence {
	const struct vmg_metric *metric;
	enum vmg_state state; /* NOT_SENT or NOT_VALID */
};

/* A session id as it is written everywhere: "0x0123456789abcdef". */
#define VMG_SESSION_SIZE 19
void vmg_session_text(uint64_t session, char text[VMG_SESSION_SIZE]);

struct vmg_sample {
	uint64_t time_ns; /* when it was read, since 1970 */
	bool up;
	struct vmg_failure failure; /* why, while up is false */
	uint64_t session;	    /* 0 while down */
	/* What shares were calculated with; 0: not known, or not needed. */
	uint64_t vcpus, memory_mb;

	/* By area, instance and row; what has no value, or is not selected, is
	 * not there. While up is false: version, cause, up, changes,
	 * channel_reopens, read. */
	const struct vmg_point *points;
	size_t point_count;
	const struct vmg_absence *absences;
	size_t absence_count;

	/* True in one sample per change, also when no read succeeded between
	 * the last one of the old session and the first one of the new. */
	bool session_changed;
	/* The session of which this read logged that it is over; 0: of none. It
	 * is the one before this, logged when it changed; of a host that changes
	 * it all the time less is logged. Notifications go by it. */
	uint64_t logged_session;
	/* The pool's path, selected or not; NULL if the host gave none. Control
	 * characters and what is not UTF-8 are replaced by '?'. */
	const char *resource_pool;
	/* The hypervisor and this machine's UUID, cleaned likewise; NULL unless
	 * the set session is selected. */
	const char *host_version, *uuid;
	/* The sets of extended statistics that the host answered, enum vmg_set, and
	 * the session's age at that moment; 0: not known. */
	unsigned extended;
	uint64_t extended_us;
};

enum vmg_log_level {
	VMG_LOG_ERROR,
	VMG_LOG_WARNING,
	VMG_LOG_INFO,
	VMG_LOG_DEBUG,
};

/* Takes one line for the log, without name, level or newline. May not call the
 * sampler. */
typedef void vmg_log_fn(void *ctx, enum vmg_log_level level, const char *text);

/* No line given to a vmg_log_fn is longer, with its NUL: collectd cuts at 1024
 * with the plugin's name. */
#define VMG_LOG_SIZE 1000

/* How many changes of one thing are logged at once, and how many reads give one
 * more. A machine that is moved, disabled and enabled all day long stays below;
 * a host that answers and refuses by turns would fill the log. */
#define VMG_LOG_CREDIT 10
#define VMG_LOG_PACE 60

/* How many extended statistics without a row are logged. */
#define VMG_UNKNOWN_NAMES 16

struct vmg_sampler_options {
	struct vmg_selection selection;
	unsigned vcpus; /* 0: the online ones, counted at each read */
	/* True: each read uses the calling thread's handle, for daemons whose
	 * reads move between threads. False: one of the sampler's own. */
	bool thread_handles;
	bool once; /* there is one read only: no retry is announced */
	vmg_log_fn *log;
	void *log_ctx;
};

/* Reads one virtual machine's statistics again and again, and keeps what that
 * takes: the previous read, the session, what was logged, and when to retry a
 * host that refused. */
struct vmg_sampler;

/* The host is not asked yet. NULL: no memory. The options are copied. */
struct vmg_sampler *vmg_sampler_open(const struct vmg_sampler_options *options);

/* Fills the sample whole; what it points to lives until the sampler's next read
 * or close. Blocks as long as the host does, a second at the most, and one more
 * where extended statistics are selected. From any thread, but not from two at
 * once. What is worth a line in the log is logged once per change:
 * - why there are no statistics, and that they are back;
 * - a new session, with the old and the new id;
 * - which selected statistics have no value, one line per reason;
 * - where the configured memory is known from, and that vCPUs cannot be
 *   counted;
 * - which sets of extended statistics are missing or not whole, and why;
 * and each of these, should a host change it all the time, VMG_LOG_CREDIT times
 * at first, then once in VMG_LOG_PACE reads: what is true then. At a read every
 * ten seconds that is about 150 times a day at most for any of them. Which
 * selected values cannot be computed, for want of a statistic that is not
 * selected, is logged once, and so is each extended statistic that has no row
 * (the first VMG_UNKNOWN_NAMES of them).
 * After a refusal that will last (no VMware host, no such service, disabled)
 * the host is asked again after 6 reads, then after 12, 24 and 48 more, and
 * from then on every 60; after any other failure at the next. So it is with each
 * set of extended statistics. They are asked for after the others, where those
 * were given; values of another session are dropped. */
void vmg_sampler_read(struct vmg_sampler *sampler, struct vmg_sample *sample);

/* NULL is fine. */
void vmg_sampler_close(struct vmg_sampler *sampler);

#endif
