#include "trace.h"

#include "system.h"

#define FIRST_FREE 3

/*
 * PID 1 writes, while the workload runs: so that it takes none of the
 * workload's time, and its limits do not count. Until the exec they share
 * their memory, and this word. 0: no program ran.
 */
static volatile uint64_t exec_time;
static int trace = -1;

void trace_begin(int fd)
{
	/* The standard error may become the workload's. */
	if (fd >= 0)
		trace = (int)sys_fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
}

void trace_exec(void)
{
	exec_time = boot_time();
}

void trace_exec_failed(void)
{
	exec_time = 0;
}

void trace_end(void)
{
	char number[DECIMAL_SIZE];
	long result;

	if (trace < 0 || !exec_time)
		return;
	result = say_to(trace, "{\"kind\":\"mark\",\"name\":\"exec\",\"time\":",
			decimal(number, exec_time), "}", NULL);
	if (result < 0)
		complain("handover", "write", "the trace", result);
}
