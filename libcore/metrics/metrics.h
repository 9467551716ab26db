/* SPDX-License-Identifier: MIT */
/* What plugin and programs publish, and how they read it.
 *
 * A row is one published value; metrics.def has them all. A sampler reads the
 * host and gives one sample: a reading for each selected row. What a row is
 * called and how its unit is spelt is the output format's affair; the names
 * that several formats share are made here. */
#ifndef VMG_METRICS_H
#define VMG_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats.h"

/* Which row: a position in the table, and in vmg_sample.readings. */
enum vmg_row {
#define VMG_METRIC(row, ...) VMG_ROW_##row,
#include "metrics.def"
#undef VMG_METRIC
	VMG_ROW_COUNT
};

enum vmg_area {
	VMG_AREA_CPU,
	VMG_AREA_MEMORY,
	VMG_AREA_HOST,	  /* the host as a whole, not this virtual machine */
	VMG_AREA_SESSION, /* the stay on this host, and the reading itself */
};

/* What a reading is counted in. A format has one rule for each. */
enum vmg_metric_unit {
	VMG_METRIC_MHZ,	    /* 10^6 Hz */
	VMG_METRIC_MB,	    /* 2^20 bytes */
	VMG_METRIC_MS,	    /* a counter of milliseconds */
	VMG_METRIC_COUNT,   /* an amount of things */
	VMG_METRIC_SHARE,   /* of a whole: 1 is all of it */
	VMG_METRIC_RATIO,   /* of something that can be exceeded */
	VMG_METRIC_FLAG,    /* 0 or 1 */
	VMG_METRIC_SECONDS, /* a duration */
	VMG_METRIC_AGE,	    /* seconds since something began */
	VMG_METRIC_EVENTS,  /* a counter of events */
	VMG_METRIC_TEXT,
};

/* What a reading is held in. A row never changes it. */
enum vmg_number {
	VMG_NUMBER_WHOLE,
	VMG_NUMBER_REAL,
	VMG_NUMBER_TEXT,
};

enum vmg_source {
	VMG_SOURCE_WIRE,     /* a statistic of the host */
	VMG_SOURCE_RESTATED, /* a statistic of the host in another form */
	VMG_SOURCE_DERIVED,  /* computed from several; derive.h */
	VMG_SOURCE_SELF,     /* about the reading; cannot be deselected */
};

struct vmg_metric {
	const char *stem; /* "used" */
	const char *what; /* one sentence */
	/* Names that differ by format: NULL is not offered there, "" is by
	 * rule. The rules: collectd's type instance is AREA_STEM; Influx's
	 * field is the stem, Prometheus's name vmguest_AREA_STEM, both with the
	 * unit behind it. */
	const char *collectd, *influx, *prometheus;
	uint8_t area;	/* enum vmg_area */
	uint8_t unit;	/* enum vmg_metric_unit */
	uint8_t kind;	/* enum vmg_kind */
	uint8_t number; /* enum vmg_number */
	uint8_t source; /* enum vmg_source */
	/* Wire ids for WIRE and RESTATED: the second where the first has no
	 * value. 0: none. */
	uint8_t ids[2];
};

/* The row at a position; NULL past the end. Rows never change. */
const struct vmg_metric *vmg_metric_at(size_t row);

/* "cpu", "memory", "host", "session". */
const char *vmg_area_name(enum vmg_area area);

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

/* "vmguest_cpu_used_seconds_total". A text has its value in a label named after
 * the stem. False, and an empty name, if not offered there. */
bool vmg_metric_prometheus(const struct vmg_metric *metric,
			   char name[VMG_NAME_SIZE]);

struct vmg_marks {
	bool row[VMG_ROW_COUNT];
	size_t count;
};

/* Marks what name stands for: an area ("cpu", "memory", "host") with all its
 * rows, or every row with this AREA_STEM. False, and nothing marked, if it
 * stands for nothing or for what cannot be selected (area session). */
bool vmg_marks_add(struct vmg_marks *marks, const char *name);

/* Every name that vmg_marks_add() takes, the areas first, by position; false
 * past the end. */
bool vmg_marks_name(size_t index, char name[VMG_NAME_SIZE]);

struct vmg_selection {
	struct vmg_marks only;	  /* these; all, if none is marked */
	struct vmg_marks without; /* but not these */
	bool no_derived;
	bool no_host; /* ids 21..30; the speed of the host's processors stays */
	bool resource_pool; /* the text is left out unless asked for */
};

