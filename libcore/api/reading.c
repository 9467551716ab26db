/* SPDX-License-Identifier: MIT */
/* The session is asked for first and last: text replies do not name theirs, so
 * this is how a reading is known to be of one session. */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "error.h"
#include "reading.h"

static const struct {
	const char *word;
	bool instances;
} sets[VMG_EXTENDED_SETS] = {
#define VMG_EXTENDED_SET(set, w, i) { .word = w, .instances = i },
#define VMG_EXTENDED(set, wire, name, unit, kind, what)
#include "extended.def"
#undef VMG_EXTENDED
#undef VMG_EXTENDED_SET
};

static bool mask_has(unsigned mask, enum vmg_extended_set set)
{
	return mask >> set & 1;
}

/* The first failure of a set is the one that is shown. */
static void failure_note(struct vmg_extended *x, enum vmg_extended_set set,
			 enum vmg_err err)
{
	struct vmg_failure *failure = &x->next.failures[set];

	if (failure->cause == VMG_CAUSE_NONE)
		vmg_failure_set(failure, err, &x->answer);
	if (!x->err)
		x->err = err;
}

/* Makes room in an array, whose content stays; NULL: no memory. */
static void *room_make(void *data, size_t *size, size_t need)
{
	size_t more = *size ? *size : 1024;
	void *grown;

	if (need <= *size)
		return data;
	while (more < need)
		more *= 2;
	grown = realloc(data, more);
	if (grown)
		*size = more;
	return grown;
}

/* Copies a text into next. Its bounds are checked where it was read. */
static enum vmg_err text_keep(struct vmg_extended_snapshot *s,
			      const uint8_t *bytes, struct vmg_text from,
			      struct vmg_text *to)
{
	uint8_t *grown;

	*to = (struct vmg_text){ 0 };
	if (from.len == 0)
		return VMG_OK;
	grown = room_make(s->bytes, &s->bytes_size, s->len + from.len);
	if (!grown)
		return VMG_E_NOMEM;
	s->bytes = grown;
	memcpy(s->bytes + s->len, bytes + from.at, from.len);
	*to = (struct vmg_text){ .at = (uint32_t)s->len, .len = from.len };
	s->len += from.len;
	return VMG_OK;
}

static enum vmg_err line_keep(struct vmg_extended_snapshot *s,
			      const uint8_t *bytes,
			      const struct vmg_extended_line *line,
			      enum vmg_extended_set set,
			      struct vmg_text instance)
{
	struct vmg_extended_item item = {
		.number = line->number,
		.instance = instance,
		.set = (uint8_t)set,
		.row = (uint8_t)line->row,
		.state = (uint8_t)line->state,
	};
	struct vmg_extended_item *grown;
	enum vmg_err err = VMG_OK;

	if (line->state == VMG_EXTENDED_NONE)
		return VMG_OK;
	if (line->row == VMG_EXTENDED_ROWS)
		err = text_keep(s, bytes, line->name, &item.name);
	if (!err && line->state == VMG_EXTENDED_TEXT)
		err = text_keep(s, bytes, line->value, &item.text);
	grown = err ? NULL
		    : room_make(s->items, &s->items_size,
				(s->count + 1) * sizeof item);
	if (!grown)
		return VMG_E_NOMEM; /* which is all that text_keep() knows */
	s->items = grown;
	s->items[s->count++] = item;
	return VMG_OK;
}

/* The lines of the last reply. */
static enum vmg_err reply_keep(struct vmg_extended *x,
			       enum vmg_extended_set set, const char *name)
{
	struct vmg_text instance = { .len = (uint32_t)strlen(name) };
	enum vmg_err err =
		text_keep(&x->next, (const uint8_t *)name, instance, &instance);

	if (x->decoded.cut)
		failure_note(x, set, VMG_E_CUT);
	for (uint32_t i = 0; i < x->decoded.count && !err; i++)
		err = line_keep(&x->next, x->answer.at, &x->decoded.line[i],
				set, instance);
	return err;
}

struct question {
	struct vmg_extended *x;
	enum vmg_extended_set set;
};

static enum vmg_err set_use(void *context, const struct vmg_answer *answer)
{
	const struct question *q = context;
	struct vmg_extended_reply *decoded = &q->x->decoded;
	enum vmg_err err;

	if (answer->len == 0)
		return VMG_E_EMPTY;
	err = vmg_extended_decode(answer->at, answer->len, q->set, decoded);
	if (!err && q->set == VMG_EXTENDED_SESSION && decoded->session == 0)
		err = VMG_E_PROTO;
	return err;
}

