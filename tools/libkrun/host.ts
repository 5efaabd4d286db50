/** The compiled host.c, and the libraries that it runs with. */

import { join } from "node:path";
import { cacheDir } from "../cache.ts";
import { hostedCompiler } from "../compiler.ts";
import { sha256 } from "../hash.ts";
import { run } from "../run.ts";
import { cachedFile } from "../cached_file.ts";
import { buildLibkrun, libkrunName } from "./library.ts";
import { fetchPackage, firmware } from "./packages.ts";

/** What libkrun loads: the guests' kernel. */
export const firmwareName = "libkrunfw.so.5";

/** Where distributions and `make install` put libraries. */
const usualFolders = [
  "/usr/local/lib64",
  "/usr/local/lib",
  `/usr/lib/${Deno.build.arch}-linux-gnu`,
  "/usr/lib64",
  "/usr/lib",
];

/** Both libraries. */
export interface Libraries {
  /** The paths of libkrun.so.1 and libkrunfw.so.5. */
  readonly libkrun: string;
  readonly firmware: string;
  /** Where they are from, in words. */
  readonly origin: string;
}

/**
 * Returns libkrun and its firmware: those of $LIBKRUN, a folder, or those that
 * are installed, or else built from the crates registry and from Debian.
 *
 * @throws Error when $LIBKRUN has not both, or none can be had
 */
export async function findLibraries(): Promise<Libraries> {
  const named = Deno.env.get("LIBKRUN");
  for (const folder of named === undefined ? usualFolders : [named]) {
    const found = {
      libkrun: join(folder, libkrunName),
      firmware: join(folder, firmwareName),
      origin: `libkrun of ${folder}`,
    };
    if (await exists(found.libkrun) && await exists(found.firmware)) {
      return found;
    }
  }
  if (named !== undefined) {
    throw new Error(`${named} has no ${libkrunName} and ${firmwareName}`);
  }
  return await pinnedLibraries();
}

/** Returns those that the tests run with. */
export async function pinnedLibraries(): Promise<Libraries> {
  const tree = await fetchPackage(firmware);
  return {
    libkrun: await buildLibkrun(),
    firmware: join(tree, "usr/lib/x86_64-linux-gnu", firmwareName),
    origin: "libkrun of the crates registry",
  };
}

/**
 * Compiles host.c, once for the same source and library.
 *
 * @param libkrun the library that it is linked with
 * @returns the program's path
 * @throws Error when no compiler is to be had, or with the compiler's messages
 */
export async function compileHost(libkrun: string): Promise<string> {
  const compiler = await hostedCompiler(Deno.build.arch);
  const source = join(import.meta.dirname as string, "host.c");
  const flags = ["-O2", "-Wall", "-Wextra", "-Werror"];
  const recipe = [await Deno.readTextFile(source), ...flags, libkrun];
  const hash = await sha256(new TextEncoder().encode(recipe.join("\0")));
  return await cachedFile(
    join(cacheDir("libkrun", "host"), hash),
    async (file) => {
      await run(compiler, [...flags, source, libkrun, "-o", file]);
    },
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
