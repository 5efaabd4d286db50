#include "workload.h"

#include "shutdown.h"
#include "signals.h"
#include "terminal.h"
#include "trace.h"

#define PR_SET_KEEPCAPS 8
#define PR_CAPBSET_DROP 24
#define PR_SET_NO_NEW_PRIVS 38
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define CAPABILITY_VERSION_3 0x20080522
#define CAPABILITIES 64
#define CLOSE_RANGE_CLOEXEC 4
#define IOPRIO_WHO_PROCESS 1
#define NAME_MAX 255
#define PATH_MAX 4096

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* Where no PATH is set, as musl's execvp has it. */
#define DEFAULT_PATH "/usr/local/bin:/bin:/usr/bin"

static int root;
static bool in_guest;

/* In the place of PID 1 (KRUN_INIT_PID1) an exit would panic the kernel. */
static _Noreturn void leave(int code)
{
	if (sys_getpid() == 1)
		shut_down(root, code, in_guest);
	sys_exit(code);
}

static _Noreturn void fail(const char *verb, const char *object, long result)
{
	complain("workload", verb, object, result);
	leave(EXIT_SETUP);
}

static void redirect(const int *standard)
{
	for (int target = 0; target < 3; target++)
		if (standard[target] != target)
			CALL(dup3, standard[target], target, 0, 0, 0, 0);
	/* Whatever PID 1 still holds is none of the workload's business. */
	CALL(close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
}

/* A setting that is refused leaves the old one, which is said. */
static void apply_limits(const struct handover_view *record)
{
	for (uint32_t n = 0; n < record->header->limits; n++) {
		const struct handover_limit *limit = &record->limits[n];
		struct limit value = { limit->soft, limit->hard };
		long result = CALL(prlimit64, 0, limit->resource, &value, 0, 0,
				   0);
		char number[DECIMAL_SIZE];

		if (result < 0)
			complain("workload", "setrlimit",
				 decimal(number, limit->resource), result);
	}
}

/* While uid 0 can still do so; what is refused is said, as for a limit. */
static void apply_priorities(const struct handover *header)
{
	long result = 0;

	if (header->io_priority)
		result = CALL(ioprio_set, IOPRIO_WHO_PROCESS, 0,
			      header->io_priority, 0, 0, 0);
	if (result < 0)
		complain("workload", "set", "the I/O priority", result);
	result = 0;
	if (header->scheduler.size)
		result = CALL(sched_setattr, 0, &header->scheduler, 0, 0, 0, 0);
	if (result < 0)
		complain("workload", "set", "the scheduler", result);
}

/* proc(5): PID 1's own is the kernel's business, which never kills it. */
static void apply_oom_score(const struct handover *header)
{
	char number[DECIMAL_SIZE];
	int adjustment = header->oom_score_adj;
	long file, result;

	if (!(header->flags & HANDOVER_OOM))
		return;
	file = sys_open_at(AT_FDCWD, "/proc/self/oom_score_adj",
			   O_WRONLY | O_CLOEXEC, 0);
	if (file >= 0) {
		const char *text = decimal(
			number, (uint64_t)(adjustment < 0 ? -adjustment :
							    adjustment));

		result = say_to((int)file, adjustment < 0 ? "-" : "", text,
				NULL);
		sys_close((int)file);
	} else {
		result = file;
	}
	if (result < 0)
		complain("workload", "set", "oom_score_adj", result);
}

/*
 * While uid 0 can still do so: what is not in the bounding set never comes
 * back. The change of users is then not to take the others (prctl(2)).
 */
static void limit_capabilities(const struct handover *header)
{
	long result = 0;

	if (!(header->flags & HANDOVER_CAPABILITIES))
		return;
	for (int n = 0; n < CAPABILITIES && result >= 0; n++)
		if (!(header->bounding >> n & 1))
			result = sys_prctl(PR_CAPBSET_DROP, n);
	/* Beyond the last that this kernel has. */
	if (result < 0 && result != -EINVAL)
		fail("limit", "the capabilities", result);
	result = sys_prctl(PR_SET_KEEPCAPS, 1);
	if (result < 0)
		fail("keep", "the capabilities", result);
}

/* capset(2): struct __user_cap_header_struct and __user_cap_data_struct. */
static void set_capabilities(const struct handover *header)
{
	const struct {
		uint32_t version;
		int32_t pid;
	} which = { CAPABILITY_VERSION_3, 0 };
	const uint32_t sets[6] = {
		(uint32_t)header->effective,
		(uint32_t)header->permitted,
		(uint32_t)header->inheritable,
		(uint32_t)(header->effective >> 32),
		(uint32_t)(header->permitted >> 32),
		(uint32_t)(header->inheritable >> 32),
	};
	long result;

	if (!(header->flags & HANDOVER_CAPABILITIES))
		return;
	sys_prctl(PR_SET_KEEPCAPS, 0);
	result = CALL(capset, &which, sets, 0, 0, 0, 0);
	if (result < 0)
		fail("set", "the capabilities", result);
	for (int n = 0; n < CAPABILITIES; n++) {
		if (!(header->ambient >> n & 1))
			continue;
		result = CALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n, 0,
			      0, 0);
		/* It has to be permitted and inheritable, too. */
		if (result < 0)
			complain("workload", "raise", "an ambient capability",
				 result);
	}
}

