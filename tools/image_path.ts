/** Where images are made. */

import { join, resolve } from "node:path";
import type { Arch } from "./native.ts";

/** The project's folder for all that is built. */
export const distFolder = resolve(import.meta.dirname as string, "..", "dist");

/**
 * Returns the path of the image that is built where no other path is asked for:
 * dist/krun-init for this machine's architecture, dist/krun-init-ARCH for
 * another.
 */
export function imagePath(arch: Arch): string {
  const name = arch === Deno.build.arch ? "krun-init" : `krun-init-${arch}`;
  return join(distFolder, name);
}
