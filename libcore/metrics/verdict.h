/* SPDX-License-Identifier: MIT */
/* Findings in words. Pure. */
#ifndef VMG_VERDICT_H
#define VMG_VERDICT_H

#include "diagnose.h"

#define VMG_WORDS_SIZE 512

/* Whole sentences; "" where there is nothing to say. */
struct vmg_words {
	char brief[72];		       /* no sentence: for one line */
	char headline[VMG_WORDS_SIZE]; /* what it is, with its number */
	char numbers[VMG_WORDS_SIZE];  /* how often, since when, how bad */
	char excluded[VMG_WORDS_SIZE]; /* what it is not */
	char certain[VMG_WORDS_SIZE];
	char likely[VMG_WORDS_SIZE]; /* and what would look the same */
	char verify[VMG_WORDS_SIZE];
	char ask[VMG_WORDS_SIZE]; /* whom, for what */
};

void vmg_finding_words(const struct vmg_window *window,
		       const struct vmg_finding *finding,
		       struct vmg_words *words);

/* "warning". */
const char *vmg_severity_name(enum vmg_severity severity);

/* "%", "MiB/s". */
const char *vmg_finding_unit_name(enum vmg_finding_unit unit);

/* "3d 4h 12m". */
#define VMG_AGE_SIZE 24
void vmg_age_text(double seconds, char text[VMG_AGE_SIZE]);

#endif
