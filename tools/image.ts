/**
 * The image's layout: the native program, a table of contents, the files. The
 * C side, which reads it, is native/image.h; the numbers are the same.
 */

/** Where the table of contents stands; the native program must fit before. */
export const tableOffset = 32768;

const magic = "KRUNIMG1";
const tableSize = 4096;
const alignment = 65536;
const maxFiles = 16;
const nameSize = 48;
const entrySize = nameSize + 24;
const wordsOffset = 24 + maxFiles * entrySize;
const wordsSize = 2048;
/** Of the arguments and of the environment, each. */
const maxWords = 48;

/** What the launcher does with a file of the image. */
export const roles = {
  runtime: 1,
  interpreter: 2,
  library: 3,
  file: 4,
  tool: 5,
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
   * that of the start record.
   */
  readonly args: readonly string[];
  /** The runtime's whole environment, `NAME=VALUE` each. */
  readonly environment: readonly string[];
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
  const table = image.subarray(tableOffset, tableOffset + tableSize);
  const decoder = new TextDecoder();
  if (
    table.length < tableSize ||
    decoder.decode(table.subarray(0, magic.length)) !== magic
  ) {
    throw new Error("The file is no image of krun-init");
  }
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const count = view.getUint32(12, true);
  const words = table.subarray(wordsOffset, wordsOffset + wordsSize);
  return decoder.decode(words).split("\0").slice(0, count);
}

function composeTable(
  { files, args, environment }: ImageParts,
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
  return table;
}
