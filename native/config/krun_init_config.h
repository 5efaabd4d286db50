/*
 * libkrun_init_config: builds the configuration of a krun-init guest.
 *
 * A builder collects what the guest is to be; krun_config_builder_build checks
 * all of it and makes a config: the text of the config file, what goes on the
 * kernel's command line, and the files to lay over the guest's root.
 *
 * Strings that are passed in are copied. Strings that come out are UTF-8, have
 * a NUL after them, and live as long as the config or error they are of.
 *
 * The library has no state of its own. Different threads may use different
 * handles at the same time, and the same config or error, which do not change;
 * a builder belongs to one thread at a time.
 *
 * Where memory runs out, the call that fails says so: a builder that could not
 * be made is NULL, which every function takes, and one that could not take a
 * setting cannot build. Nothing is lost without KRUN_CONFIG_NO_MEMORY from
 * krun_config_builder_build.
 *
 * ABI: while the SONAME is libkrun_init_config.so.0, functions and error codes
 * may be added, and nothing that is here is changed or taken away; a new
 * function gets a symbol version named after the release that brings it. A
 * change that breaks programs raises the number in the SONAME and in the
 * symbol versions.
 */
#ifndef KRUN_INIT_CONFIG_H
#define KRUN_INIT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* krun_init_config_weak.h makes pointers of the functions instead. */
#ifndef KRUN_CONFIG_API
#define KRUN_CONFIG_API(type, name) \
	__attribute__((visibility("default"))) type name
#endif

/* libkrun_init.h has the same; whoever needs both includes that one first. */
#ifndef KRUN_PRIMITIVES_DEFINED
/* Text of `len` bytes, with or without a NUL behind it. */
typedef struct KrunStr {
	const char *data;
	size_t len;
} KrunStr;

/* Any bytes. */
typedef struct KrunBytes {
	const uint8_t *data;
	size_t len;
} KrunBytes;
#endif

static inline KrunStr krun_config_str(const char *text)
{
	KrunStr str = { text, text ? strlen(text) : 0 };

	return str;
}

/* A C string as a KrunStr; NULL is one of no bytes. */
#ifndef KRUN_STR
#define KRUN_STR(text) krun_config_str(text)
#endif

/* Collects settings. */
typedef struct KrunConfigBuilder KrunConfigBuilder;

/* A finished configuration; it does not change. */
typedef struct KrunConfig KrunConfig;

/* Why there is no configuration. */
typedef struct KrunConfigError KrunConfigError;

/* What kind of problem it is. Later releases may add others. */
typedef enum KrunConfigErrorCode {
	KRUN_CONFIG_OK = 0,
	KRUN_CONFIG_NO_MEMORY = 1,
	/* Has a NUL, with which the kernel ends every string. */
	KRUN_CONFIG_NUL = 2,
	/* Is not UTF-8, and JSON can carry nothing else. */
	KRUN_CONFIG_NOT_UNICODE = 3,
	/* Is empty and may not be. */
	KRUN_CONFIG_EMPTY = 4,
	/* Is not NAME=VALUE. */
	KRUN_CONFIG_NOT_NAME_VALUE = 5,
	/* A path that does not begin at the root. */
	KRUN_CONFIG_NOT_ABSOLUTE = 6,
	/* A path that is "/", or has an empty name, "." or ".." in it. */
	KRUN_CONFIG_NOT_NORMAL = 7,
	/* A number that is too small or too large. */
	KRUN_CONFIG_OUT_OF_RANGE = 8,
	/* A resource limit that is not RESOURCE=SOFT:HARD. */
	KRUN_CONFIG_BAD_LIMIT = 9,
	/* A mount option that tmpfs does not have. */
	KRUN_CONFIG_UNKNOWN_OPTION = 10,
	/* A value that its option or place does not take. */
	KRUN_CONFIG_BAD_VALUE = 11,
	/* Has a character that the kernel's command line cannot carry. */
	KRUN_CONFIG_BAD_CHARACTER = 12,
	/* There already. */
	KRUN_CONFIG_DUPLICATE = 13,
	/* Another setting would win over it. */
	KRUN_CONFIG_CONFLICT = 14,
	/* The init would never read it there. */
	KRUN_CONFIG_NO_EFFECT = 15,
	/* Has too many bytes. */
	KRUN_CONFIG_TOO_LONG = 16,
	/* One of too many. */
	KRUN_CONFIG_TOO_MANY = 17,
} KrunConfigErrorCode;

