/* The launcher: from the kernel's exec of the image to a running pipeline. */
#ifndef KRUN_LAUNCHER_H
#define KRUN_LAUNCHER_H

#include "system.h"

/*
 * As PID 1: boots the guest. As any other process: becomes the runtime, and
 * so the command-line tool. The arguments are those of the kernel.
 */
_Noreturn void launch(int argc, char **argv, char **envp,
		      const unsigned long *auxv);

#endif
