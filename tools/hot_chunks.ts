/**
 * Which parts of a runtime a boot needs, as they were recorded for the pinned
 * ones (tools/record_hot_chunks.ts).
 */

import { join } from "node:path";
import { sha256 } from "./hash.ts";
import type { ImageFile } from "./image.ts";

/** The record: ranges of chunks such as `0-3 7`, by the runtime's SHA-256. */
export const recordPath: string = join(
  import.meta.dirname as string,
  "hot_chunks.json",
);

/**
 * Returns the numbers of the chunks that a boot needs of the runtime among
 * `files`; none where it was not recorded.
 */
export async function hotChunks(
  files: readonly ImageFile[],
): Promise<number[]> {
  const runtime = files.find(({ role }) => role === "runtime");
  if (runtime === undefined) return [];
  const record: Record<string, string> = JSON.parse(
    await Deno.readTextFile(recordPath),
  );
  return parseRanges(record[await sha256(new Uint8Array(runtime.data))] ?? "");
}

/** Reads ranges such as `0-3 7` as numbers. */
export function parseRanges(text: string): number[] {
  return text.split(" ").filter((range) => range !== "").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}

/** Writes ascending numbers as ranges. */
export function formatRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) =>
    first === last ? `${first}` : `${first}-${last}`
  ).join(" ");
}
