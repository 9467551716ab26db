/* SPDX-License-Identifier: MIT */
/* Readings as lines of JSON, one object each: schema, version, host, time,
 * session, BIOS UUID and version of the host where it gives them, up, cause, vCPUs,
 * memory, raw numbers by metric (in the unit that the host sends) and instance,
 * the guest's own numbers, and what is absent with its state. */
#ifndef VMG_STAT_RECORDING_H
#define VMG_STAT_RECORDING_H

#include "moments.h"
#include "page.h"

#define RECORDING_SCHEMA 1

/* One line. host is the name of this machine. */
void recording_line(struct page *page, const char *host,
		    const struct vmg_sample *sample,
		    const struct vmg_moment *moment);

/* What a recording has besides its readings. */
struct recording {
	char host[256];	      /* the name of the last line; empty: none */
	char uuid[128];	      /* the BIOS UUID, likewise */
	enum vmg_cause cause; /* why the last line has no statistics */
	/* What was not read. */
	size_t damaged; /* damaged lines, such as a cut one */
	size_t newer;	/* of a newer schema */
};

/* Adds the readings of a file, or of the files of a folder that record_run()
 * wrote, by time. False, and errno: cannot be read, or no memory. */
bool recording_load(const char *path, struct moments *moments,
		    struct recording *recording);

#endif
