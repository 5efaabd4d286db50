/* A text that grows. */
#ifndef KRUN_CONFIG_TEXT_H
#define KRUN_CONFIG_TEXT_H

#include "krun_init_config.h"
#include "pool.h"

/* Begins as all zeroes but the pool, which remembers that memory ran out. */
struct text {
	struct pool *pool;
	char *bytes;
	size_t size, room;
};

void append(struct text *text, const char *word);
void append_bytes(struct text *text, const char *bytes, size_t size);
void append_number(struct text *text, uint64_t number);

/* The text with a NUL after it; without data where memory ran out. */
KrunStr finish(struct text *text);

#endif
