/*
 * What a freestanding program needs: types, the few constants of the kernel's
 * interface that we use, system calls by name, strings, and messages that
 * name program, verb, object and errno.
 */
#ifndef KRUN_SYSTEM_H
#define KRUN_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"

#define ENOENT 2
#define EPERM 1
#define EINTR 4
#define EBADF 9
#define ECHILD 10
#define EAGAIN 11
#define EACCES 13
#define EEXIST 17
#define ENOTDIR 20
#define EINVAL 22
#define ENAMETOOLONG 36
#define ENOSYS 38

#define AT_FDCWD (-100)
#define AT_EMPTY_PATH 0x1000

#define O_RDONLY 0
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000

#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_DUPFD_CLOEXEC 1030

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_NORESERVE 0x4000

/* reboot(2). */
#define REBOOT_MAGIC1 0xfee1deadU
#define REBOOT_MAGIC2 672274793

struct limit {
	uint64_t soft, hard;
};

struct timespec {
	int64_t seconds, nanoseconds;
};

/* The layout of the kernel's siginfo_t as far as we look (sigaction(2)). */
struct signal_information {
	int32_t number, error, code, reserved;
	int32_t pid; /* who sent it, where a process did */
	uint32_t uid;
	int32_t rest[26];
};

/* preadv2(2). */
struct iovec {
	void *start;
	uint64_t size;
};

/* statfs(2), both architectures: f_type is the first word. */
struct file_system {
	uint64_t type;
	uint64_t rest[14];
};

/* sysinfo(2): struct sysinfo. */
struct system_info {
	long uptime;
	unsigned long loads[3], total_ram, others[5];
	unsigned short processes;
	unsigned long total_high, free_high;
	unsigned int unit; /* of all amounts of memory, in bytes */
};

/* ---- system calls; all return what the kernel returns: -errno on failure */

#define CALL(number, a, b, c, d, e, f)                                      \
	system_call(SYS_##number, (long)(a), (long)(b), (long)(c), (long)(d), \
		    (long)(e), (long)(f))

static inline long sys_open_at(int dir, const char *path, int flags, int mode)
{
	return CALL(openat, dir, path, flags, mode, 0, 0);
}

static inline long sys_close(int fd)
{
	return CALL(close, fd, 0, 0, 0, 0, 0);
}

static inline long sys_pread(int fd, void *to, size_t size, uint64_t offset)
{
	return CALL(pread64, fd, to, size, offset, 0, 0);
}

static inline long sys_write(int fd, const void *from, size_t size)
{
	return CALL(write, fd, from, size, 0, 0, 0);
}

static inline long sys_fcntl(int fd, int command, long value)
{
	return CALL(fcntl, fd, command, value, 0, 0, 0);
}

static inline long sys_ioctl(int fd, unsigned long request, long value)
{
	return CALL(ioctl, fd, request, value, 0, 0, 0);
}

static inline long sys_mmap(unsigned long at, size_t size, int protection,
			    int flags, int fd, uint64_t offset)
{
	return CALL(mmap, at, size, protection, flags, fd, offset);
}

static inline long sys_munmap(unsigned long at, size_t size)
{
	return CALL(munmap, at, size, 0, 0, 0, 0);
}

static inline long sys_memfd_create(const char *name, unsigned flags)
{
	return CALL(memfd_create, name, flags, 0, 0, 0, 0);
}

static inline long sys_wait4(int pid, int *status, int options)
{
	return CALL(wait4, pid, status, options, 0, 0, 0);
}

static inline long sys_prctl(int option, long value)
{
	return CALL(prctl, option, value, 0, 0, 0, 0);
}

static inline long sys_execve_at(int dir, const char *path, char *const *argv,
				 char *const *envp, int flags)
{
	return CALL(execveat, dir, path, argv, envp, flags, 0);
}

static inline int sys_getpid(void)
{
	return (int)CALL(getpid, 0, 0, 0, 0, 0, 0);
}

/* Of a stack for this program; a path or a message are the most of it. */
#define STACK_SIZE 32768

#define CLONE_VM 0x100
#define CLONE_FILES 0x400
#define CLONE_VFORK 0x4000

/*
 * A new process; flags as for clone(2), SIGCHLD among them. 0 in the child,
 * which with CLONE_VM must leave the caller's variables alone.
 */
static inline long sys_clone(unsigned long flags)
{
	return CALL(clone, flags, 0, 0, 0, 0, 0);
}

static inline _Noreturn void sys_exit(int status)
{
	for (;;)
		CALL(exit_group, status, 0, 0, 0, 0, 0);
}

/* ---- strings */

size_t length(const char *text);
bool equal(const char *a, const char *b);
/* Where the rest of `text` begins behind `prefix`, or NULL. */
const char *after(const char *text, const char *prefix);
/* Writes the strings up to NULL one after the other, as far as there is room. */
void join(char *to, size_t size, const char *const *parts);

/* The number in decimal, written to the end of `buffer`; its first digit. */
#define DECIMAL_SIZE 21
char *decimal(char buffer[DECIMAL_SIZE], uint64_t value);

/* ---- messages */

/* Writes the strings up to NULL as one line on standard error. */
void say(const char *first, ...);
/* The same on a descriptor; returns what write(2) does. */
long say_to(int fd, const char *first, ...);
/* "krun-init: STAGE: VERB OBJECT: ERRNO"; `result` is a -errno. */
void complain(const char *stage, const char *verb, const char *object,
	      long result);
/* errno's name ("ENOENT"), or its number in decimal. */
const char *error_name(long error);

/* ---- time */

/* A deadline that never comes. */
#define NEVER UINT64_MAX

/* Nanoseconds of CLOCK_BOOTTIME (clock_gettime(2)). */
uint64_t boot_time(void);
/* The boot_time() that lies that many milliseconds ahead. */
uint64_t milliseconds_from_now(uint64_t milliseconds);
/* From now to that boot_time(); nothing where it has passed. */
struct timespec time_until(uint64_t deadline);
/* Does nothing for some milliseconds (clock_nanosleep(2)). */
void pause_for(uint64_t milliseconds);

#endif
