import assert from "#assert";
import {
  type DiskNames,
  diskNames,
  headSize,
} from "../../stages/formats/disk_names.ts";
import { ensurePrograms } from "../../tools/programs.ts";
import { run } from "../../tools/run.ts";

const uuid = "00112233-4455-6677-8899-aabbccddeeff";
const uuidBytes = Uint8Array.fromHex(uuid.replaceAll("-", ""));

/** A disk of zeros with these pieces, each at its place. */
function disk(
  pieces: Readonly<Record<number, string | Uint8Array>>,
): Uint8Array {
  const bytes = new Uint8Array(headSize);
  for (const [at, piece] of Object.entries(pieces)) {
    bytes.set(
      typeof piece === "string" ? new TextEncoder().encode(piece) : piece,
      Number(at),
    );
  }
  return bytes;
}

Deno.test("diskNames() reads the superblocks of the file systems that it knows", () => {
  const label = "my disk";
  const disks: readonly (readonly [string, Uint8Array, DiskNames])[] = [
    [
      "ext4",
      disk({
        0x438: Uint8Array.of(0x53, 0xef),
        0x468: uuidBytes,
        0x478: label,
      }),
      { label, uuid },
    ],
    ["xfs", disk({ 0: "XFSB", 32: uuidBytes, 108: label }), { label, uuid }],
    [
      "btrfs",
      disk({ 0x10040: "_BHRfS_M", 0x10020: uuidBytes, 0x1012b: label }),
      { label, uuid },
    ],
    [
      "erofs",
      disk({
        0x400: Uint8Array.of(0xe2, 0xe1, 0xf5, 0xe0),
        0x430: uuidBytes,
        0x440: label,
      }),
      { label, uuid },
    ],
    [
      "FAT32",
      disk({ 82: "FAT32   ", 71: "MY DISK    ", 67: uuidBytes.slice(0, 4) }),
      { label: "MY DISK", uuid: "3322-1100" },
    ],
    [
      "FAT16",
      disk({ 54: "FAT16   ", 43: "A", 39: Uint8Array.of(0xb, 0, 0, 0xa) }),
      { label: "A", uuid: "0A00-000B" },
    ],
    [
      "ISO 9660",
      disk({ 0x8001: "CD001", 0x8028: "CONFIG".padEnd(32) }),
      { label: "CONFIG", uuid: undefined },
    ],
    [
      "ISO 9660 with the time of its making",
      disk({
        ...{ 0x8001: "CD001", 0x832d: "2026112815301207" },
        0x833e: "0".repeat(16),
      }),
      { label: undefined, uuid: "2026-11-28-15-30-12-07" },
    ],
    [
      "ISO 9660 with that of its last change as well",
      disk({
        ...{ 0x8001: "CD001", 0x832d: "2026112815301207" },
        0x833e: "2027010203040506",
      }),
      { label: undefined, uuid: "2027-01-02-03-04-05-06" },
    ],
  ];
  for (const [name, head, names] of disks) {
    assert.deepEqual(diskNames(head), names, name);
  }
});

Deno.test("diskNames() reads what mke2fs writes", async () => {
  await ensurePrograms([{ program: "mke2fs", package: "e2fsprogs" }]);
  const file = await Deno.makeTempFile({ prefix: "krun-unit-disk-" });
  try {
    const words = ["-q", "-t", "ext4", "-L", "0123456789abcdef", "-U", uuid];
    await run("mke2fs", [...words, file, "1M"]);
    assert.deepEqual(
      diskNames((await Deno.readFile(file)).slice(0, headSize)),
      {
        ...{ label: "0123456789abcdef", uuid },
      },
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("diskNames() knows nothing of others, and of disks that are too short", () => {
  assert.equal(diskNames(new Uint8Array()), undefined);
  assert.equal(diskNames(new Uint8Array(headSize)), undefined);
  const { label } = diskNames(disk({ 0: "XFSB" })) ?? {};
  assert.equal(label, undefined);
  const short = disk({ 0x438: Uint8Array.of(0x53, 0xef) }).subarray(0, 0x440);
  assert.deepEqual(diskNames(short), { label: undefined, uuid: undefined });
});
