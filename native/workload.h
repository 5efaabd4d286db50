/* The last steps before the workload's own program runs. */
#ifndef KRUN_WORKLOAD_H
#define KRUN_WORKLOAD_H

#include "streams.h"

/*
 * Turns the calling process into the workload that the record describes, with
 * these streams.
 * Where that fails it says why and exits: 125 set-up, 126 not executable,
 * 127 not found. `root_fd` is the first root's descriptor, for the report to
 * the host where that process is PID 1.
 */
_Noreturn void start_workload(const struct handover_view *record,
			      const struct streams *streams, int root_fd);

#endif
