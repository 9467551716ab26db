/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fault.h"

void sim_fault_arm(const struct sim_fault *f, struct sim_armed *a, double now)
{
	a->on = true;
	a->until = now + f->lasts;
	a->skip = f->after;
	a->left = f->count;
}

bool sim_fault_strikes(struct sim_armed *a, double now)
{
	if (!a->on)
		return false;
	if (now >= a->until) {
		a->on = false;
		return false;
	}
	if (a->skip > 0) {
		a->skip--;
		return false;
	}
	a->left--;
	a->on = a->left > 0;
	return true;
}

/* Of the two bytes in front of every reply. */
#define STATUS_LEN 2

/* Replaces len bytes at offset, which are there. */
static void bytes_replace(struct sim_bytes *reply, size_t offset, size_t len,
			  const char *by)
{
	struct sim_bytes next = { 0 };

	sim_bytes_add(&next, reply->at, offset);
	sim_bytes_text(&next, by);
	sim_bytes_add(&next, reply->at + offset + len,
		      reply->len - offset - len);
	next.failed |= reply->failed;
	sim_bytes_release(reply);
	*reply = next;
}

/* Offset of the first of these bytes from start on, or the length. */
static size_t byte_find(const struct sim_bytes *reply, size_t start,
			const char *bytes)
{
	size_t i = start;

	while (i < reply->len &&
	       (!reply->at[i] || !strchr(bytes, reply->at[i])))
		i++;
	return i < reply->len ? i : reply->len;
}

static void crlf_make(struct sim_bytes *reply)
{
	struct sim_bytes next = { 0 };

	for (size_t i = 0; i < reply->len; i++) {
		if (reply->at[i] == '\n')
			sim_bytes_text(&next, "\r");
		sim_bytes_add(&next, &reply->at[i], 1);
	}
	next.failed |= reply->failed;
	sim_bytes_release(reply);
	*reply = next;
}

/* The first value gets more digits than 64 bits have room for. */
static void number_enlarge(struct sim_bytes *reply)
{
	size_t line = byte_find(reply, STATUS_LEN, "=");
	size_t digit = byte_find(reply, line, "0123456789");
	size_t end = digit;

	while (end < reply->len && strchr("0123456789", reply->at[end]))
		end++;
	bytes_replace(reply, digit, end - digit, "18446744073709551616");
}

static void line_repeat(struct sim_bytes *reply)
{
	size_t end = byte_find(reply, STATUS_LEN, "\n");
	struct sim_bytes line = { 0 };

	if (end == reply->len)
		return;
	sim_bytes_add(&line, reply->at + STATUS_LEN, end + 1 - STATUS_LEN);
	sim_bytes_add(reply, line.at, line.len);
	reply->failed |= line.failed;
	sim_bytes_release(&line);
}

static void text_damage(const struct sim_fault *f, struct sim_bytes *reply)
{
	size_t equals = byte_find(reply, STATUS_LEN, "=");

	if (reply->len < STATUS_LEN)
		return;
	switch (f->how) {
	case SIM_TEXT_NUL:
		if (f->offset < reply->len)
			reply->at[f->offset] = '\0';
		break;
	case SIM_TEXT_TWICE:
		line_repeat(reply);
		break;
	case SIM_TEXT_NO_EQUALS:
		if (equals < reply->len)
			bytes_replace(reply, equals, 1, "");
		break;
	case SIM_TEXT_CRLF:
		crlf_make(reply);
		break;
	case SIM_TEXT_HUGE:
		number_enlarge(reply);
		break;
	default:
		bytes_replace(reply, STATUS_LEN, reply->len - STATUS_LEN,
			      f->text);
		break;
	}
}

void sim_damage_bytes(const struct sim_fault *f, struct sim_bytes *reply)
{
	switch (f->how) {
	case SIM_TRUNCATE:
		if (f->bytes < reply->len)
			reply->len = (size_t)f->bytes;
		break;
	case SIM_ENLARGE:
		sim_bytes_zero(reply, (size_t)f->bytes);
		break;
	case SIM_FLIP:
		if (f->offset < reply->len)
			reply->at[f->offset] ^= (uint8_t)f->mask;
		break;
	case SIM_REFUSAL:
		sim_bytes_clear(reply);
		sim_bytes_format(reply, "0 %s", f->text);
		break;
	default:
		if (f->how >= SIM_TEXT_NUL)
			text_damage(f, reply);
		break;
	}
}
