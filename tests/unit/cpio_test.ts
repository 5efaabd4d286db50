import assert from "#assert";
import { type ArchiveEntry, cpioArchive } from "../../tools/cpio.ts";

const entries: ArchiveEntry[] = [
  { path: "dev", mode: 0o40755 },
  { path: "dev/console", mode: 0o20600, device: [5, 1] },
  { path: "plan", mode: 0o100600, data: new TextEncoder().encode("hello") },
];

/** Reads the entry at an offset as the kernel does: 14 fields of hex digits. */
function readEntry(archive: Uint8Array, at: number) {
  const text = (from: number, to: number): string =>
    new TextDecoder().decode(archive.subarray(at + from, at + to));
  const field = (n: number): number =>
    parseInt(text(6 + n * 8, 14 + n * 8), 16);
  const nameEnd = 110 + field(11);
  const dataStart = Math.ceil(nameEnd / 4) * 4;
  const size = field(6);
  return {
    magic: text(0, 6),
    name: text(110, nameEnd),
    mode: field(1),
    device: [field(9), field(10)],
    data: text(dataStart, dataStart + size),
    next: at + dataStart + Math.ceil(size / 4) * 4,
  };
}

Deno.test("cpioArchive() writes entries that can be read back, and the end", () => {
  const archive = cpioArchive(entries);
  const read = [];
  for (let at = 0; at < archive.length;) {
    const { next, ...entry } = readEntry(archive, at);
    read.push(entry);
    at = next;
  }
  const none = { magic: "070701", device: [0, 0], data: "" };
  assert.deepEqual(read, [
    { ...none, name: "dev\0", mode: 0o40755 },
    { ...none, name: "dev/console\0", mode: 0o20600, device: [5, 1] },
    { ...none, name: "plan\0", mode: 0o100600, data: "hello" },
    { ...none, name: "TRAILER!!!\0", mode: 0 },
  ]);
});

Deno.test("cpioArchive() gives the same bytes for the same entries", () => {
  assert.deepEqual(cpioArchive(entries), cpioArchive(entries));
});
