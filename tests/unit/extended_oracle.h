/* SPDX-License-Identifier: MIT */
/* What a text reply to guestlib.stat.get says, found out a second time: from the
 * description of the encoding alone, with NUL-terminated strings and the C
 * library, and with nothing of the decoder under test. */
#ifndef EXTENDED_ORACLE_H
#define EXTENDED_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_LINES 128

struct oracle_line {
	char name[128], value[128];
	char state; /* 'n'umber, 'u'nlimited, 't'ext, '-' no value */
	uint64_t number;
};

struct oracle_set {
	size_t count;
	bool cut;
	uint64_t session;
	struct oracle_line line[ORACLE_LINES];
};

struct oracle_list {
	size_t count;
	bool cut;
	char name[ORACLE_LINES][64];
};

/* False: the reply contradicts itself. The set is its word on the wire. */
bool oracle_set_reads(const uint8_t *bytes, size_t len, const char *set,
		      struct oracle_set *said);
bool oracle_list_reads(const uint8_t *bytes, size_t len, const char *set,
		       struct oracle_list *said);

#endif
