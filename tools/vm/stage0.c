/*
 * The first program of a VM: it stands in for what libkrun's own kernel has
 * built in. It loads the modules, mounts the root that virtiofsd serves, makes
 * it `/` and becomes /init.krun, which then finds what libkrun's kernel would
 * have left it: its arguments and environment byte for byte, the console on
 * descriptors 0 to 2, no mount but the root and perhaps /dev, and the memory
 * of the initramfs given back.
 *
 * The file /plan in the initramfs, and nothing on the kernel's command line
 * (that would reach the init), says what to do, a word and its argument a line:
 *
 *	module FILE	load FILE
 *	port NAME	wait until the virtio port NAME is there
 *	exit-probe	print the exit code ioctl on the console (see probe_exit)
 *	read-only	mount the root read-only
 *	initrd		become /init of the initramfs; there is no other root
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NEW_ROOT "/newroot"
#define INIT "/init.krun"
#define TRACE "/trace"

/* Writes a message to the kernel's log, which keeps it for the console. */
static void complain(const char *what, const char *object)
{
	char text[512];
	const char *reason = strerror(errno);
	int length = snprintf(text, sizeof text, "<2>stage0: Cannot %s %s: %s\n",
			      what, object, reason);
	int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (log < 0 || write(log, text, length) < 0)
		dprintf(2, "%s", text + 3);
	if (log >= 0)
		close(log);
}

/* Ends the VM with a message. */
static _Noreturn void fail(const char *what, const char *object)
{
	complain(what, object);
	reboot(RB_POWER_OFF);
	_exit(1);
}

/* Waits a little for a device that is on its way, ten seconds in all. */
static void wait_for(const char *what, const char *object)
{
	static int waits;
	const struct timespec millisecond = { .tv_nsec = 1000000 };

	if (waits++ > 10000) {
		errno = ETIMEDOUT;
		fail(what, object);
	}
	nanosleep(&millisecond, NULL);
}

/* Loads a module and gives its memory in the initramfs back. */
static void load(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		fail("load", file);
	close(fd);
	unlink(file);
}

/* The driver registers the console later than its module is loaded. */
static void open_console(void)
{
	int fd;

	while ((fd = open("/dev/console", O_RDWR)) < 0) {
		if (errno != ENODEV && errno != EIO)
			fail("open", "/dev/console");
		wait_for("open", "/dev/console");
	}
	for (int target = 0; target < 3; target++)
		if (fd != target && dup2(fd, target) < 0)
			fail("duplicate", "/dev/console");
	if (fd > 2)
		close(fd);
}

static int has_port(const char *name)
{
	static const char folder[] = "/sys/class/virtio-ports";
	struct dirent *entry;
	int found = 0;
	DIR *ports = opendir(folder);

	while (ports && !found && (entry = readdir(ports))) {
		char path[320], value[64] = "";
		FILE *file;

		snprintf(path, sizeof path, "%s/%s/name", folder, entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		found = fscanf(file, "%63s", value) == 1 && !strcmp(value, name);
		fclose(file);
	}
	if (ports)
		closedir(ports);
	return found;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int failed = fd < 0 || write(fd, text, strlen(text)) < 0;

	if (failed)
		complain("write", path);
	if (fd >= 0)
		close(fd);
	return failed;
}

/*
 * An init of libkrun's reports the exit code with an ioctl on the root, which
 * virtiofsd refuses. So the kernel itself tells of it: a kprobe whose hits the
 * parameter tp_printk puts on the console. The ioctl's number is _IO('v', 2).
 * A kernel that cannot do this still boots: PID 1 may print the code.
 */
static void probe_exit(void)
{
	static const char event[] = TRACE "/events/kprobes/krun_exit";
	char filter[sizeof event + 8], enable[sizeof event + 8];

	snprintf(filter, sizeof filter, "%s/filter", event);
	snprintf(enable, sizeof enable, "%s/enable", event);
	mkdir(TRACE, 0700);
	if (mount("tracefs", TRACE, "tracefs", 0, NULL) < 0) {
		complain("mount", "tracefs");
	} else {
		if (!write_file(TRACE "/kprobe_events",
				"p:krun_exit fuse_do_ioctl "
				"cmd=$arg2:x32 code=$arg3:s32") &&
		    !write_file(filter, "cmd == 0x7602"))
			write_file(enable, "1");
		umount(TRACE);
	}
	rmdir(TRACE);
}

/* Mounts the root where the kernel's own root was, as switch_root(8) does. */
static void switch_root(unsigned long flags)
{
	struct stat dev;

	mkdir(NEW_ROOT, 0755);
	if (mount("/dev/root", NEW_ROOT, "virtiofs", flags, NULL) < 0)
		fail("mount", "the virtio-fs root");
	/* libkrun's kernel has DEVTMPFS_MOUNT, which asks for no more. */
	if (stat(NEW_ROOT "/dev", &dev) == 0 && S_ISDIR(dev.st_mode) &&
	    mount("devtmpfs", NEW_ROOT "/dev", "devtmpfs", 0, NULL) < 0)
		fail("mount", "devtmpfs");
	unlink("/init");
	if (chdir(NEW_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		fail("switch to", "the virtio-fs root");
}

int main(int argc, char **argv, char **envp)
{
	char line[256];
	unsigned long flags = 0;
	const char *init = INIT;
	FILE *plan = fopen("/plan", "re");

	(void)argc;
	if (!plan)
		fail("open", "/plan");
	mkdir("/sys", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		fail("mount", "sysfs");
	while (fgets(line, sizeof line, plan)) {
		char *argument = line + strcspn(line, " \n");

		if (*argument)
			*argument++ = '\0';
		argument[strcspn(argument, "\n")] = '\0';
		if (!strcmp(line, "module"))
			load(argument);
		else if (!strcmp(line, "port"))
			while (!has_port(argument))
				wait_for("find the port", argument);
		else if (!strcmp(line, "exit-probe"))
			probe_exit();
		else if (!strcmp(line, "read-only"))
			flags |= MS_RDONLY;
		else if (!strcmp(line, "initrd"))
			init = "/init";
	}
	fclose(plan);
	unlink("/plan");
	umount("/sys");
	rmdir("/sys");
	open_console();
	if (!strcmp(init, INIT))
		switch_root(flags);
	argv[0] = (char *)init;
	execve(init, argv, envp);
	fail("execute", init);
}
