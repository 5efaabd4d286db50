/* The JSON's `mounts`. */
#ifndef KRUN_CONFIG_MOUNTS_PART_H
#define KRUN_CONFIG_MOUNTS_PART_H

#include "builder.h"
#include "problem.h"

bool check_mounts(struct problem *problem, const KrunConfigBuilder *builder);

/* Whether there is a volume that the init mounts on request only. */
bool has_bind(const KrunConfigBuilder *builder);

/* Adds `"mounts":[…]` unless there are none. */
void append_mounts(struct text *text, const KrunConfigBuilder *builder);

#endif
