import assert from "#assert";
import * as constants from "../../ffi/freebsd/constants.ts";
import {
  addIfreqFlags,
  directoryNames,
  ifreq,
  IFREQ_SIZE,
  ints,
  iovecs,
  timespec,
  TIMESPEC_SIZE,
  timespecNanoseconds,
} from "../../ffi/freebsd/structs.ts";

const { errnoName, mountFlagNames } = constants;

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

/** sys/ioccom.h: direction, size of the argument, group and number. */
function ioctlNumber(
  direction: "none" | "in" | "inout",
  group: string,
  number: number,
  size: number,
): number {
  const bits = { none: 0x2000_0000, in: 0x8000_0000, inout: 0xc000_0000 };
  return bits[direction] + (size << 16) + (group.charCodeAt(0) << 8) + number;
}

Deno.test("ioctl numbers are made of direction, size, group and number", () => {
  assert.equal(constants.TIOCSCTTY, ioctlNumber("none", "t", 97, 0));
  assert.equal(constants.SIOCSIFFLAGS, ioctlNumber("in", "i", 16, IFREQ_SIZE));
  assert.equal(
    constants.SIOCGIFFLAGS,
    ioctlNumber("inout", "i", 17, IFREQ_SIZE),
  );
  assert.equal(constants.TIOCSCTTY, 0x20007461);
  assert.equal(constants.SIOCSIFFLAGS, 0x80206910);
});

Deno.test("constants are FreeBSD's, where Linux has others", () => {
  assert.deepEqual(constants.OpenFlag, {
    readOnly: 0,
    writeOnly: 1,
    readWrite: 2,
    nonblock: 4,
    append: 8,
    create: 0x200,
    truncate: 0x400,
    cloexec: 0x100000,
  });
  assert.equal(constants.MountFlag.readonly, 1);
  assert.equal(constants.KENV_MVALLEN, 128);
  assert.equal(constants.RB_AUTOBOOT, 0);
});

Deno.test("errnoName() gives FreeBSD's names, or the number", () => {
  const names = Object.entries({
    1: "EPERM",
    2: "ENOENT",
    6: "ENXIO",
    35: "EAGAIN",
    62: "ELOOP",
    63: "ENAMETOOLONG",
    66: "ENOTEMPTY",
    78: "ENOSYS",
    // Linux's ENOSYS.
    38: "errno 38",
  });
  for (const [errno, name] of names) {
    assert.equal(errnoName(Number(errno)), name);
  }
});

Deno.test("mountFlagNames() names the flag, and what has no name as a number", () => {
  assert.equal(mountFlagNames(0), "0");
  assert.equal(mountFlagNames(1), "readonly");
  assert.equal(mountFlagNames(0x1001), "readonly|0x1000");
  assert.equal(mountFlagNames(8), "0x8");
});

Deno.test("ifreq() is 32 bytes: the name in 16, then the flags, then zeros", () => {
  assert.deepEqual([...ifreq("lo0", 0x8049)], [
    ...ascii("lo0"),
    ...zeros(13),
    ...[0x49, 0x80],
    ...zeros(14),
  ]);
  assert.equal(ifreq("lo0").length, 32);
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
});

Deno.test("addIfreqFlags() sets bits and leaves the others", () => {
  const bytes = ifreq("lo0", 0x8048);
  bytes.fill(0xaa, 18);
  addIfreqFlags(bytes, 1);
  assert.deepEqual([...bytes].slice(16), [
    ...[0x49, 0x80],
    ...new Array<number>(14).fill(0xaa),
  ]);
});

Deno.test("iovecs() is the vectors and behind them their strings, each with its NUL", () => {
  let asked: Uint8Array | undefined;
  const bytes = iovecs(["fstype", "ä", ""], (own) => {
    asked = own;
    return 0x1_0000_1000n;
  });
  assert.equal(asked, bytes);
  const base = (low: number, high: number): number[] => [
    ...[low, high, 0, 0],
    ...[1, 0, 0, 0],
  ];
  assert.deepEqual([...bytes], [
    ...base(0x30, 0x10),
    ...[7, 0, 0, 0, 0, 0, 0, 0],
    ...base(0x37, 0x10),
    ...[3, 0, 0, 0, 0, 0, 0, 0],
    ...base(0x3a, 0x10),
    ...[1, 0, 0, 0, 0, 0, 0, 0],
    ...[...ascii("fstype"), 0],
    ...[0xc3, 0xa4, 0],
    0,
  ]);
});

Deno.test("ints() is four bytes each, little-endian", () => {
  assert.deepEqual([...ints([1, -2])], [
    ...[1, 0, 0, 0],
    ...[0xfe, 0xff, 0xff, 0xff],
  ]);
});

Deno.test("timespec() is seconds and nanoseconds, and reads back", () => {
  assert.deepEqual([...timespec(1001)], [
    ...[1, 0, 0, 0, 0, 0, 0, 0],
    ...[0x40, 0x42, 0x0f, 0, 0, 0, 0, 0],
  ]);
  assert.equal(timespec(0).length, TIMESPEC_SIZE);
  assert.equal(timespecNanoseconds(timespec(1999.5)), 1_999_500_000);
});

/** struct dirent of FreeBSD 12 and later, padded to a multiple of 8. */
function dirent(name: string): number[] {
  const text = ascii(name);
  const size = Math.ceil((24 + text.length + 1) / 8) * 8;
  const bytes = zeros(size);
  bytes.fill(0xaa, 0, 16); // d_fileno and d_off are nobody's business.
  bytes[16] = size;
  bytes[18] = 4; // DT_DIR
  bytes[20] = text.length;
  bytes.splice(24, text.length, ...text);
  return bytes;
}

Deno.test("directoryNames() reads every entry but . and ..", () => {
  const entries = [".", "a", "..", "...", "sevenor", "eightors"];
  const bytes = new Uint8Array(entries.flatMap(dirent));
  assert.deepEqual(
    directoryNames(bytes),
    ["a", "...", "sevenor", "eightors"],
  );
  assert.deepEqual(directoryNames(new Uint8Array()), []);
  assert.deepEqual(
    directoryNames(bytes.subarray(32 * 4)),
    ["sevenor", "eightors"],
  );
});
