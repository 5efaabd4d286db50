#include "signals.h"

#define SIG_SETMASK 2
#define SIGNAL_SET_SIZE 8 /* bytes: 64 signals */
#define NANOSECONDS 1000000000

#define BIT(signal) (1UL << ((signal) - 1))

/* The kernel's struct sigaction (rt_sigaction(2)). All zero is SIG_DFL. */
struct action {
	uint64_t handler, flags, restorer, mask;
};

/* Blocked or not, a fault of our own must end in a core, not in a loop. */
static const uint64_t faults = BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGBUS) |
			       BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGSYS);
static const uint64_t awaited = BIT(SIGCHLD) | BIT(SIGHUP) | BIT(SIGINT) |
				BIT(SIGQUIT) | BIT(SIGUSR1) | BIT(SIGUSR2) |
				BIT(SIGTERM) | BIT(SIGWINCH) | BIT(SIGPWR);

static void set_mask(uint64_t mask)
{
	CALL(rt_sigprocmask, SIG_SETMASK, &mask, 0, SIGNAL_SET_SIZE, 0, 0);
}

void block_signals(void)
{
	set_mask(~faults);
}

struct signal wait_for_signal(uint64_t deadline)
{
	for (;;) {
		struct signal_information information;
		struct timespec rest, *timeout = NULL;
		uint64_t now = deadline == NEVER ? 0 : boot_time();
		long number;

		if (deadline != NEVER) {
			uint64_t left = now < deadline ? deadline - now : 0;

			rest.seconds = (int64_t)(left / NANOSECONDS);
			rest.nanoseconds = (int64_t)(left % NANOSECONDS);
			timeout = &rest;
		}
		number = CALL(rt_sigtimedwait, &awaited, &information, timeout,
			      SIGNAL_SET_SIZE, 0, 0);
		if (number > 0)
			return (struct signal){ (int)number, information.code };
		if (number == -EAGAIN)
			return (struct signal){ 0, 0 };
	}
}

void reset_signals(void)
{
	static const struct action by_default;

	for (int signal = 1; signal <= SIGNALS; signal++)
		CALL(rt_sigaction, signal, &by_default, 0, SIGNAL_SET_SIZE, 0,
		     0);
	set_mask(0);
}

uint64_t milliseconds_from_now(uint64_t milliseconds)
{
	return boot_time() + milliseconds * (NANOSECONDS / 1000);
}
