/** The kernel's structs as bytes, each with its source. All little-endian. */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import type { FileStatus } from "../sys.ts";
import { AF_PACKET, AF_VSOCK, MountFlag, NLMSG_ERROR } from "./constants.ts";

/** The size of struct ifreq on 64-bit machines (netdevice(7)). */
export const IFREQ_SIZE = 40;
const IFNAMSIZ = 16;

/**
 * struct ifreq { char ifr_name[16]; union { short ifr_flags; … }; }
 *
 * @throws RangeError when the name has no place with its NUL
 */
export function ifreq(name: string, flags = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(IFREQ_SIZE);
  const encoded = encodeBytes(name);
  if (encoded.length >= IFNAMSIZ) {
    throw new RangeError(`Interface name too long: ${name}`);
  }
  bytes.set(encoded);
  new DataView(bytes.buffer).setUint16(IFNAMSIZ, flags, true);
  return bytes;
}

/** The flags in a struct ifreq. */
export function ifreqFlags(bytes: Uint8Array<ArrayBuffer>): number {
  return new DataView(bytes.buffer).getUint16(IFNAMSIZ, true);
}

/** ifr_ifindex of a struct ifreq. */
export function ifreqIndex(bytes: Uint8Array<ArrayBuffer>): number {
  return new DataView(bytes.buffer).getInt32(IFNAMSIZ, true);
}

/** The Ethernet address in a struct ifreq: ifr_hwaddr, after its family. */
export function ifreqHardwareAddress(
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const start = IFNAMSIZ + 2;
  return bytes.slice(start, start + 6);
}

/**
 * struct sockaddr_ll { u16 sll_family; be16 sll_protocol; int sll_ifindex; u16
 * sll_hatype; u8 sll_pkttype, sll_halen, sll_addr[8]; } (packet(7))
 *
 * @param index of the interface
 */
export function sockaddrLl(
  protocol: number,
  index: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, index, true);
  return bytes;
}

/** struct pollfd { int fd; short events; short revents; } (poll(2)). */
export function pollfd(
  descriptor: number,
  events: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, descriptor, true);
  view.setInt16(4, events, true);
  return bytes;
}

/**
 * The errno, or 0, in struct nlmsghdr { u32 len; u16 type; u16 flags; u32 seq;
 * u32 pid; } and after it struct nlmsgerr { int error; … } (netlink(7)).
 *
 * @returns undefined where the bytes are no such message
 */
export function netlinkErrno(
  bytes: Uint8Array<ArrayBuffer>,
): number | undefined {
  if (bytes.length < 20) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(4, true) !== NLMSG_ERROR) return undefined;
  return Math.abs(view.getInt32(16, true));
}

/** struct open_how { u64 flags, mode, resolve; } (openat2(2)). */
export function openHow(
  flags: number,
  resolve: number,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    BigUint64Array.of(BigInt(flags), 0n, BigInt(resolve)).buffer,
  );
}

/** The size of struct statx. */
export const STATX_SIZE = 256;

/** stx_attributes of a struct statx (statx(2)). */
export function statxAttributes(bytes: Uint8Array<ArrayBuffer>): bigint {
  return new DataView(bytes.buffer).getBigUint64(8, true);
}

/** Type, bits, owner and device of a struct statx (statx(2)). */
export function statxStatus(bytes: Uint8Array<ArrayBuffer>): FileStatus {
  const view = new DataView(bytes.buffer);
  const [major, minor] = [view.getUint32(128, true), view.getUint32(132, true)];
  return {
    mode: view.getUint16(28, true),
    uid: view.getUint32(20, true),
    gid: view.getUint32(24, true),
    // As mknod(2) has it in 32 bits: minor's low byte, major, the rest.
    device: (minor & 0xff | major << 8 | (minor & ~0xff) << 12) >>> 0,
  };
}

/** The size of struct statfs on 64-bit machines. */
export const STATFS_SIZE = 120;

/** f_type, the first word of a struct statfs (statfs(2)). */
export function statfsType(bytes: Uint8Array<ArrayBuffer>): number {
  return new DataView(bytes.buffer).getUint32(0, true);
}

/** Where f_flags is, a word. */
const statfsFlagsOffset = 80;
/** Those of f_flags that are not the MS_* of mount(2). */
const ST_RELATIME = 0x1000;
const ST_NOSYMFOLLOW = 0x2000;

/** What f_flags of a struct statfs says that a mount does not allow, as MS_*. */
export function statfsFlags(bytes: Uint8Array<ArrayBuffer>): number {
  const { readonly, nosuid, nodev, noexec, noatime, nodiratime } = MountFlag;
  const flags = new DataView(bytes.buffer).getUint32(statfsFlagsOffset, true);
  const same = readonly | nosuid | nodev | noexec | noatime | nodiratime;
  return flags & same |
    ((flags & ST_RELATIME) === 0 ? 0 : MountFlag.relatime) |
    ((flags & ST_NOSYMFOLLOW) === 0 ? 0 : MountFlag.nosymfollow);
}

/** The size of struct timespec on 64-bit machines (clock_gettime(2)). */
export const TIMESPEC_SIZE = 16;

/** struct timespec { s64 tv_sec; s64 tv_nsec; } of a time in milliseconds. */
export function timespec(milliseconds: number): Uint8Array<ArrayBuffer> {
  const seconds = Math.floor(milliseconds / 1000);
  const rest = Math.floor((milliseconds - seconds * 1000) * 1e6);
  return new Uint8Array(BigInt64Array.of(BigInt(seconds), BigInt(rest)).buffer);
}

/** Seconds and nanoseconds of a struct timespec, as nanoseconds. */
export function timespecNanoseconds(bytes: Uint8Array<ArrayBuffer>): number {
  const view = new DataView(bytes.buffer);
  return Number(view.getBigInt64(0, true)) * 1e9 +
    Number(view.getBigInt64(8, true));
}

/**
 * The names in a buffer of struct linux_dirent64 { u64 d_ino; s64 d_off; u16
 * d_reclen; u8 d_type; char d_name[]; }, without `.` and `..` (getdents64(2)).
 */
export function directoryNames(bytes: Uint8Array<ArrayBuffer>): string[] {
  const names: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const size = view.getUint16(at + 16, true);
    const end = bytes.indexOf(0, at + 19);
    const name = decodeBytes(bytes.subarray(at + 19, end));
    if (name !== "." && name !== "..") names.push(name);
    at += size;
  }
  return names;
}

/**
 * struct sockaddr_vm { u16 svm_family, svm_reserved1; u32 svm_port, svm_cid;
 * u8 svm_zero[4]; } (vsock(7)).
 */
export function sockaddrVm(
  cid: number,
  port: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_VSOCK, true);
  view.setUint32(4, port, true);
  view.setUint32(8, cid, true);
  return bytes;
}
