/* The JSON's `process`: command, environment, directory and identity. */
#ifndef KRUN_CONFIG_PROCESS_PART_H
#define KRUN_CONFIG_PROCESS_PART_H

#include "builder.h"
#include "problem.h"

/* Whether there is a user, a mask or a group. */
bool has_user(const KrunConfigBuilder *builder);

/* The workload's variables, those of settings among them. */
struct words process_environment(struct pool *pool,
				 const KrunConfigBuilder *builder);

/* `env` is the workload's environment, `kernel` the kernel's. */
bool check_process(struct problem *problem, const KrunConfigBuilder *builder,
		   const struct words *env, const struct words *kernel);

/* Adds `"process":{…}` unless there is nothing of it. */
void append_process(struct text *text, const KrunConfigBuilder *builder,
		    const struct words *env);

/*
 * A variable by which the init would pass over a setting: the setting's name
 * and what happens to it, or NULL.
 */
const char *overruled_setting(const KrunConfigBuilder *builder, KrunStr name);

#endif
