/** Capabilities (capabilities(7)) as sets of bits. */

/** linux/capability.h: CAP_* without that, by their numbers. */
export const capabilityNames: readonly string[] = [
  ...["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL"],
  ...["SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE"],
  ...["NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER"],
  ...["SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT"],
  ...["SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME"],
  ...["SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL"],
  ...["SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM"],
  ...["BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"],
];

/** The five sets of a process, bit 1 << N for the capability of number N. */
export interface Capabilities {
  readonly bounding: bigint;
  readonly effective: bigint;
  readonly inheritable: bigint;
  readonly permitted: bigint;
  readonly ambient: bigint;
}

/** The sets' names in the order in which a record has them. */
export const capabilitySets = [
  ...["bounding", "effective", "inheritable", "permitted", "ambient"] as const,
] as const;

/** The bit of a capability such as `CAP_CHOWN`; undefined for no such name. */
export function capabilityBit(name: string): bigint | undefined {
  const number = name.startsWith("CAP_")
    ? capabilityNames.indexOf(name.slice("CAP_".length))
    : -1;
  return number < 0 ? undefined : 1n << BigInt(number);
}

/** A set as a list of names, such as `CHOWN, KILL`. */
export function capabilityText(set: bigint): string {
  return capabilityNames.filter((_, n) => (set >> BigInt(n) & 1n) !== 0n)
    .join(", ");
}
