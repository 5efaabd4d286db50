#include "out_of_memory.h"

#include "system.h"

#define EPIPE 32
#define SEEK_END 2
#define RECORD_SIZE 1024
/* More than the log holds: it may grow while we read. */
#define MOST_RECORDS 65536

int open_kernel_log(void)
{
	long fd = sys_open_at(AT_FDCWD, "/dev/kmsg",
			      O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);

	if (fd >= 0)
		CALL(lseek, fd, 0, SEEK_END, 0, 0, 0);
	return (int)fd;
}

/* The message in a record, "PRIORITY,NUMBER,TIME,FLAGS;MESSAGE\n", or NULL. */
static char *find_message(char *record)
{
	char *start = record, *found = NULL;

	for (char *at = record; *at && *at != '\n'; at++) {
		if (*at == ';' && start == record)
			start = at + 1;
		/* Also "Memory cgroup out of memory". */
		if (after(at, "ut of memory: Killed process "))
			found = start;
	}
	for (char *at = found; at && *at; at++)
		if (*at == '\n')
			*at = 0;
	return found;
}

void tell_out_of_memory(int kernel_log)
{
	char record[RECORD_SIZE], last[RECORD_SIZE] = "";

	for (int n = 0; kernel_log >= 0 && n < MOST_RECORDS; n++) {
		long got = CALL(read, kernel_log, record, sizeof record - 1, 0,
				0, 0);
		char *found;

		/* Some were overwritten, or one is too long for us. */
		if (got == -EPIPE || got == -EINVAL)
			continue;
		if (got <= 0)
			break;
		record[got] = 0;
		found = find_message(record);
		if (found)
			join(last, sizeof last,
			     (const char *const[]){ found, NULL });
	}
	if (*last)
		say("krun-init: supervisor: ", last, NULL);
}
