/* SPDX-License-Identifier: MIT */
/* A diagnosis as text or JSON. */
#ifndef VMG_STAT_EXPLANATION_H
#define VMG_STAT_EXPLANATION_H

#include "accepted.h"
#include "page.h"

struct explanation {
	const char *host;
	const char *uuid; /* of the VM's BIOS; empty: not known */
	const struct vmg_diagnosis *diagnosis;
	const struct accepted *accepted;
	const struct vmg_failure *failure; /* of the last reading */
	bool utc;
};

void explanation_text(struct page *page, const struct explanation *e);
void explanation_json(struct page *page, const struct explanation *e);

/* "26 Nov 2026 14:05:10"; the zone is UTC or the local one. */
#define TIME_SIZE 40
void time_text(uint64_t time_ns, bool utc, const char *format,
	       char text[TIME_SIZE]);

#endif
