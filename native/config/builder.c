#include "builder.h"

#include <stdlib.h>

static const char tmpfs[] = "tmpfs";

static void add_copy(struct pool *pool, struct words *words, KrunStr word)
{
	KrunStr copy = copy_word(pool, word);

	if (copy.data)
		add_word(pool, words, copy);
}

static void set(struct setting *setting, uint32_t value)
{
	*setting = (struct setting){ true, value };
}

/* The parts between commas; an empty list has none. */
static struct words split(struct pool *pool, KrunStr list)
{
	KrunStr copy = copy_word(pool, list);
	struct words words = { 0 };
	size_t start = 0;

	if (!copy.data || !copy.len)
		return words;
	for (size_t n = 0; n <= copy.len; n++)
		if (n == copy.len || copy.data[n] == ',') {
			add_word(pool, &words,
				 (KrunStr){ copy.data + start, n - start });
			start = n + 1;
		}
	return words;
}

KrunConfigBuilder *krun_config_builder_new(void)
{
	return calloc(1, sizeof(KrunConfigBuilder));
}

void krun_config_builder_destroy(KrunConfigBuilder *builder)
{
	if (!builder)
		return;
	pool_free(&builder->pool);
	free(builder);
}

void krun_config_builder_arg(KrunConfigBuilder *builder, KrunStr word)
{
	if (builder)
		add_copy(&builder->pool, &builder->args, word);
}

void krun_config_builder_env(KrunConfigBuilder *builder, KrunStr variable)
{
	if (builder)
		set_variable(&builder->pool, &builder->env, variable);
}

void krun_config_builder_cwd(KrunConfigBuilder *builder, KrunStr path)
{
	if (builder)
		builder->cwd = copy_word(&builder->pool, path);
}

void krun_config_builder_user(KrunConfigBuilder *builder, uint32_t uid,
			      uint32_t gid)
{
	if (!builder)
		return;
	set(&builder->uid, uid);
	set(&builder->gid, gid);
}

void krun_config_builder_additional_gid(KrunConfigBuilder *builder,
					uint32_t gid)
{
	uint32_t *groups;

	if (!builder)
		return;
	groups = pool_grow(&builder->pool, builder->groups,
			   builder->group_count, sizeof *groups);
	if (!groups)
		return;
	builder->groups = groups;
	groups[builder->group_count++] = gid;
}

void krun_config_builder_umask(KrunConfigBuilder *builder, uint32_t mask)
{
	if (builder)
		set(&builder->umask, mask);
}

void krun_config_builder_no_new_privileges(KrunConfigBuilder *builder)
{
	if (builder)
		builder->no_new_privileges = true;
}

void krun_config_builder_rlimit(KrunConfigBuilder *builder, KrunStr limit)
{
	if (builder)
		add_copy(&builder->pool, &builder->limits, limit);
}

void krun_config_builder_hostname(KrunConfigBuilder *builder, KrunStr name)
{
	if (builder)
		builder->hostname = copy_word(&builder->pool, name);
}

void krun_config_builder_stop_timeout(KrunConfigBuilder *builder,
				      uint32_t seconds)
{
	if (builder)
		set(&builder->stop_timeout, seconds);
}

void krun_config_builder_stop_signal(KrunConfigBuilder *builder,
				     uint32_t signal)
{
	if (builder)
		set(&builder->stop_signal, signal);
}

static void add_mount(KrunConfigBuilder *builder, KrunStr destination,
		      KrunStr type, KrunStr source, KrunStr options,
		      bool is_volume)
{
	struct wanted_mount *mounts;
	struct pool *pool;

	if (!builder)
		return;
	pool = &builder->pool;
	mounts = pool_grow(pool, builder->mounts, builder->mount_count,
			   sizeof *mounts);
	if (!mounts)
		return;
	builder->mounts = mounts;
	mounts[builder->mount_count++] = (struct wanted_mount){
		.destination = copy_word(pool, destination),
		.type = copy_word(pool, type),
		.source = copy_word(pool, source),
		.options = split(pool, options),
		.is_volume = is_volume,
	};
}

void krun_config_builder_mount(KrunConfigBuilder *builder, KrunStr destination,
			       KrunStr type, KrunStr source, KrunStr options)
{
	add_mount(builder, destination, type, source, options, false);
}

void krun_config_builder_volume(KrunConfigBuilder *builder, KrunStr destination,
				KrunStr type, KrunStr source, KrunStr options)
{
	add_mount(builder, destination, type, source, options, true);
}

void krun_config_builder_tmpfs(KrunConfigBuilder *builder, KrunStr destination,
			       KrunStr options)
{
	krun_config_builder_mount(builder, destination, KRUN_STR(tmpfs),
				  KRUN_STR(tmpfs), options);
}

void krun_config_builder_dhcp(KrunConfigBuilder *builder)
{
	if (builder)
		builder->dhcp = true;
}

void krun_config_builder_dhcp_timeout(KrunConfigBuilder *builder, uint32_t ms)
{
	if (builder)
		set(&builder->dhcp_timeout, ms);
}

void krun_config_builder_block_root(KrunConfigBuilder *builder, KrunStr device,
				    KrunStr type, KrunStr options)
{
	if (!builder)
		return;
	builder->block_device = copy_word(&builder->pool, device);
	builder->block_type = copy_word(&builder->pool, type);
	builder->block_options = copy_word(&builder->pool, options);
}

void krun_config_builder_trace(KrunConfigBuilder *builder)
{
	if (builder)
		builder->trace = true;
}

void krun_config_builder_kernel_env(KrunConfigBuilder *builder,
				    KrunStr variable)
{
	if (builder)
		set_variable(&builder->pool, &builder->kernel_environment,
			     variable);
}

void krun_config_builder_kernel_arg(KrunConfigBuilder *builder, KrunStr word)
{
	if (builder)
		add_copy(&builder->pool, &builder->kernel_arguments, word);
}

void krun_config_builder_file(KrunConfigBuilder *builder, KrunStr path,
			      KrunBytes bytes, uint32_t mode, bool one_shot)
{
	struct wanted_file *files;

	if (!builder)
		return;
	files = pool_grow(&builder->pool, builder->files, builder->file_count,
			  sizeof *files);
	if (!files)
		return;
	builder->files = files;
	files[builder->file_count++] = (struct wanted_file){
		.path = copy_word(&builder->pool, path),
		.bytes = bytes,
		.mode = mode,
		.one_shot = one_shot,
	};
}

void krun_config_builder_image(KrunConfigBuilder *builder, KrunBytes bytes)
{
	if (builder)
		builder->image = bytes;
}
