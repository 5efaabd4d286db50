#include "launcher.h"

#include "budget.h"
#include "elf.h"
#include "handover.h"
#include "image.h"
#include "person.h"
#include "process.h"
#include "shutdown.h"
#include "signals.h"

#define MFD_CLOEXEC 1
#define MFD_NOEXEC_SEAL 8
#define MFD_EXEC 0x10
#define FSOPEN_CLOEXEC 1
#define FSMOUNT_CLOEXEC 1
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6
#define MOUNT_ATTR_NOSUID 2

#define REBOOT_CAD_OFF 0
#define PATH_SIZE 64
#define CHUNKS (IMAGE_HOT_SIZE * 8U)
#define MOST_CHUNKS (128 * 1024 / IMAGE_CHUNK)
#define RWF_NOWAIT 8
/* "LD_PRELOAD=" and, for each library, "/proc/self/fd/NNN:". */
#define LOADER_VARIABLE_SIZE (16 + IMAGE_FILES * 24)

/* In bytes; Deno needs 80 MB, and a config file some ten times its size. */
#define LITTLE_MEMORY (1UL << 30)

/* What must not be on a stack of unknown size; zero pages until touched. */
static struct image_table table;
static char paths[IMAGE_FILES][PATH_SIZE];
static char start_record_path[PATH_SIZE];
static int start_record;
static char start_record_number[DECIMAL_SIZE];
static char loader_variable[LOADER_VARIABLE_SIZE];

static bool is_init;
static int root = -1;
/* The detached tmpfs that holds the runtime's files; -1: they are memfds, or
   there are none. */
static int store = -1;

static _Noreturn void fail(const char *verb, const char *object, long result)
{
	complain("launcher", verb, object, result);
	/* The pipeline's process has is_init in common with us. */
	if (is_init && sys_getpid() == 1)
		shut_down(root, EXIT_SETUP, false);
	sys_exit(EXIT_SETUP);
}

static int must(long result, const char *verb, const char *object)
{
	if (result < 0)
		fail(verb, object, result);
	return (int)result;
}

/*
 * A new mount of `type` that has no place in any directory tree (fsopen(2)).
 * `huge` is tmpfs' option of that name, or NULL.
 */
static long detached_mount(const char *type, const char *huge)
{
	long context = CALL(fsopen, type, FSOPEN_CLOEXEC, 0, 0, 0, 0);
	long result;

	if (context < 0)
		return context;
	/* Kernels without transparent huge pages refuse it, and do without. */
	if (huge)
		CALL(fsconfig, context, FSCONFIG_SET_STRING, "huge", huge, 0,
		     0);
	result = CALL(fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0, 0);
	if (result >= 0)
		result = CALL(fsmount, context, FSMOUNT_CLOEXEC,
			      MOUNT_ATTR_NOSUID, 0, 0, 0);
	sys_close((int)context);
	return result;
}

/* A descriptor that only ever answers with errors. */
static long open_useless(void)
{
	return sys_open_at(AT_FDCWD, "/", O_RDONLY, 0);
}

static long open_console(void)
{
	long devices, fd;

	fd = sys_open_at(AT_FDCWD, "/dev/console", O_RDWR | O_NOCTTY, 0);
	if (fd >= 0)
		return fd;
	devices = detached_mount("devtmpfs", NULL);
	if (devices >= 0) {
		fd = sys_open_at((int)devices, "console", O_RDWR | O_NOCTTY, 0);
		if (fd < 0)
			fd = sys_open_at((int)devices, "null", O_RDWR, 0);
		sys_close((int)devices);
	}
	if (fd < 0)
		fd = sys_open_at(AT_FDCWD, "/dev/null", O_RDWR, 0);
	/* No device at all. */
	return fd < 0 ? open_useless() : fd;
}

/*
 * In the place of what a person has closed: reading or writing it is an error.
 * Of the standard output one that Deno does not take for a success: ENOSPC.
 */
