#include "try.h"

#include "process.h"
#include "shutdown.h"
#include "signals.h"
#include "try_root.h"

#define CLONE_NEWNS 0x00020000
#define CLONE_NEWUTS 0x04000000
#define CLONE_NEWIPC 0x08000000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWPID 0x20000000
#define CLONE_NEWNET 0x40000000

#define PR_SET_PDEATHSIG 1
#define PR_SET_NAME 15
#define PR_CAPBSET_DROP 24
#define CAP_SYS_BOOT 22
#define RLIMIT_NOFILE 7
#define CLOSE_RANGE_CLOEXEC 4

#define INIT_NAME "/init.krun"
#define INITIAL_HOST_NAME "(none)"
#define MAP_SIZE 64
#define PIPEFS_MAGIC 0x50495045

/* Directory, path and "ro" or nothing. */
#define VOLUME_WORDS 3

/* The last 65536 ids that systemd keeps for containers (nss-systemd(8)). */
#define CONTAINER_IDS 1878982656

/* What the two sides share. */
struct descriptors {
	int image;
	int tree;   /* the root's clone; negative: only the guest may make it */
	int config; /* -1: none */
	int start;  /* a pipe, which says that the guest may begin */
	struct volume *volumes;
	size_t count;
};

static _Noreturn void fail(const char *verb, const char *object, long result)
{
	complain("try", verb, object, result);
	sys_exit(EXIT_SETUP);
}

static int must(long result, const char *verb, const char *object)
{
	if (result < 0)
		fail(verb, object, result);
	return (int)result;
}

