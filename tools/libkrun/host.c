/*
 * krun-host: starts one guest by libkrun and ends with the guest's status. The
 * guest is described by its arguments, NAME=VALUE each, in any order:
 *
 *	root=DIR		the guest's root
 *	read-only=1		which it cannot write to
 *	root-disk=DEV[:TYPE[:OPTIONS]]	instead: a block device of the guest's
 *	init=FILE		its init; without it, the one inside libkrun
 *	config=FILE		becomes /.krun_config.json
 *	exec=PATH arg=WORD env=NAME=VALUE	for krun_set_exec
 *	workdir=DIR rlimit=N=SOFT:HARD
 *	memory=MIB cpus=N
 *	share=TAG:DIR[:ro]	a further virtio-fs
 *	disk=ID:FILE[:ro]	a raw image, /dev/vda and so on
 *	port-map=HOST:GUEST	TSI's
 *	vsock=PORT:SOCKET	the guest connects, somebody listens at SOCKET
 *	vsock-listen=PORT:SOCKET	libkrun listens at SOCKET, the guest at PORT
 *	passt=SOCKET tap=NAME	a network card, to be configured by DHCP
 *	no-dhcp=1		not to be configured
 *	nested=1		nested virtualisation
 *	console=FILE		takes the console; else libkrun's log has it
 *
 * What libkrun says at level "error", the init's messages among it, goes to
 * standard error.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* libkrun.h has no package of its own where this is built. */
int32_t krun_set_log_level(uint32_t level);
int32_t krun_create_ctx(void);
int32_t krun_set_vm_config(uint32_t ctx, uint8_t cpus, uint32_t ram_mib);
int32_t krun_set_root(uint32_t ctx, const char *root);
int32_t krun_set_root_disk_remount(uint32_t ctx, const char *device,
				   const char *type, const char *options);
int32_t krun_disable_implicit_init(uint32_t ctx);
int32_t krun_fs_add_overlay_file(uint32_t ctx, const char *tag,
				 const char *path, const uint8_t *data,
				 size_t size, uint32_t mode, bool one_shot);
int32_t krun_add_virtiofs3(uint32_t ctx, const char *tag, const char *path,
			   uint64_t shm_size, bool read_only);
int32_t krun_add_disk(uint32_t ctx, const char *id, const char *path,
		      bool read_only);
int32_t krun_set_exec(uint32_t ctx, const char *path, const char *const *argv,
		      const char *const *envp);
int32_t krun_set_env(uint32_t ctx, const char *const *envp);
int32_t krun_set_workdir(uint32_t ctx, const char *path);
int32_t krun_set_rlimits(uint32_t ctx, const char *const *limits);
int32_t krun_set_port_map(uint32_t ctx, const char *const *map);
int32_t krun_add_vsock_port2(uint32_t ctx, uint32_t port, const char *path,
			     bool listen);
int32_t krun_add_net_unixstream(uint32_t ctx, const char *path, int fd,
				const uint8_t *mac, uint32_t features,
				uint32_t flags);
int32_t krun_add_net_tap(uint32_t ctx, const char *name, const uint8_t *mac,
			 uint32_t features, uint32_t flags);
int32_t krun_set_nested_virt(uint32_t ctx, bool enabled);
int32_t krun_set_console_output(uint32_t ctx, const char *path);
int32_t krun_start_enter(uint32_t ctx);

#define LOG_ERROR 1
#define ROOT_TAG "/dev/root"
#define MOST 256
/* As large as libkrun itself makes it for a root, in bytes. */
#define DAX_WINDOW (1UL << 29)
#define NET_FLAG_DHCP_CLIENT 2
/* CSUM, GUEST_CSUM, GUEST_TSO4, GUEST_UFO, HOST_TSO4, HOST_UFO: as libkrun
   has them where its caller says nothing. */
#define NET_FEATURES 0x4c83U

static char **words;
static uint32_t ctx;

static void check(int32_t result, const char *call)
{
	if (result >= 0)
		return;
	errno = -result;
	err(125, "%s", call);
}

/* The values of a name, in their order; their number is in `count`. */
static const char **all(const char *name, size_t *count)
{
	static const char *none[1];
	const char **list = calloc(MOST, sizeof *list);
	size_t length = strlen(name), n = 0;

	for (char **word = words; *word; word++)
		if (!strncmp(*word, name, length) && (*word)[length] == '=')
			list[n++] = *word + length + 1;
	if (count)
		*count = n;
	return list ? list : none;
}

static const char *last(const char *name)
{
	size_t count;
	const char **list = all(name, &count);

	return count ? list[count - 1] : NULL;
}

/* Cuts the next part off, up to a colon; NULL where there is none. */
static char *part(char **rest)
{
	return *rest ? strsep(rest, ":") : NULL;
}

