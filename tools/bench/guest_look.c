/*
 * A look at the guest from its workload: how much of the image is in the page
 * cache at the start, and, the given number of seconds later, how much memory
 * is free and how much the other processes have. One line of JSON:
 * {"cached":4096,"free":4096,"processes":[{"name":"krun-init","pss":4096}]},
 * all in bytes. `cached` is -1 where PID 1 has no image open. With the word
 * `pages`, before it the line `pages 80…`: the pages in the cache, four of them
 * a hexadecimal digit, the first its highest bit.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IMAGE "/init.krun"
#define KILOBYTE 1024L

static void print_pages(const unsigned char *resident, long pages)
{
	printf("pages ");
	for (long n = 0; n < pages; n += 4) {
		int digit = 0;

		for (long m = n; m < n + 4; m++)
			digit = digit << 1 | (m < pages && resident[m] & 1);
		printf("%x", digit);
	}
	printf("\n");
}

/* The bytes of an open file that are in the page cache (mincore(2)). */
static long cached_bytes(int fd, int print)
{
	long page = sysconf(_SC_PAGESIZE), pages, cached = 0;
	unsigned char *resident;
	struct stat file;
	void *map;

	if (fstat(fd, &file) < 0)
		err(1, "Cannot look at " IMAGE);
	pages = (file.st_size + page - 1) / page;
	resident = malloc((size_t)pages);
	map = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (!resident || map == MAP_FAILED ||
	    mincore(map, (size_t)file.st_size, resident) < 0)
		err(1, "Cannot look at the page cache");
	for (long n = 0; n < pages; n++)
		cached += resident[n] & 1;
	if (print)
		print_pages(resident, pages);
	return cached * page;
}

/*
 * By PID 1's own descriptor: to open the file anew would have FUSE drop what
 * is cached of it.
 */
static long cached_of_image(int print)
{
	int init = (int)syscall(SYS_pidfd_open, 1, 0);
	DIR *descriptors = opendir("/proc/1/fd");
	struct dirent *entry;
	long cached = -1;

	while (descriptors && cached < 0 && (entry = readdir(descriptors))) {
		char target[sizeof IMAGE];
		ssize_t size = readlinkat(dirfd(descriptors), entry->d_name,
					  target, sizeof target);
		int image;

		if (size < (ssize_t)sizeof IMAGE - 1 ||
		    memcmp(target, IMAGE, sizeof IMAGE - 1))
			continue;
		image = (int)syscall(SYS_pidfd_getfd, init,
				     atoi(entry->d_name), 0);
		/* PID 1 closes it at about this time. */
		if (image >= 0)
			cached = cached_bytes(image, print);
	}
	return cached;
}

/* The number behind `name` in a file of such lines, in bytes. */
static long find_kilobytes(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	char line[256];
	long value = 0;

	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, name, strlen(name)))
			value = atol(line + strlen(name)) * KILOBYTE;
	if (file)
		fclose(file);
	return value;
}

static void read_name(long pid, char *name, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof path, "/proc/%ld/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(name, (int)size, file))
		snprintf(name, size, "?");
	name[strcspn(name, "\n")] = 0;
	if (file)
		fclose(file);
}

/* All processes but this one; those of the kernel have no memory. */
static void print_processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	const char *separator = "";

	while (proc && (entry = readdir(proc))) {
		long pid = atol(entry->d_name), pss;
		char path[64], name[32];

		if (pid <= 0 || pid == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
		pss = find_kilobytes(path, "Pss:");
		if (!pss)
			continue;
		read_name(pid, name, sizeof name);
		printf("%s{\"name\":\"%s\",\"pss\":%ld}", separator, name, pss);
		separator = ",";
	}
}

int main(int argc, char **argv)
{
	long cached;

	if (argc < 2)
		errx(1, "usage: guest_look SECONDS [pages]");
	cached = cached_of_image(argc > 2 && !strcmp(argv[2], "pages"));
	sleep((unsigned)atoi(argv[1]));
	printf("{\"cached\":%ld,\"free\":%ld,\"processes\":[", cached,
	       find_kilobytes("/proc/meminfo", "MemFree:"));
	print_processes();
	printf("]}\n");
	return 0;
}
