import assert from "#assert";
import {
  directoryNames,
  ifreq,
  ifreqFlags,
  ifreqHardwareAddress,
  ifreqIndex,
  netlinkErrno,
  openHow,
  pollfd,
  sockaddrLl,
  sockaddrVm,
  STATFS_SIZE,
  statfsType,
  STATX_SIZE,
  statxAttributes,
  statxStatus,
  timespec,
  timespecNanoseconds,
} from "../../ffi/linux/structs.ts";

/** struct linux_dirent64 by getdents64(2), padded to a multiple of 8. */
function dirent(name: readonly number[]): number[] {
  const size = Math.ceil((19 + name.length + 1) / 8) * 8;
  const bytes = new Array<number>(size).fill(0);
  bytes.fill(0xaa, 0, 16); // d_ino and d_off are nobody's business.
  bytes[16] = size;
  bytes[18] = 4; // DT_DIR
  bytes.splice(19, name.length, ...name);
  return bytes;
}

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

Deno.test("ifreq() is 40 bytes: the name in 16, then the flags, then zeros", () => {
  assert.deepEqual([...ifreq("lo", 0x1043)], [
    ...ascii("lo"),
    ...new Array<number>(14).fill(0),
    0x43,
    0x10,
    ...new Array<number>(22).fill(0),
  ]);
  assert.deepEqual([...ifreq("lo")].slice(16), new Array<number>(24).fill(0));
});

Deno.test("ifreq() takes names of up to 15 bytes", () => {
  assert.deepEqual(
    [...ifreq("a23456789012345")].slice(0, 17),
    [...ascii("a23456789012345"), 0, 0],
  );
  assert.throws(() => ifreq("a234567890123456"), {
    name: "RangeError",
    message: "Interface name too long: a234567890123456",
  });
  assert.throws(() => ifreq("ääääääää"), RangeError);
});

Deno.test("ifreqFlags() reads the 16 bits of the flags", () => {
  const bytes = new Uint8Array(40).fill(0xff);
  bytes.set([0x49, 0x90], 16);
  assert.equal(ifreqFlags(bytes), 0x9049);
  assert.equal(ifreqFlags(ifreq("eth0", 0x1003)), 0x1003);
});

Deno.test("ifreqIndex() reads the 32 bits behind the name", () => {
  const bytes = new Uint8Array(40).fill(0xff);
  bytes.set([0x02, 0x01, 0, 0], 16);
  assert.equal(ifreqIndex(bytes), 0x102);
});

Deno.test("ifreqHardwareAddress() reads the six bytes behind the family", () => {
  const bytes = new Uint8Array(40).fill(0xff);
  bytes.set([1, 0, 0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xee], 16);
  assert.deepEqual(
    [...ifreqHardwareAddress(bytes)],
    [0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xee],
  );
});

Deno.test("sockaddrLl() is the family, the protocol in network order, the interface, and zeros", () => {
  assert.deepEqual([...sockaddrLl(0x0800, 0x102)], [
    ...[17, 0, 8, 0],
    ...[2, 1, 0, 0],
    ...new Array<number>(12).fill(0),
  ]);
});

Deno.test("sockaddrVm() is the family, port and context id in the machine's order, and zeros", () => {
  assert.deepEqual([...sockaddrVm(2, 0x01020304)], [
    ...[40, 0, 0, 0],
    ...[4, 3, 2, 1],
    ...[2, 0, 0, 0],
    ...[0, 0, 0, 0],
  ]);
  assert.deepEqual(
    [...sockaddrVm(0xffff_ffff, 123)].slice(4, 12),
    [123, 0, 0, 0, 255, 255, 255, 255],
  );
});

Deno.test("pollfd() is the descriptor, what to wait for, and place for what came", () => {
  assert.deepEqual([...pollfd(0x102, 1)], [2, 1, 0, 0, 1, 0, 0, 0]);
});

Deno.test("netlinkErrno() reads the error behind the header, 0 for none", () => {
  const answer = (type: number, error: readonly number[]) =>
    new Uint8Array([
      ...[36, 0, 0, 0, type, 0, 0, 0, 1, 0, 0, 0, 9, 9, 9, 9],
      ...error,
      ...new Array<number>(16).fill(0xaa),
    ]);
  assert.equal(netlinkErrno(answer(2, [0, 0, 0, 0])), 0);
  assert.equal(netlinkErrno(answer(2, [0xef, 0xff, 0xff, 0xff])), 17);
  assert.equal(netlinkErrno(answer(16, [0, 0, 0, 0])), undefined);
  assert.equal(
    netlinkErrno(answer(2, [0, 0, 0, 0]).subarray(0, 19)),
    undefined,
  );
  assert.equal(
    netlinkErrno(answer(2, [0xff, 0xff, 0xff, 0xff]).subarray(0, 20)),
    1,
  );
});

