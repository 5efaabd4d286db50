/**
 * FreeBSD's structs as bytes, each with its source. All little-endian, and the
 * same on amd64 and arm64.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";

/** The size of struct ifreq (net/if.h). */
export const IFREQ_SIZE = 32;
const IFNAMSIZ = 16;

/**
 * struct ifreq { char ifr_name[16]; union { short ifr_flags[2]; … }; }
 *
 * @param flags the lower 16 bits, which ifr_flags[0] holds
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

/** Sets bits of ifr_flags[0] in a struct ifreq, whose other bits stay. */
export function addIfreqFlags(
  bytes: Uint8Array<ArrayBuffer>,
  flags: number,
): void {
  const view = new DataView(bytes.buffer);
  view.setUint16(IFNAMSIZ, view.getUint16(IFNAMSIZ, true) | flags, true);
}

const IOVEC_SIZE = 16;

/**
 * struct iovec { void *iov_base; size_t iov_len; } for each string, and behind
 * them the strings, each with its NUL, which its length counts (nmount(2)).
 *
 * @param addressOf where bytes are in memory
 */
export function iovecs(
  strings: readonly string[],
  addressOf: (bytes: Uint8Array<ArrayBuffer>) => bigint,
): Uint8Array<ArrayBuffer> {
  const encoded = strings.map((text) => encodeBytes(`${text}\0`));
  let at = strings.length * IOVEC_SIZE;
  const size = encoded.reduce((sum, { length }) => sum + length, at);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const start = addressOf(bytes);
  encoded.forEach((text, n) => {
    view.setBigUint64(n * IOVEC_SIZE, start + BigInt(at), true);
    view.setBigUint64(n * IOVEC_SIZE + 8, BigInt(text.length), true);
    bytes.set(text, at);
    at += text.length;
  });
  return bytes;
}

/** C ints in a row, as sysctl(3) names what it is asked for. */
export function ints(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** The size of struct timespec (clock_gettime(2)). */
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
 * The names in a buffer of struct dirent { u64 d_fileno; s64 d_off; u16
 * d_reclen; u8 d_type, d_pad0; u16 d_namlen, d_pad1; char d_name[]; }, without
 * `.` and `..` (getdirentries(2), FreeBSD 12 and later).
 */
export function directoryNames(bytes: Uint8Array<ArrayBuffer>): string[] {
  const names: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const start = at + 24;
    const end = start + view.getUint16(at + 20, true);
    const name = decodeBytes(bytes.subarray(start, end));
    if (name !== "." && name !== "..") names.push(name);
    at += view.getUint16(at + 16, true);
  }
  return names;
}
