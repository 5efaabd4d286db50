#include "elf.h"

#define ELF_MAGIC 0x464c457fU
#define ELF_CLASS_64 2
#define ET_EXEC 2
#define ET_DYN 3
#define PT_LOAD 1
#define PF_EXECUTE 1
#define PF_WRITE 2
#define PF_READ 4

#define MAP_POPULATE 0x8000
#define MAP_FIXED_NOREPLACE 0x100000
#define MADV_RANDOM 1

#define MAX_SEGMENTS 16
#define MAX_WORDS 128 /* argv and envp together */
#define MAX_AUXILIARY 48

enum {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_ENTRY = 9,
	AT_EXECFN = 31,
};

struct elf_header {
	uint32_t magic;
	uint8_t class, rest_of_identity[11];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments_offset, sections_offset;
	uint32_t flags;
	uint16_t size, segment_size, segment_count;
	uint16_t section_size, section_count, names_index;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_size, memory_size, alignment;
};

/* Elf64_Rela. */
struct relocation {
	uint64_t offset, info, addend;
};

/* 4, 16 or 64 KB on aarch64, as its kernel was built. */
static unsigned long page;

static unsigned long page_floor(unsigned long address)
{
	return address & ~(page - 1);
}

static unsigned long page_ceiling(unsigned long address)
{
	return page_floor(address + page - 1);
}

void learn_page_size(const unsigned long *auxv)
{
	for (; auxv[0] != AT_NULL; auxv += 2)
		if (auxv[0] == AT_PAGESZ)
			page = auxv[1];
}

static int protection(const struct segment *s)
{
	return (s->flags & PF_READ ? PROT_READ : 0) |
	       (s->flags & PF_WRITE ? PROT_WRITE : 0) |
	       (s->flags & PF_EXECUTE ? PROT_EXEC : 0);
}

