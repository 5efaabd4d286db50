/*
 * A boot without a virtual machine, for `krun-init try`: the image as PID 1 of
 * new namespaces. The user namespace is new for root, too: so the kernel
 * refuses whatever would reach the host.
 */
#ifndef KRUN_TRY_H
#define KRUN_TRY_H

#include "system.h"

/* argv[1] under which the program does this; the image, then, is its file. */
#define TRY_NAME "krun-init-try"

/*
 * What follows in argv: the directory that becomes the root, a config file or
 * an empty string, volumes of three words each (struct volume), an empty
 * string, and the guest's own arguments. `envp` is the guest's.
 */
enum {
	TRY_ROOT = 2,
	TRY_CONFIG,
	TRY_VOLUMES,
};

/* Boots, passes signals on, and ends with the status of the guest's PID 1. */
_Noreturn void try_boot(char **argv, char **envp);

#endif