/*
 * The builder. Nothing is checked before krun_config_builder_build; calls may
 * come in any order, and the last of several wins where there is one value.
 */

/* A builder without settings, or NULL where memory ran out. */
KRUN_CONFIG_API(KrunConfigBuilder *, krun_config_builder_new)(void);

/* Frees a builder; the configs that it has built stay. NULL does nothing. */
KRUN_CONFIG_API(void, krun_config_builder_destroy)(KrunConfigBuilder *builder);

/* Adds a word of the command; the first is the program. */
KRUN_CONFIG_API(void, krun_config_builder_arg)
(KrunConfigBuilder *builder, KrunStr word);

/* Sets a variable, NAME=VALUE, of the workload's environment. */
KRUN_CONFIG_API(void, krun_config_builder_env)
(KrunConfigBuilder *builder, KrunStr variable);

/* Sets the working directory, an absolute path. */
KRUN_CONFIG_API(void, krun_config_builder_cwd)
(KrunConfigBuilder *builder, KrunStr path);

/* Sets the workload's user and group. */
KRUN_CONFIG_API(void, krun_config_builder_user)
(KrunConfigBuilder *builder, uint32_t uid, uint32_t gid);

/* Adds a supplementary group. */
KRUN_CONFIG_API(void, krun_config_builder_additional_gid)
(KrunConfigBuilder *builder, uint32_t gid);

/* Sets the file mode creation mask, such as 022. */
KRUN_CONFIG_API(void, krun_config_builder_umask)
(KrunConfigBuilder *builder, uint32_t mask);

/* Forbids the workload to gain privileges by exec (PR_SET_NO_NEW_PRIVS). */
KRUN_CONFIG_API(void, krun_config_builder_no_new_privileges)
(KrunConfigBuilder *builder);

/*
 * Sets a resource limit such as "NOFILE=1024:4096", "RLIMIT_CORE=0:unlimited"
 * or "7=1024:4096".
 */
KRUN_CONFIG_API(void, krun_config_builder_rlimit)
(KrunConfigBuilder *builder, KrunStr limit);

/* Sets the host name, at most 64 bytes. */
KRUN_CONFIG_API(void, krun_config_builder_hostname)
(KrunConfigBuilder *builder, KrunStr name);

/* Sets the seconds from a request to stop to SIGKILL. */
KRUN_CONFIG_API(void, krun_config_builder_stop_timeout)
(KrunConfigBuilder *builder, uint32_t seconds);

/* Sets what a request to stop sends the workload, 1 to 64 (signal(7)). */
KRUN_CONFIG_API(void, krun_config_builder_stop_signal)
(KrunConfigBuilder *builder, uint32_t signal);

/*
 * Adds a mount of any kind. The init passes over those that it knows nothing
 * of, which are there for whoever else reads the config. `options` are
 * separated by commas; none when empty.
 */
KRUN_CONFIG_API(void, krun_config_builder_mount)
(KrunConfigBuilder *builder, KrunStr destination, KrunStr type, KrunStr source,
 KrunStr options);

/*
 * Adds a mount that the guest can't do without, unless the options say
 * "nofail". Passed over are a bind or an overlay whose source or layers the
 * guest has not, for they are the host's then, and "mqueue" where the kernel
 * has none. `type` is "virtiofs" or "9p", whose `source` is a tag; a disk's
 * file system such as "ext4", whose source is "/dev/...", "LABEL=...",
 * "UUID=..." or "PARTLABEL=..."; "bind" or "rbind", whose source is a path of
 * the guest's; "overlay", "hugetlbfs" or "mqueue". `options` are as mount(8)
 * takes them, separated by commas.
 */
KRUN_CONFIG_API(void, krun_config_builder_volume)
(KrunConfigBuilder *builder, KrunStr destination, KrunStr type, KrunStr source,
 KrunStr options);

/* Adds a tmpfs; `options` are such as "size=64m,mode=1777", or empty. */
KRUN_CONFIG_API(void, krun_config_builder_tmpfs)
(KrunConfigBuilder *builder, KrunStr destination, KrunStr options);

/* Has eth0 configured by DHCP. */
KRUN_CONFIG_API(void, krun_config_builder_dhcp)(KrunConfigBuilder *builder);

/* Sets how many ms DHCP waits for a server's first word, 1 to 10,000. */
KRUN_CONFIG_API(void, krun_config_builder_dhcp_timeout)
(KrunConfigBuilder *builder, uint32_t ms);

