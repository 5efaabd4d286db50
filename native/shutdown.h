/* The end of the guest, by whatever way it is reached. */
#ifndef KRUN_SHUTDOWN_H
#define KRUN_SHUTDOWN_H

#include "system.h"

/* Exit code of a boot that failed before the workload could begin. */
#define EXIT_SETUP 125

/*
 * Ends all other processes, reports `code` to the host, syncs, reboots; all
 * within the budget of budget.h. `root` is a descriptor of the directory that
 * the kernel gave as root, or -1 where there is none. `unmount`: leave the
 * file systems clean; only in a guest, whose file systems are its own.
 */
_Noreturn void shut_down(int root, int code, bool unmount);

#endif
