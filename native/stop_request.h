/* Which of the signals to PID 1 ask for the end of the guest. */
#ifndef KRUN_STOP_REQUEST_H
#define KRUN_STOP_REQUEST_H

#include "signals.h"

/*
 * True for SIGTERM, SIGPWR, ctrl-alt-del, and for what the commands of busybox
 * tell its init, run by root: SIGUSR1 is halt's, SIGUSR2 poweroff's, SIGTERM
 * reboot's. From anyone else those two are the workload's.
 */
bool asks_to_stop(struct signal signal, int workload);

#endif