/*
 * Makes a block device the root. `type` is the file system's, found out by the
 * init when it is empty or "auto"; `options` are as mount(8) takes them, or
 * empty.
 */
KRUN_CONFIG_API(void, krun_config_builder_block_root)
(KrunConfigBuilder *builder, KrunStr device, KrunStr type, KrunStr options);

/* Has every event of the boot on the console. */
KRUN_CONFIG_API(void, krun_config_builder_trace)(KrunConfigBuilder *builder);

/* Sets a further variable, NAME=VALUE, on the kernel's command line. */
KRUN_CONFIG_API(void, krun_config_builder_kernel_env)
(KrunConfigBuilder *builder, KrunStr variable);

/* Adds an argument of the init's own: the command where there is no arg. */
KRUN_CONFIG_API(void, krun_config_builder_kernel_arg)
(KrunConfigBuilder *builder, KrunStr word);

/*
 * Adds a file that the guest finds in its root. libkrun wants the overlay
 * directories of its path to be there before it. `bytes` are not copied: they
 * must stay until builder, configs and guest are gone. `mode` has the
 * permission bits; a file that is `one_shot` is gone once it has been looked up
 * and closed again.
 */
KRUN_CONFIG_API(void, krun_config_builder_file)
(KrunConfigBuilder *builder, KrunStr path, KrunBytes bytes, uint32_t mode,
 bool one_shot);

/*
 * Gives the init's image, the bytes of /init.krun, for the list of files; not
 * copied either.
 */
KRUN_CONFIG_API(void, krun_config_builder_image)
(KrunConfigBuilder *builder, KrunBytes bytes);

/*
 * Makes a config; the builder can go on to make others. Returns NULL where
 * something is wrong, and then `*error` is the first problem (`error` may be
 * NULL, and `*error` is left alone where nothing is wrong).
 */
KRUN_CONFIG_API(KrunConfig *, krun_config_builder_build)
(const KrunConfigBuilder *builder, KrunConfigError **error);

/* The config. */

KRUN_CONFIG_API(void, krun_config_destroy)(KrunConfig *config);

/* The text of the config file, /.krun_config.json. */
KRUN_CONFIG_API(KrunStr, krun_config_json)(const KrunConfig *config);

/* NAME=VALUE each, then NULL, as krun_set_env takes them. */
KRUN_CONFIG_API(const char *const *, krun_config_kernel_environment)
(const KrunConfig *config);

/* The init's own arguments, then NULL; behind "--" on the kernel's line. */
KRUN_CONFIG_API(const char *const *, krun_config_kernel_arguments)
(const KrunConfig *config);

/* Both and "init=", to be added to the kernel's command line. */
KRUN_CONFIG_API(KrunStr, krun_config_kernel_line)(const KrunConfig *config);

/*
 * The files, from 0 on: the init's image, the config, then those of
 * krun_config_builder_file, for krun_fs_add_overlay_file. A file that is not
 * there has an empty path.
 */
KRUN_CONFIG_API(size_t, krun_config_file_count)(const KrunConfig *config);
KRUN_CONFIG_API(KrunStr, krun_config_file_path)
(const KrunConfig *config, size_t file);
/* The data is NULL for the image where the builder was not given it. */
KRUN_CONFIG_API(KrunBytes, krun_config_file_bytes)
(const KrunConfig *config, size_t file);
KRUN_CONFIG_API(uint32_t, krun_config_file_mode)
(const KrunConfig *config, size_t file);
KRUN_CONFIG_API(bool, krun_config_file_one_shot)
(const KrunConfig *config, size_t file);

/* The error. */

KRUN_CONFIG_API(void, krun_config_error_destroy)(KrunConfigError *error);

KRUN_CONFIG_API(KrunConfigErrorCode, krun_config_error_code)
(const KrunConfigError *error);

/*
 * Where the problem stands in the JSON, such as "process.args[1]", or among
 * the config's other parts: "files[2].path", "kernel.environment[0]",
 * "kernel.arguments[0]", "kernel.line". Empty where memory ran out.
 */
KRUN_CONFIG_API(const char *, krun_config_error_path)
(const KrunConfigError *error);

/* What is wrong there, such as `"srv" does not begin with /`. */
KRUN_CONFIG_API(const char *, krun_config_error_message)
(const KrunConfigError *error);

/* A code's name, such as "not_absolute"; NULL for a number that is none. */
KRUN_CONFIG_API(const char *, krun_config_error_name)(KrunConfigErrorCode code);

#ifdef __cplusplus
}
#endif

#endif
