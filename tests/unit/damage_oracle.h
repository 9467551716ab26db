/* SPDX-License-Identifier: MIT */
/* What the bytes of a reply say, found out a second time: from the description of
 * the wire alone, by offsets, and with nothing of the decoder under test. */
#ifndef DAMAGE_ORACLE_H
#define DAMAGE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_LAST 38

struct oracle_cell {
	bool sent, valid;
	uint64_t number;
	size_t text, text_len; /* where in the body, and how long */
};

struct oracle {
	uint64_t session;
	struct oracle_cell cell[ORACLE_LAST + 1];
};

/* 'u' 32 bits, 'U' 64, 's' text; 0 for other ids. */
char oracle_kind(uint32_t id);

/* False: the body contradicts itself. */
bool oracle_reads(const uint8_t *body, size_t len, unsigned version,
		  struct oracle *said);

#endif
