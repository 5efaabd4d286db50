/**
 * The image's layout: the native program, a table of contents, the files. The
 * C side, which reads it, is native/image.h; the numbers are the same.
 */

import type { Prelink } from "./prelink.ts";

/** Where the table of contents stands; the native program must fit before. */
export const tableOffset = 32768;

const magic = "KRUNIMG1";
const tableSize = 4096;
/** Where it ends. */
export const tableEnd = tableOffset + tableSize;
const alignment = 65536;
const maxFiles = 16;
const nameSize = 48;
const entrySize = nameSize + 24;
const wordsOffset = 24 + maxFiles * entrySize;
const wordsSize = 2048;
const hotOffset = wordsOffset + wordsSize;
const hotSize = 512;
/** In the table: how the runtime was relocated (struct image_prelink). */
export const prelinkOffset = hotOffset + hotSize;
/** Of the arguments and of the environment, each. */
const maxWords = 48;

/** The size of the runtime's chunks that {@linkcode ImageParts.hot} lists. */
export const chunkSize = 32768;

/** What the launcher does with a file of the image. */
export const roles = {
  runtime: 1,
  interpreter: 2,
  library: 3,
  file: 4,
  tool: 5,
  boot: 6,
} as const;

/** A file to be put into the image. */
export interface ImageFile {
  /** Its name for the launcher and for the runtime, without a slash. */
  readonly name: string;
  readonly role: keyof typeof roles;
  readonly data: Uint8Array;
}

/** What an image is made of. */
export interface ImageParts {
  /** The native program, a static ELF file. */
  readonly native: Uint8Array;
  readonly files: readonly ImageFile[];
  /**
   * The runtime's argv; "@NAME" stands for the path of the file NAME, "@" for
   * that of the start record, "#" for the start record's descriptor where the
   * runtime has no files. "@NAME:WORD" is WORD where the file NAME is
   * copied out, and else no word at all.
   */
  readonly args: readonly string[];
  /** The runtime's whole environment, `NAME=VALUE` each; the same holds for it. */
  readonly environment: readonly string[];
  /** The numbers of the runtime's chunks that a boot needs, if known. */
  readonly hot?: readonly number[];
  /** Of the runtime, if it was relocated beforehand. */
  readonly prelink?: Prelink | undefined;
}

/**
 * Composes an image. The same parts give the same bytes.
 *
 * @throws Error when a part does not fit its place in the layout
 */
export function composeImage(parts: ImageParts): Uint8Array {
  if (parts.native.length > tableOffset) {
    throw new Error(
      `The native program has ${parts.native.length} bytes, more than the ${tableOffset} before the table`,
    );
  }
  const offsets: number[] = [];
  let end = tableOffset + tableSize;
  for (const file of parts.files) {
    const offset = Math.ceil(end / alignment) * alignment;
    offsets.push(offset);
    end = offset + file.data.length;
  }
  const image = new Uint8Array(end);
  image.set(parts.native);
  image.set(composeTable(parts, offsets), tableOffset);
  parts.files.forEach((file, n) => image.set(file.data, offsets[n]));
  return image;
}

/**
 * Reads an image's arguments for its runtime, as {@linkcode composeImage} got
 * them.
 *
 * @throws Error when the bytes are no image
 */
export function readArguments(image: Uint8Array): string[] {
  const table = tableOf(image);
  const count = table.getUint32(12, true);
  const words = image.subarray(tableOffset + wordsOffset).subarray(
    0,
    wordsSize,
  );
  return new TextDecoder().decode(words).split("\0").slice(0, count);
}

/** A part of an image. */
export interface Extent {
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/**
 * Finds the runtime in an image.
 *
 * @throws Error when the bytes are no image, or there is no runtime in it
 */
export function findRuntime(image: Uint8Array): Extent {
  const table = tableOf(image);
  const count = table.getUint32(8, true);
  for (let n = 0; n < count; n++) {
    const at = 24 + n * entrySize + nameSize;
    if (table.getUint32(at + 16, true) !== roles.runtime) continue;
    return {
      offset: Number(table.getBigUint64(at, true)),
      size: Number(table.getBigUint64(at + 8, true)),
    };
  }
  throw new Error("The image has no runtime");
}

/** Whether a file is an image, by its bytes up to {@linkcode tableEnd}. */
export function isImage(file: Uint8Array): boolean {
  const table = file.subarray(tableOffset, tableEnd);
  const start = new TextDecoder().decode(table.subarray(0, magic.length));
  return table.length === tableSize && start === magic;
}

function tableOf(image: Uint8Array): DataView {
  if (!isImage(image)) throw new Error("The file is no image of krun-init");
  const table = image.subarray(tableOffset, tableEnd);
  return new DataView(table.buffer, table.byteOffset, table.length);
}

function composeTable(
  { files, args, environment, hot = [], prelink }: ImageParts,
  offsets: readonly number[],
): Uint8Array {
  if (files.length > maxFiles) {
    throw new Error(
      `The image has ${files.length} files, the table has place for ${maxFiles}`,
    );
  }
  const encoder = new TextEncoder();
  const table = new Uint8Array(tableSize);
  const view = new DataView(table.buffer);
  table.set(encoder.encode(magic));
  view.setUint32(8, files.length, true);
  view.setUint32(12, args.length, true);
  view.setUint32(16, environment.length, true);
  files.forEach((file, n) => {
    const at = 24 + n * entrySize;
    const name = encoder.encode(file.name);
    if (name.length >= nameSize) {
      throw new Error(`The file name ${file.name} is too long for the table`);
    }
    table.set(name, at);
    view.setBigUint64(at + nameSize, BigInt(offsets[n] ?? 0), true);
    view.setBigUint64(at + nameSize + 8, BigInt(file.data.length), true);
    view.setUint32(at + nameSize + 16, roles[file.role], true);
  });
  for (const list of [args, environment]) {
    if (list.length > maxWords) {
      throw new Error(
        `The runtime's arguments or environment have ${list.length} words, the launcher takes ${maxWords}`,
      );
    }
  }
  const words = encoder.encode(
    [...args, ...environment].map((word) => `${word}\0`).join(""),
  );
  if (words.length > wordsSize) {
    throw new Error(
      `The runtime's arguments and environment have ${words.length} bytes, the table has place for ${wordsSize}`,
    );
  }
  table.set(words, wordsOffset);
  for (const chunk of hot) {
    if (chunk >= hotSize * 8) {
      throw new Error(
        `The runtime has a chunk ${chunk}, the table has place for ${
          hotSize * 8
        }`,
      );
    }
    const at = hotOffset + Math.floor(chunk / 8);
    table[at] = (table[at] ?? 0) | 1 << chunk % 8;
  }
  if (prelink !== undefined) {
    const { base, relocations, count } = prelink;
    [base, relocations, count].forEach((number, n) =>
      view.setBigUint64(prelinkOffset + n * 8, BigInt(number), true)
    );
  }
  return table;
}
