/** One digest for all that an image is built from. */

import { createHash } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { moduleGraph } from "./module_graph.ts";

const project = resolve(import.meta.dirname as string, "..");

/** The programs in an image, and the one that makes it. */
const roots = [
  "main.ts",
  "main_quickjs.ts",
  "tools/command_line/image.ts",
  "tools/build_image.ts",
];

/** What these need beside the modules that they import. */
const others = ["build.lock.json", "deno.json", "deno.lock", "native"];

/**
 * Returns the SHA-256 of the sources of an image: of their paths and contents,
 * whenever and wherever they were written.
 *
 * @throws Error when one of them is missing
 */
export async function sourcesDigest(): Promise<string> {
  const { files } = await moduleGraph(roots);
  const paths = others.flatMap((name) => filesOf(join(project, name)));
  const hash = createHash("sha256");
  for (const path of [...files, ...paths].sort()) {
    const data = await Deno.readFile(path);
    hash.update(`${relative(project, path)}\0${data.length}\0`).update(data);
  }
  return hash.digest("hex");
}

function filesOf(path: string): string[] {
  if (!Deno.statSync(path).isDirectory) return [path];
  return [...Deno.readDirSync(path)]
    .flatMap(({ name }) => filesOf(join(path, name)));
}
