#include "system.h"

#include "message.h"

#include <stdarg.h>

/* GCC may call these four for plain C, also in a freestanding program. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	char *t = to;
	const char *f = from;

	while (size--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	char *t = to;
	const char *f = from;

	if (t <= f)
		return memcpy(to, from, size);
	while (size--)
		t[size] = f[size];
	return to;
}

void *memset(void *to, int value, size_t size)
{
	char *t = to;

	while (size--)
		*t++ = (char)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (; size--; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

bool equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

const char *after(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return NULL;
	return text;
}

void join(char *to, size_t size, const char *const *parts)
{
	size_t used = 0;

	for (; *parts; parts++)
		for (const char *c = *parts; *c && used < size - 1; c++)
			to[used++] = *c;
	to[used] = 0;
}

char *decimal(char buffer[DECIMAL_SIZE], uint64_t value)
{
	char *at = buffer + DECIMAL_SIZE - 1;

	*at = 0;
	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	return at;
}

static long write_line(int fd, const char *first, va_list rest)
{
	char line[1024];
	size_t used = 0;

	for (const char *part = first; part; part = va_arg(rest, const char *))
		while (*part && used < sizeof line - 1)
			line[used++] = *part++;
	line[used++] = '\n';
	return write_in_time(fd, line, used);
}

void say(const char *first, ...)
{
	va_list rest;

	va_start(rest, first);
	write_line(2, first, rest);
	va_end(rest);
}

long say_to(int fd, const char *first, ...)
{
	va_list rest;
	long result;

	va_start(rest, first);
	result = write_line(fd, first, rest);
	va_end(rest);
	return result;
}

void complain(const char *stage, const char *verb, const char *object,
	      long result)
{
	say("krun-init: ", stage, ": ", verb, " ", object, ": ",
	    error_name(-result), NULL);
}

/* errno-base.h and errno.h of the kernel, up to its first gap. */
static const char names[] =
	"EPERM\0" "ENOENT\0" "ESRCH\0" "EINTR\0" "EIO\0" "ENXIO\0" "E2BIG\0"
	"ENOEXEC\0" "EBADF\0" "ECHILD\0" "EAGAIN\0" "ENOMEM\0" "EACCES\0"
	"EFAULT\0" "ENOTBLK\0" "EBUSY\0" "EEXIST\0" "EXDEV\0" "ENODEV\0"
	"ENOTDIR\0" "EISDIR\0" "EINVAL\0" "ENFILE\0" "EMFILE\0" "ENOTTY\0"
	"ETXTBSY\0" "EFBIG\0" "ENOSPC\0" "ESPIPE\0" "EROFS\0" "EMLINK\0"
	"EPIPE\0" "EDOM\0" "ERANGE\0" "EDEADLK\0" "ENAMETOOLONG\0" "ENOLCK\0"
	"ENOSYS\0" "ENOTEMPTY\0" "ELOOP\0";

/* Beyond it: of what the kernel was built without. */
#define EOPNOTSUPP 95

const char *error_name(long error)
{
	static char number[DECIMAL_SIZE];
	const char *name = names;

	if (error == EOPNOTSUPP)
		return "EOPNOTSUPP";
	for (long n = 1; *name; n++) {
		if (n == error)
			return name;
		name += length(name) + 1;
	}
	return decimal(number, (uint64_t)error);
}

#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7
#define NANOSECONDS 1000000000

uint64_t boot_time(void)
{
	struct timespec now = { 0, 0 };

	CALL(clock_gettime, CLOCK_BOOTTIME, &now, 0, 0, 0, 0);
	return (uint64_t)now.seconds * NANOSECONDS + (uint64_t)now.nanoseconds;
}

uint64_t milliseconds_from_now(uint64_t milliseconds)
{
	return boot_time() + milliseconds * (NANOSECONDS / 1000);
}

struct timespec time_until(uint64_t deadline)
{
	uint64_t now = boot_time();
	uint64_t left = now < deadline ? deadline - now : 0;

	return (struct timespec){ (int64_t)(left / NANOSECONDS),
				  (int64_t)(left % NANOSECONDS) };
}

void pause_for(uint64_t milliseconds)
{
	struct timespec rest = time_until(milliseconds_from_now(milliseconds));

	CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &rest, NULL, 0, 0);
}
