/** Where images are made. */

import { join, resolve } from "node:path";
import type { Arch } from "./native.ts";
import type { RuntimeChoice } from "./runtime_choice.ts";

/** The project's folder for all that is built. */
export const distFolder = resolve(import.meta.dirname as string, "..", "dist");

/**
 * Returns the path of the image that is built where no other path is asked for:
 * dist/krun-init, or dist/krun-init-small on QuickJS; for another architecture
 * than this machine's with its name behind that.
 */
export function imagePath(
  arch: Arch,
  runtime: RuntimeChoice = "auto",
): string {
  const name = runtime === "quickjs" ? "krun-init-small" : "krun-init";
  const isOwn = arch === Deno.build.arch;
  return join(distFolder, isOwn ? name : `${name}-${arch}`);
}
