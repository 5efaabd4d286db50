/* Resource limits, RESOURCE=SOFT:HARD. */
#ifndef KRUN_CONFIG_LIMITS_H
#define KRUN_CONFIG_LIMITS_H

#include "text.h"
#include "words.h"

/* Whether a limit is one. */
bool is_limit(KrunStr limit);

/*
 * Adds the limits in numbers, with commas between. The last of a resource
 * counts; each keeps its first place. What is no limit is left out.
 */
void append_limits(struct text *text, const struct words *limits);

#endif
