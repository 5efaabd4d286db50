#include "stop_request.h"

#define PATH_SIZE 64
#define NAME_SIZE 32
#define STATUS_SIZE 2048

static bool is_ctrl_alt_del(struct signal signal)
{
	return signal.number == SIGINT && signal.code == SI_KERNEL;
}

/* Reads what `file` in /proc tells of a process; false where it is gone. */
static bool read_of(int pid, const char *file, char *to, size_t size)
{
	char path[PATH_SIZE], digits[DECIMAL_SIZE];
	const char *const parts[] = {
		"/proc/", decimal(digits, (uint64_t)pid), "/", file, NULL,
	};
	long fd, got;

	join(path, sizeof path, parts);
	fd = sys_open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	got = sys_pread((int)fd, to, size - 1, 0);
	sys_close((int)fd);
	to[got > 0 ? got : 0] = 0;
	return got > 0;
}

/* The signals in a line of /proc/PID/status (proc_pid_status(5)). */
static uint64_t signals_in(const char *status, const char *line)
{
	uint64_t signals = 0;

	for (; *status; status++) {
		const char *at = after(status, line);

		for (; at && *at && *at != '\n'; at++)
			signals = signals << 4 |
				  (uint64_t)(*at > '9' ? *at - 'a' + 10 :
							 *at - '0');
		if (at)
			break;
	}
	return signals;
}

/* True where the signal would do to a process what it does by default. */
static bool is_default(int number, int pid)
{
	char status[STATUS_SIZE];
	uint64_t special;

	if (!read_of(pid, "status", status, sizeof status))
		return false;
	special = signals_in(status, "\nSigBlk:\t") |
		  signals_in(status, "\nSigIgn:\t") |
		  signals_in(status, "\nSigCgt:\t");
	return !(special >> (number - 1) & 1);
}

static bool is_busybox_command(struct signal signal, int workload)
{
	char name[NAME_SIZE];

	if ((signal.number != SIGUSR1 && signal.number != SIGUSR2) ||
	    signal.code != SI_USER || signal.uid != 0)
		return false;
	if (read_of(signal.pid, "comm", name, sizeof name))
		return equal(name, "halt\n") || equal(name, "poweroff\n");
	/* The command may have ended before we came to look. Of a workload
	   that has no use for the signal it would be the end: then in order. */
	return is_default(signal.number, workload);
}

bool asks_to_stop(struct signal signal, int workload)
{
	return signal.number == SIGTERM || signal.number == SIGPWR ||
	       is_ctrl_alt_del(signal) || is_busybox_command(signal, workload);
}
