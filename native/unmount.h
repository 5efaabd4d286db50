/* Leaves the file systems as an orderly shutdown does. */
#ifndef KRUN_UNMOUNT_H
#define KRUN_UNMOUNT_H

/*
 * Unmounts all but the root, last mounted first, and makes the root
 * read-only, so that nothing on it waits for recovery. Only for a guest: in
 * a namespace the file systems are the host's.
 */
void unmount_all(void);

#endif
