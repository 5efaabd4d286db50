#include "try_root.h"

#define EEXIST 17

#define MS_NOSUID 2
#define MS_NODEV 4
#define MS_NOEXEC 8
#define MS_BIND 4096
#define MS_MOVE 8192
#define MS_REC 16384
#define MS_PRIVATE (1 << 18)
#define MNT_DETACH 2
#define OPEN_TREE_CLONE 1
#define AT_RECURSIVE 0x8000
#define MOVE_MOUNT_F_EMPTY_PATH 4
#define MOUNT_ATTR_RDONLY 1
#define MOUNT_ATTR_IDMAP 0x100000
#define PATH_MAX 4096
#define WHOLE_FILE 0x7ffff000 /* the most that sendfile(2) copies at once */

/* struct mount_attr (mount_setattr(2)). */
struct mount_attributes {
	uint64_t set, clear, propagation, user_namespace;
};

static const char *const nodes[] = {
	"/dev/null",   "/dev/zero",    "/dev/full",
	"/dev/random", "/dev/urandom", "/dev/tty",
};

#define STAGING "root"

/* Does one step after the other, until one fails. */
static struct failure failure;

static long step(long result, const char *verb, const char *object)
{
	if (result < 0 && !failure.result)
		failure = (struct failure){ verb, object, result };
	return result;
}

#define STEP(call, verb, object) \
	(failure.result ? failure.result : step((call), (verb), (object)))

static long mount(const char *source, const char *target, const char *type,
		  unsigned long flags, const char *data)
{
	return CALL(mount, source, target, type, flags, data, 0);
}

static long make_directory(const char *path)
{
	long result = CALL(mkdirat, AT_FDCWD, path, 0755, 0, 0, 0);

	return result == -EEXIST ? 0 : result;
}

static long create(const char *path)
{
	return sys_open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_CLOEXEC,
			   0644);
}

/* A node of the host's in the guest's /dev. */
static void bind_node(const char *node)
{
	char path[64] = STAGING;
	long fd;

	__builtin_memcpy(path + sizeof STAGING - 1, node, length(node) + 1);
	fd = STEP(create(path), "create", path + sizeof STAGING - 1);
	if (fd >= 0)
		sys_close((int)fd);
	STEP(mount(node, path, NULL, MS_BIND, NULL), "bind", node);
}

static void make_dev(int config)
{
	long fd;

	STEP(make_directory(STAGING "/dev"), "create", "the root's /dev");
	STEP(mount("tmpfs", STAGING "/dev", "tmpfs", MS_NOSUID, "mode=755"),
	     "mount", "the root's /dev");
	for (size_t n = 0; n < sizeof nodes / sizeof *nodes; n++)
		bind_node(nodes[n]);
	if (config < 0 || failure.result)
		return;
	fd = STEP(create(STAGING TRY_CONFIG_PATH), "create", TRY_CONFIG_PATH);
	STEP(CALL(sendfile, fd, config, 0, WHOLE_FILE, 0, 0), "copy",
	     "the config");
	if (fd >= 0)
		sys_close((int)fd);
}

long clone_directory(const char *directory)
{
	return CALL(open_tree, AT_FDCWD, directory,
		    OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE, 0, 0, 0);
}

static long set_attributes(int tree, struct mount_attributes attributes)
{
	long result = CALL(mount_setattr, tree, "",
			   AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
			   sizeof attributes, 0);

	if (result == -ENOSYS)
		say("krun-init: try: Linux has mount_setattr(2) from 5.12 on",
		    NULL);
	return result;
}

long map_owners(int tree, int users)
{
	return set_attributes(tree, (struct mount_attributes){
		.set = MOUNT_ATTR_IDMAP,
		.user_namespace = (uint64_t)users,
	});
}

long clone_volume(const struct volume *volume)
{
	long tree = clone_directory(volume->directory), result;

	if (tree < 0 || !volume->read_only)
		return tree;
	result = set_attributes((int)tree, (struct mount_attributes){
		.set = MOUNT_ATTR_RDONLY,
	});
	return result < 0 ? result : tree;
}

/* In the root, which symbolic links do not lead out of. */
static void place(const struct volume *volume)
{
	char part[PATH_MAX];

	for (size_t n = 0; n < sizeof part; n++) {
		char next = part[n] = volume->path[n];

		if (n && (next == '/' || !next)) {
			part[n] = '\0';
			STEP(make_directory(part), "create", volume->path);
			part[n] = next;
		}
		if (!next)
			break;
	}
	STEP(CALL(move_mount, volume->tree, "", AT_FDCWD, volume->path,
		  MOVE_MOUNT_F_EMPTY_PATH, 0),
	     "place", volume->directory);
}

struct failure enter_root(const char *directory, int tree, int config,
			  struct volume *volumes, size_t count)
{
	const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	STEP(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "keep",
	     "the mounts to itself");
	if (tree < 0)
		tree = (int)STEP(clone_directory(directory), "open", directory);
	for (size_t n = 0; n < count; n++)
		if (volumes[n].tree < 0)
			volumes[n].tree = (int)STEP(clone_volume(&volumes[n]),
						    "open",
						    volumes[n].directory);
	/*
	 * The new namespace's lowest mount: all that is left of it later are a
	 * proc and a sysfs, out of the guest's reach. It may mount its own
	 * only where there are some in full view (mount_namespaces(7)).
	 */
	STEP(mount("tmpfs", "/proc", "tmpfs", plain, "mode=755"), "mount",
	     "a tmpfs");
	STEP(CALL(chdir, "/proc", 0, 0, 0, 0, 0), "enter", "the tmpfs");
	STEP(make_directory("proc"), "create", "proc");
	STEP(make_directory("sys"), "create", "sys");
	STEP(make_directory(STAGING), "create", STAGING);
	STEP(mount("proc", "proc", "proc", plain, NULL), "mount", "proc");
	STEP(mount("sysfs", "sys", "sysfs", plain, NULL), "mount", "sysfs");
	STEP(CALL(move_mount, tree, "", AT_FDCWD, STAGING,
		  MOVE_MOUNT_F_EMPTY_PATH, 0),
	     "place", directory);
	make_dev(config);

	STEP(CALL(pivot_root, ".", ".", 0, 0, 0, 0), "leave",
	     "the host's root");
	STEP(CALL(umount2, ".", MNT_DETACH, 0, 0, 0, 0), "unmount",
	     "the host's root");
	STEP(CALL(chdir, "/" STAGING, 0, 0, 0, 0, 0), "enter", directory);
	STEP(mount(".", "/", NULL, MS_MOVE, NULL), "move", directory);
	STEP(CALL(chroot, ".", 0, 0, 0, 0, 0), "chroot into", directory);
	STEP(CALL(chdir, "/", 0, 0, 0, 0, 0), "enter", "the root");
	for (size_t n = 0; n < count; n++)
		place(&volumes[n]);
	return failure;
}
