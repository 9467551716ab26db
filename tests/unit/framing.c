/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "framing.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

static struct frame {
	char reply[40];
	size_t len;
	enum vmg_err err;
} frames[] = {
	{ "1 data", 6, VMG_OK },
	{ "1 ", 2, VMG_OK },
	{ "1 \0\0\0", 5, VMG_OK },
	{ "0 Unknown command", 17, VMG_E_UNKNOWN_COMMAND },
	{ "0 Unknown command\0", 18, VMG_E_UNKNOWN_COMMAND },
	{ "0 Unknown comman", 16, VMG_E_REFUSED },
	{ "0 Unsupported version", 21, VMG_E_REFUSED },
	{ "0 Permission denied", 19, VMG_E_REFUSED },
	{ "0 2:highest", 11, VMG_E_REFUSED },
	{ "0 ", 2, VMG_E_REFUSED },
	{ "", 0, VMG_E_PROTO },
	{ "1", 1, VMG_E_PROTO },
	{ "0", 1, VMG_E_PROTO },
	{ "1data", 5, VMG_E_PROTO },
	{ "2 data", 6, VMG_E_PROTO },
	{ " 1 data", 7, VMG_E_PROTO },
	{ "\0\0data", 6, VMG_E_PROTO },
};

ParameterizedTestParameters(framing, tells_data_from_refusal)
{
	return cr_make_param_array(struct frame, frames, ARRAY_LEN(frames));
}

ParameterizedTest(struct frame *f, framing, tells_data_from_refusal)
{
	struct vmg_answer answer = { 0 };
	uint8_t *exact = malloc(f->len ? f->len : 1);

	memcpy(exact, f->reply, f->len);
	cr_expect(eq(int, vmg_answer_read(exact, f->len, &answer), f->err),
		  "\"%s\"", f->reply);
	if (f->err == VMG_E_PROTO) {
		cr_expect(eq(ptr, (void *)answer.at, NULL));
	} else {
		cr_expect(eq(ptr, (void *)answer.at, exact + 2));
		cr_expect(eq(sz, answer.len, f->len - 2));
	}
	free(exact);
}
