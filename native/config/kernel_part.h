/* What goes on the kernel's command line, as libkrun passes it. */
#ifndef KRUN_CONFIG_KERNEL_PART_H
#define KRUN_CONFIG_KERNEL_PART_H

#include "builder.h"
#include "problem.h"

/* The kernel's variables, those of settings among them. */
struct words kernel_environment(struct pool *pool,
				const KrunConfigBuilder *builder);

/*
 * What is to be added to the kernel's command line: libkrun puts every item in
 * double quotes, and neither it nor Linux has an escape.
 */
KrunStr kernel_line(struct pool *pool, const struct words *env,
		    const struct words *args);

/* Checks the kernel's words against the settings and against its limits. */
bool check_kernel(struct problem *problem, const KrunConfigBuilder *builder,
		  const struct words *env, KrunStr line);

#endif
