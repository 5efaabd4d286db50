#ifndef KRUN_CONFIG_ERROR_H
#define KRUN_CONFIG_ERROR_H

#include "problem.h"

/* An error of a problem, whose memory it takes over; never NULL. */
KrunConfigError *make_error(struct problem *problem);

/* For where memory ran out; needs none. */
KrunConfigError *out_of_memory(void);

#endif
