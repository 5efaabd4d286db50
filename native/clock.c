#include "clock.h"

#include "signals.h"
#include "system.h"

#define CLOCK_REALTIME 0
#define NANOSECONDS 1000000000
#define PR_SET_NAME 15
#define CLOSE_RANGE_CLOEXEC 4
#define KEPT 3
#define AF_VSOCK 40
#define VMADDR_CID_HOST 2

/* A clock that is off by more is set, by more than the second told about. */
#define TOLERANCE (NANOSECONDS / 10)
#define WORTH_TELLING (10LL * NANOSECONDS)

/* vsock(7): struct sockaddr_vm. */
struct vsock_address {
	uint16_t family, reserved;
	uint32_t port, cid;
	uint8_t rest[4];
};

static int64_t now(void)
{
	struct timespec time = { 0, 0 };

	CALL(clock_gettime, CLOCK_REALTIME, &time, 0, 0, 0, 0);
	return time.seconds * NANOSECONDS + time.nanoseconds;
}

static void tell(int64_t off)
{
	char number[DECIMAL_SIZE];
	uint64_t size = (uint64_t)(off < 0 ? -off : off);

	say("krun-init: timesync: The clock was ",
	    decimal(number, size / (NANOSECONDS / 1000)),
	    off < 0 ? " ms ahead of the host's" : " ms behind the host's",
	    NULL);
}

static void set_clock(int64_t host)
{
	static bool told;
	struct timespec time = { host / NANOSECONDS, host % NANOSECONDS };
	int64_t off = host - now();
	long result;

	if (off <= TOLERANCE && off >= -TOLERANCE)
		return;
	result = CALL(clock_settime, CLOCK_REALTIME, &time, 0, 0, 0, 0);
	if (result < 0)
		complain("timesync", "set", "the clock", result);
	else if (!told || off > WORTH_TELLING || off < -WORTH_TELLING)
		tell(off);
	told = true;
}

/* Leaves the exec the standard error and the socket, which becomes KEPT. */
static void keep_only(int socket)
{
	CALL(dup3, socket, KEPT, 0, 0, 0, 0);
	sys_close(0);
	sys_close(1);
	CALL(close_range, KEPT + 1, ~0U, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
}

_Noreturn void follow_host(void)
{
	/* execveat has made the descriptor's number our name. */
	sys_prctl(PR_SET_NAME, (long)"krun-clock");
	for (;;) {
		int64_t host;
		struct vsock_address from = { 0 };
		uint32_t size = sizeof from;
		/* Longer datagrams are cut: libkrun's are as long as the
		   guest's receive buffer. */
		long got = CALL(recvfrom, KEPT, &host, sizeof host, 0, &from,
				&size);

		/* Another guest, or a process of this one, sets no clock. */
		if (from.family == AF_VSOCK && from.cid != VMADDR_CID_HOST)
			continue;
		if (got == sizeof host && host >= 0)
			set_clock(host);
		else if (got < 0 && got != -EINTR)
			sys_exit(1);
	}
}

/* In the new process, which borrows PID 1's memory until the exec. */
static _Noreturn void become_clock(int program, int socket)
{
	char *argv[] = { CLOCK_NAME, NULL }, *envp[] = { NULL };
	/* Out of the way of the socket's new number. */
	long copy = sys_fcntl(program, F_DUPFD_CLOEXEC, KEPT + 1);

	reset_signals();
	keep_only(socket);
	complain("timesync", "execve", CLOCK_NAME,
		 sys_execve_at((int)copy, "", argv, envp, AT_EMPTY_PATH));
	sys_exit(1);
}

void start_clock(int program, int socket)
{
	long pid = sys_clone(CLONE_VM | CLONE_VFORK | SIGCHLD);

	if (pid < 0)
		complain("timesync", "start", "the clock process", pid);
	if (!pid)
		become_clock(program, socket);
}
