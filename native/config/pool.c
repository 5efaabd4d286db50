#include "pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pool_block {
	struct pool_block *next;
	max_align_t bytes[];
};

void *pool_take(struct pool *pool, size_t size)
{
	struct pool_block *block = NULL;

	if (size <= PTRDIFF_MAX - sizeof *block)
		block = malloc(sizeof *block + size);
	if (!block) {
		pool->exhausted = true;
		return NULL;
	}
	block->next = pool->blocks;
	pool->blocks = block;
	return block->bytes;
}

char *pool_copy(struct pool *pool, const void *bytes, size_t size)
{
	char *copy = size < SIZE_MAX ? pool_take(pool, size + 1) : NULL;

	if (!copy) {
		pool->exhausted = true;
		return NULL;
	}
	if (size)
		memcpy(copy, bytes, size);
	copy[size] = '\0';
	return copy;
}

void *pool_grow(struct pool *pool, void *items, size_t count, size_t size)
{
	void *bigger;

	/* Full only at a power of two. */
	if (count & (count - 1))
		return items;
	if (count > PTRDIFF_MAX / 2 / size) {
		pool->exhausted = true;
		return NULL;
	}
	bigger = pool_take(pool, (count ? 2 * count : 1) * size);
	if (bigger && count)
		memcpy(bigger, items, count * size);
	return bigger;
}

void pool_free(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *next = pool->blocks->next;

		free(pool->blocks);
		pool->blocks = next;
	}
}