static void instances_keep(struct vmg_instances *instances,
			   const struct vmg_extended_list *list,
			   const uint8_t *bytes)
{
	instances->cut = list->cut;
	instances->count = list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		memcpy(instances->name[i], bytes + list->name[i].at,
		       list->name[i].len);
		instances->name[i][list->name[i].len] = '\0';
	}
}

static enum vmg_err list_use(void *context, const struct vmg_answer *answer)
{
	struct vmg_extended *x = ((struct question *)context)->x;
	enum vmg_extended_set set;
	enum vmg_err err;

	if (answer->len == 0)
		return VMG_E_EMPTY;
	for (set = 0; set < VMG_EXTENDED_SETS; set++) {
		err = vmg_extended_list_decode(answer->at, answer->len, set,
					       &x->list);
		if (err)
			return err;
		instances_keep(&x->instances[set], &x->list, answer->at);
	}
	return VMG_OK;
}

static size_t words_add(char *request, size_t len, const char *words)
{
	for (; *words; words++)
		request[len++] = *words;
	return len;
}

static enum vmg_err question_ask(struct vmg_rpc *rpc, struct question *question,
				 enum vmg_err (*use)(void *,
						     const struct vmg_answer *),
				 const char *word, const char *instance)
{
	char text[64 + VMG_EXTENDED_INSTANCE_MAX];
	size_t len = words_add(text, 0, "guestlib.stat.get text ");
	struct vmg_request request = { .text = text,
				       .use = use,
				       .context = question };

	len = words_add(text, len, word);
	if (*instance)
		len = words_add(text, len, " ");
	request.len = words_add(text, len, instance);
	return vmg_rpc_call(rpc, &request, &question->x->reply,
			    &question->x->answer);
}

static enum vmg_err set_ask(struct vmg_extended *x, struct vmg_rpc *rpc,
			    enum vmg_extended_set set, const char *instance)
{
	struct question question = { .x = x, .set = set };

	return question_ask(rpc, &question, set_use, sets[set].word, instance);
}

/* What concerns one set; the next may do better. Everything else ends the
 * reading. */
static bool is_of_set(enum vmg_err err)
{
	return err == VMG_E_REFUSED || err == VMG_E_UNKNOWN_COMMAND ||
	       err == VMG_E_EMPTY || err == VMG_E_PROTO;
}

/* A disk or a NIC that is gone is refused, or has nothing to say: the others are
 * given, and the next reading lists what there is. */
static enum vmg_err instance_read(struct vmg_extended *x, struct vmg_rpc *rpc,
				  enum vmg_extended_set set, const char *name)
{
	enum vmg_err err = set_ask(x, rpc, set, name);

	if (!err)
		return reply_keep(x, set, name);
	if (!is_of_set(err))
		return err;
	failure_note(x, set, err);
	x->listed = 0;
	return VMG_OK;
}

static enum vmg_err set_read(struct vmg_extended *x, struct vmg_rpc *rpc,
			     enum vmg_extended_set set)
{
	const struct vmg_instances *instances = &x->instances[set];
	enum vmg_err err = VMG_OK;

	if (!sets[set].instances)
		return instance_read(x, rpc, set, "");
	if (instances->cut)
		failure_note(x, set, VMG_E_CUT);
	for (uint32_t i = 0; i < instances->count && !err; i++)
		err = instance_read(x, rpc, set, instances->name[i]);
	return err;
}

static bool list_is_fresh(const struct vmg_extended *x, uint64_t session)
{
	return x->listed == session &&
	       vmg_clock_ms() - x->listed_ms < VMG_LIST_KEEP_MS;
}

/* Lists the instances, if any are asked for and the list is not fresh. */
static enum vmg_err list_read(struct vmg_extended *x, struct vmg_rpc *rpc,
			      unsigned mask, uint64_t session)
{
	struct question question = { .x = x };
	unsigned listed = 0;
	enum vmg_extended_set set;
	enum vmg_err err;

	for (set = 0; set < VMG_EXTENDED_SETS; set++)
		if (sets[set].instances && mask_has(mask, set))
			listed |= 1u << set;
	if (!listed || list_is_fresh(x, session))
		return VMG_OK;
	memset(x->instances, 0, sizeof x->instances);
	x->listed = 0;
	err = question_ask(rpc, &question, list_use, "", "");
	if (err) {
		memset(x->instances, 0, sizeof x->instances);
		for (set = 0; set < VMG_EXTENDED_SETS && is_of_set(err); set++)
			if (mask_has(listed, set))
				failure_note(x, set, err);
		return is_of_set(err) ? VMG_OK : err;
	}
	x->listed = session;
	x->listed_ms = vmg_clock_ms();
	return VMG_OK;
}

