/**
 * An archive as Linux unpacks it into its first root: cpio in the "newc" form
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */

/** A file, a folder or a device node of an archive. */
export interface ArchiveEntry {
  /** Its path in the archive, without a leading slash. */
  readonly path: string;
  /** Type and permissions, as in stat(2). */
  readonly mode: number;
  /** A file's content. */
  readonly data?: Uint8Array;
  /** A device node's major and minor number. */
  readonly device?: readonly [number, number];
}

const magic = "070701";
const alignment = 4;
const encoder = new TextEncoder();

/**
 * Composes an archive. The same entries give the same bytes.
 *
 * @param entries folders before what is in them
 */
export function cpioArchive(
  entries: readonly ArchiveEntry[],
): Uint8Array<ArrayBuffer> {
  const parts = [...entries, { path: "TRAILER!!!", mode: 0 }]
    .flatMap(entryParts);
  const size = parts.reduce((sum, part) => sum + padded(part.length), 0);
  const archive = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += padded(part.length);
  }
  return archive;
}

/** Returns header with name, and content; each is padded on its own. */
function entryParts(entry: ArchiveEntry, n: number): Uint8Array[] {
  const name = encoder.encode(`${entry.path}\0`);
  const data = entry.data ?? new Uint8Array();
  const [major, minor] = entry.device ?? [0, 0];
  const fields = [
    n, // inode
    entry.mode,
    0, // owner
    0, // group
    1, // links
    0, // time of the last change
    data.length,
    0, // the archive's own device
    0,
    major,
    minor,
    name.length,
    0, // checksum, unused in this form
  ];
  const header = fields.map((field) => field.toString(16).padStart(8, "0"));
  return [
    new Uint8Array([...encoder.encode(magic + header.join("")), ...name]),
    data,
  ];
}

function padded(size: number): number {
  return Math.ceil(size / alignment) * alignment;
}
