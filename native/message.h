/* Writing to what may take nothing, such as a console that nobody reads. */
#ifndef KRUN_MESSAGE_H
#define KRUN_MESSAGE_H

#include "system.h"

/*
 * Writes, for BUDGET_MESSAGE at most; the rest is dropped. Returns how much was
 * written, or a -errno.
 */
long write_in_time(int fd, const char *from, size_t size);

#endif
