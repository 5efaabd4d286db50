/** The shim's one function, and the numbers of the calls that go through it. */

/**
 * `long krun_system_call(struct call { long number, argument[6]; })`: the
 * result of the system call, or -errno.
 *
 * One symbol for all calls, because each costs the boot time to bind.
 */
export const shimSymbols = {
  krun_system_call: {
    parameters: [{ struct: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"] }],
    result: "i64",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The system calls that are used, by name. */
export type CallName = keyof typeof numbers.x86_64;

/** syscall(2): asm/unistd_64.h and asm-generic/unistd.h. */
const numbers = {
  x86_64: {
    write: 1,
    read: 0,
    close: 3,
    ioctl: 16,
    socket: 41,
    sendto: 44,
    recvfrom: 45,
    bind: 49,
    setsockopt: 54,
    chdir: 80,
    fchdir: 81,
    chroot: 161,
    mount: 165,
    sethostname: 170,
    fstatfs: 138,
    getdents64: 217,
    clock_gettime: 228,
    exit_group: 231,
    openat: 257,
    mkdirat: 258,
    unlinkat: 263,
    renameat: 264,
    symlinkat: 266,
    readlinkat: 267,
    fchmodat: 268,
    ppoll: 271,
    getrandom: 318,
    statx: 332,
    move_mount: 429,
    fsopen: 430,
    fsconfig: 431,
    fsmount: 432,
    openat2: 437,
  },
  aarch64: {
    write: 64,
    read: 63,
    close: 57,
    ioctl: 29,
    socket: 198,
    sendto: 206,
    recvfrom: 207,
    bind: 200,
    setsockopt: 208,
    chdir: 49,
    fchdir: 50,
    chroot: 51,
    mount: 40,
    sethostname: 161,
    getdents64: 61,
    clock_gettime: 113,
    exit_group: 94,
    openat: 56,
    mkdirat: 34,
    unlinkat: 35,
    renameat: 38,
    symlinkat: 36,
    readlinkat: 78,
    fchmodat: 53,
    fstatfs: 44,
    ppoll: 73,
    getrandom: 278,
    statx: 291,
    move_mount: 429,
    fsopen: 430,
    fsconfig: 431,
    fsmount: 432,
    openat2: 437,
  },
};

/** The numbers of the architecture that this process runs on. */
export const callNumbers: Readonly<Record<CallName, number>> =
  numbers[Deno.build.arch];