static long open_closed(int fd)
{
	long opened = sys_open_at(AT_FDCWD, "/dev/full",
				  fd == 2 ? O_RDONLY : O_WRONLY, 0);

	return opened < 0 ? open_useless() : opened;
}

/*
 * The kernel leaves descriptors 0 to 2 closed when no console was there yet.
 * The runtime crashes then, and any file opened later would become stdio.
 */
static void open_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		long opened;

		if (sys_fcntl(fd, F_GETFD, 0) != -EBADF)
			continue;
		opened = is_init ? open_console() : open_closed(fd);
		/* A detached mount took the lowest number for a moment. */
		if (opened >= 0 && opened != fd) {
			CALL(dup3, opened, fd, 0, 0, 0, 0);
			sys_close((int)opened);
		}
	}
}

/*
 * Opens the image, our own file. As PID 1 without any path of the guest's:
 * there is no /proc yet, and libkrun serves /init.krun for one look-up only.
 */
static int open_image(void)
{
	int proc, image;

	if (!is_init)
		return must(sys_open_at(AT_FDCWD, "/proc/self/exe",
					O_RDONLY | O_CLOEXEC, 0),
			    "open", "/proc/self/exe");
	proc = must(detached_mount("proc", NULL), "mount", "a detached proc");
	image = must(sys_open_at(proc, "self/exe", O_RDONLY | O_CLOEXEC, 0),
		     "open", "self/exe of a detached proc");
	sys_close(proc);
	return image;
}

static void read_table(int image)
{
	long result = sys_pread(image, &table, sizeof table,
				IMAGE_TABLE_OFFSET);

	if (result != sizeof table || table.magic != IMAGE_MAGIC ||
	    table.files > IMAGE_FILES)
		fail("read", "the image's table of contents",
		     result < 0 ? result : -EINVAL);
}

/*
 * A file in memory, which may be executed (MFD_EXEC) or not (MFD_NOEXEC_SEAL)
 * (memfd_create(2)).
 */
static long open_memfd(const char *name, unsigned kind)
{
	long fd = sys_memfd_create(name, MFD_CLOEXEC | kind);

	/* Linux before 6.3 does not know the flags; later ones may demand one. */
	return fd == -EINVAL ? sys_memfd_create(name, MFD_CLOEXEC) : fd;
}

static int create_memfd(const char *name)
{
	return must(open_memfd(name, MFD_NOEXEC_SEAL), "create", name);
}

/* Creates a file of the runtime's; `path` receives where it finds it. */
static int create_file(const char *name, char path[PATH_SIZE])
{
	static const char descriptors[] = "/proc/self/fd/";
	char number[DECIMAL_SIZE];
	const char *directory = "/", *leaf = name;
	char *end = path + PATH_SIZE - 1;
	int fd;

	if (store >= 0) {
		fd = must(sys_open_at(store, name,
				      O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
				      0500),
			  "create", name);
	} else {
		fd = create_memfd(name);
		directory = descriptors;
		leaf = decimal(number, (uint64_t)fd);
	}
	while (*directory)
		*path++ = *directory++;
	while (*leaf && path < end)
		*path++ = *leaf++;
	*path = 0;
	return fd;
}

/* A memfd stays open, because its path is its descriptor. */
static void finish_file(int fd)
{
	if (store >= 0)
		sys_close(fd);
}

static void copy(int from, uint64_t offset, uint64_t size, int to,
		 const char *name)
{
	while (size) {
		long sent = CALL(sendfile, to, from, &offset, size, 0, 0);

		if (sent <= 0)
			fail("copy", name, sent ? sent : -EINVAL);
		size -= (uint64_t)sent;
	}
}

/*
 * A copy of the native program, to be executed. From the copy, because an exec
 * of the image itself would release its old handles under the new program's
 * feet, and pin it.
 */
