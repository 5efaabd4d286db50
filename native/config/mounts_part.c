#include "mounts_part.h"

#include "json.h"

/* Options that say what the mount itself is to do, as mount(8) has them. */
static const char *const attributes[] = {
	"defaults",	 "rw",		"ro",	     "suid",
	"nosuid",	 "dev",		"nodev",     "exec",
	"noexec",	 "atime",	"noatime",   "relatime",
	"norelatime",	 "strictatime", "nostrictatime",
	"diratime",	 "nodiratime",	"symfollow", "nosymfollow",
};

/* tmpfs' own options, which have values (tmpfs(5)). */
static const struct option {
	const char *name;
	/* Digits from 0 to this one, */
	char last_digit;
	/* at most so many, */
	size_t digits;
	/* then perhaps one of these. */
	const char *units;
	bool is_id;
} options[] = {
	{ "size", '9', SIZE_MAX, "kKmMgG%", false },
	{ "nr_inodes", '9', SIZE_MAX, "kKmMgG", false },
	{ "mode", '7', 4, "", false },
	{ "uid", '9', 10, "", true },
	{ "gid", '9', 10, "", true },
};

static bool is_attribute(KrunStr option)
{
	for (size_t n = 0; n < sizeof attributes / sizeof *attributes; n++)
		if (is_word(option, attributes[n]))
			return true;
	return false;
}

static const struct option *find_option(KrunStr name)
{
	for (size_t n = 0; n < sizeof options / sizeof *options; n++)
		if (is_word(name, options[n].name))
			return &options[n];
	return NULL;
}

static bool is_value(const struct option *option, KrunStr value)
{
	size_t digits = 0;
	uint64_t id = 0;

	while (digits < value.len && value.data[digits] >= '0' &&
	       value.data[digits] <= option->last_digit) {
		/* Wraps for numbers that are no ids. */
		id = 10 * id + (uint64_t)(value.data[digits] - '0');
		digits++;
	}
	if (!digits || digits > option->digits)
		return false;
	if (option->is_id && id > ID_MAX)
		return false;
	return digits == value.len ||
	       (digits + 1 == value.len && value.data[digits] &&
		strchr(option->units, value.data[digits]));
}

/* The init passes over what it does not know, and nobody would notice. */
static bool check_tmpfs_option(struct problem *problem, KrunStr option,
			       struct place place)
{
	KrunStr name = variable_name(option), value = { "", 0 };
	const struct option *known;

	if (is_attribute(option))
		return true;
	if (name.data) {
		value.data = option.data + name.len + 1;
		value.len = option.len - name.len - 1;
	}
	known = find_option(name.data ? name : option);
	if (!known) {
		struct text *message =
			report(problem, KRUN_CONFIG_UNKNOWN_OPTION, place);

		append(message, "tmpfs has no ");
		append_string(message, option);
		return false;
	}
	return is_value(known, value) ||
	       report_word(problem, KRUN_CONFIG_BAD_VALUE, place, option,
			   "has a bad value");
}

static bool check_options(struct problem *problem,
			  const struct wanted_mount *mount, size_t n)
{
	bool is_tmpfs = is_word(mount->type, "tmpfs") &&
			is_word(mount->source, "tmpfs");
	struct place at = field("mounts", n, "options");

	for (at.m = 0; at.m < mount->options.count; at.m++) {
		KrunStr option = mount->options.items[at.m];

		if (!check_filled(problem, option, at) ||
		    (is_tmpfs && !check_tmpfs_option(problem, option, at)))
			return false;
	}
	return true;
}

bool check_mounts(struct problem *problem, const KrunConfigBuilder *builder)
{
	for (size_t n = 0; n < builder->mount_count; n++) {
		const struct wanted_mount *mount = &builder->mounts[n];
		struct place at = field("mounts", n, "destination");

		if (!check_normal(problem, mount->destination, at))
			return false;
		for (size_t m = 0; m < n; m++)
			if (words_equal(builder->mounts[m].destination,
					mount->destination))
				return report_word(problem,
						   KRUN_CONFIG_DUPLICATE, at,
						   mount->destination,
						   "is there already");
		if (!check_filled(problem, mount->type,
				  field("mounts", n, "type")) ||
		    !check_text(problem, mount->source,
				field("mounts", n, "source")) ||
		    !check_options(problem, mount, n))
			return false;
	}
	return true;
}

void append_mounts(struct text *text, const KrunConfigBuilder *builder)
{
	if (!builder->mount_count)
		return;
	append_key(text, "mounts");
	for (size_t n = 0; n < builder->mount_count; n++) {
		const struct wanted_mount *mount = &builder->mounts[n];

		append(text, n ? ",{" : "[{");
		append_string_field(text, "destination", mount->destination);
		append_string_field(text, "type", mount->type);
		append_string_field(text, "source", mount->source);
		append_list_field(text, "options", &mount->options);
		append(text, "}");
	}
	append(text, "]");
}
