/** The image that a boot takes when none is named, up to date. */

import { defaultFeatures } from "../../stages/features.ts";
import { imagePath } from "../image_path.ts";
import { type Manifest, manifestPath, readManifest } from "../manifest.ts";
import type { Arch } from "../native.ts";
import { note } from "../note.ts";
import type { RuntimeChoice } from "../runtime_choice.ts";
import { sourcesDigest } from "../sources_digest.ts";

/**
 * Returns the path of the default image, built anew when it is missing or was
 * not built from the sources as they are, with the default features.
 *
 * @param arch the guest's architecture
 * @param runtime its base
 * @throws Error when it cannot be built
 */
export async function currentImage(
  arch: Arch,
  runtime: RuntimeChoice = "auto",
): Promise<string> {
  const image = imagePath(arch, runtime);
  const manifest = await readManifest(manifestPath(image))
    .catch(() => undefined);
  const { size } = await Deno.stat(image).catch(() => ({ size: -1 }));
  if (!isCurrent(manifest, size, await sourcesDigest())) {
    note(`Building the image for ${arch}`);
    const { build } = await import("../build_image.ts");
    await build({ arch, runtime, output: image });
  }
  return image;
}

/**
 * Whether an image is the default one of some sources.
 *
 * @param size of the file that is there, in bytes
 * @param sources the sources' digest
 */
export function isCurrent(
  manifest: Manifest | undefined,
  size: number,
  sources: string,
): boolean {
  const image = manifest?.images[0];
  return manifest?.sources === sources && image?.size === size &&
    image.features.join() === [...defaultFeatures].sort().join();
}