/* Everything between two readings of the session. What the session's own values
 * are compared with, the resources, comes last. */
static enum vmg_err sets_read(struct vmg_extended *x, struct vmg_rpc *rpc,
			      unsigned mask, uint64_t session)
{
	static const enum vmg_extended_set order[] = { VMG_EXTENDED_HOST,
						       VMG_EXTENDED_VSCSI,
						       VMG_EXTENDED_VNET,
						       VMG_EXTENDED_RESOURCES };
	enum vmg_err err = list_read(x, rpc, mask, session);

	for (size_t i = 0; i < sizeof order / sizeof order[0] && !err; i++)
		if (mask_has(mask, order[i]))
			err = set_read(x, rpc, order[i]);
	return err;
}

static void snapshot_clear(struct vmg_extended_snapshot *s)
{
	s->session = 0;
	s->count = 0;
	s->len = 0;
	memset(s->failures, 0, sizeof s->failures);
}

static void round_begin(struct vmg_extended *x)
{
	snapshot_clear(&x->next);
	x->err = VMG_OK;
}

/* All of it once, and once more if the session changed meanwhile. On VMG_OK the
 * last reply is the session's. */
static enum vmg_err session_read(struct vmg_extended *x, struct vmg_rpc *rpc,
				 unsigned mask)
{
	uint64_t session;
	enum vmg_err err = set_ask(x, rpc, VMG_EXTENDED_SESSION, "");

	for (int round = 0; round < 2 && !err; round++) {
		session = x->decoded.session;
		round_begin(x);
		err = sets_read(x, rpc, mask, session);
		if (!err)
			err = set_ask(x, rpc, VMG_EXTENDED_SESSION, "");
		if (!err && x->decoded.session == session)
			return VMG_OK;
	}
	return err ? err : VMG_E_SESSION_CHANGED;
}

/* Every set that was asked for failed for the same reason. */
static void reading_fail(struct vmg_extended *x, unsigned mask,
			 enum vmg_err err)
{
	snapshot_clear(&x->next);
	for (enum vmg_extended_set set = 0; set < VMG_EXTENDED_SETS; set++)
		if (mask_has(mask, set))
			failure_note(x, set, err);
}

static void snapshot_release(struct vmg_extended_snapshot *s)
{
	free(s->items);
	free(s->bytes);
	*s = (struct vmg_extended_snapshot){ 0 };
}

/* The session of the last reply, which is another host's perhaps. */
static void session_note(struct vmg_extended *x, struct vmg_rpc *rpc)
{
	if (x->session != 0 && x->decoded.session != x->session)
		vmg_rpc_new_session(rpc);
	x->session = x->decoded.session;
}

/* What an unusual reading needed is not kept for the next. */
static void buffers_shrink(struct vmg_extended *x)
{
	if (x->next.items_size > VMG_REPLY_KEEP ||
	    x->next.bytes_size > VMG_REPLY_KEEP)
		snapshot_release(&x->next);
	if (x->reply.room > VMG_REPLY_KEEP)
		vmg_buffer_release(&x->reply);
}

enum vmg_err vmg_extended_ask(struct vmg_extended *x, struct vmg_rpc *rpc,
			      unsigned mask)
{
	enum vmg_err err;

	vmg_rpc_begin_beside(rpc);
	x->answer = (struct vmg_answer){ 0 };
	buffers_shrink(x);
	round_begin(x);

	err = session_read(x, rpc, mask);
	if (!err && mask_has(mask, VMG_EXTENDED_SESSION))
		err = reply_keep(x, VMG_EXTENDED_SESSION, "");
	if (!err)
		session_note(x, rpc);
	vmg_rpc_end(rpc);
	if (err)
		reading_fail(x, mask, err);
	else if (x->next.count == 0 && x->err)
		err = x->err; /* nothing but failures, each of its own */
	else
		x->next.session = x->session;
	return err;
}

void vmg_extended_publish(struct vmg_extended *x)
{
	struct vmg_extended_snapshot now = x->next;

	now.update = x->now.update + 1;
	x->next = x->now;
	x->now = now;
}

void vmg_extended_abandon(struct vmg_extended *x)
{
	x->next = (struct vmg_extended_snapshot){ 0 };
	x->reply = (struct vmg_buffer){ 0 };
	x->listed = 0;
}

void vmg_extended_release(struct vmg_extended *x)
{
	if (!x)
		return;
	snapshot_release(&x->now);
	snapshot_release(&x->next);
	vmg_buffer_release(&x->reply);
	free(x);
}