static int copy_program(int image)
{
	static const char name[] = "krun-init";
	long fd = open_memfd(name, MFD_EXEC);
	int files = -1;

	/* The sysctl vm.memfd_noexec may forbid it. */
	if (fd == -EACCES) {
		files = must(detached_mount("tmpfs", NULL), "mount",
			     "a detached tmpfs");
		fd = sys_open_at(files, name,
				 O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0500);
	}
	copy(image, 0, IMAGE_TABLE_OFFSET, must(fd, "create", name), name);
	if (files < 0)
		return (int)fd;
	/* What is open for writing can't be executed. */
	sys_close((int)fd);
	fd = sys_open_at(files, name, O_RDONLY | O_CLOEXEC, 0);
	sys_close(files);
	return must(fd, "open", name);
}

/* True for a file that the runtime opens in this life of the image. */
static bool is_copied(uint32_t role)
{
	switch (role) {
	case IMAGE_LIBRARY:
	case IMAGE_FILE:
		return true;
	case IMAGE_TOOL:
		return !is_init;
	case IMAGE_BOOT:
		return is_init;
	default:
		return false;
	}
}

/* A detached tmpfs for PID 1, where the runtime has files at all. */
static void open_store(void)
{
	bool needed = false;

	for (uint32_t n = 0; n < table.files; n++)
		needed |= is_copied(table.file[n].role);
	/* Large pages: the copies take a third of the time. */
	if (is_init && needed)
		store = must(detached_mount("tmpfs", "within_size"), "mount",
			     "a detached tmpfs");
}

static void copy_out(int image)
{
	for (uint32_t n = 0; n < table.files; n++) {
		const struct image_file *file = &table.file[n];
		int fd;

		if (!is_copied(file->role))
			continue;
		fd = create_file(file->name, paths[n]);
		copy(image, file->offset, file->size, fd, file->name);
		finish_file(fd);
	}
}

static void put(int fd, const char *text, size_t size)
{
	while (size) {
		long written = sys_write(fd, text, size);

		if (written <= 0)
			fail("write", "the start record", written);
		text += written;
		size -= (size_t)written;
	}
}

static void put_number(int fd, const char *name, uint64_t value)
{
	char buffer[DECIMAL_SIZE];
	const char *digits = decimal(buffer, value);

	put(fd, name, length(name));
	put(fd, digits, length(digits) + 1);
}

/*
 * What the pipeline is told: NUL-terminated words, NAME=VALUE each, the last
 * of them "arguments=N"; behind it the kernel's own N arguments and then its
 * environment, byte for byte (stages/formats/start_record.ts).
 */
static void write_start_record(uint64_t started, int handover, int argc,
			       char **argv, char **envp)
{
	int fd = start_record = create_file("start", start_record_path);

	put_number(fd, "started=", started);
	put_number(fd, "runtime=", boot_time());
	if (is_init) {
		put_number(fd, "root=", (uint64_t)root);
		put_number(fd, "handover=", (uint64_t)handover);
	}
	put_number(fd, "arguments=", (uint64_t)argc);
	for (; *argv; argv++)
		put(fd, *argv, length(*argv) + 1);
	for (; *envp; envp++)
		put(fd, *envp, length(*envp) + 1);
	finish_file(fd);
}

/* The word itself, or what it stands for (see image.h); NULL: left out. */
static char *resolve(char *word)
{
	if (word[0] == '#' && !word[1])
		return decimal(start_record_number, (uint64_t)start_record);
	if (word[0] != '@')
		return word;
	if (!word[1])
		return start_record_path;
	for (uint32_t n = 0; n < table.files; n++) {
		const char *rest = after(word + 1, table.file[n].name);

		if (rest && !*rest)
			return paths[n];
		if (rest && *rest == ':')
			return paths[n][0] ? (char *)rest + 1 : NULL;
	}
	fail("find", word, -ENOENT);
}

/* Puts `count` of the image's words behind `to`; returns the next word. */
static char *put_words(char *word, uint32_t count, char ***to)
{
	for (; count; count--) {
		char *resolved = resolve(word);

		if (resolved)
			*(*to)++ = resolved;
		word += length(word) + 1;
	}
	return word;
}

