/**
 * Records which parts of this machine's pinned runtime a boot needs, for the
 * builds to come: `deno run -A tools/record_hot_chunks.ts`. It boots a VM on an
 * image that reads no more than what is touched, page by page, and looks at the
 * page cache when the workload starts.
 */

import { bootLook, buildStaying } from "./bench/guest.ts";
import { sha256 } from "./hash.ts";
import { formatRanges, recordPath } from "./hot_chunks.ts";
import { chunkSize, findRuntime } from "./image.ts";

/** Of the guest, which is of this machine's architecture. */
const pageSize = 4096;
/** Below it, the pages themselves cost less than what lies around them. */
const leastPages = 2;
/** In MiB. */
const memory = 512;

const folder = await Deno.makeTempDir({ prefix: "krun-hot-" });
try {
  // The first chunk is needed anyway; it alone keeps the rest from being read.
  const file = await buildStaying(folder, { runtime: "deno", hot: [0] });
  const { console: text } = await bootLook(file, memory, 0, "pages");
  const digits = /^pages ([0-9a-f]+)\r?$/m.exec(text)?.[1];
  if (digits === undefined) throw new Error(`No look at the guest: ${text}`);
  const image = await Deno.readFile(file);
  const { offset, size } = findRuntime(image);
  const pages = [...digits].flatMap((digit) =>
    [8, 4, 2, 1].map((bit) => (parseInt(digit, 16) & bit) !== 0)
  );
  const hot = hotOf(pages.slice(offset / pageSize, (offset + size) / pageSize));
  const record = JSON.parse(await Deno.readTextFile(recordPath));
  record[await sha256(image.slice(offset, offset + size))] = formatRanges(hot);
  await Deno.writeTextFile(recordPath, `${JSON.stringify(record, null, 2)}\n`);
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** The numbers of the chunks with enough pages in the page cache. */
function hotOf(pages: readonly boolean[]): number[] {
  const perChunk = chunkSize / pageSize;
  const count = Math.ceil(pages.length / perChunk);
  return Array.from({ length: count }, (_, n) => n).filter((n) => {
    const chunk = pages.slice(n * perChunk, (n + 1) * perChunk);
    return chunk.filter(Boolean).length >= leastPages;
  });
}
