/**
 * What file systems on disks are called: the labels and UUIDs in their
 * superblocks, as blkid(8) tells them.
 */

import { decodeBytes } from "../../ffi/bytes.ts";

/** How much of a disk {@linkcode diskNames} needs, in bytes. */
export const headSize = 0x10400;

/** The names of a file system; undefined where it has none. */
export interface DiskNames {
  readonly label: string | undefined;
  readonly uuid: string | undefined;
}

/** Where a file system has its magic number, its label and its UUID. */
interface Layout {
  readonly magic: readonly [at: number, bytes: readonly number[]];
  readonly label: readonly [at: number, size: number];
  /** 16 bytes, or for FAT the 4 of its serial number. */
  readonly uuid?: readonly [at: number, size: 4 | 16];
  /** Of ISO 9660, the times of its last change and of its making. */
  readonly times?: readonly number[];
}

const ascii = (text: string): number[] =>
  [...text].map((character) => character.charCodeAt(0));

/** Made when it is needed, as few boots look for a disk. */
const layouts = (): readonly Layout[] => [
  // ext2, ext3, ext4: fs/ext4/ext4.h, struct ext4_super_block at 1024.
  { magic: [0x438, [0x53, 0xef]], label: [0x478, 16], uuid: [0x468, 16] },
  // fs/xfs/libxfs/xfs_format.h, struct xfs_dsb.
  { magic: [0, ascii("XFSB")], label: [108, 12], uuid: [32, 16] },
  // btrfs_tree.h, struct btrfs_super_block at 64 KB.
  {
    magic: [0x10040, ascii("_BHRfS_M")],
    label: [0x1012b, 256],
    uuid: [0x10020, 16],
  },
  // fs/erofs/erofs_fs.h, struct erofs_super_block at 1024.
  {
    magic: [0x400, [0xe2, 0xe1, 0xf5, 0xe0]],
    label: [0x440, 16],
    uuid: [0x430, 16],
  },
  // msdos_fs.h, struct fat_boot_sector; FAT32, then FAT16 and FAT12.
  { magic: [82, ascii("FAT32")], label: [71, 11], uuid: [67, 4] },
  { magic: [54, ascii("FAT1")], label: [43, 11], uuid: [39, 4] },
  // iso_fs.h, struct iso_primary_descriptor at 32 KB.
  {
    magic: [0x8001, ascii("CD001")],
    label: [0x8028, 32],
    times: [0x833e, 0x832d],
  },
];

/**
 * Reads the names of what is on a disk.
 *
 * @param head the disk's first bytes, {@linkcode headSize} of them where it
 * has so many
 * @returns undefined for what is none of the file systems that are known
 */
export function diskNames(head: Uint8Array): DiskNames | undefined {
  const layout = layouts().find(({ magic: [at, bytes] }) =>
    bytes.every((byte, n) => head[at + n] === byte)
  );
  if (layout === undefined) return undefined;
  const [labelAt, labelSize] = layout.label;
  const label = head.subarray(labelAt, labelAt + labelSize);
  const end = label.indexOf(0);
  const text = decodeBytes(end < 0 ? label : label.subarray(0, end)).trimEnd();
  const [uuidAt, uuidSize] = layout.uuid ?? [0, 0];
  const uuid = head.subarray(uuidAt, uuidAt + uuidSize);
  return {
    label: text === "" ? undefined : text,
    uuid: uuid.length === 0
      ? timeText(head, layout.times ?? [])
      : uuidText(uuid),
  };
}

/** The first time that is there, 16 digits, as blkid(8) makes a UUID of it. */
function timeText(
  head: Uint8Array,
  places: readonly number[],
): string | undefined {
  const [digits] = places
    .map((at) => decodeBytes(head.subarray(at, at + 16)))
    .filter((text) => /^\d{16}$/.test(text) && /[1-9]/.test(text));
  return digits?.replace(
    /^(\d{4})(..)(..)(..)(..)(..)(..)$/,
    "$1-$2-$3-$4-$5-$6-$7",
  );
}

function uuidText(bytes: Uint8Array): string {
  const hex = (part: Uint8Array): string =>
    [...part].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (bytes.length === 4) {
    const serial = hex(bytes.toReversed()).toUpperCase();
    return `${serial.slice(0, 4)}-${serial.slice(4)}`;
  }
  return [[0, 4], [4, 6], [6, 8], [8, 10], [10, 16]]
    .map(([from, to]) => hex(bytes.subarray(from, to))).join("-");
}
