/** The image that a boot takes when none is named, up to date. */

import { join, resolve } from "node:path";
import { imagePath } from "../image_path.ts";
import type { Arch } from "../native.ts";
import { note } from "../note.ts";

const project = resolve(import.meta.dirname as string, "..", "..");

/** What an image is built from; a folder stands for all that is in it. */
const sources = [
  "main.ts",
  "deno.json",
  "deno.lock",
  "ffi",
  "native",
  "stages",
  "tools/build.ts",
  "tools/command_line",
  "tools/image.ts",
  "tools/native.ts",
  "tools/runtime.ts",
];

/**
 * Returns the path of the image, built anew when it is missing or older than
 * its sources.
 *
 * @param arch the guest's architecture
 * @throws Error when it cannot be built
 */
export async function currentImage(arch: Arch): Promise<string> {
  const image = imagePath(arch);
  const newest = Math.max(
    ...sources.map((source) => newestChange(join(project, source))),
  );
  if (newest > newestChange(image)) {
    note(`Building the image for ${arch}`);
    const { build } = await import("../build.ts");
    await build({ arch, output: image });
  }
  return image;
}

/** Returns the time of the last change below a path, 0 when there is none. */
function newestChange(path: string): number {
  try {
    const { isDirectory, mtime } = Deno.statSync(path);
    const own = mtime?.getTime() ?? 0;
    if (!isDirectory) return own;
    const inside = [...Deno.readDirSync(path)]
      .map(({ name }) => newestChange(join(path, name)));
    return Math.max(own, ...inside);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
