/* The workload's three streams, as it gets them. */
#ifndef KRUN_STREAMS_H
#define KRUN_STREAMS_H

#include "handover_record.h"
#include "relay.h"

struct streams {
	int standard[3]; /* what becomes the workload's descriptors 0, 1 and 2 */
	int terminal;    /* the first of them that is a terminal, or -1; PID 1
			    keeps it, so that it does not hang up meanwhile */
	struct route routes[RELAY_ROUTES]; /* for PID 1 to be the relay of */
};

/*
 * The streams that the record asks for: where the host has ports, pipes, which
 * unlike a port can be opened again by /dev/stdout and the like; with
 * HANDOVER_TERMINAL one terminal instead. All that is made here belongs to the workload's user. With HANDOVER_REPLACE_PID1, the
 * ports themselves.
 */
void make_streams(const struct handover *record, struct streams *streams);

#endif
