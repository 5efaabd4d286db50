/*
 * A userland exec: programs mapped straight out of the image, demand-paged
 * and never copied, and entered as the kernel would (elf(5), getauxval(3)).
 */
#ifndef KRUN_ELF_H
#define KRUN_ELF_H

#include "image.h"
#include "system.h"

struct program {
	unsigned long base, entry, headers, header_count;
};

/* Learns the size of a page from the kernel's vector, before any mapping. */
void learn_page_size(const unsigned long *auxv);

/*
 * Maps the ELF file that lies in `fd` at `offset` (a multiple of the page
 * size). With `exactly`, what is not in the page cache is read page by page as
 * it is touched, without what lies around it. One that was linked for an
 * address gets it, or -EEXIST. One that is position-independent, but was
 * relocated beforehand, gets the address that it was relocated for; where
 * something else is, it gets another one and is relocated again. `prelink` may
 * be NULL. 0, or a -errno: -EINVAL where it is no such file.
 */
long map_program(int fd, uint64_t offset, bool exactly,
		 const struct image_prelink *prelink,
		 struct program *program);

/*
 * Leaves this program for `program`, by way of its dynamic loader, which is
 * NULL where it needs none. `auxv` is the kernel's own vector, of which only
 * the program's part changes.
 */
_Noreturn void run_program(const struct program *program,
			   const struct program *interpreter,
			   char *const *argv, char *const *envp,
			   const unsigned long *auxv);

#endif