static void apply_identity(const struct handover_view *record)
{
	const struct handover *header = record->header;
	long result;

	if (!(header->flags & HANDOVER_IDENTITY))
		return;
	/* Groups and group first: without uid 0 they can't be set any more. */
	result = CALL(setgroups, header->groups, record->groups, 0, 0, 0, 0);
	/* A user namespace may refuse them; root does not need them. */
	if (result < 0 && header->uid)
		fail("set", "the supplementary groups", result);
	if (result < 0)
		complain("workload", "set", "the supplementary groups", result);
	result = CALL(setgid, header->gid, 0, 0, 0, 0, 0);
	if (result < 0)
		fail("set", "the group", result);
	result = CALL(setuid, header->uid, 0, 0, 0, 0, 0);
	if (result < 0)
		fail("set", "the user", result);
}

/*
 * The strings from `first` on as a NULL-terminated array; not on the stack,
 * because a config may have a million of them.
 */
static char **point_to(const char *first, uint32_t count)
{
	long memory = sys_mmap(0, (count + 1UL) * sizeof(char *),
			       PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char **array = (char **)memory;

	if (memory < 0)
		fail("map", "the arguments or the environment", memory);
	for (uint32_t n = 0; n < count; n++) {
		array[n] = (char *)first;
		first += length(first) + 1;
	}
	array[count] = NULL;
	return array;
}

static const char *search_path(char *const *envp)
{
	for (; *envp; envp++) {
		const char *value = after(*envp, "PATH=");

		if (value)
			return value;
	}
	return DEFAULT_PATH;
}

/*
 * execvp(3) with musl's rules: an empty element of PATH is the working
 * directory, EACCES is remembered while the search goes on, ENOEXEC ends it
 * (no shell steps in). Returns why nothing ran, as a -errno.
 */
static long execute(char *const *argv, char *const *envp)
{
	const char *name = argv[0], *at = search_path(envp);
	size_t name_length = length(name);
	char path[PATH_MAX];
	long reason = -ENOENT;

	if (!name_length)
		return -ENOENT;
	for (const char *c = name; *c; c++)
		if (*c == '/')
			return sys_execve_at(AT_FDCWD, name, argv, envp, 0);
	if (name_length > NAME_MAX)
		return -ENAMETOOLONG;
	for (;;) {
		size_t size = 0;
		long result;

		for (; *at && *at != ':'; at++)
			if (size < PATH_MAX)
				path[size++] = *at;
		if (size + name_length + 2 <= PATH_MAX) {
			if (size)
				path[size++] = '/';
			__builtin_memcpy(path + size, name, name_length + 1);
			result = sys_execve_at(AT_FDCWD, path, argv, envp, 0);
			if (result == -EACCES)
				reason = -EACCES;
			else if (result != -ENOENT && result != -ENOTDIR)
				return result;
		}
		if (!*at++)
			return reason;
	}
}

_Noreturn void start_workload(const struct handover_view *record,
			      const struct streams *streams, int root_fd)
{
	const struct handover *header = record->header;
	char **argv, **envp;
	long result;

	root = root_fd;
	in_guest = header->flags & HANDOVER_GUEST;
	argv = point_to(record->arguments, header->arguments);
	envp = point_to(record->environment, header->environment);

	/* The session's leader is PID 1: else the workload's end would be the
	   session's, and all others there would get SIGHUP. */
	if (header->flags & HANDOVER_NEW_SESSION && sys_getpid() != 1)
		lead_group(streams->terminal);
	redirect(streams->standard);
	CALL(umask, header->umask, 0, 0, 0, 0, 0);
	apply_limits(record);
	apply_priorities(header);
	/* First as root, who may enter what the user may not; on a share where
	   root has no rights it is the other way round. */
	result = CALL(chdir, record->cwd, 0, 0, 0, 0, 0);
	apply_oom_score(header);
	limit_capabilities(header);
	apply_identity(record);
	set_capabilities(header);
	if (result < 0)
		result = CALL(chdir, record->cwd, 0, 0, 0, 0, 0);
	if (result < 0)
		fail("chdir", record->cwd, result);
	if (header->flags & HANDOVER_NO_NEW_PRIVS &&
	    (result = CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)) < 0)
		fail("set", "no_new_privs", result);
	reset_signals();

	trace_exec();
	/* In the place of PID 1 there is no one else to write it. */
	if (header->flags & HANDOVER_REPLACE_PID1)
		trace_end();
	result = execute(argv, envp);
	trace_exec_failed();
	complain("workload", "execve", argv[0], result);
	leave(result == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}
