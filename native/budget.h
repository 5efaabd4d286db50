/*
 * How long whatever may hang is waited for. A guest whose workload has ended
 * is gone after the sum of those from BUDGET_WORKLOAD_KILL on, and one that was
 * asked to stop after the stop timeout and that sum.
 */
#ifndef KRUN_BUDGET_H
#define KRUN_BUDGET_H

/* Milliseconds. */
enum budget {
	/* A message on a console that takes none; the next ones get less. */
	BUDGET_MESSAGE = 1000,
	/* The pipeline: more than all that it may wait for, of which a DHCP
	   server's answer is the longest, also on the slowest machine. */
	BUDGET_PIPELINE = 120000,
	/* The exec of the workload, before PID 1 goes on without seeing it. */
	BUDGET_EXEC = 1000,
	/* To give the image back to a host that does not answer. */
	BUDGET_FORGET = 1000,
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
