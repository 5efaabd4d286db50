/*
 * The layout of the image, `krun-init`: the native program first, then, at a
 * fixed offset, a table of contents, then the files that it names.
 *
 *   0                    the native program (a static ELF file), zero-padded
 *   IMAGE_TABLE_OFFSET   struct image_table
 *   IMAGE_ALIGNMENT * n  each file, at a multiple of the largest page size
 *
 * tools/image.ts writes it; both sides are held together by its tests. All
 * numbers are little-endian.
 */
#ifndef KRUN_IMAGE_H
#define KRUN_IMAGE_H

#include <stdint.h>

#define IMAGE_MAGIC 0x31474d494e55524bULL /* "KRUNIMG1" */
#define IMAGE_TABLE_OFFSET 32768
#define IMAGE_TABLE_SIZE 4096
#define IMAGE_ALIGNMENT 65536
#define IMAGE_FILES 16
#define IMAGE_WORDS 2048
#define IMAGE_WORD_COUNT 48 /* argv or environment; both fit into elf.c */
#define IMAGE_CHUNK 32768 /* of the runtime, for each bit of `hot` */
#define IMAGE_HOT_SIZE 512

enum image_role {
	IMAGE_RUNTIME = 1,     /* the program that runs the pipeline: mapped */
	IMAGE_INTERPRETER = 2, /* its dynamic loader, if it has one: mapped */
	IMAGE_LIBRARY = 3,     /* a shared library of it: copied out */
	IMAGE_FILE = 4,        /* another file that it opens by name: copied out */
	IMAGE_TOOL = 5,        /* the same, but a boot has no use for it */
	IMAGE_BOOT = 6,        /* the same, but only a boot has */
};

struct image_file {
	char name[48]; /* NUL-terminated, without a slash */
	uint64_t offset;
	uint64_t size;
	uint32_t role;
	uint32_t reserved;
};

/*
 * The runtime as it is in the image has been relocated for one address, and its
 * dynamic section leaves out the relocations that this has done: the loader
 * need not do 150,000 of them, nor have as many pages of its own. All zero: it
 * has not. Addresses without the base.
 */
struct image_prelink {
	uint64_t base;
	uint64_t relocations; /* address of the Elf64_Rela that were done */
	uint64_t count;
};

struct image_table {
	uint64_t magic;
	uint32_t files;
	uint32_t arguments;   /* how many of the words are arguments */
	uint32_t environment; /* how many words after those are environment */
	uint32_t reserved;
	struct image_file file[IMAGE_FILES];
	/*
	 * The runtime's argv and environment, NUL-terminated one after the
	 * other. A word "@NAME" stands for the path of the copied-out file
	 * NAME, or for nothing where it was not copied; "@NAME:WORD" stands
	 * for WORD, and is left out where NAME was not copied; "@" alone
	 * stands for the path of the start record, "#" for its descriptor,
	 * which a runtime without files has.
	 */
	char words[IMAGE_WORDS];
	/*
	 * The chunks of the runtime that a boot needs, a bit each, the lowest
	 * bit of the first byte first. All clear: that is not known.
	 */
	uint8_t hot[IMAGE_HOT_SIZE];
	struct image_prelink prelink;
};

_Static_assert(sizeof(struct image_table) <= IMAGE_TABLE_SIZE,
	       "the table of contents has outgrown its place");

#endif
