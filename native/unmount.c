#include "unmount.h"

#include "system.h"

#define MOUNT_TABLE_SIZE 65536
#define MAX_MOUNTS 1024
#define TARGET_FIELD 4

#define UMOUNT_NOFOLLOW 8
#define MS_RDONLY 1
#define MS_REMOUNT 0x20

/* The mountinfo file, and where its targets begin; untouched in PID 1. */
static char table[MOUNT_TABLE_SIZE];
static char *targets[MAX_MOUNTS];

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Decodes "\040" and the like in place (proc_pid_mountinfo(5)). */
static void decode(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && is_octal(text[1]) &&
		    is_octal(text[2]) && is_octal(text[3])) {
			*to++ = (char)((text[1] - '0') << 6 |
				       (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = 0;
}

/* The table's text; `mounts` stays open, so that a later look still can be. */
static size_t read_table(int mounts)
{
	size_t size = 0;

	while (size < sizeof table - 1) {
		long got = sys_pread(mounts, table + size,
				     sizeof table - 1 - size, size);

		if (got <= 0)
			break;
		size += (size_t)got;
	}
	table[size] = 0;
	return size;
}

/* Finds the targets, in the order of their mounting; returns their number. */
static int read_targets(int mounts)
{
	char *end = table + read_table(mounts);
	int count = 0;

	for (char *at = table; at < end && count < MAX_MOUNTS; at++) {
		char *field = at;

		for (int n = 0; n < TARGET_FIELD; n++) {
			while (*at && *at != ' ' && *at != '\n')
				at++;
			if (*at == ' ')
				field = ++at;
		}
		while (*at && *at != ' ' && *at != '\n')
			at++;
		/* Not of a line that the table's end has cut. */
		if (*at == ' ') {
			*at++ = 0;
			decode(field);
			targets[count++] = field;
		}
		while (*at && *at != '\n')
			at++;
	}
	return count;
}

void unmount_all(void)
{
	/* Open, it keeps /proc busy, which is just as well: it is no file
	   system that would need an end. */
	long mounts = sys_open_at(AT_FDCWD, "/proc/self/mountinfo",
				  O_RDONLY | O_CLOEXEC, 0);
	bool progress;

	/* What was stacked, or beyond the table's end, shows the next time. */
	do {
		progress = false;
		for (int n = read_targets((int)mounts) - 1; n >= 0; n--)
			if (!equal(targets[n], "/") &&
			    CALL(umount2, targets[n], UMOUNT_NOFOLLOW, 0, 0, 0,
				 0) == 0)
				progress = true;
	} while (progress);
	CALL(mount, 0, "/", 0, MS_REMOUNT | MS_RDONLY, 0, 0);
}
