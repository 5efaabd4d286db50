/** docs/compatibility.md: what the cases found, for those who embed libkrun. */

import { join } from "node:path";
import { firmware, readPackageLock } from "../../tools/libkrun/packages.ts";
import { libkrunVersion } from "../../tools/libkrun/library.ts";
import { type Init, inits, initTitles } from "./case.ts";
import { subjects } from "./cases.ts";
import type { Result } from "./run_cases.ts";

/** The page's path. */
export const page = join(
  import.meta.dirname as string,
  "../../docs/compatibility.md",
);

/** The row of a case, as the results have it. */
export function rowOf(results: readonly Result[]): string {
  const [first] = results;
  if (first === undefined) throw new Error("A row needs a result");
  const cells = inits.map((init) => cellOf(results, init));
  return `| ${[first.case.about, ...cells].join(" | ")} |`;
}

function cellOf(results: readonly Result[], init: Init): string {
  const result = results.find((one) => one.init === init);
  if (result === undefined) return "–";
  if (result.differences.length > 0) return "**failed**";
  const { upstream } = result.case;
  return init === "upstream" && upstream !== undefined
    ? `no: ${upstream.because}`
    : "yes";
}

/**
 * The whole page.
 *
 * @param results of every case
 */
export async function pageOf(results: readonly Result[]): Promise<string> {
  const kernel = results.find((result) => result.case.name === "kernel")
    ?.outcome.stdout.trim();
  const packages = await readPackageLock();
  const heading = ["", ...inits.map((init) => initTitles[init])];
  const lines = [
    "# Compatibility",
    "",
    "What guests of libkrun itself do, with libkrun's own init and with this",
    "project's two images. Each row is a test; `deno task test:libkrun --update`",
    "writes this page from what it finds.",
    "",
    `libkrun ${await libkrunVersion()} with its own init of that release (C),`,
    `libkrunfw ${
      packages[firmware]?.version
    }, kernel ${kernel}, on x86_64, on a`,
    "KVM that QEMU emulates.",
    "",
  ];
  for (const [title, cases] of subjects) {
    lines.push(`## ${title}`, "");
    lines.push(`| ${heading.join(" | ")} |`, "| --- | --- | --- | --- |");
    for (const one of cases) {
      const own = results.filter((result) => result.case === one);
      if (own.length > 0) lines.push(rowOf(own));
    }
    lines.push("");
  }
  return lines.join("\n");
}

/**
 * Says which rows of the page are not what was found.
 *
 * @param text the page
 * @param results of some cases
 */
export function staleRows(
  text: string,
  results: readonly Result[],
): string[] {
  const lines = new Set(text.split("\n").map(withoutPadding));
  return [...new Set(results.map((result) => result.case))]
    .map((one) => rowOf(results.filter((result) => result.case === one)))
    .filter((row) => !lines.has(withoutPadding(row)));
}

/** The formatter pads cells to columns. */
function withoutPadding(row: string): string {
  return row.replaceAll(/ +\| */g, " | ").trim();
}
