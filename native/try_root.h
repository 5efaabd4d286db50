/* The root of a guest that is tried: a directory of the host. */
#ifndef KRUN_TRY_ROOT_H
#define KRUN_TRY_ROOT_H

#include "system.h"

/*
 * The directory and all that is mounted in it as a mount that has no place
 * yet, or a -errno: -EPERM for a caller that may not make one.
 */
long clone_directory(const char *directory);

/*
 * Has the files of such a mount belong to the users of a user namespace as if
 * its ids were the host's; returns a -errno. For root only, and not on every
 * file system (mount_setattr(2)).
 */
long map_owners(int tree, int users);

/* What failed, for a message; `result` is a -errno, 0 where nothing did. */
struct failure {
	const char *verb, *object;
	long result;
};

/* A directory of the host's that the guest has at a path. */
struct volume {
	const char *directory, *path;
	bool read_only;
	int tree; /* its clone, or negative */
};

/* Its clone, as clone_directory has it. */
long clone_volume(const struct volume *volume);

/*
 * Makes a directory the root of the calling process, whose mount namespace is
 * new, with a /dev of its own and `count` volumes; nothing else of the host's
 * is in reach then. `tree` is its clone, or negative. The file `config` becomes
 * TRY_CONFIG_PATH, if it is not negative.
 */
struct failure enter_root(const char *directory, int tree, int config,
			  struct volume *volumes, size_t count);

/* tools/command_line/try.ts names it to the guest. */
#define TRY_CONFIG_PATH "/dev/krun_config.json"

#endif
