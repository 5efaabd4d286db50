/* The supervisor: PID 1 from the workload's start to the end of the guest. */
#ifndef KRUN_SUPERVISOR_H
#define KRUN_SUPERVISOR_H

#include "streams.h"

/* argv[0] under which the program is the supervisor. No kernel uses it. */
#define SUPERVISOR_NAME "krun-init-supervisor"

/* What the supervisor is told, as numbers in its argv. */
struct supervision {
	int workload;          /* process id */
	int root;              /* descriptor of the root that the kernel gave */
	int image;             /* descriptor of the image */
	uint32_t stop_timeout; /* seconds from a request to stop to SIGKILL */
	int stop_signal;       /* what a request to stop sends */
	bool to_group;         /* signals go to the workload's process group */
	bool is_guest;         /* the file systems are ours to unmount */
	const struct streams *streams; /* the workload's */
};

/*
 * PID 1's exec of itself, from `program`, a copy that does not need the
 * image: of which nothing then remains in use. Returns a -errno.
 */
long become_supervisor(int program, const struct supervision *supervision);

/* Where that exec leads to: main.c calls it when argv[0] says so. */
_Noreturn void supervise(int argc, char **argv);

/*
 * Gives up the image: out of use, its 20 MB of page cache are a burden. That
 * takes a process, whose id this returns: a host that does not answer to the
 * close must not hold PID 1.
 */
long forget_image(int image);

#endif
