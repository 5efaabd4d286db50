#include "signals.h"

#include "relay.h"

#define SIG_UNBLOCK 1
#define SIG_SETMASK 2
#define SA_RESTORER 0x04000000
#define SIGNAL_SET_SIZE 8 /* bytes: 64 signals */
/* Milliseconds, where nothing tells us that there is a signal. */
#define LOOK 100

#define BIT(signal) (1UL << ((signal) - 1))

/* Blocked or not, a fault of our own must end in a core, not in a loop. */
static const uint64_t faults = BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGBUS) |
			       BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGSYS);
static const uint64_t awaited = BIT(SIGCHLD) | BIT(SIGHUP) | BIT(SIGINT) |
				BIT(SIGQUIT) | BIT(SIGUSR1) | BIT(SIGUSR2) |
				BIT(SIGTERM) | BIT(SIGWINCH) | BIT(SIGPWR) |
				-BIT(SIGRTMIN); /* and all above it */

static long set_mask(uint64_t mask)
{
	return CALL(rt_sigprocmask, SIG_SETMASK, &mask, 0, SIGNAL_SET_SIZE, 0,
		    0);
}

long block_signals(void)
{
	return set_mask(~faults);
}

void unblock_signals(void)
{
	set_mask(0);
}

/* Tells when there is one; where that can't be had, we look now and then. */
static uint64_t sleep_until_signal(uint64_t deadline)
{
	static long ready = -1;
	uint64_t look = milliseconds_from_now(LOOK);

	if (ready < 0)
		ready = CALL(signalfd4, -1, &awaited, SIGNAL_SET_SIZE,
			     O_CLOEXEC, 0, 0);
	relay_until((int)ready, ready < 0 && look < deadline ? look : deadline);
	return boot_time();
}

struct signal wait_for_signal(uint64_t deadline)
{
	static const struct timespec at_once;

	for (uint64_t now = 0;; now = sleep_until_signal(deadline)) {
		struct signal_information information;
		long number = CALL(rt_sigtimedwait, &awaited, &information,
				   &at_once, SIGNAL_SET_SIZE, 0, 0);

		if (number > 0)
			return (struct signal){ (int)number, information.code,
						information.pid,
						information.uid };
		/* Where none can be had, a child may have ended at any time. */
		if (number != -EAGAIN && number != -EINTR) {
			pause_for(LOOK);
			return (struct signal){
				.number = boot_time() < deadline ? SIGCHLD : 0,
			};
		}
		if (now >= deadline)
			return (struct signal){ 0 };
	}
}

ARCH_SIGNAL_RETURN(signal_return);

static void do_nothing(int signal)
{
	(void)signal;
}

void let_alarm_interrupt(struct alarm_state *before)
{
	const struct action interrupt = {
		.handler = (uint64_t)do_nothing,
		.flags = SA_RESTORER,
		.restorer = (uint64_t)signal_return,
	};
	uint64_t alarm = BIT(SIGALRM);

	CALL(rt_sigaction, SIGALRM, &interrupt, &before->action,
	     SIGNAL_SET_SIZE, 0, 0);
	CALL(rt_sigprocmask, SIG_UNBLOCK, &alarm, &before->mask,
	     SIGNAL_SET_SIZE, 0, 0);
}

void restore_alarm(const struct alarm_state *before)
{
	set_mask(before->mask);
	CALL(rt_sigaction, SIGALRM, &before->action, NULL, SIGNAL_SET_SIZE, 0,
	     0);
}

void reset_signals(void)
{
	/* All zero is SIG_DFL. */
	static const struct action by_default;

	for (int signal = 1; signal <= SIGNALS; signal++)
		CALL(rt_sigaction, signal, &by_default, 0, SIGNAL_SET_SIZE, 0,
		     0);
	set_mask(0);
}