Deno.test("netlinkErrno() reads a part of a larger buffer", () => {
  const bytes = new Uint8Array(40);
  bytes.set([2], 8);
  bytes.set([0xff, 0xff, 0xff, 0xff], 20);
  assert.equal(netlinkErrno(bytes.subarray(4)), 1);
});

Deno.test("timespec() is seconds and nanoseconds", () => {
  assert.equal(timespecNanoseconds(timespec(0)), 0);
  assert.equal(timespecNanoseconds(timespec(25)), 25_000_000);
  assert.equal(timespecNanoseconds(timespec(10_000)), 10_000_000_000);
  assert.equal(timespecNanoseconds(timespec(1999.5)), 1_999_500_000);
  assert.deepEqual([...timespec(1001)], [
    ...[1, 0, 0, 0, 0, 0, 0, 0],
    ...[0x40, 0x42, 0x0f, 0, 0, 0, 0, 0],
  ]);
  // A whole second is no nanosecond.
  assert.deepEqual([...timespec(2000)], [2, ...new Array<number>(15).fill(0)]);
});

Deno.test("openHow() is three little-endian 64-bit numbers: flags, mode, resolve", () => {
  assert.deepEqual([...openHow(0o2000000, 0x10)], [
    ...[0, 0, 8, 0, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 0, 0, 0],
    ...[0x10, 0, 0, 0, 0, 0, 0, 0],
  ]);
});

Deno.test("statxStatus() reads owner, mode and the device's numbers, as mknod(2) packs them", () => {
  const bytes = new Uint8Array(256).fill(0xff);
  const view = new DataView(bytes.buffer);
  view.setUint32(20, 33, true);
  view.setUint32(24, 0xffff_fffe, true);
  view.setUint16(28, 0o060640, true);
  view.setUint32(128, 0x103, true);
  view.setUint32(132, 0x12345, true);
  assert.deepEqual(statxStatus(bytes), {
    ...{ uid: 33, gid: 0xffff_fffe, mode: 0o060640 },
    device: 0x12310345,
  });
});

Deno.test("statxAttributes() reads the 64 bits after mask and block size", () => {
  const bytes = new Uint8Array(STATX_SIZE).fill(0xff);
  bytes.set([0x01, 0x20, 0, 0, 0, 0, 0, 0x80], 8);
  assert.equal(statxAttributes(bytes), 0x8000_0000_0000_2001n);
});

Deno.test("statfsType() reads the first word", () => {
  const bytes = new Uint8Array(STATFS_SIZE).fill(0xff);
  bytes.set([0xf6, 0x58, 0x84, 0x85, 0, 0, 0, 0]);
  assert.equal(statfsType(bytes), 0x858458f6);
});

Deno.test("timespecNanoseconds() adds seconds and nanoseconds", () => {
  const bytes = new Uint8Array([
    ...[0x02, 0x01, 0, 0, 0, 0, 0, 0],
    ...[0xff, 0xc9, 0x9a, 0x3b, 0, 0, 0, 0],
  ]);
  assert.equal(timespecNanoseconds(bytes), 258_999_999_999);
});

Deno.test("directoryNames() reads every entry but . and ..", () => {
  const bytes = new Uint8Array([
    ...dirent(ascii(".")),
    ...dirent(ascii("vport0p1")),
    ...dirent(ascii("..")),
    ...dirent(ascii("...")),
    ...dirent(ascii(".a")),
    // 4 bytes fill the first 24 to the last, 5 don't.
    ...dirent(ascii("four")),
    ...dirent(ascii("five5")),
    ...dirent([0x61, 0xff]),
  ]);
  assert.deepEqual(
    directoryNames(bytes),
    ["vport0p1", "...", ".a", "four", "five5", "a\udcff"],
  );
});

Deno.test("directoryNames() ends a name at its NUL, whatever fills the record", () => {
  const entry = dirent(ascii("a"));
  entry.fill(0x58, 21);
  assert.deepEqual(
    directoryNames(new Uint8Array([...entry, ...dirent(ascii("b"))])),
    ["a", "b"],
  );
});

Deno.test("directoryNames() finds nothing in an empty directory", () => {
  assert.deepEqual(directoryNames(new Uint8Array()), []);
});

Deno.test("directoryNames() reads a part of a larger buffer", () => {
  const buffer = new Uint8Array([...dirent(ascii("a")), ...dirent(ascii("b"))]);
  assert.deepEqual(directoryNames(buffer.subarray(24)), ["b"]);
});
