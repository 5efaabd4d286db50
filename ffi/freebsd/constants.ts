/**
 * The numbers of FreeBSD's interface that we use, by their names there; the
 * same on amd64 and arm64.
 */

/** nmount(2), the flags. */
export const MountFlag = { readonly: 1 } as const;

/** open(2), the flags. */
export const OpenFlag = {
  readOnly: 0,
  writeOnly: 1,
  readWrite: 2,
  nonblock: 4,
  append: 8,
  create: 0x200,
  truncate: 0x400,
  cloexec: 0x10_0000,
} as const;

/** fcntl(2): reads the flags of an open file. */
export const F_GETFL = 3;
/** fcntl(2): sets them. */
export const F_SETFL = 4;
/** kenv(2): reads a variable. */
export const KENV_GET = 0;
/** kenv(2): the most bytes that a value has, without its NUL. */
export const KENV_MVALLEN = 128;
/** tty(4): `_IO('t', 97)`. */
export const TIOCSCTTY = 0x2000_7461;
/** netintro(4): `_IOW('i', 16, struct ifreq)`. */
export const SIOCSIFFLAGS = 0x8020_6910;
/** netintro(4): `_IOWR('i', 17, struct ifreq)`. */
export const SIOCGIFFLAGS = 0xc020_6911;
/** netintro(4). */
export const IFF_UP = 1;
/** socket(2). */
export const AF_INET = 2;
/** socket(2). */
export const SOCK_DGRAM = 2;
/** socket(2). */
export const SOCK_CLOEXEC = 0x1000_0000;
/** sysctl(3): the host name, as its two numbers. */
export const KERN_HOSTNAME = [1, 10] as const;
/** clock_gettime(2): the time since the boot; CLOCK_UPTIME by another name. */
export const CLOCK_BOOTTIME = 5;
/** reboot(2): start again. */
export const RB_AUTOBOOT = 0;

/** sys/errno.h, as far as boot-time calls can give them. */
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
  35: "EAGAIN",
  42: "ENOPROTOOPT",
  43: "EPROTONOSUPPORT",
  45: "EOPNOTSUPP",
  47: "EAFNOSUPPORT",
  55: "ENOBUFS",
  62: "ELOOP",
  63: "ENAMETOOLONG",
  66: "ENOTEMPTY",
  70: "ESTALE",
  78: "ENOSYS",
  84: "EOVERFLOW",
};

/** The name of an error number, or `errno N` for one without a name here. */
export function errnoName(errno: number): string {
  return errnoNames[errno] ?? `errno ${errno}`;
}

/** True for what {@linkcode errnoName} can give. */
export function isErrnoName(text: string): boolean {
  return /^errno \d+$/.test(text) || Object.values(errnoNames).includes(text);
}

/** Flags of nmount(2) as a list of their names, `0` for none. */
export function mountFlagNames(flags: number): string {
  const rest = flags & ~MountFlag.readonly;
  const names = [
    ...(flags & MountFlag.readonly ? ["readonly"] : []),
    ...(rest === 0 ? [] : [`0x${rest.toString(16)}`]),
  ];
  return names.join("|") || "0";
}
