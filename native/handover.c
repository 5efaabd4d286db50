#include "handover.h"

#include "clock.h"
#include "handover_record.h"
#include "shutdown.h"
#include "signals.h"
#include "streams.h"
#include "supervisor.h"
#include "terminal.h"
#include "trace.h"
#include "workload.h"

#define REBOOT_CAD_OFF 0

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

/* Ctrl-alt-del becomes a signal for us instead of a reboot (reboot(2)). */
static void take_ctrl_alt_del(void)
{
	/* EINVAL in a pid namespace, to which no keyboard belongs. */
	CALL(reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_CAD_OFF, 0, 0, 0);
}

/*
 * Frees all that lies between this program's own memory and its stack, the
 * pipeline's memory and the record, before an exec does it.
 */
static void free_pipeline(void)
{
	extern char _end[];
	unsigned long from = ((unsigned long)_end | (LARGEST_PAGE - 1)) + 1;
	unsigned long here = (unsigned long)__builtin_frame_address(0);

	sys_munmap(from, ((here - STACK_RESERVE) & ~(LARGEST_PAGE - 1)) - from);
}

_Noreturn void hand_over(const struct kept *kept)
{
	struct handover_view record;
	struct supervision supervision;
	struct streams streams;
	uint32_t flags;
	long workload;

	read_record(kept, &record);
	flags = record.header->flags;
	if (record.header->root >= 0)
		enter_root(kept, record.header->root);
	take_ctrl_alt_del();
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
		free_pipeline();
		read_record(kept, &record);
		forget_image(kept->image);
		start_workload(&record, &streams, kept->root);
	}
	block_signals();
	/* As vfork(2): no copy of the pipeline's memory, and what follows waits
	   until the workload's program runs, even with a single processor. */
	workload = sys_clone(CLONE_VM | CLONE_VFORK | SIGCHLD);
	if (!workload)
		start_workload(&record, &streams, kept->root);
	if (workload < 0)
		fail(kept, flags & HANDOVER_GUEST, "start", "the workload",
		     workload);
	trace_end();
	/* The exec closes all other descriptors, those that the workload has
	   and the clock's socket among them. */
	supervision = (struct supervision){
		.workload = (int)workload,
		.root = kept->root,
		.image = kept->image,
		.stop_timeout = record.header->stop_timeout,
		.stop_signal = (int)record.header->stop_signal,
		.to_group = flags & HANDOVER_SIGNAL_GROUP &&
			    flags & HANDOVER_NEW_SESSION,
		.is_guest = flags & HANDOVER_GUEST,
		.streams = &streams,
	};
	fail(kept, supervision.is_guest, "become", "the supervisor",
	     become_supervisor(kept->supervisor, &supervision));
}
