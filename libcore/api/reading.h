/* SPDX-License-Identifier: MIT */
/* One reading of the extended statistics: several questions on one channel, of
 * one session. */
#ifndef VMG_READING_H
#define VMG_READING_H

#include "extended.h"
#include "rpc.h"
#include "stats.h"

/* A value of a reading; texts are offsets into the reading's bytes. */
struct vmg_extended_item {
	uint64_t number;
	struct vmg_text instance;
	struct vmg_text name; /* where the table has no row */
	struct vmg_text text;
	uint8_t set, row, state;
};

struct vmg_extended_snapshot {
	uint64_t session; /* 0: no snapshot */
	uint64_t update;
	struct vmg_extended_item *items;
	size_t count, items_size;
	uint8_t *bytes;
	size_t len, bytes_size;
	struct vmg_failure failures[VMG_EXTENDED_SETS];
};

struct vmg_instances {
	uint32_t count;
	bool cut;
	char name[VMG_EXTENDED_INSTANCES_MAX][VMG_EXTENDED_INSTANCE_MAX + 1];
};

/* All zero is new. It belongs to a slot: now is read under its lock, the rest is
 * of the thread that asks. */
struct vmg_extended {
	struct vmg_extended_snapshot now;

	struct vmg_extended_snapshot next;
	uint64_t session; /* of the last reading; 0: none */
	uint64_t listed;  /* the session in which instances were listed ... */
	uint64_t listed_ms; /* ... and when */
	struct vmg_instances instances[VMG_EXTENDED_SETS];
	struct vmg_buffer reply;
	struct vmg_answer answer;	    /* in reply */
	struct vmg_extended_reply decoded;  /* what answer says */
	struct vmg_extended_list list;
	enum vmg_err err; /* the first of any set in this reading */
};

/* Asks for sets, a mask of enum vmg_set, into next. Whatever it returns, next says
 * for each set whether it is whole. */
enum vmg_err vmg_extended_ask(struct vmg_extended *x, struct vmg_rpc *rpc,
			      unsigned sets);

/* Makes next visible; the slot's lock is held. */
void vmg_extended_publish(struct vmg_extended *x);

/* In the child of a fork() that came in the middle of vmg_extended_ask(): what
 * was half changed is abandoned. */
void vmg_extended_abandon(struct vmg_extended *x);

/* Frees it. NULL is allowed. */
void vmg_extended_release(struct vmg_extended *x);

#endif
