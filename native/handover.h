/* The hand-over: from a pipeline that has ended to a running workload. */
#ifndef KRUN_HANDOVER_H
#define KRUN_HANDOVER_H

#include "system.h"

/* The descriptors that PID 1 has kept for it. */
struct kept {
	int record;     /* the hand-over record, a memfd */
	int root;       /* the root that the kernel gave */
	int image;      /* the image */
	int supervisor; /* a memfd copy of this program */
};

/*
 * Starts the workload that the record describes and becomes its supervisor;
 * under KRUN_INIT_PID1, becomes the workload. What fails ends the guest.
 */
_Noreturn void hand_over(const struct kept *kept);

#endif
