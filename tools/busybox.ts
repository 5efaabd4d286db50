/** Debian's static busybox. */

import { join } from "node:path";
import { debianArchitectures, debianPackage } from "./debian.ts";
import type { Arch } from "./native.ts";
import { run } from "./run.ts";

/** A busybox and what it can do. */
export interface Busybox {
  /** The program's path. */
  readonly file: string;
  /** The names of its commands but for its own. */
  readonly applets: readonly string[];
}

/**
 * Returns the busybox of an architecture.
 *
 * @throws Error when Debian's package cannot be had
 */
export async function staticBusybox(arch: Arch): Promise<Busybox> {
  // Only this machine's own can be asked; it is of the same sources.
  const own = await programOf(Deno.build.arch);
  const list = (await run(own, ["--list"])).trim().split("\n");
  return {
    file: await programOf(arch),
    applets: list.filter((name) => name !== "busybox"),
  };
}

/** Newer packages have it below /usr. */
async function programOf(arch: Arch): Promise<string> {
  const { tree } = await debianPackage("busybox-static", {
    architecture: debianArchitectures[arch],
  });
  for (const folder of ["bin", "usr/bin"]) {
    const file = join(tree, folder, "busybox");
    if (await Deno.stat(file).then(() => true, () => false)) return file;
  }
  throw new Error("Cannot find busybox in Debian package busybox-static");
}
