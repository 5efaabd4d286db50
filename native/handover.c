#include "handover.h"

#include "budget.h"
#include "clock.h"
#include "handover_record.h"
#include "process.h"
#include "relay.h"
#include "shutdown.h"
#include "signals.h"
#include "streams.h"
#include "supervisor.h"
#include "terminal.h"
#include "trace.h"
#include "workload.h"

/* Of any kernel; and of the stack, more than PID 1 uses from here on. */
#define LARGEST_PAGE 65536UL
#define STACK_RESERVE (1UL << 20)

static _Noreturn void fail(const struct kept *kept, bool is_guest,
			   const char *verb, const char *object, long result)
{
	complain("handover", verb, object, result);
	shut_down(kept->root, EXIT_SETUP, is_guest);
}

static void read_record(const struct kept *kept, struct handover_view *view)
{
	struct handover header;
	long result = sys_pread(kept->record, &header, sizeof header, 0);

	if (result == sizeof header)
		result = sys_mmap(0, header.size, PROT_READ, MAP_PRIVATE,
				  kept->record, 0);
	else if (result >= 0)
		result = -EINVAL;
	if (result > 0 &&
	    !handover_read((const void *)result, header.size, view))
		result = -EINVAL;
	if (result < 0)
		fail(kept, false, "read", "the record", result);
}

/* The pipeline has a root of its own, where it may have made another one. */
static void enter_root(const struct kept *kept, int directory)
{
	long result = CALL(fchdir, directory, 0, 0, 0, 0, 0);

	if (result >= 0)
		result = CALL(chroot, ".", 0, 0, 0, 0, 0);
	if (result < 0)
		fail(kept, false, "enter", "the new root", result);
}

/*
 * Frees all that lies between this program's own memory and the stack that the
 * kernel gave, the pipeline's memory and the record, before an exec does it.
 */
static void free_pipeline(const struct kept *kept)
{
	extern char _end[];
	unsigned long from = ((unsigned long)_end | (LARGEST_PAGE - 1)) + 1;
	/* It lies in the first frame of that stack. */
	unsigned long there = (unsigned long)kept;

	sys_munmap(from, ((there - STACK_RESERVE) & ~(LARGEST_PAGE - 1)) - from);
}

/* What outlives the parting of PID 1 and the workload, with memory in common. */
static struct handover_view record;
static struct streams streams;
static const struct kept *kept_by_us;
/* A pipe that the workload's exec closes. */
static int exec_seen[2];

/* PID 1, from the workload's start on. */
static void follow_workload(long workload)
{
	uint32_t flags = record.header->flags;
	struct supervision supervision = {
		.workload = (int)workload,
		.root = kept_by_us->root,
		.image = kept_by_us->image,
		.stop_timeout = record.header->stop_timeout,
		.stop_signal = (int)record.header->stop_signal,
		.to_group = flags & HANDOVER_SIGNAL_GROUP &&
			    flags & HANDOVER_NEW_SESSION,
		.is_guest = flags & HANDOVER_GUEST,
		.streams = &streams,
	};

	if (workload < 0)
		fail(kept_by_us, supervision.is_guest, "start", "the workload",
		     workload);
	/* What follows waits until the workload's program runs, even with a
	   single processor; but a program on a file system that hangs must not
	   hang us. */
	sys_close(exec_seen[1]);
	relay_until(exec_seen[0], milliseconds_from_now(BUDGET_EXEC));
	trace_end();
	/* The exec closes all other descriptors, those that the workload has
	   and the clock's socket among them. */
	fail(kept_by_us, supervision.is_guest, "become", "the supervisor",
	     become_supervisor(kept_by_us->supervisor, &supervision));
}

_Noreturn void hand_over(const struct kept *kept)
{
	static _Alignas(16) char stack[STACK_SIZE];
	uint32_t flags;
	long result;

	kept_by_us = kept;
	read_record(kept, &record);
	flags = record.header->flags;
	if (record.header->root >= 0)
		enter_root(kept, record.header->root);
	trace_begin(record.header->trace);
	if (record.header->clock >= 0)
		start_clock(kept->supervisor, record.header->clock);
	if (record.header->console >= 0)
		name_console(record.header->console);
	make_streams(record.header, &streams);
	if (flags & HANDOVER_NEW_SESSION)
		lead_session(streams.terminal);
	if (flags & HANDOVER_REPLACE_PID1) {
		/* While it is mapped, the image can't be forgotten. */
		free_pipeline(kept);
		read_record(kept, &record);
		wait_for_child((int)forget_image(kept->image),
			       milliseconds_from_now(BUDGET_FORGET), NULL);
		start_workload(&record, &streams, kept->root);
	}
	result = CALL(pipe2, exec_seen, O_CLOEXEC, 0, 0, 0, 0);
	if (result < 0)
		fail(kept, flags & HANDOVER_GUEST, "make", "a pipe", result);
	/* No copy of the pipeline's memory. */
	part(CLONE_VM | SIGCHLD, stack + sizeof stack, follow_workload);
	start_workload(&record, &streams, kept->root);
}
