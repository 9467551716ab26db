/* SPDX-License-Identifier: MIT */
#ifndef SIM_BYTES_H
#define SIM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buffer that grows. When memory runs out it sets failed and ignores what
 * is added: whoever uses the result checks it once. All zero is an empty one. */
struct sim_bytes {
	uint8_t *at;
	size_t len, room;
	bool failed;
};

void sim_bytes_release(struct sim_bytes *b);
void sim_bytes_clear(struct sim_bytes *b); /* keeps the memory */

/* Room for len more bytes, uninitialized; NULL when there is none. */
uint8_t *sim_bytes_extend(struct sim_bytes *b, size_t len);

void sim_bytes_add(struct sim_bytes *b, const void *from, size_t len);
void sim_bytes_zero(struct sim_bytes *b, size_t len);
void sim_bytes_be32(struct sim_bytes *b, uint32_t v);
void sim_bytes_be64(struct sim_bytes *b, uint64_t v);
void sim_bytes_le32(struct sim_bytes *b, uint32_t v);
void sim_bytes_le64(struct sim_bytes *b, uint64_t v);
void sim_bytes_text(struct sim_bytes *b, const char *text);
void sim_bytes_format(struct sim_bytes *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
