#include "trace.h"

#include "system.h"

#define F_DUPFD_CLOEXEC 1030
#define FIRST_FREE 3

/*
 * PID 1 writes, while the workload runs: so that it takes none of the
 * workload's time, and its limits do not count. They share this one word.
 */
static uint64_t *exec_time;
static int trace = -1;

void trace_begin(int fd)
{
	long page;

	if (fd < 0)
		return;
	page = sys_mmap(0, sizeof *exec_time, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page < 0)
		return complain("handover", "map", "the trace", page);
	exec_time = (uint64_t *)page;
	/* The standard error may become the workload's. */
	trace = (int)sys_fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
}

void trace_exec(void)
{
	if (exec_time)
		*exec_time = boot_time();
}

void trace_exec_failed(void)
{
	if (exec_time)
		*exec_time = 0;
}

void trace_end(void)
{
	char number[DECIMAL_SIZE];
	long result;

	if (!exec_time || !*exec_time)
		return;
	result = say_to(trace, "{\"kind\":\"mark\",\"name\":\"exec\",\"time\":",
			decimal(number, *exec_time), "}", NULL);
	if (result < 0)
		complain("handover", "write", "the trace", result);
}