/* How ld.so finds the libraries: all in /, or each by its descriptor. */
static char *library_variable(void)
{
	char *at = loader_variable;

	for (const char *s = store >= 0 ? "LD_LIBRARY_PATH=/" : "LD_PRELOAD=";
	     *s; s++)
		*at++ = *s;
	for (uint32_t n = 0; store < 0 && n < table.files; n++) {
		if (table.file[n].role != IMAGE_LIBRARY)
			continue;
		for (const char *s = paths[n]; *s; s++)
			*at++ = *s;
		*at++ = ':';
	}
	return loader_variable;
}

static bool is_hot(uint32_t chunk)
{
	return table.hot[chunk / 8] >> chunk % 8 & 1;
}

/* True where the page cache has what lies there (preadv2(2)). */
static bool is_cached(int image, uint64_t offset)
{
	char byte;
	struct iovec buffer = { &byte, 1 };

	return CALL(preadv2, image, &buffer, 1, offset, 0, RWF_NOWAIT) == 1;
}

/*
 * What a boot needs of the runtime lies scattered. Where the build knows it,
 * it is asked for at once, 128 KB at a time (the kernel takes no more in a
 * call), instead of waiting for each page with what happens to lie around it:
 * a cold boot reads 17 MB instead of 29, in less time. True where the rest is
 * to be read exactly as it is touched.
 */
static bool read_hot_chunks(int image, uint64_t offset)
{
	uint32_t end = CHUNKS, count;

	while (end && !is_hot(end - 1))
		end--;
	/* Nothing known, or nothing to read: no guest's image is cached. */
	if (!end || is_cached(image, offset + (end - 1) * IMAGE_CHUNK))
		return false;
	for (uint32_t first = 0; first < end; first += count) {
		bool hot = is_hot(first);

		for (count = 1; count < MOST_CHUNKS && first + count < end &&
				is_hot(first + count) == hot;)
			count++;
		if (hot)
			CALL(readahead, image, offset + first * IMAGE_CHUNK,
			     count * IMAGE_CHUNK, 0, 0, 0);
	}
	return true;
}

/* False where the image has no such file. */
static bool map_role(int image, enum image_role role, const char *object,
		     struct program *program)
{
	bool found = false;

	for (uint32_t n = 0; n < table.files; n++) {
		uint64_t offset = table.file[n].offset;

		long result;

		if (table.file[n].role != role)
			continue;
		found = true;
		if (role == IMAGE_RUNTIME)
			result = map_program(image, offset,
					     read_hot_chunks(image, offset),
					     &table.prelink, program);
		else
			result = map_program(image, offset, false, NULL,
					     program);
		must(result, "map", object);
	}
	return found;
}

static _Noreturn void become_runtime(int image, const unsigned long *auxv)
{
	char *argv[IMAGE_WORD_COUNT + 1] = { 0 };
	char *envp[IMAGE_WORD_COUNT + 2] = { 0 };
	struct program runtime, interpreter;
	char *word = table.words, **argument = argv, **variable = envp;
	bool linked;

	if (table.arguments > IMAGE_WORD_COUNT ||
	    table.environment > IMAGE_WORD_COUNT)
		fail("read", "the image's words", -EINVAL);
	word = put_words(word, table.arguments, &argument);
	put_words(word, table.environment, &variable);
	if (store >= 0) {
		must(CALL(fchdir, store, 0, 0, 0, 0, 0), "enter",
		     "the detached tmpfs");
		must(CALL(chroot, ".", 0, 0, 0, 0, 0), "chroot",
		     "into the detached tmpfs");
	}
	learn_page_size(auxv);
	if (!map_role(image, IMAGE_RUNTIME, "the runtime", &runtime))
		fail("find", "the runtime", -ENOENT);
	linked = map_role(image, IMAGE_INTERPRETER, "the dynamic loader",
			  &interpreter);
	if (linked)
		*variable = library_variable();
	run_program(&runtime, linked ? &interpreter : NULL, argv, envp, auxv);
}

