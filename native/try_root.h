/* The root of a guest that is tried: a directory of the host. */
#ifndef KRUN_TRY_ROOT_H
#define KRUN_TRY_ROOT_H

#include "system.h"

/* What failed, for a message; `result` is a -errno, 0 where nothing did. */
struct failure {
	const char *verb, *object;
	long result;
};

/*
 * Makes a directory the root of the calling process, whose mount namespace is
 * new, with a /dev of its own; nothing of the host's is in reach then. A
 * config file, unless it is NULL, becomes TRY_CONFIG_PATH.
 */
struct failure enter_root(const char *directory, const char *config);

/* tools/command_line/try.ts names it to the guest. */
#define TRY_CONFIG_PATH "/dev/krun_config.json"

#endif
