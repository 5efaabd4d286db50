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

/* Writes the strings up to NULL one after the other. */
static void join(char to[MAP_SIZE], const char *const *parts)
{
	size_t used = 0;

	for (; *parts; parts++)
		for (const char *c = *parts; *c && used < MAP_SIZE - 1; c++)
			to[used++] = *c;
	to[used] = 0;
}

/* Writes a file of a process' in /proc. */
static long set(int pid, const char *file, const char *text)
{
	char path[MAP_SIZE], number[DECIMAL_SIZE];
	const char *const parts[] = {
		"/proc/", decimal(number, (uint64_t)pid), "/", file, NULL,
	};
	long fd, result;

	join(path, parts);
	fd = sys_open_at(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	result = sys_write((int)fd, text, length(text));
	sys_close((int)fd);
	return result;
}

/* Makes the caller root in the guest, and no one else anyone. */
static long map_caller(int pid, const char *file, long caller)
{
	char text[MAP_SIZE], number[DECIMAL_SIZE];
	const char *const parts[] = {
		"0 ", decimal(number, (uint64_t)caller), " 1", NULL,
	};

	join(text, parts);
	return set(pid, file, text);
}

/*
 * Where the caller is root, the other users are in the guest as well, for
 * workloads that run as one (user_namespaces(7)).
 */
static void map_identities(int pid)
{
	static const char everyone[] = "0 0 65536";
	long user = CALL(geteuid, 0, 0, 0, 0, 0, 0);
	long group = CALL(getegid, 0, 0, 0, 0, 0, 0);

	if (!user && set(pid, "uid_map", everyone) > 0 &&
	    set(pid, "gid_map", everyone) > 0)
		return;
	must(set(pid, "setgroups", "deny"), "deny", "supplementary groups");
	must(map_caller(pid, "uid_map", user), "map", "the user");
	must(map_caller(pid, "gid_map", group), "map", "the group");
}

/* Takes on the state in which a kernel starts its init, and starts it. */
static _Noreturn void become_guest(char **argv, char **envp, int image,
				   int parent)
{
	static const struct limit files = { 1024, 4096 };
	struct failure failure;
	char byte;

	/* Survives the exec: whoever is killed, nothing is left behind. */
	sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (CALL(read, parent, &byte, 1, 0, 0, 0) != 1)
		sys_exit(EXIT_SETUP);
	CALL(setsid, 0, 0, 0, 0, 0, 0);
	CALL(setgroups, 0, NULL, 0, 0, 0, 0);
	CALL(umask, 022, 0, 0, 0, 0, 0);
	failure = enter_root(argv[TRY_ROOT],
			     *argv[TRY_CONFIG] ? argv[TRY_CONFIG] : NULL);
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
	argv[TRY_CONFIG] = INIT_NAME;
	fail("execute", "the image",
	     sys_execve_at(image, "", argv + TRY_CONFIG, envp, AT_EMPTY_PATH));
}

static _Noreturn void follow(int pid)
{
	for (;;) {
		int status;
		int number = wait_for_signal(NEVER).number;

		if (number != SIGCHLD)
			CALL(kill, pid, number, 0, 0, 0, 0);
		else if (reap(pid, &status))
			sys_exit(exit_status(status));
	}
}

_Noreturn void try_boot(char **argv, char **envp)
{
	int ends[2], image;
	long pid;

	sys_prctl(PR_SET_NAME, (long)TRY_NAME);
	sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The terminal's signals come through our parent, so that they come
	   once. */
	CALL(setsid, 0, 0, 0, 0, 0, 0);
	block_signals();
	image = must(sys_open_at(AT_FDCWD, "/proc/self/exe",
				 O_RDONLY | O_CLOEXEC, 0),
		     "open", "/proc/self/exe");
	must(CALL(pipe2, ends, O_CLOEXEC, 0, 0, 0, 0), "make", "a pipe");
	pid = must(sys_clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
			     CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
			     SIGCHLD),
		   "make", "namespaces (may this user make user namespaces?)");
	if (!pid) {
		sys_close(ends[1]);
		become_guest(argv, envp, image, ends[0]);
	}
	map_identities((int)pid);
	must(sys_write(ends[1], "", 1), "start", "the guest");
	sys_close(ends[1]);
	follow((int)pid);
}
