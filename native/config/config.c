#include "builder.h"
#include "error.h"
#include "files_part.h"
#include "json.h"
#include "kernel_part.h"
#include "mounts_part.h"
#include "process_part.h"

#include <stdlib.h>

/*
 * Asks the init for what confines the workload and for binds, and older ones
 * for the user, too; the value is "1".
 */
#define OCI_ANNOTATION "krun-init.oci"

/* The runtime specification's; the value is a number. */
#define STOP_SIGNAL_ANNOTATION "org.opencontainers.image.stopSignal"
#define LAST_SIGNAL 64

struct KrunConfig {
	/* Holds all the rest but the files' bytes. */
	struct pool pool;
	KrunStr json;
	KrunStr kernel_line;
	/* Each with a NULL behind it. */
	const char **environment, **arguments;
	struct files files;
};

static void append_annotations(struct text *text,
			       const KrunConfigBuilder *builder)
{
	bool is_oci = has_user(builder) || builder->no_new_privileges ||
		      has_bind(builder);

	if (!is_oci && !builder->stop_signal.is_set)
		return;
	append_key(text, "annotations");
	append(text, "{");
	if (is_oci)
		append_string_field(text, OCI_ANNOTATION, KRUN_STR("1"));
	if (builder->stop_signal.is_set) {
		append_key(text, STOP_SIGNAL_ANNOTATION);
		append(text, "\"");
		append_number(text, builder->stop_signal.value);
		append(text, "\"");
	}
	append(text, "}");
}

static bool check_stop_signal(struct problem *problem,
			      const KrunConfigBuilder *builder)
{
	return !builder->stop_signal.is_set ||
	       check_number(problem, builder->stop_signal.value,
			    place("annotations." STOP_SIGNAL_ANNOTATION, NONE),
			    1, LAST_SIGNAL);
}

static KrunStr compose(struct pool *pool, const KrunConfigBuilder *builder,
		       const struct words *env)
{
	struct text text = { .pool = pool };

	append(&text, "{");
	append_process(&text, builder, env);
	append_mounts(&text, builder);
	append_annotations(&text, builder);
	append(&text, "}\n");
	return finish(&text);
}

/* Copies of words as C strings, with a NULL behind them. */
static const char **strings(struct pool *pool, const struct words *words)
{
	const char **list = pool_take(pool, (words->count + 1) * sizeof *list);

	for (size_t n = 0; list && n < words->count; n++)
		list[n] = copy_word(pool, words->items[n]).data;
	if (list)
		list[words->count] = NULL;
	return list;
}

/* False where something is wrong, or the pool is exhausted. */
static bool fill(KrunConfig *config, const KrunConfigBuilder *builder,
		 struct problem *problem)
{
	struct pool *pool = &config->pool;
	struct words env = process_environment(pool, builder);
	struct words kernel = kernel_environment(pool, builder);

	config->json = compose(pool, builder, &env);
	config->kernel_line =
		kernel_line(pool, &kernel, &builder->kernel_arguments);
	config->environment = strings(pool, &kernel);
	config->arguments = strings(pool, &builder->kernel_arguments);
	config->files = list_files(pool, builder, config->json);
	return !pool->exhausted &&
	       check_process(problem, builder, &env, &kernel) &&
	       check_mounts(problem, builder) &&
	       check_stop_signal(problem, builder) &&
	       check_files(problem, &config->files) &&
	       check_kernel(problem, builder, &kernel, config->kernel_line);
}

KrunConfig *krun_config_builder_build(const KrunConfigBuilder *builder,
				      KrunConfigError **error)
{
	struct problem problem = { 0 };
	KrunConfig *config = NULL;
	KrunConfigError *reason;

	if (builder && !builder->pool.exhausted)
		config = calloc(1, sizeof *config);
	if (config && fill(config, builder, &problem))
		return config;
	reason = problem.code ? make_error(&problem) : out_of_memory();
	krun_config_destroy(config);
	if (error)
		*error = reason;
	else
		krun_config_error_destroy(reason);
	return NULL;
}

void krun_config_destroy(KrunConfig *config)
{
	if (!config)
		return;
	pool_free(&config->pool);
	free(config);
}

KrunStr krun_config_json(const KrunConfig *config)
{
	return config ? config->json : (KrunStr){ NULL, 0 };
}

const char *const *krun_config_kernel_environment(const KrunConfig *config)
{
	return config ? config->environment : NULL;
}

const char *const *krun_config_kernel_arguments(const KrunConfig *config)
{
	return config ? config->arguments : NULL;
}

KrunStr krun_config_kernel_line(const KrunConfig *config)
{
	return config ? config->kernel_line : (KrunStr){ NULL, 0 };
}

size_t krun_config_file_count(const KrunConfig *config)
{
	return config ? config->files.count : 0;
}

/* The file, or one that is not there. */
static struct wanted_file file_of(const KrunConfig *config, size_t file)
{
	return file < krun_config_file_count(config) ?
		       config->files.items[file] :
		       (struct wanted_file){ .mode = 0 };
}

KrunStr krun_config_file_path(const KrunConfig *config, size_t file)
{
	return file_of(config, file).path;
}

KrunBytes krun_config_file_bytes(const KrunConfig *config, size_t file)
{
	return file_of(config, file).bytes;
}

uint32_t krun_config_file_mode(const KrunConfig *config, size_t file)
{
	return file_of(config, file).mode;
}

bool krun_config_file_one_shot(const KrunConfig *config, size_t file)
{
	return file_of(config, file).one_shot;
}
