/* Memory that is given back as a whole. */
#ifndef KRUN_CONFIG_POOL_H
#define KRUN_CONFIG_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool_block;

/* Begins as all zeroes. */
struct pool {
	struct pool_block *blocks;
	/* An allocation has failed, now or before. */
	bool exhausted;
};

/* Memory for anything, or NULL, which the pool remembers. */
void *pool_take(struct pool *pool, size_t size);

/* A copy with a NUL after it, or NULL. */
char *pool_copy(struct pool *pool, const void *bytes, size_t size);

/*
 * Room for one more item of `size` bytes after `count` of them: the same
 * memory or a bigger one, or NULL. Doubles, so that n calls cost O(n).
 */
void *pool_grow(struct pool *pool, void *items, size_t count, size_t size);

void pool_free(struct pool *pool);

#endif