/* False where that can't be told (sysinfo(2)). */
static bool has_little_memory(void)
{
	struct system_info info;

	return CALL(sysinfo, &info, 0, 0, 0, 0, 0) == 0 &&
	       info.total_ram * info.unit <= LITTLE_MEMORY;
}

/* Ctrl-alt-del becomes a signal for us instead of a reboot (reboot(2)). */
static void take_ctrl_alt_del(void)
{
	/* EINVAL in a pid namespace, to which no keyboard belongs. */
	CALL(reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_CAD_OFF, 0, 0, 0);
}

static const struct kept *kept_for_handover;

static _Noreturn void end_with(const char *what, int status)
{
	char number[DECIMAL_SIZE];

	say("krun-init: launcher: The pipeline ", what,
	    decimal(number, (uint64_t)status), NULL);
	shut_down(root, EXIT_SETUP, false);
}

/* PID 1, while the pipeline runs and when it has ended. */
static void follow_pipeline(long pid)
{
	uint64_t deadline = milliseconds_from_now(BUDGET_PIPELINE);
	int status = 0;

	must(pid, "start", "the pipeline");
	if (!wait_for_child((int)pid, deadline, &status))
		end_with("has not ended after seconds: ",
			 BUDGET_PIPELINE / 1000);
	status = exit_status(status);
	/* With EXIT_SETUP the pipeline has itself said what was wrong. */
	if (status == EXIT_SETUP)
		shut_down(root, EXIT_SETUP, false);
	if (status)
		end_with("ended with status ", status);
	hand_over(kept_for_handover);
}

/*
 * The pipeline runs in a child that shares our mounts and descriptors, so that
 * what it arranges is arranged for PID 1, while no root, limit, signal
 * disposition or crash of the runtime ever gets into PID 1. Should it die, a
 * kernel that loses its PID 1 panics; this one reports and reboots. PID 1
 * waits for it, and not for ever; what asks it to stop meanwhile waits, too.
 *
 * With memory enough the child also borrows ours. So the runtime's 36 MB are
 * ours when it has ended, and are not freed, for 1 ms, before the workload may
 * start, but beside it, by our exec of the supervisor. With little memory it
 * has its own: when that runs out the kernel ends no process that shares PID
 * 1's, and panics where there is no other.
 */
static _Noreturn void boot(const struct kept *kept, const unsigned long *auxv)
{
	static _Alignas(16) char stack[STACK_SIZE];
	unsigned long borrow = has_little_memory() ? 0 : CLONE_VM;

	kept_for_handover = kept;
	part(borrow | CLONE_FILES | SIGCHLD, stack + sizeof stack,
	     follow_pipeline);
	unblock_signals();
	become_runtime(kept->image, auxv);
}

_Noreturn void launch(int argc, char **argv, char **envp,
		      const unsigned long *auxv)
{
	uint64_t started = boot_time();
	struct kept kept = { -1, -1, -1, -1 };
	long blocked = 0;

	is_init = !is_persons(argc, argv);
	if (is_init) {
		blocked = block_signals();
		take_ctrl_alt_del();
	}
	open_standard_descriptors();
	if (is_init) {
		root = must(sys_open_at(AT_FDCWD, "/",
					O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0),
			    "open", "/");
		kept.root = root;
		/* Else nobody would hear of the workload's end. */
		must(blocked, "block", "the signals");
	}
	kept.image = open_image();
	read_table(kept.image);
	open_store();
	copy_out(kept.image);
	if (is_init) {
		kept.record = create_memfd("handover");
		kept.supervisor = copy_program(kept.image);
	}
	write_start_record(started, kept.record, argc, argv, envp);
	if (is_init)
		boot(&kept, auxv);
	become_runtime(kept.image, auxv);
}
