#include "error.h"

#include <stdlib.h>

struct KrunConfigError {
	struct pool pool;
	KrunConfigErrorCode code;
	const char *path, *message;
};

static const KrunConfigError no_memory = {
	.code = KRUN_CONFIG_NO_MEMORY,
	.path = "",
	.message = "Out of memory",
};

static const char *const names[] = {
	[KRUN_CONFIG_OK] = "ok",
	[KRUN_CONFIG_NO_MEMORY] = "no_memory",
	[KRUN_CONFIG_NUL] = "nul",
	[KRUN_CONFIG_NOT_UNICODE] = "not_unicode",
	[KRUN_CONFIG_EMPTY] = "empty",
	[KRUN_CONFIG_NOT_NAME_VALUE] = "not_name_value",
	[KRUN_CONFIG_NOT_ABSOLUTE] = "not_absolute",
	[KRUN_CONFIG_NOT_NORMAL] = "not_normal",
	[KRUN_CONFIG_OUT_OF_RANGE] = "out_of_range",
	[KRUN_CONFIG_BAD_LIMIT] = "bad_limit",
	[KRUN_CONFIG_UNKNOWN_OPTION] = "unknown_option",
	[KRUN_CONFIG_BAD_VALUE] = "bad_value",
	[KRUN_CONFIG_BAD_CHARACTER] = "bad_character",
	[KRUN_CONFIG_DUPLICATE] = "duplicate",
	[KRUN_CONFIG_CONFLICT] = "conflict",
	[KRUN_CONFIG_NO_EFFECT] = "no_effect",
	[KRUN_CONFIG_TOO_LONG] = "too_long",
	[KRUN_CONFIG_TOO_MANY] = "too_many",
};

KrunConfigError *out_of_memory(void)
{
	/* Nobody writes to an error. */
	return (KrunConfigError *)&no_memory;
}

KrunConfigError *make_error(struct problem *problem)
{
	KrunStr path = finish(&problem->path);
	KrunStr message = finish(&problem->message);
	KrunConfigError *error = NULL;

	if (!problem->pool.exhausted)
		error = malloc(sizeof *error);
	if (!error) {
		pool_free(&problem->pool);
		return out_of_memory();
	}
	*error = (KrunConfigError){
		.pool = problem->pool,
		.code = problem->code,
		.path = path.data,
		.message = message.data,
	};
	return error;
}

void krun_config_error_destroy(KrunConfigError *error)
{
	if (!error || error == &no_memory)
		return;
	pool_free(&error->pool);
	free(error);
}

KrunConfigErrorCode krun_config_error_code(const KrunConfigError *error)
{
	return error ? error->code : KRUN_CONFIG_OK;
}

const char *krun_config_error_path(const KrunConfigError *error)
{
	return error ? error->path : "";
}

const char *krun_config_error_message(const KrunConfigError *error)
{
	return error ? error->message : "";
}

const char *krun_config_error_name(KrunConfigErrorCode code)
{
	return (size_t)code < sizeof names / sizeof *names ? names[code] : NULL;
}
