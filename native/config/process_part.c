#include "process_part.h"

#include "json.h"
#include "limits.h"

/* HOST_NAME_MAX (sethostname(2)), in bytes. */
#define HOST_NAME_SIZE 64

/* In seconds; the init takes nine digits. */
#define STOP_TIMEOUT_MAX 999999999

/* NGROUPS_MAX (setgroups(2)). */
#define GROUPS_MAX 65536

#define UMASK_MAX 0777

/* The init has read them before it reads the config. */
static const char *const kernel_only[] = {
	"KRUN_CONFIG",
	"KRUN_INIT_TRACE",
};

bool has_user(const KrunConfigBuilder *builder)
{
	return builder->uid.is_set || builder->umask.is_set ||
	       builder->group_count;
}

struct words process_environment(struct pool *pool,
				 const KrunConfigBuilder *builder)
{
	struct words own = { 0 };

	if (builder->limits.count) {
		struct text text = { .pool = pool };

		append(&text, "KRUN_RLIMITS=");
		append_limits(&text, &builder->limits);
		add_text(&own, &text);
	}
	if (builder->hostname.data)
		add_setting(pool, &own, "HOSTNAME=", builder->hostname);
	if (builder->stop_timeout.is_set)
		add_number_setting(pool, &own, "KRUN_STOP_TIMEOUT=",
				   builder->stop_timeout.value);
	return join_variables(pool, &builder->env, &own);
}

static bool check_args(struct problem *problem, const struct words *args)
{
	for (size_t n = 0; n < args->count; n++) {
		/* Any argument but the first may be empty. */
		bool (*check)(struct problem *, KrunStr, struct place) =
			n ? check_text : check_filled;

		if (!check(problem, args->items[n], place("process.args", n)))
			return false;
	}
	return true;
}

static bool check_limits(struct problem *problem, const struct words *limits,
			 struct place place)
{
	for (size_t n = 0; n < limits->count; n++)
		if (!is_limit(limits->items[n]))
			return report_word(problem, KRUN_CONFIG_BAD_LIMIT,
					   place, limits->items[n],
					   "is not RESOURCE=SOFT:HARD");
	return true;
}

static bool check_host_name(struct problem *problem, KrunStr name,
			    struct place place)
{
	struct text *message;

	if (!check_filled(problem, name, place))
		return false;
	if (name.len <= HOST_NAME_SIZE)
		return true;
	message = report(problem, KRUN_CONFIG_TOO_LONG, place);
	append(message, "has ");
	append_number(message, name.len);
	append(message, " bytes, more than ");
	append_number(message, HOST_NAME_SIZE);
	return false;
}

/* Whether a variable is well-formed; those of settings by their own rules. */
static bool check_form(struct problem *problem,
		       const KrunConfigBuilder *builder, KrunStr item,
		       struct place place)
{
	KrunStr name = variable_name(item);

	if (builder->limits.count && is_word(name, "KRUN_RLIMITS"))
		return check_limits(problem, &builder->limits, place);
	if (builder->hostname.data && is_word(name, "HOSTNAME"))
		return check_host_name(problem, builder->hostname, place);
	if (builder->stop_timeout.is_set && is_word(name, "KRUN_STOP_TIMEOUT"))
		return check_number(problem, builder->stop_timeout.value, place,
				    0, STOP_TIMEOUT_MAX);
	return check_variable(problem, item, place);
}

static bool is_kernel_only(KrunStr name)
{
	for (size_t n = 0; n < sizeof kernel_only / sizeof *kernel_only; n++)
		if (is_word(name, kernel_only[n]))
			return true;
	return false;
}

const char *overruled_setting(const KrunConfigBuilder *builder, KrunStr name)
{
	if (is_word(name, "KRUN_INIT") && builder->args.count)
		return "wins over process.args";
	if (is_word(name, "KRUN_WORKDIR") && builder->cwd.data)
		return "wins over process.cwd";
	return NULL;
}

static bool check_environment(struct problem *problem,
			      const KrunConfigBuilder *builder,
			      const struct words *env,
			      const struct words *kernel)
{
	for (size_t n = 0; n < env->count; n++) {
		struct place at = place("process.env", n);
		KrunStr name = variable_name(env->items[n]);
		const char *overruled = overruled_setting(builder, name);

		if (!check_form(problem, builder, env->items[n], at))
			return false;
		if (is_kernel_only(name))
			return report_name(problem, KRUN_CONFIG_NO_EFFECT, at,
					   name,
					   "is read from the kernel's "
					   "environment only");
		if (has_variable(kernel, name))
			return report_name(problem, KRUN_CONFIG_CONFLICT, at,
					   name,
					   "is in the kernel's environment");
		if (overruled)
			return report_name(problem, KRUN_CONFIG_CONFLICT, at,
					   name, overruled);
	}
	return true;
}

static bool check_user(struct problem *problem,
		       const KrunConfigBuilder *builder)
{
	static const char list[] = "process.user";
	struct place groups = field(list, NONE, "additionalGids");
	struct text *message;

	if (!check_number(problem, builder->uid.value,
			  field(list, NONE, "uid"), 0, ID_MAX) ||
	    !check_number(problem, builder->gid.value,
			  field(list, NONE, "gid"), 0, ID_MAX) ||
	    !check_number(problem, builder->umask.value,
			  field(list, NONE, "umask"), 0, UMASK_MAX))
		return false;
	for (size_t n = 0; n < builder->group_count; n++) {
		struct place group = groups;

		group.m = n;
		if (!check_number(problem, builder->groups[n], group, 0,
				  ID_MAX))
			return false;
	}
	if (builder->group_count <= GROUPS_MAX)
		return true;
	message = report(problem, KRUN_CONFIG_TOO_MANY, groups);
	append_number(message, builder->group_count);
	append(message, " groups, more than ");
	append_number(message, GROUPS_MAX);
	return false;
}

bool check_process(struct problem *problem, const KrunConfigBuilder *builder,
		   const struct words *env, const struct words *kernel)
{
	return check_args(problem, &builder->args) &&
	       check_environment(problem, builder, env, kernel) &&
	       (!builder->cwd.data ||
		check_absolute(problem, builder->cwd,
			       place("process.cwd", NONE))) &&
	       check_user(problem, builder);
}

static void append_user(struct text *text, const KrunConfigBuilder *builder)
{
	append_key(text, "user");
	append(text, "{");
	append_number_field(text, "uid", builder->uid.value);
	append_number_field(text, "gid", builder->gid.value);
	if (builder->umask.is_set)
		append_number_field(text, "umask", builder->umask.value);
	for (size_t n = 0; n < builder->group_count; n++) {
		if (n)
			append(text, ",");
		else {
			append_key(text, "additionalGids");
			append(text, "[");
		}
		append_number(text, builder->groups[n]);
	}
	append(text, builder->group_count ? "]}" : "}");
}

void append_process(struct text *text, const KrunConfigBuilder *builder,
		    const struct words *env)
{
	bool is_user = has_user(builder);

	if (!builder->args.count && !env->count && !builder->cwd.data &&
	    !is_user && !builder->no_new_privileges)
		return;
	append_key(text, "process");
	append(text, "{");
	append_list_field(text, "args", &builder->args);
	append_list_field(text, "env", env);
	if (builder->cwd.data)
		append_string_field(text, "cwd", builder->cwd);
	if (is_user)
		append_user(text, builder);
	if (builder->no_new_privileges) {
		append_key(text, "noNewPrivileges");
		append(text, "true");
	}
	append(text, "}");
}