bool vmg_selection_has(const struct vmg_selection *selection, enum vmg_row row);

/* True of ids 21..30: statistics of the whole host, which a virtual machine's
 * configuration shows or hides as one. */
bool vmg_row_is_host_info(enum vmg_row row);

/* Present is false where the host gave no value, where a derived value lacks
 * what it needs, and where the row is not selected: nothing is published. */
struct vmg_reading {
	bool present;
	union {
		uint64_t whole;
		double real;
		const char *text; /* lives as long as the sample's texts */
	};
};

/* Its number in the row's unit, whatever it is held in; 0 for a text. */
double vmg_reading_number(const struct vmg_metric *metric,
			  const struct vmg_reading *reading);

/* A session id as it is written everywhere: "0x0123456789abcdef". */
#define VMG_SESSION_SIZE 19
void vmg_session_text(uint64_t session, char text[VMG_SESSION_SIZE]);

struct vmg_sample {
	/* While up is false only UP, SESSION_CHANGES, CHANNEL_REOPENS and READ
	 * are present. Texts live until the sampler's next read or close. */
	struct vmg_reading readings[VMG_ROW_COUNT];
	bool up;
	/* True in one sample per change, also when no read succeeded between
	 * the last one of the old session and the first one of the new. */
	bool session_changed;
	uint64_t session; /* 0 while down */
	/* The session that the log is now told to be over; 0: none is. It is
	 * the one before this, said when it changed; of a host that changes it
	 * all the time the log is told less. What goes to people goes by it. */
	uint64_t told_session;
	/* The pool's path, selected or not; NULL if the host gave none. Control
	 * characters and what is not UTF-8 are replaced by '?'. */
	const char *resource_pool;
};

enum vmg_say {
	VMG_SAY_ERROR,
	VMG_SAY_WARNING,
	VMG_SAY_INFO,
	VMG_SAY_DEBUG,
};

/* Takes one line for the log, without name, level or newline. May not call the
 * sampler. */
typedef void vmg_say_fn(void *ctx, enum vmg_say level, const char *text);

/* No line given to a vmg_say_fn is longer, with its NUL: collectd cuts at 1024
 * with the plugin's name. */
#define VMG_SAY_SIZE 1000

/* How often one thing may change and be said each time, and how many reads give
 * one more. A machine that is moved, disabled and enabled all day long stays
 * below; a host that says yes and no by turns would fill the log. */
#define VMG_SAY_CREDIT 10
#define VMG_SAY_PACE 60

struct vmg_sampler_options {
	struct vmg_selection selection;
	unsigned vcpus; /* 0: the online ones, counted at each read */
	/* True: each read uses the calling thread's handle, for daemons whose
	 * reads move between threads. False: one of the sampler's own. */
	bool thread_handles;
	bool once; /* there is one read only: none is promised for later */
	vmg_say_fn *say;
	void *say_ctx;
};

/* Reads one virtual machine's statistics again and again, and remembers what
 * that takes: the previous read, the session, what was already said, and when
 * to ask a host again that said no. */
struct vmg_sampler;

/* The host is not asked yet. NULL: no memory. The options are copied. */
struct vmg_sampler *vmg_sampler_open(const struct vmg_sampler_options *options);

/* Fills the sample whole. Blocks as long as the host does, a second at the
 * most. From any thread, but not from two at once. What is worth a line in the
 * log is said once per change:
 * - why there are no statistics, and that they are back;
 * - a new session, with the old and the new id;
 * - which selected statistics have no value, one line per reason;
 * - where the configured memory is known from;
 * and each of these, should a host change it all the time, VMG_SAY_CREDIT times
 * at first, then once in VMG_SAY_PACE reads: what is true then. At a read every
 * ten seconds that is about 150 times a day at most for any of them. Which
 * selected values cannot be computed, for want of a statistic that is not
 * selected, is said once.
 * After a refusal that will last (no VMware host, no such service, disabled)
 * the host is asked again after 6 reads, then after 12, 24 and 48 more, and
 * from then on every 60; after any other failure at the next. */
void vmg_sampler_read(struct vmg_sampler *sampler, struct vmg_sample *sample);

/* NULL is fine. */
void vmg_sampler_close(struct vmg_sampler *sampler);

#endif
