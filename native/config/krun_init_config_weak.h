/*
 * libkrun_init_config for programs that work without it too: its functions
 * under their own names, found when the program runs. Needs no -l flag.
 *
 * The functions are pointers, shared by all the files of a program or library
 * that include this header, and NULL until krun_config_weak_load has found
 * them. Load them before any thread uses them.
 */
#ifndef KRUN_INIT_CONFIG_WEAK_H
#define KRUN_INIT_CONFIG_WEAK_H

#ifdef KRUN_INIT_CONFIG_H
#error "Include krun_init_config_weak.h instead of krun_init_config.h"
#endif

#define KRUN_CONFIG_API(type, name) \
	__attribute__((weak, visibility("hidden"))) type(*name)

#include "krun_init_config.h"

#include <dlfcn.h>

#define KRUN_CONFIG_SONAME "libkrun_init_config.so.0"

/*
 * Finds every function. `library` is what dlopen gave; where it is NULL, the
 * functions are looked for among those of the program and then in
 * libkrun_init_config.so.0, which then stays loaded.
 *
 * Returns NULL when all are there, else the name of what is missing; then none
 * is set.
 */
static inline const char *krun_config_weak_load(void *library)
{
#define KRUN_CONFIG_WEAK(name) { #name, &name }
	const struct {
		const char *name;
		void *pointer;
	} functions[] = {
		KRUN_CONFIG_WEAK(krun_config_builder_new),
		KRUN_CONFIG_WEAK(krun_config_builder_destroy),
		KRUN_CONFIG_WEAK(krun_config_builder_arg),
		KRUN_CONFIG_WEAK(krun_config_builder_env),
		KRUN_CONFIG_WEAK(krun_config_builder_cwd),
		KRUN_CONFIG_WEAK(krun_config_builder_user),
		KRUN_CONFIG_WEAK(krun_config_builder_additional_gid),
		KRUN_CONFIG_WEAK(krun_config_builder_umask),
		KRUN_CONFIG_WEAK(krun_config_builder_no_new_privileges),
		KRUN_CONFIG_WEAK(krun_config_builder_rlimit),
		KRUN_CONFIG_WEAK(krun_config_builder_hostname),
		KRUN_CONFIG_WEAK(krun_config_builder_stop_timeout),
		KRUN_CONFIG_WEAK(krun_config_builder_stop_signal),
		KRUN_CONFIG_WEAK(krun_config_builder_mount),
		KRUN_CONFIG_WEAK(krun_config_builder_volume),
		KRUN_CONFIG_WEAK(krun_config_builder_tmpfs),
		KRUN_CONFIG_WEAK(krun_config_builder_dhcp),
		KRUN_CONFIG_WEAK(krun_config_builder_dhcp_timeout),
		KRUN_CONFIG_WEAK(krun_config_builder_block_root),
		KRUN_CONFIG_WEAK(krun_config_builder_trace),
		KRUN_CONFIG_WEAK(krun_config_builder_kernel_env),
		KRUN_CONFIG_WEAK(krun_config_builder_kernel_arg),
		KRUN_CONFIG_WEAK(krun_config_builder_file),
		KRUN_CONFIG_WEAK(krun_config_builder_image),
		KRUN_CONFIG_WEAK(krun_config_builder_build),
		KRUN_CONFIG_WEAK(krun_config_destroy),
		KRUN_CONFIG_WEAK(krun_config_json),
		KRUN_CONFIG_WEAK(krun_config_kernel_environment),
		KRUN_CONFIG_WEAK(krun_config_kernel_arguments),
		KRUN_CONFIG_WEAK(krun_config_kernel_line),
		KRUN_CONFIG_WEAK(krun_config_file_count),
		KRUN_CONFIG_WEAK(krun_config_file_path),
		KRUN_CONFIG_WEAK(krun_config_file_bytes),
		KRUN_CONFIG_WEAK(krun_config_file_mode),
		KRUN_CONFIG_WEAK(krun_config_file_one_shot),
		KRUN_CONFIG_WEAK(krun_config_error_destroy),
		KRUN_CONFIG_WEAK(krun_config_error_code),
		KRUN_CONFIG_WEAK(krun_config_error_path),
		KRUN_CONFIG_WEAK(krun_config_error_message),
		KRUN_CONFIG_WEAK(krun_config_error_name),
	};
#undef KRUN_CONFIG_WEAK
	enum { COUNT = sizeof functions / sizeof *functions };
	void *found[COUNT];

	if (!library) {
		library = dlopen(NULL, RTLD_NOW);
		if (!library || !dlsym(library, functions[0].name))
			library = dlopen(KRUN_CONFIG_SONAME,
					 RTLD_NOW | RTLD_LOCAL);
		if (!library)
			return KRUN_CONFIG_SONAME;
	}
	for (size_t n = 0; n < COUNT; n++) {
		found[n] = dlsym(library, functions[n].name);
		if (!found[n])
			return functions[n].name;
	}
	for (size_t n = 0; n < COUNT; n++)
		memcpy(functions[n].pointer, &found[n], sizeof found[n]);
	return NULL;
}

#endif
