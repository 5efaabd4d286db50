#include "mounts_part.h"

#include "json.h"

/* Options that say what the mount itself is to do, as mount(8) has them. */
static const char *const attributes[] = {
	"defaults",	 "rw",		"ro",	     "suid",
	"nosuid",	 "dev",		"nodev",     "exec",
	"noexec",	 "atime",	"noatime",   "relatime",
	"norelatime",	 "strictatime", "nostrictatime",
	"diratime",	 "nodiratime",	"symfollow", "nosymfollow",
	"user",		 "users",	"owner",     "group",
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

/* What volumes are, by how their source is written. */
static const char *const shares[] = { "virtiofs", "9p", NULL };
static const char *const disks[] = { "ext4",	 "ext3",    "ext2", "xfs",
				     "btrfs",	 "vfat",    "erofs",
				     "squashfs", "iso9660", NULL };
static const char *const binds[] = { "bind", "rbind", NULL };
static const char *const others[] = { "overlay", "hugetlbfs", "mqueue", NULL };

/* How a disk's source begins. */
static const char *const devices[] = { "/dev/", "LABEL=", "UUID=", "PARTLABEL=",
				       NULL };

static bool is_attribute(KrunStr option)
{
	for (size_t n = 0; n < sizeof attributes / sizeof *attributes; n++)
		if (is_word(option, attributes[n]))
			return true;
	return false;
}

static bool is_one_of(KrunStr word, const char *const *list)
{
	while (*list && !is_word(word, *list))
		list++;
	return *list;
}

static bool is_device(KrunStr source)
{
	const char *const *start = devices;

	while (*start && !starts_with(source, *start))
		start++;
	return *start;
}

static bool is_bind(const struct wanted_mount *mount)
{
	return mount->is_volume && is_one_of(mount->type, binds);
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

/* The init would pass over a volume of a type that it does not know. */
static bool check_type(struct problem *problem,
		       const struct wanted_mount *mount, struct place at)
{
	KrunStr type = mount->type;

	if (!check_filled(problem, type, at))
		return false;
	return !mount->is_volume || is_one_of(type, shares) ||
	       is_one_of(type, disks) || is_one_of(type, binds) ||
	       is_one_of(type, others) ||
	       report_word(problem, KRUN_CONFIG_BAD_VALUE, at, type,
			   "is no type of a volume");
}

static bool check_source(struct problem *problem,
			 const struct wanted_mount *mount, struct place at)
{
	KrunStr source = mount->source;

	if (is_bind(mount))
		return check_absolute(problem, source, at);
	if (mount->is_volume && is_one_of(mount->type, shares))
		return check_filled(problem, source, at);
	if (!check_text(problem, source, at))
		return false;
	return !mount->is_volume || !is_one_of(mount->type, disks) ||
	       is_device(source) ||
	       report_word(problem, KRUN_CONFIG_BAD_VALUE, at, source,
			   "is neither below /dev nor LABEL=, UUID= or "
			   "PARTLABEL=");
}

/* These would make another thing of it. */
static bool check_volume_option(struct problem *problem,
				const struct wanted_mount *mount,
				KrunStr option, struct place at)
{
	if (is_word(option, "noauto"))
		return report_word(problem, KRUN_CONFIG_NO_EFFECT, at, option,
				   "keeps the init from mounting it");
	return !is_one_of(option, binds) || is_bind(mount) ||
	       report_word(problem, KRUN_CONFIG_CONFLICT, at, option,
			   "is another type");
}

/* The init takes an overlay without layers in the guest as the host's. */
static bool check_layers(struct problem *problem,
			 const struct wanted_mount *mount, struct place at)
{
	bool is_there = false;

	for (size_t m = 0; m < mount->options.count; m++)
		is_there |= starts_with(mount->options.items[m], "lowerdir=/");
	return is_there || !mount->is_volume ||
	       !is_word(mount->type, "overlay") ||
	       report_plain(problem, KRUN_CONFIG_BAD_VALUE, at,
			    "has no lowerdir that begins with /");
}

static bool check_option(struct problem *problem,
			 const struct wanted_mount *mount, KrunStr option,
			 struct place at)
{
	bool is_tmpfs = is_word(mount->type, "tmpfs") &&
			is_word(mount->source, "tmpfs");

	if (!check_filled(problem, option, at))
		return false;
	if (mount->is_volume)
		return check_volume_option(problem, mount, option, at);
	return !is_tmpfs || check_tmpfs_option(problem, option, at);
}

static bool check_options(struct problem *problem,
			  const struct wanted_mount *mount, struct place at)
{
	struct place list = at;

	for (at.m = 0; at.m < mount->options.count; at.m++)
		if (!check_option(problem, mount, mount->options.items[at.m],
				  at))
			return false;
	return check_layers(problem, mount, list);
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
		if (!check_type(problem, mount, field("mounts", n, "type")) ||
		    !check_source(problem, mount,
				  field("mounts", n, "source")) ||
		    !check_options(problem, mount,
				   field("mounts", n, "options")))
			return false;
	}
	return true;
}

bool has_bind(const KrunConfigBuilder *builder)
{
	for (size_t n = 0; n < builder->mount_count; n++)
		if (is_bind(&builder->mounts[n]))
			return true;
	return false;
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
