/* The files that the host lays over the guest's root. */
#ifndef KRUN_CONFIG_FILES_PART_H
#define KRUN_CONFIG_FILES_PART_H

#include "builder.h"
#include "problem.h"

/* The path under which the kernel starts the init. */
#define IMAGE_PATH "/init.krun"

/* The list: the image, the config, then the others in their order. */
struct files {
	struct wanted_file *items;
	size_t count;
};

struct files list_files(struct pool *pool, const KrunConfigBuilder *builder,
			KrunStr json);

bool check_files(struct problem *problem, const struct files *files);

#endif