/* Opens a file of a process' in /proc. */
static long open_file_of(int pid, const char *file, int flags)
{
	char path[MAP_SIZE], number[DECIMAL_SIZE];
	const char *const parts[] = {
		"/proc/", decimal(number, (uint64_t)pid), "/", file, NULL,
	};

	join(path, sizeof path, parts);
	return sys_open_at(AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

static long set(int pid, const char *file, const char *text)
{
	long fd = open_file_of(pid, file, O_WRONLY), result;

	if (fd < 0)
		return fd;
	result = sys_write((int)fd, text, length(text));
	sys_close((int)fd);
	return result;
}

/* Has the guest's ids from 0 on stand for those of the host's from `first`. */
static long map(int pid, const char *file, long first, const char *count)
{
	char text[MAP_SIZE], number[DECIMAL_SIZE];
	const char *const parts[] = {
		"0 ", decimal(number, (uint64_t)first), " ", count, NULL,
	};

	join(text, sizeof text, parts);
	return set(pid, file, text);
}

/* The guest's files are its users', as if those were the host's. */
static void map_files(int pid, int tree, const char *directory)
{
	long users = open_file_of(pid, "ns/user", O_RDONLY);
	long result = users < 0 ? users : map_owners(tree, (int)users);

	if (result < 0)
		complain("try", "map the owners of", directory, result);
}

/* So that the guest can open /dev/stdout; files and terminals stay ours. */
static void give_pipes(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct file_system system = { 0 };

		if (CALL(fstatfs, fd, &system, 0, 0, 0, 0) == 0 &&
		    system.type == PIPEFS_MAGIC)
			CALL(fchown, fd, CONTAINER_IDS, CONTAINER_IDS, 0, 0,
			     0);
	}
}

/*
 * Where the caller is root the guest has all users, none of whom is anyone on
 * the host: with root's own id it could write what of /proc and /sys root may
 * (user_namespaces(7)).
 */
static void map_identities(int pid, const struct descriptors *ours,
			   const char *directory)
{
	long user = CALL(geteuid, 0, 0, 0, 0, 0, 0);
	long group = CALL(getegid, 0, 0, 0, 0, 0, 0);

	if (!user && ours->tree >= 0 &&
	    map(pid, "uid_map", CONTAINER_IDS, "65536") > 0 &&
	    map(pid, "gid_map", CONTAINER_IDS, "65536") > 0) {
		map_files(pid, ours->tree, directory);
		for (size_t n = 0; n < ours->count; n++)
			map_files(pid, ours->volumes[n].tree,
				  ours->volumes[n].directory);
		give_pipes();
		return;
	}
	must(set(pid, "setgroups", "deny"), "deny", "supplementary groups");
	must(map(pid, "uid_map", user, "1"), "map", "the user");
	must(map(pid, "gid_map", group, "1"), "map", "the group");
}

/* Takes on the state in which a kernel starts its init, and starts it. */
static _Noreturn void become_guest(char **argv, char **envp,
				   const struct descriptors *from)
{
	static const struct limit files = { 1024, 4096 };
	struct failure failure;
	char byte;

	if (CALL(read, from->start, &byte, 1, 0, 0, 0) != 1)
		sys_exit(EXIT_SETUP);
	CALL(setsid, 0, 0, 0, 0, 0, 0);
	/* Refused where groups are not mapped, whose members we stay. */
	CALL(setgroups, 0, NULL, 0, 0, 0, 0);
	must(CALL(setgid, 0, 0, 0, 0, 0, 0), "become", "group 0");
	must(CALL(setuid, 0, 0, 0, 0, 0, 0), "become", "user 0");
	/* Survives the exec, not setuid: whoever is killed, nothing is left
	   behind. */
	sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	CALL(umask, 022, 0, 0, 0, 0, 0);
	failure = enter_root(argv[TRY_ROOT], from->tree, from->config,
			     from->volumes, from->count);
	must(failure.result, failure.verb, failure.object);
	must(CALL(sethostname, INITIAL_HOST_NAME,
		  sizeof INITIAL_HOST_NAME - 1, 0, 0, 0, 0),
	     "set", "the host name");
	CALL(prlimit64, 0, RLIMIT_NOFILE, &files, NULL, 0, 0);
	/* Without it PID 1 ends with the workload's status, see shutdown.c. */
	must(sys_prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT), "drop",
	     "CAP_SYS_BOOT");
	reset_signals();
	CALL(close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
	argv += TRY_VOLUMES + from->count * VOLUME_WORDS;
	*argv = INIT_NAME;
	fail("execute", "the image",
	     sys_execve_at(from->image, "", argv, envp, AT_EMPTY_PATH));
}

static _Noreturn void follow(int pid)
{
	for (;;) {
		int status = EXIT_SETUP << 8;
		int number = wait_for_signal(NEVER).number;

		if (number != SIGCHLD)
			CALL(kill, pid, number, 0, 0, 0, 0);
		else if (reap(pid, &status))
			sys_exit(exit_status(status));
	}
}

/* How many volumes the words name, up to the empty one. */
static size_t count_volumes(char *const *words)
{
	size_t count = 0;

	for (; *words && **words; words += VOLUME_WORDS, count++)
		for (int n = 1; n < VOLUME_WORDS; n++)
			if (!words[n])
				fail("read", "the volumes", -EINVAL);
	if (!*words)
		fail("read", "the volumes", -EINVAL);
	return count;
}

/* A clone that only the guest may make it makes later. */
static int clone_early(long tree, const char *directory)
{
	return tree == -EPERM ? (int)tree : must(tree, "open", directory);
}

_Noreturn void try_boot(char **argv, char **envp)
{
	const char *directory = argv[TRY_ROOT], *config = argv[TRY_CONFIG];
	size_t count = count_volumes(argv + TRY_VOLUMES);
	struct volume volumes[count + 1];
	struct descriptors ours = { .config = -1,
				    .volumes = volumes,
				    .count = count };
	int ends[2];
	long pid;

	sys_prctl(PR_SET_NAME, (long)TRY_NAME);
	sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The terminal's signals come through our parent, so that they come
	   once. */
	CALL(setsid, 0, 0, 0, 0, 0, 0);
	block_signals();
	ours.image = must(sys_open_at(AT_FDCWD, "/proc/self/exe",
				      O_RDONLY | O_CLOEXEC, 0),
			  "open", "/proc/self/exe");
	if (*config)
		ours.config = must(sys_open_at(AT_FDCWD, config,
					       O_RDONLY | O_CLOEXEC, 0),
				   "open", config);
	ours.tree = clone_early(clone_directory(directory), directory);
	for (size_t n = 0; n < count; n++) {
		char **words = argv + TRY_VOLUMES + n * VOLUME_WORDS;

		volumes[n] = (struct volume){ words[0], words[1],
					      *words[2] != '\0', -1 };
		volumes[n].tree =
			clone_early(clone_volume(&volumes[n]), words[0]);
	}
	must(CALL(pipe2, ends, O_CLOEXEC, 0, 0, 0, 0), "make", "a pipe");
	ours.start = ends[0];
	pid = must(sys_clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
			     CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
			     SIGCHLD),
		   "make", "namespaces (may this user make user namespaces?)");
	if (!pid) {
		sys_close(ends[1]);
		become_guest(argv, envp, &ours);
	}
	map_identities((int)pid, &ours, directory);
	must(sys_write(ends[1], "", 1), "start", "the guest");
	sys_close(ends[1]);
	follow((int)pid);
}
