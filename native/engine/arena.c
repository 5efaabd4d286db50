#include "arena.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "fail.h"

/*
 * Sizes of blocks, with their headers: multiples of 16 up to SMALL, from there
 * on four to each power of two.
 */
#define SMALL 512
#define SMALL_CLASSES (SMALL / 16)
#define CLASSES (SMALL_CLASSES + 4 * (64 - 9))

/* What most boots need at the least: asked for at once, not page by page. */
#define AT_ONCE (448UL << 10)

struct block {
	size_t size; /* with this header */
	struct block *next; /* while it is free; else the content begins here */
};

#define HEADER offsetof(struct block, next)

static char *next, *end;
static struct block *free_blocks[CLASSES];

static _Noreturn void fail(void)
{
	engine_fail("Out of memory");
}

void arena_open(size_t size)
{
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		fail();
	/* Linux before 5.14 does not know it, and does without. */
	madvise(start, AT_ONCE, 23 /* MADV_POPULATE_WRITE */);
	next = start;
	end = next + size;
}

static unsigned top_bit(size_t size)
{
	return 63 - (unsigned)__builtin_clzl(size);
}

/* The size of the block that holds so many bytes. */
static size_t block_size(size_t content)
{
	size_t size = content + HEADER, step = 16;

	if (content > SIZE_MAX / 2)
		fail();
	if (size > SMALL)
		step = (size_t)1 << (top_bit(size - 1) - 2);
	return (size + step - 1) & ~(step - 1);
}

static unsigned class_of(size_t size)
{
	unsigned top;

	if (size <= SMALL)
		return (unsigned)(size / 16) - 1;
	top = top_bit(size);
	return SMALL_CLASSES + 4 * (top - 9) + ((size >> (top - 2)) & 3);
}

static struct block *block_of(const void *content)
{
	return (struct block *)((char *)content - HEADER);
}

static void *allocate(JSMallocState *state, size_t content)
{
	size_t size = block_size(content);
	struct block **list = &free_blocks[class_of(size)];
	struct block *block = *list;

	if (block) {
		*list = block->next;
	} else {
		if (size > (size_t)(end - next))
			fail();
		block = (struct block *)next;
		block->size = size;
		next += size;
	}
	state->malloc_count++;
	state->malloc_size += size;
	return &block->next;
}

static void release(JSMallocState *state, void *content)
{
	struct block *block, **list;

	if (!content)
		return;
	block = block_of(content);
	list = &free_blocks[class_of(block->size)];
	state->malloc_count--;
	state->malloc_size -= block->size;
	block->next = *list;
	*list = block;
}

static void *resize(JSMallocState *state, void *content, size_t wanted)
{
	struct block *block;
	size_t size;
	void *moved;

	if (!content)
		return wanted ? allocate(state, wanted) : NULL;
	if (!wanted) {
		release(state, content);
		return NULL;
	}
	block = block_of(content);
	size = block_size(wanted);
	if (size <= block->size)
		return content;
	/* What grows again and again, such as a text, is mostly the last. */
	if ((char *)block + block->size == next &&
	    size - block->size <= (size_t)(end - next)) {
		next += size - block->size;
		state->malloc_size += size - block->size;
		block->size = size;
		return content;
	}
	moved = allocate(state, wanted);
	memcpy(moved, content, block->size - HEADER);
	release(state, content);
	return moved;
}

static size_t usable_size(const void *content)
{
	return content ? block_of(content)->size - HEADER : 0;
}

const JSMallocFunctions arena_functions = {
	.js_malloc = allocate,
	.js_free = release,
	.js_realloc = resize,
	.js_malloc_usable_size = usable_size,
};
