/* PID 1's children: how they end, and how they are made to. */
#ifndef KRUN_PROCESS_H
#define KRUN_PROCESS_H

#include "system.h"

#define WNOHANG 1

/* A wait status (wait(2)) as a shell's exit status: 128 + signal, or code. */
int exit_status(int status);

/*
 * Waits for the end of a child, and no longer than until `deadline`: false
 * then. Its wait status is in `status`.
 */
bool wait_for_child(int pid, uint64_t deadline, int *status);

/*
 * Reaps whatever has ended. True as soon as that is `pid`, whose wait status
 * is then in `status`, or when there is nothing to wait for: `status` stays as
 * it is then.
 */
bool reap(int pid, int *status);

/* True once PID 1 has no children left, false after `budget` milliseconds. */
bool wait_until_gone(uint64_t budget);

/* Ends every other process, within BUDGET_REST_TERM and BUDGET_REST_KILL. */
void end_all_others(void);

#endif
