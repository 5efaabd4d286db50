/** The numbers of Linux's interface that we use, by their names there. */

/** mount(2), the flags. */
export const MountFlag = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 0x20,
  nosymfollow: 0x100,
  noatime: 0x400,
  nodiratime: 0x800,
  bind: 0x1000,
  move: 0x2000,
  recursive: 0x4000,
  unbindable: 0x20000,
  private: 0x40000,
  slave: 0x80000,
  shared: 0x100000,
  relatime: 0x200000,
  strictatime: 0x1000000,
} as const;

/** fsmount(2), the attributes; MOUNT_ATTR_* without that. */
export const MountAttribute = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  noatime: 0x10,
  strictatime: 0x20,
  nodiratime: 0x80,
  nosymfollow: 0x200000,
} as const;

/** fsopen(2) and fsmount(2): both flags. */
export const FS_CLOEXEC = 1;
/** fsconfig(2), the commands. */
export const FsConfig = { setFlag: 0, setString: 1, create: 6 } as const;
/** move_mount(2): the mount is the descriptor itself. */
export const MOVE_MOUNT_F_EMPTY_PATH = 4;

/** open(2), the flags that are the same on every architecture. */
export const OpenFlag = {
  readOnly: 0,
  writeOnly: 1,
  readWrite: 2,
  create: 0o100,
  noctty: 0o400,
  truncate: 0o1000,
  cloexec: 0o2000000,
} as const;

/** The working directory in the place of a descriptor (openat(2)). */
export const AT_FDCWD = -100;
/** unlinkat(2), statx(2): the link itself, not what it points to. */
export const AT_SYMLINK_NOFOLLOW = 0x100;
/** openat2(2): the directory descriptor in the place of `/`. */
export const RESOLVE_IN_ROOT = 0x10;
/** statx(2): type, permission bits, owner, group. */
export const STATX_BASIC_STATS = 0x7ff;
/** statx(2): the path is the root of a mount. */
export const STATX_ATTR_MOUNT_ROOT = 0x2000n;
/** inode(7): the types of files. */
export const FileType = {
  mask: 0o170000,
  socket: 0o140000,
  link: 0o120000,
  regular: 0o100000,
  directory: 0o040000,
} as const;
/** statfs(2), f_type. */
export const RAMFS_MAGIC = 0x858458f6;
/** statfs(2), f_type. */
export const TMPFS_MAGIC = 0x01021994;
/** unshare(2): root, working directory and umask. */
export const CLONE_FS = 0x200;
/** clock_gettime(2). */
export const CLOCK_BOOTTIME = 7;
/** socket(2): address family and type. */
export const AF_INET = 2;
/** socket(2), netlink(7). */
export const AF_NETLINK = 16;
/** socket(2), packet(7). */
export const AF_PACKET = 17;
/** packet(7): the protocol IPv4. */
export const ETH_P_IP = 0x0800;
/** socket(2). */
export const SOCK_DGRAM = 2;
/** socket(2). */
export const SOCK_RAW = 3;
/** socket(2). */
export const SOCK_CLOEXEC = 0o2000000;
/** netlink(7). */
export const NETLINK_ROUTE = 0;
/** netlink(7): the type of an answer that carries an error, or none. */
export const NLMSG_ERROR = 2;
/** recv(2). */
export const MSG_DONTWAIT = 0x40;
/** poll(2). */
export const POLLIN = 1;
/** poll(2): there is room to write. */
export const POLLOUT = 4;
/** vsock(7). */
export const AF_VSOCK = 40;
/** vsock(7): whatever our own context id is. */
export const VMADDR_CID_ANY = 0xffff_ffff;
/** vsock(7). */
export const VMADDR_CID_HOST = 2;
/** getrandom(2): whatever there is, without waiting (Linux 5.6). */
export const GRND_INSECURE = 4;
/** netdevice(7). */
export const SIOCGIFFLAGS = 0x8913;
/** netdevice(7). */
export const SIOCSIFFLAGS = 0x8914;
/** netdevice(7). */
export const SIOCGIFHWADDR = 0x8927;
/** netdevice(7). */
export const SIOCGIFINDEX = 0x8933;
/** netdevice(7). */
export const IFF_UP = 1;

/** errno(3): the errors that are answered by another try. */
export const EINTR = 4;
/** errno(3). */
export const EAGAIN = 11;

/** errno-base.h and errno.h, as far as boot-time calls can give them. */
const errnoNames: Record<number, string> = {
  1: "EPERM",
  2: "ENOENT",
  3: "ESRCH",
  4: "EINTR",
  5: "EIO",
  6: "ENXIO",
  7: "E2BIG",
  8: "ENOEXEC",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  15: "ENOTBLK",
  16: "EBUSY",
  17: "EEXIST",
  18: "EXDEV",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  25: "ENOTTY",
  26: "ETXTBSY",
  27: "EFBIG",
  28: "ENOSPC",
  29: "ESPIPE",
  30: "EROFS",
  31: "EMLINK",
  32: "EPIPE",
  34: "ERANGE",
  36: "ENAMETOOLONG",
  38: "ENOSYS",
  39: "ENOTEMPTY",
  40: "ELOOP",
  74: "EBADMSG",
  75: "EOVERFLOW",
  90: "EMSGSIZE",
  92: "ENOPROTOOPT",
  93: "EPROTONOSUPPORT",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  105: "ENOBUFS",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  113: "EHOSTUNREACH",
  116: "ESTALE",
  117: "EUCLEAN",
};

/** The name of an error number, or `errno N` for one without a name here. */
export function errnoName(errno: number): string {
  return errnoNames[errno] ?? `errno ${errno}`;
}

/** True for what {@linkcode errnoName} can give. */
export function isErrnoName(text: string): boolean {
  return /^errno \d+$/.test(text) || Object.values(errnoNames).includes(text);
}

/** Flags of mount(2) as a list of their names, `0` for none. */
export function flagNames(flags: number): string {
  return bitNames(flags, MountFlag);
}

/** Attributes of fsmount(2) as a list of their names, `0` for none. */
export function attributeNames(attributes: number): string {
  return bitNames(attributes, MountAttribute);
}

function bitNames(
  bits: number,
  table: Readonly<Record<string, number>>,
): string {
  const names: string[] = [];
  let rest = bits;
  for (const name in table) {
    const bit = table[name] as number;
    if ((rest & bit) === 0) continue;
    names.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.join("|") || "0";
}
