/*
 * How long the end of a guest may take, all of it. Whatever hangs, a guest
 * whose workload has ended is gone after the sum of these, and one that was
 * asked to stop after the stop timeout and that sum.
 */
#ifndef KRUN_BUDGET_H
#define KRUN_BUDGET_H

/* Milliseconds. */
enum budget {
	/* What a workload that was killed may need to be gone. */
	BUDGET_WORKLOAD_KILL = 2000,
	/* From SIGTERM to SIGKILL for all that runs beside the workload: time
	   to remove a lock file, not to finish work. */
	BUDGET_REST_TERM = 1000,
	/* What those may need to be gone after SIGKILL. */
	BUDGET_REST_KILL = 500,
	/* For the host to take what the workload and the rest have written. */
	BUDGET_STREAMS = 5000,
	/* The report to the host, sync, and unmounting. */
	BUDGET_CLOSE = 5000,
};

#endif
