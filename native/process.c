#include "process.h"

#include "budget.h"
#include "relay.h"
#include "signals.h"

#define EVERY_PROCESS (-1)

int exit_status(int status)
{
	return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

bool wait_for_child(int pid, uint64_t deadline, int *status)
{
	/* Without it there is no bound to the wait (before Linux 5.3). */
	long process = CALL(pidfd_open, pid, 0, 0, 0, 0, 0);
	bool in_time = process < 0 || relay_until((int)process, deadline);

	if (process >= 0)
		sys_close((int)process);
	while (in_time && sys_wait4(pid, status, 0) == -EINTR)
		;
	return in_time;
}

bool reap(int pid, int *status)
{
	for (;;) {
		int ended_status;
		long ended = sys_wait4(-1, &ended_status, WNOHANG);

		if (ended == pid) {
			*status = ended_status;
			return true;
		}
		/* None is left, or none can be waited for. */
		if (ended < 0)
			return true;
		if (!ended)
			return false;
	}
}

static bool all_gone(void)
{
	int status;

	/* No child can have this id: true means that there is none at all. */
	return reap(-1, &status);
}

bool wait_until_gone(uint64_t budget)
{
	uint64_t deadline = milliseconds_from_now(budget);

	while (!all_gone())
		if (!wait_for_signal(deadline).number)
			return false;
	return true;
}

static void send_to_all(int signal)
{
	CALL(kill, EVERY_PROCESS, signal, 0, 0, 0, 0);
}

void end_all_others(void)
{
	if (all_gone())
		return;
	send_to_all(SIGTERM);
	/* What is stopped has to run to see the signal. */
	send_to_all(SIGCONT);
	if (wait_until_gone(BUDGET_REST_TERM))
		return;
	send_to_all(SIGKILL);
	wait_until_gone(BUDGET_REST_KILL);
}
