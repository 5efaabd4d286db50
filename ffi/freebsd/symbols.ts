/** The numbers of FreeBSD's system calls, the same on amd64 and arm64. */

/** The system calls that are used, by name. */
export type CallName = keyof typeof callNumbers;

/** sys/syscall.h; getdirentries is that of FreeBSD 12 and later. */
export const callNumbers = {
  exit: 1,
  read: 3,
  write: 4,
  open: 5,
  close: 6,
  unlink: 10,
  chdir: 12,
  fchdir: 13,
  chmod: 15,
  unmount: 22,
  sync: 36,
  setlogin: 50,
  ioctl: 54,
  reboot: 55,
  revoke: 56,
  symlink: 57,
  readlink: 58,
  chroot: 61,
  dup2: 90,
  fcntl: 92,
  socket: 97,
  rename: 128,
  mkdir: 136,
  setsid: 147,
  __sysctl: 202,
  clock_gettime: 232,
  nanosleep: 240,
  nmount: 378,
  kenv: 390,
  openat: 499,
  getdirentries: 554,
  getrandom: 563,
} as const;
