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

/* PID 1: none is delivered, all wait for wait_for_signal; faults excepted. */
void block_signals(void);
/*
 * The next SIGCHLD or signal for the workload. Sleeps until there is one or
 * until `deadline`, in nanoseconds of boot_time(), and is the relay meanwhile.
 */
struct signal wait_for_signal(uint64_t deadline);
/* The workload: all 64 dispositions at default, nothing blocked. */
void reset_signals(void);

#endif