/* libkrun does not copy what it serves: the mapping stays. */
static void overlay(const char *path, const char *file, uint32_t mode,
		    bool one_shot)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	void *data = NULL;

	if (fd < 0 || fstat(fd, &stat) < 0)
		err(125, "%s", file);
	if (stat.st_size) {
		data = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE,
			    fd, 0);
		if (data == MAP_FAILED)
			err(125, "%s", file);
	}
	close(fd);
	check(krun_fs_add_overlay_file(ctx, ROOT_TAG, path,
				       data ? data : (const void *)"",
				       (size_t)stat.st_size, S_IFREG | mode,
				       one_shot),
	      "krun_fs_add_overlay_file");
}

static void add_root(void)
{
	const char *root = last("root"), *init = last("init");
	char *disk = last("root-disk") ? strdup(last("root-disk")) : NULL;

	if (init)
		check(krun_disable_implicit_init(ctx),
		      "krun_disable_implicit_init");
	if (root && last("read-only"))
		check(krun_add_virtiofs3(ctx, ROOT_TAG, root, DAX_WINDOW, true),
		      "krun_add_virtiofs3");
	else if (root)
		check(krun_set_root(ctx, root), "krun_set_root");
	if (disk) {
		char *device = part(&disk), *type = part(&disk);

		check(krun_set_root_disk_remount(ctx, device, type, disk),
		      "krun_set_root_disk_remount");
	}
	if (init)
		overlay("init.krun", init, 0755, true);
	if (last("config"))
		overlay(".krun_config.json", last("config"), 0644, true);
}

static void add_devices(void)
{
	const char **list;

	for (list = all("share", NULL); *list; list++) {
		char *rest = strdup(*list), *tag = part(&rest);
		char *path = part(&rest);

		check(krun_add_virtiofs3(ctx, tag, path, 0, rest != NULL),
		      "krun_add_virtiofs3");
	}
	for (list = all("disk", NULL); *list; list++) {
		char *rest = strdup(*list), *id = part(&rest);
		char *path = part(&rest);

		check(krun_add_disk(ctx, id, path, rest != NULL),
		      "krun_add_disk");
	}
	for (int listens = 0; listens < 2; listens++)
		for (list = all(listens ? "vsock-listen" : "vsock", NULL);
		     *list; list++) {
			char *rest = strdup(*list);
			uint32_t port = (uint32_t)atoi(part(&rest));

			check(krun_add_vsock_port2(ctx, port, rest, listens),
			      "krun_add_vsock_port2");
		}
}

static void add_network(void)
{
	static const uint8_t mac[] = { 0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xee };
	uint32_t flags = last("no-dhcp") ? 0 : NET_FLAG_DHCP_CLIENT;
	size_t maps;
	const char **map = all("port-map", &maps);

	if (last("passt"))
		check(krun_add_net_unixstream(ctx, last("passt"), -1, mac,
					      NET_FEATURES, flags),
		      "krun_add_net_unixstream");
	/* Few features: the other end of a plain tap asks for none. */
	if (last("tap"))
		check(krun_add_net_tap(ctx, last("tap"), mac, 0, flags),
		      "krun_add_net_tap");
	if (maps)
		check(krun_set_port_map(ctx, map), "krun_set_port_map");
}

static void add_command(void)
{
	size_t limits;
	const char **limit = all("rlimit", &limits);

	if (last("exec"))
		check(krun_set_exec(ctx, last("exec"), all("arg", NULL),
				    all("env", NULL)),
		      "krun_set_exec");
	else
		check(krun_set_env(ctx, all("env", NULL)), "krun_set_env");
	if (last("workdir"))
		check(krun_set_workdir(ctx, last("workdir")),
		      "krun_set_workdir");
	if (limits)
		check(krun_set_rlimits(ctx, limit), "krun_set_rlimits");
}

int main(int argc, char **argv)
{
	const char *memory, *cpus;

	/* Else a file of libkrun's would get the number, and be the guest's. */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDWR);
	if (argc > MOST)
		errx(125, "More than %d words", MOST);
	words = argv + 1;
	memory = last("memory");
	cpus = last("cpus");
	check(krun_set_log_level(LOG_ERROR), "krun_set_log_level");
	ctx = (uint32_t)krun_create_ctx();
	check((int32_t)ctx, "krun_create_ctx");
	check(krun_set_vm_config(ctx, (uint8_t)(cpus ? atoi(cpus) : 1),
				 (uint32_t)(memory ? atoi(memory) : 512)),
	      "krun_set_vm_config");
	if (last("nested"))
		check(krun_set_nested_virt(ctx, true), "krun_set_nested_virt");
	if (last("console"))
		check(krun_set_console_output(ctx, last("console")),
		      "krun_set_console_output");
	/* Disks first: a disk as the root has to be one of them. */
	add_devices();
	add_root();
	add_network();
	add_command();
	check(krun_start_enter(ctx), "krun_start_enter");
	return 125;
}
