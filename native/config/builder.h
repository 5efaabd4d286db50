/* What a builder has been told, not yet checked. */
#ifndef KRUN_CONFIG_BUILDER_H
#define KRUN_CONFIG_BUILDER_H

#include "krun_init_config.h"
#include "pool.h"
#include "words.h"

/* A number that may not have been given. */
struct setting {
	bool is_set;
	uint32_t value;
};

struct wanted_mount {
	KrunStr destination, type, source;
	struct words options;
	/* The init is to mount it. */
	bool is_volume;
};

struct wanted_file {
	KrunStr path;
	KrunBytes bytes;
	uint32_t mode;
	bool one_shot;
};

/* A KrunStr without data has not been given. */
struct KrunConfigBuilder {
	/* Holds all the strings and lists, replaced ones too. */
	struct pool pool;
	struct words args;
	/* NAME=VALUE each. */
	struct words env;
	KrunStr cwd;
	struct setting uid, gid, umask;
	uint32_t *groups;
	size_t group_count;
	bool no_new_privileges;
	/* RESOURCE=SOFT:HARD each. */
	struct words limits;
	KrunStr hostname;
	/* In seconds. */
	struct setting stop_timeout, stop_signal;
	struct wanted_mount *mounts;
	size_t mount_count;
	bool dhcp;
	/* In ms. */
	struct setting dhcp_timeout;
	KrunStr block_device, block_type, block_options;
	bool trace;
	/* NAME=VALUE each, beside those of the settings. */
	struct words kernel_environment;
	/* The init's own arguments. */
	struct words kernel_arguments;
	struct wanted_file *files;
	size_t file_count;
	/* The init's image. */
	KrunBytes image;
};

#endif
