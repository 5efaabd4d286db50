/** What a file is and whose (inode(7)). */
export interface FileStatus {
  /** The type (S_IFMT) and the permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** What a device node stands for, as mknod(2) takes it; else 0. */
  readonly device: number;
}

/**
 * The one door to the operating system. A stage reaches the system through
 * this interface only, which it is handed; so the same stage runs in a guest
 * and, on the recording implementation, in a plan and in a unit test.
 *
 * Every method is one system call or one small idiom of them. What fails
 * throws a `SysError` with the operation and the errno's name. Paths are
 * strings of `bytes.ts`.
 */
export interface Sys {
  /** Makes a directory, mode & ~umask (mkdir(2)). */
  mkdir(path: string, mode: number): void;

  /**
   * Mounts (mount(2)).
   *
   * @param source device or other source; null for none
   * @param type file system type; null where the flags need none
   * @param flags MS_* bits of the platform's constants
   * @param data the file system's own options, comma-separated
   */
  mount(
    source: string | null,
    target: string,
    type: string | null,
    flags: number,
    data: string | null,
  ): void;

  /**
   * Makes a mount that has no place in any directory tree (fsopen(2),
   * fsconfig(2), fsmount(2)).
   *
   * @param source device or other source; null for none
   * @param options the file system's own, `NAME` or `NAME=VALUE` each
   * @param attributes MOUNT_ATTR_* bits of the platform's constants
   * @returns its descriptor, which is that of its root directory
   */
  makeMount(
    type: string,
    source: string | null,
    options: readonly string[],
    attributes: number,
  ): number;

  /** Gives a mount its place (move_mount(2)). */
  placeMount(mount: number, target: string): void;

  /** True where the path is the root of a mount (statx(2)); looks only. */
  isMountPoint(path: string): boolean;

  /** The type of the file system of an open file (fstatfs(2)). */
  fileSystemType(descriptor: number): number;

  /**
   * What the mount that a path lies in does not allow, as MS_* bits of mount(2)
   * (statfs(2), f_flags): `readonly`, `nosuid`, `nodev`, `noexec`, `noatime`,
   * `nodiratime`, `relatime` and `nosymfollow`.
   */
  mountFlags(path: string): number;

  /** Tells what a file is, of a symbolic link the link itself (statx(2)). */
  lstat(path: string): FileStatus;

  /** Gives a file an owner and a group, a link itself too (fchownat(2)). */
  lchown(path: string, uid: number, gid: number): void;

  /**
   * Makes a device node, FIFO or socket, mode & ~umask (mknod(2)).
   *
   * @param mode the type and the permission bits
   * @param device as in {@linkcode FileStatus}
   */
  mknod(path: string, mode: number, device: number): void;

  /** Creates or empties a file and fills it from another; mode 0666 & ~umask. */
  copyFile(from: string, to: string): void;

  /** Changes permission bits (chmod(2)). */
  chmod(path: string, mode: number): void;

  /** Makes a symbolic link at `path` that names `target` (symlink(2)). */
  symlink(target: string, path: string): void;

  /** Reads where a symbolic link points (readlink(2)). */
  readLink(path: string): string;

  /** Reads a whole file with one open. */
  readFile(path: string): Uint8Array;

  /**
   * Reads the first bytes of a file.
   *
   * @param size how many; there are fewer where the file is shorter
   */
  readHead(path: string, size: number): Uint8Array;

  /**
   * Reads a whole file with one open, with the directory `root` (a
   * descriptor) in the place of `/` (openat2(2), RESOLVE_IN_ROOT).
   */
  readFileIn(root: number, path: string): Uint8Array;

  /** Lists a directory's entries in the system's order (getdents64(2)). */
  readDirectory(path: string): string[];

  /** Opens a file that exists (open(2)). */
  open(path: string, flags: number): number;

  /** Creates or empties a file and writes it; mode 0666 & ~umask. */
  writeFile(path: string, bytes: Uint8Array<ArrayBuffer>): void;

  /** Gives a file another name, in the place of one that has it (rename(2)). */
  rename(from: string, to: string): void;

  /** Removes a file's name (unlink(2)). */
  unlink(path: string): void;

  /** Closes a descriptor (close(2)). */
  close(descriptor: number): void;

  /** Changes the working directory (chdir(2)). */
  chdir(path: string): void;

  /** Changes the working directory to an open one (fchdir(2)). */
  fchdir(directory: number): void;

  /** Changes the root directory (chroot(2)). */
  chroot(path: string): void;

  /** Sets the host name (sethostname(2)). */
  sethostname(name: string): void;

  /** Brings a network interface up, its other flags untouched (netdevice(7)). */
  interfaceUp(name: string): void;

  /** The number of a network interface (netdevice(7), SIOCGIFINDEX). */
  interfaceIndex(name: string): number;

  /** The six bytes of an Ethernet interface's address (SIOCGIFHWADDR). */
  hardwareAddress(name: string): Uint8Array<ArrayBuffer>;

  /**
   * Has the kernel do what a message asks for, and waits until it has
   * (rtnetlink(7)).
   *
   * @param purpose what that is, for errors and plans
   * @param message one message, which asks for an acknowledgement
   */
  rtnetlink(purpose: string, message: Uint8Array<ArrayBuffer>): void;

  /**
   * Opens a socket for the IPv4 frames of one interface, whole ones, which
   * needs no address and no route (packet(7), SOCK_RAW).
   */
  openPacket(device: string): number;

  /** Sends a frame (sendto(2)). */
  send(socket: number, bytes: Uint8Array<ArrayBuffer>): void;

  /**
   * Receives a frame (ppoll(2), recv(2)).
   *
   * @param size how much of it is taken, in bytes; the rest is lost
   * @param timeout how long to wait, in ms
   * @returns undefined when none came in time
   */
  receive(
    socket: number,
    size: number,
    timeout: number,
  ): Uint8Array<ArrayBuffer> | undefined;

  /** Opens a vsock socket for datagrams, bound to a port of its own (vsock(7)). */
  openVsock(port: number): number;

  /** Sends a datagram to the host (vsock(7), VMADDR_CID_HOST). */
  sendToHost(
    socket: number,
    port: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): void;

  /** Random bytes, not for secrets: early ones may be poor (getrandom(2)). */
  random(size: number): Uint8Array<ArrayBuffer>;

  /**
   * Writes all bytes to a descriptor (write(2)).
   *
   * @param patience how long to wait for room for more, in ms (ppoll(2)); what
   *   there is none for is lost, with ETIMEDOUT. Default: for ever
   */
  write(
    descriptor: number,
    bytes: Uint8Array<ArrayBuffer>,
    patience?: number,
  ): void;

  /** Does nothing for some milliseconds (ppoll(2)). */
  sleep(milliseconds: number): void;

  /** Nanoseconds of CLOCK_BOOTTIME (clock_gettime(2)). */
  bootTime(): number;

  /** Ends the process at once (exit_group(2)). */
  exit(status: number): never;
}
