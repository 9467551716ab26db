/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One input. Whatever it is, it returns 0; what must not be ends in CLAIM(), or is
 * a sanitizer's finding. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLAIM(claim)                                                           \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,       \
				__LINE__, #claim);                             \
			abort();                                               \
		}                                                              \
	} while (0)

/* Takes an input apart, front to back; past its end there are zeros. */
struct feed {
	const uint8_t *at;
	size_t left;
};

static inline uint32_t feed_number(struct feed *f, int bytes)
{
	uint32_t number = 0;

	for (int i = 0; i < bytes && f->left > 0; i++, f->left--)
		number |= (uint32_t)*f->at++ << 8 * i;
	return number;
}

static inline void feed_bytes(struct feed *f, uint8_t *to, size_t len)
{
	size_t n = len < f->left ? len : f->left;

	memcpy(to, f->at, n);
	memset(to + n, 0, len - n);
	f->at += n;
	f->left -= n;
}

/* A copy with a NUL behind, in a block of just that size. */
static inline char *text_copy(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
