/** The compiled stage0.c. */

import { join } from "node:path";
import { cacheDir } from "../cache.ts";
import { sha256 } from "../hash.ts";
import { ensurePrograms } from "../programs.ts";
import { run } from "../run.ts";
import { cachedFile } from "./cached_file.ts";

const flags = ["-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror"];

/**
 * Compiles the initramfs' first program, once for each version of its source.
 *
 * @returns the program
 * @throws Error when no compiler is to be had, or with the compiler's messages
 */
export async function compileStage0(): Promise<Uint8Array<ArrayBuffer>> {
  const source = join(import.meta.dirname as string, "stage0.c");
  const recipe = await Deno.readTextFile(source) + flags.join(" ");
  const hash = await sha256(new TextEncoder().encode(recipe));
  const program = await cachedFile(
    join(cacheDir("stage0"), hash),
    async (file) => {
      await ensurePrograms([
        { program: "gcc", package: "gcc" },
        // Only a program can be looked for; this one comes with the library.
        { program: "gencat", package: "libc6-dev" },
      ]);
      await run("gcc", [...flags, source, "-o", file]);
    },
  );
  return await Deno.readFile(program);
}
