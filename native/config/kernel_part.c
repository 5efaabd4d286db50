#include "kernel_part.h"

#include "files_part.h"
#include "process_part.h"

/* Linux: CONFIG_INIT_ENV_ARG_LIMIT, for environment and arguments each. */
#define WORDS_MAX 32

/* Linux: COMMAND_LINE_SIZE on x86_64 and arm64, with the final NUL. */
#define LINE_SIZE 2048

/*
 * For libkrun's own words: 107 bytes of parameters, `tsi_hijack` and
 * `tsi_hijack_unix`, and on x86_64 some 36 bytes for each device.
 */
#define LIBKRUN_SIZE 512

/* In ms; the init waits no longer. */
#define DHCP_TIMEOUT_MAX 10000

struct words kernel_environment(struct pool *pool,
				const KrunConfigBuilder *builder)
{
	struct words own = { 0 };

	if (builder->dhcp)
		add_word(pool, &own, KRUN_STR("KRUN_DHCP=1"));
	if (builder->dhcp_timeout.is_set)
		add_number_setting(pool, &own, "KRUN_DHCP_TIMEOUT=",
				   builder->dhcp_timeout.value);
	if (builder->block_device.data)
		add_setting(pool, &own, "KRUN_BLOCK_ROOT_DEVICE=",
			    builder->block_device);
	/* What libkrun takes as: find out yourself. */
	if (builder->block_type.len && !is_word(builder->block_type, "auto"))
		add_setting(pool, &own, "KRUN_BLOCK_ROOT_FSTYPE=",
			    builder->block_type);
	if (builder->block_options.len)
		add_setting(pool, &own, "KRUN_BLOCK_ROOT_OPTIONS=",
			    builder->block_options);
	if (builder->trace)
		add_word(pool, &own, KRUN_STR("KRUN_INIT_TRACE=1"));
	return join_variables(pool, &builder->kernel_environment, &own);
}

static void append_quoted(struct text *text, const struct words *words)
{
	for (size_t n = 0; n < words->count; n++) {
		append(text, " \"");
		append_bytes(text, words->items[n].data, words->items[n].len);
		append(text, "\"");
	}
}

KrunStr kernel_line(struct pool *pool, const struct words *env,
		    const struct words *args)
{
	struct text text = { .pool = pool };

	append(&text, "init=" IMAGE_PATH);
	append_quoted(&text, env);
	if (args->count)
		append(&text, " --");
	append_quoted(&text, args);
	return finish(&text);
}

/* Printable ASCII without a double quote. */
static bool check_word(struct problem *problem, KrunStr word,
		       struct place place)
{
	if (!check_text(problem, word, place))
		return false;
	for (size_t n = 0; n < word.len; n++)
		if (word.data[n] < 0x20 || word.data[n] > 0x7e ||
		    word.data[n] == '"')
			return report_word(problem, KRUN_CONFIG_BAD_CHARACTER,
					   place, word,
					   "has a double quote or is not "
					   "printable ASCII");
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* Linux takes a name with a dot for a parameter of a module. */
static bool is_kernel_name(KrunStr name)
{
	if (!name.len || !is_letter(name.data[0]))
		return false;
	for (size_t n = 1; n < name.len; n++)
		if (!is_letter(name.data[n]) &&
		    !(name.data[n] >= '0' && name.data[n] <= '9'))
			return false;
	return true;
}

static bool check_kernel_variable(struct problem *problem,
				  const KrunConfigBuilder *builder,
				  KrunStr item, struct place place)
{
	KrunStr name = variable_name(item);
	const char *overruled = overruled_setting(builder, name);

	if (builder->dhcp_timeout.is_set && is_word(name, "KRUN_DHCP_TIMEOUT"))
		return check_number(problem, builder->dhcp_timeout.value, place,
				    1, DHCP_TIMEOUT_MAX) &&
		       (builder->dhcp ||
			report_plain(problem, KRUN_CONFIG_NO_EFFECT, place,
				     "DHCP is not asked for"));
	if (builder->block_device.data &&
	    is_word(name, "KRUN_BLOCK_ROOT_DEVICE") &&
	    !check_absolute(problem, builder->block_device, place))
		return false;
	if (!check_word(problem, item, place))
		return false;
	if (!is_kernel_name(name))
		return report_word(problem, KRUN_CONFIG_NOT_NAME_VALUE, place,
				   item, "is not NAME=VALUE");
	if (is_word(name, "KRUN_CONFIG"))
		return report_plain(problem, KRUN_CONFIG_CONFLICT, place,
				    "The init would read another config");
	return !overruled || report_name(problem, KRUN_CONFIG_CONFLICT, place,
					 name, overruled);
}

static bool check_environment(struct problem *problem,
			      const KrunConfigBuilder *builder,
			      const struct words *env)
{
	static const char list[] = "kernel.environment";
	size_t count = env->count;
	struct text *message;

	for (size_t n = 0; n < env->count; n++)
		if (!check_kernel_variable(problem, builder, env->items[n],
					   place(list, n)))
			return false;
	/* Linux's own, whose places these names take. */
	count += !has_variable(env, KRUN_STR("HOME"));
	count += !has_variable(env, KRUN_STR("TERM"));
	if (count <= WORDS_MAX)
		return true;
	message = report(problem, KRUN_CONFIG_TOO_MANY, place(list, NONE));
	append_number(message, count);
	append(message, " variables, HOME and TERM among them: Linux takes ");
	append_number(message, WORDS_MAX);
	return false;
}

static bool check_arguments(struct problem *problem,
			    const KrunConfigBuilder *builder)
{
	static const char list[] = "kernel.arguments";
	const struct words *args = &builder->kernel_arguments;
	struct text *message;

	for (size_t n = 0; n < args->count; n++) {
		struct place at = place(list, n);

		if (!check_word(problem, args->items[n], at))
			return false;
		if (is_word(args->items[n], "--"))
			return report_plain(
				problem, KRUN_CONFIG_BAD_VALUE, at,
				"Linux drops -- and all that follows");
		if (builder->args.count)
			return report_plain(problem, KRUN_CONFIG_CONFLICT, at,
					    "process.args wins over it");
	}
	/* The first is the init itself. */
	if (args->count < WORDS_MAX)
		return true;
	message = report(problem, KRUN_CONFIG_TOO_MANY, place(list, NONE));
	append_number(message, args->count);
	append(message, " arguments: Linux takes ");
	append_number(message, WORDS_MAX - 1);
	return false;
}

static bool check_line(struct problem *problem, KrunStr line)
{
	const size_t rest = LINE_SIZE - 1 - LIBKRUN_SIZE;
	struct text *message;

	if (line.len <= rest)
		return true;
	message = report(problem, KRUN_CONFIG_TOO_LONG,
			 place("kernel.line", NONE));
	append(message, "has ");
	append_number(message, line.len);
	append(message, " bytes of ");
	append_number(message, rest);
	return false;
}

bool check_kernel(struct problem *problem, const KrunConfigBuilder *builder,
		  const struct words *env, KrunStr line)
{
	return check_environment(problem, builder, env) &&
	       check_arguments(problem, builder) && check_line(problem, line);
}
