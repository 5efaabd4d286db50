/** The compiled stage0.c. */

import { join } from "node:path";
import { cacheDir } from "../cache.ts";
import { hostedCompiler } from "../compiler.ts";
import { sha256 } from "../hash.ts";
import type { Arch } from "../native.ts";
import { run } from "../run.ts";
import { cachedFile } from "../cached_file.ts";

const flags = ["-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror"];

/**
 * Compiles the initramfs' first program, once for each version of its source.
 *
 * @returns the program
 * @throws Error when no compiler is to be had, or with the compiler's messages
 */
export async function compileStage0(
  arch: Arch,
): Promise<Uint8Array<ArrayBuffer>> {
  const source = join(import.meta.dirname as string, "stage0.c");
  const recipe = await Deno.readTextFile(source) + flags.join(" ");
  const hash = await sha256(new TextEncoder().encode(recipe));
  const program = await cachedFile(
    join(cacheDir("stage0", arch), hash),
    async (file) => {
      const compiler = await hostedCompiler(arch);
      await run(compiler, [...flags, source, "-o", file]);
    },
  );
  return await Deno.readFile(program);
}
