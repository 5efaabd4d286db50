/* Signals, seen as two states: PID 1's, and the one a workload begins with. */
#ifndef KRUN_SIGNALS_H
#define KRUN_SIGNALS_H

#include "system.h"

enum {
	SIGHUP = 1,
	SIGINT = 2,
	SIGQUIT = 3,
	SIGILL = 4,
	SIGTRAP = 5,
	SIGBUS = 7,
	SIGFPE = 8,
	SIGKILL = 9,
	SIGUSR1 = 10,
	SIGSEGV = 11,
	SIGUSR2 = 12,
	SIGALRM = 14,
	SIGTERM = 15,
	SIGCHLD = 17,
	SIGCONT = 18,
	SIGWINCH = 28,
	SIGPWR = 30,
	SIGSYS = 31,
	SIGRTMIN = 32, /* the kernel's */
	SIGNALS = 64,
};

/* Who sent it (sigaction(2)): kill(2), or for SIGINT ctrl-alt-del. */
#define SI_USER 0
#define SI_KERNEL 0x80

struct signal {
	int number; /* 0: the deadline has come */
	int code;   /* si_code */
	int pid;    /* who sent it, where a process did: SI_USER */
	uint32_t uid;
};

/*
 * PID 1: none is delivered, all wait for wait_for_signal; faults excepted.
 * Returns 0 or a negative errno.
 */
long block_signals(void);
/* The opposite, for a child: the mask that the kernel starts its init with. */
void unblock_signals(void);
/*
 * The next SIGCHLD or signal for the workload. Sleeps until there is one or
 * until `deadline`, in nanoseconds of boot_time(), and is the relay meanwhile.
 */
struct signal wait_for_signal(uint64_t deadline);
/*
 * From one to the other SIGALRM does nothing but interrupt a system call. With
 * no timer left to send it, it must not be pending when that ends.
 */
struct alarm_state {
	struct action {
		/* The kernel's struct sigaction (rt_sigaction(2)). */
		uint64_t handler, flags, restorer, mask;
	} action;
	uint64_t mask;
};
void let_alarm_interrupt(struct alarm_state *before);
void restore_alarm(const struct alarm_state *before);

/* The workload: all 64 dispositions at default, nothing blocked. */
void reset_signals(void);

#endif
