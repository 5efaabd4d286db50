/*
 * The relay: moves what the workload writes and reads between the streams that
 * the host has given, virtio ports, which can be opened only once, and the
 * pipes or the terminal that the workload has instead. PID 1 is the relay: no
 * signal and no lack of memory ends it, and it knows when the guest ends.
 */
#ifndef KRUN_RELAY_H
#define KRUN_RELAY_H

#include "system.h"

/* The workload's input, output and errors. */
#define RELAY_ROUTES 3

/* Where bytes come from and where they go; 0: there is no such route. */
struct route {
	int from, to;
};

/*
 * Takes the routes over: their descriptors, each of which belongs to one route
 * alone, become non-blocking, and are closed at the end of what they carry.
 */
void relay_begin(const struct route routes[RELAY_ROUTES]);

/*
 * Sleeps until `fd` can be read (-1: none) or until `deadline`, in nanoseconds
 * of boot_time(), and moves bytes meanwhile. False where the deadline has come,
 * or where the kernel refuses to wait.
 */
bool relay_until(int fd, uint64_t deadline);

/*
 * Hands the host what the workload has written so far, and ends the
 * workload's input. What the host has not taken by `deadline` is lost.
 */
void relay_finish(uint64_t deadline);

#endif
