#include "shutdown.h"

#include "budget.h"
#include "process.h"
#include "relay.h"
#include "signals.h"
#include "unmount.h"

#define FUSE_SUPER_MAGIC 0x65735546
#define KRUN_EXIT_CODE 0x7602 /* _IO('v', 2): libkrun's, SPEC of the host */
#define REBOOT_RESTART 0x01234567

/* True where the host has taken the code: it sits behind every FUSE root. */
static bool report_to_host(int root, int code)
{
	struct file_system root_system = { 0 };

	return CALL(fstatfs, root, &root_system, 0, 0, 0, 0) == 0 &&
	       root_system.type == FUSE_SUPER_MAGIC &&
	       sys_ioctl(root, KRUN_EXIT_CODE, code) == 0;
}

static void close_down(int root, int code, bool unmount)
{
	char number[DECIMAL_SIZE];

	if (!report_to_host(root, code))
		say("krun-init: exit-code ", decimal(number, (uint64_t)code),
		    NULL);
	CALL(sync, 0, 0, 0, 0, 0, 0);
	if (unmount)
		unmount_all();
}

_Noreturn void shut_down(int root, int code, bool unmount)
{
	long closer;

	block_signals();
	end_all_others();
	relay_finish(milliseconds_from_now(BUDGET_STREAMS));
	/* All that a dead host or disk can hang is done by a child, while PID
	   1 only keeps the clock; unless it can't wait for a child. */
	closer = sys_wait4(-1, NULL, WNOHANG);
	if (closer >= 0 || closer == -ECHILD)
		closer = sys_clone(SIGCHLD);
	if (closer <= 0)
		close_down(root, code, unmount);
	if (!closer)
		sys_exit(0);
	if (closer > 0 && !wait_until_gone(BUDGET_CLOSE))
		say("krun-init: shutdown: Giving up on the file systems", NULL);
	CALL(reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_RESTART, 0, 0, 0);
	/* Only without CAP_SYS_BOOT: in a container, whose end this then is. */
	sys_exit(code);
}