static long map_segment(int fd, uint64_t offset, unsigned long base,
			bool exactly, bool relocated, const struct segment *s)
{
	unsigned long start = page_floor(base + s->address);
	unsigned long lead = base + s->address - start;
	unsigned long file_end = base + s->address + s->file_size;
	unsigned long memory_end = base + s->address + s->memory_size;
	/* Relocation writes to nearly all of it: one call instead of 700 page
	   faults. */
	int populate = s->flags & PF_WRITE && !relocated ? MAP_POPULATE : 0;
	long result;

	if (s->file_size) {
		/* EINVAL where the file was linked for smaller pages. */
		result = sys_mmap(start, file_end - start, protection(s),
				  MAP_PRIVATE | MAP_FIXED | populate, fd,
				  offset + s->offset - lead);
		if (result < 0)
			return result;
		if (exactly)
			CALL(madvise, start, file_end - start, MADV_RANDOM, 0,
			     0, 0);
	}
	if (s->memory_size <= s->file_size)
		return 0;
	/*
	 * As the kernel does, the WHOLE tail of the last page of the file is
	 * zeroed, not only up to the end of the bss: the loader's first
	 * malloc takes what follows its bss in that page and relies on zeros.
	 */
	if (s->file_size && (s->flags & PF_WRITE))
		for (char *at = (char *)file_end;
		     at < (char *)page_ceiling(file_end); at++)
			*at = 0;
	start = s->file_size ? page_ceiling(file_end) : start;
	if (page_ceiling(memory_end) <= start)
		return 0;
	result = sys_mmap(start, page_ceiling(memory_end) - start,
			  protection(s),
			  MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
	return result < 0 ? result : 0;
}

/*
 * Reserves `size` bytes for a whole program, so that no other mapping gets in
 * between its segments: at `wanted`, if that is not 0 and free (old kernels
 * take it for a mere hint, ENOMEM is beyond what the processor addresses).
 */
static long reserve(unsigned long wanted, size_t size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	long result = -EINVAL;

	if (wanted)
		result = sys_mmap(wanted, size, PROT_NONE,
				  flags | MAP_FIXED_NOREPLACE, -1, 0);
	return result > 0 ? result : sys_mmap(0, size, PROT_NONE, flags, -1, 0);
}

/* The relocations R_*_RELATIVE, whose type was checked by the build. */
static void relocate(unsigned long base, const struct image_prelink *prelink)
{
	const struct relocation *at =
		(const void *)(base + prelink->relocations);

	for (uint64_t n = 0; n < prelink->count; n++)
		*(uint64_t *)(base + at[n].offset) = base + at[n].addend;
}

/* The same for one that can be nowhere else. */
static long reserve_exactly(unsigned long at, size_t size)
{
	long result = sys_mmap(at, size, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				       MAP_FIXED_NOREPLACE,
			       -1, 0);

	return result < 0 || (unsigned long)result == at ? result : -EEXIST;
}

long map_program(int fd, uint64_t offset, bool exactly,
		 const struct image_prelink *prelink,
		 struct program *program)
{
	struct elf_header header;
	struct segment segments[MAX_SEGMENTS];
	unsigned long low = ~0UL, high = 0, base;
	unsigned long wanted = prelink ? prelink->base : 0;
	bool relocated;
	long result = sys_pread(fd, &header, sizeof header, offset);
	size_t size;

	if (result < 0)
		return result;
	if (result != sizeof header || header.magic != ELF_MAGIC ||
	    header.class != ELF_CLASS_64 ||
	    (header.type != ET_DYN && header.type != ET_EXEC) ||
	    header.machine != ARCH_ELF_MACHINE ||
	    header.segment_size != sizeof *segments ||
	    header.segment_count > MAX_SEGMENTS)
		return -EINVAL;
	size = header.segment_count * sizeof *segments;
	result = sys_pread(fd, segments, size, offset + header.segments_offset);
	if (result < 0)
		return result;
	if ((size_t)result != size)
		return -EINVAL;

	for (int n = 0; n < header.segment_count; n++) {
		const struct segment *s = &segments[n];

		if (s->type != PT_LOAD)
			continue;
		if (page_floor(s->address) < low)
			low = page_floor(s->address);
		if (page_ceiling(s->address + s->memory_size) > high)
			high = page_ceiling(s->address + s->memory_size);
	}
	if (low >= high)
		return -EINVAL;
	result = header.type == ET_EXEC ?
			 reserve_exactly(low, high - low) :
			 reserve(wanted ? wanted + low : 0, high - low);
	if (result < 0)
		return result;
	base = (unsigned long)result - low;
	relocated = header.type == ET_EXEC || (wanted && base == wanted);
	for (int n = 0; n < header.segment_count; n++) {
		const struct segment *s = &segments[n];

		if (s->type != PT_LOAD)
			continue;
		result = map_segment(fd, offset, base, exactly, relocated, s);
		if (result < 0)
			return result;
		if (s->offset <= header.segments_offset &&
		    header.segments_offset < s->offset + s->file_size)
			program->headers = base + s->address - s->offset +
					   header.segments_offset;
	}
	if (wanted && !relocated)
		relocate(base, prelink);
	program->base = base;
	program->entry = base + header.entry;
	program->header_count = header.segment_count;
	return 0;
}

_Noreturn void run_program(const struct program *program,
			   const struct program *interpreter,
			   char *const *argv, char *const *envp,
			   const unsigned long *auxv)
{
	/* argc, argv, NULL, envp, NULL, auxv, as the kernel lays them out. */
	_Alignas(16) unsigned long
		stack[1 + MAX_WORDS + 2 + 2 * MAX_AUXILIARY];
	unsigned long *at = stack + 1;

	while (*argv)
		*at++ = (unsigned long)*argv++;
	stack[0] = (unsigned long)(at - stack - 1);
	*at++ = 0;
	while (*envp)
		*at++ = (unsigned long)*envp++;
	*at++ = 0;
	for (int n = 0; n < MAX_AUXILIARY - 1 && auxv[0] != AT_NULL;
	     n++, auxv += 2) {
		unsigned long value = auxv[1];

		switch (auxv[0]) {
		case AT_PHDR:
			value = program->headers;
			break;
		case AT_PHNUM:
			value = program->header_count;
			break;
		case AT_BASE:
			value = interpreter ? interpreter->base : 0;
			break;
		case AT_ENTRY:
			value = program->entry;
			break;
		case AT_EXECFN:
			value = stack[1];
			break;
		}
		*at++ = auxv[0];
		*at++ = value;
	}
	*at++ = AT_NULL;
	*at = 0;
	enter_program(interpreter ? interpreter->entry : program->entry, stack);
}
