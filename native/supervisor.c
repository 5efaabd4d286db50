#include "supervisor.h"

#include "budget.h"
#include "out_of_memory.h"
#include "process.h"
#include "shutdown.h"
#include "signals.h"
#include "stop_request.h"

#define PR_SET_NAME 15
#define POSIX_FADV_DONTNEED 4

/* argv behind the name. */
enum {
	ARGUMENT_WORKLOAD = 1,
	ARGUMENT_ROOT,
	ARGUMENT_IMAGE,
	ARGUMENT_STOP_TIMEOUT,
	ARGUMENT_STOP_SIGNAL,
	ARGUMENT_TO_GROUP,
	ARGUMENT_IS_GUEST,
	ARGUMENT_ROUTES,
	ARGUMENTS = ARGUMENT_ROUTES + 2 * RELAY_ROUTES,
};

static int number(const char *text)
{
	int value = 0;

	while (*text >= '0' && *text <= '9')
		value = value * 10 + (*text++ - '0');
	return value;
}

/* Over the exec. */
static void keep(int fd)
{
	sys_fcntl(fd, F_SETFD, 0);
}

long become_supervisor(int program, const struct supervision *supervision)
{
	char numbers[ARGUMENTS][DECIMAL_SIZE];
	uint64_t values[ARGUMENTS] = {
		[ARGUMENT_WORKLOAD] = (uint64_t)supervision->workload,
		[ARGUMENT_ROOT] = (uint64_t)supervision->root,
		[ARGUMENT_IMAGE] = (uint64_t)supervision->image,
		[ARGUMENT_STOP_TIMEOUT] = supervision->stop_timeout,
		[ARGUMENT_STOP_SIGNAL] = (uint64_t)supervision->stop_signal,
		[ARGUMENT_TO_GROUP] = supervision->to_group,
		[ARGUMENT_IS_GUEST] = supervision->is_guest,
	};
	char *argv[ARGUMENTS + 1] = { SUPERVISOR_NAME }, *envp[] = { NULL };

	keep(supervision->root);
	keep(supervision->image);
	if (supervision->streams->terminal > 2)
		keep(supervision->streams->terminal);
	for (int n = 0; n < RELAY_ROUTES; n++) {
		const struct route *route = &supervision->streams->routes[n];

		if (route->from) {
			keep(route->from);
			keep(route->to);
		}
		values[ARGUMENT_ROUTES + 2 * n] = (uint64_t)route->from;
		values[ARGUMENT_ROUTES + 2 * n + 1] = (uint64_t)route->to;
	}
	for (int n = 1; n < ARGUMENTS; n++)
		argv[n] = decimal(numbers[n], values[n]);
	return sys_execve_at(program, "", argv, envp, AT_EMPTY_PATH);
}

long forget_image(int image)
{
	/* With our descriptors: what it closes is closed. */
	long pid = sys_clone(CLONE_FILES | SIGCHLD);

	if (pid > 0)
		return pid;
	CALL(fadvise64, image, 0, 0, POSIX_FADV_DONTNEED, 0, 0);
	sys_close(image);
	if (!pid)
		sys_exit(0);
	return pid;
}

static void send(int signal, int target)
{
	CALL(kill, target, signal, 0, 0, 0, 0);
}

/*
 * Waits until the workload has ended, passing signals on to `target`: itself
 * or its process group. Asked to stop, it has `stop_timeout` seconds from the
 * first time on. But for what it relays, PID 1 sleeps all the while.
 */
static int wait_for_workload(int workload, int target, int stop_signal,
			     uint64_t stop_timeout)
{
	uint64_t deadline = NEVER;
	bool killed = false;

	for (;;) {
		struct signal signal = wait_for_signal(deadline);
		int status = EXIT_SETUP << 8;

		if (signal.number == SIGCHLD) {
			if (reap(workload, &status))
				return exit_status(status);
		} else if (asks_to_stop(signal, workload)) {
			send(stop_signal, target);
			/* What is stopped has to run to see the signal. */
			send(SIGCONT, target);
			if (deadline == NEVER)
				deadline = milliseconds_from_now(
					stop_timeout * 1000);
		} else if (signal.number) {
			send(signal.number, target);
		} else if (!killed) {
			killed = true;
			send(SIGKILL, target);
			deadline = milliseconds_from_now(BUDGET_WORKLOAD_KILL);
		} else {
			/* It hangs in the kernel; the guest must not. */
			return 128 + SIGKILL;
		}
	}
}

static void begin_relay(char **numbers)
{
	struct route routes[RELAY_ROUTES];

	for (int n = 0; n < RELAY_ROUTES; n++)
		routes[n] = (struct route){ number(numbers[2 * n]),
					    number(numbers[2 * n + 1]) };
	relay_begin(routes);
}

_Noreturn void supervise(int argc, char **argv)
{
	int workload, target, code, kernel_log;

	if (argc != ARGUMENTS || sys_getpid() != 1) {
		say("krun-init: supervisor: Only the launcher starts this, as PID 1",
		    NULL);
		/* A kernel whose PID 1 exits would panic. */
		if (sys_getpid() == 1)
			shut_down(-1, EXIT_SETUP, false);
		sys_exit(EXIT_SETUP);
	}
	/* execveat has made the descriptor's number our name. */
	sys_prctl(PR_SET_NAME, (long)"krun-init");
	CALL(chdir, "/", 0, 0, 0, 0, 0);
	begin_relay(argv + ARGUMENT_ROUTES);
	forget_image(number(argv[ARGUMENT_IMAGE]));

	kernel_log = open_kernel_log();
	workload = number(argv[ARGUMENT_WORKLOAD]);
	target = number(argv[ARGUMENT_TO_GROUP]) ? -workload : workload;
	code = wait_for_workload(workload, target,
				 number(argv[ARGUMENT_STOP_SIGNAL]),
				 (uint64_t)number(argv[ARGUMENT_STOP_TIMEOUT]));
	if (code == 128 + SIGKILL)
		tell_out_of_memory(kernel_log);
	shut_down(number(argv[ARGUMENT_ROOT]), code,
		  number(argv[ARGUMENT_IS_GUEST]));
}
