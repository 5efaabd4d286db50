/** The manifest: what images were built, and from what. */

import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { BuildFacts } from "../stages/formats/build_facts.ts";
import { replaceFile } from "./replace_file.ts";

/** An image of a manifest. */
export interface ManifestImage {
  /** The image's name, in the folder of the manifest. */
  readonly file: string;
  /** The version of this project. */
  readonly version: string;
  /** The guest's processor, as `uname -m` names it. */
  readonly arch: string;
  /** Sorted. */
  readonly features: readonly string[];
  /** The runtime and its version, such as `deno 2.9.6`. */
  readonly base: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly sha384: string;
  /** SHA-256 of all that is inside, as `krun-init --version` tells it. */
  readonly digest: string;
  /** The name of its bill of materials, in the folder of the manifest. */
  readonly billOfMaterials: string;
  /** What is not as the lock file has it; none in a reproducible build. */
  readonly marks: readonly string[];
}

/** The content of a manifest. */
export interface Manifest {
  /** SHA-256 of the sources' paths and contents. */
  readonly sources: string;
  readonly images: readonly ManifestImage[];
}

/** Describes a finished image. */
export function manifestImage(
  file: string,
  image: Uint8Array,
  facts: BuildFacts,
  marks: readonly string[],
): ManifestImage {
  return {
    file: basename(file),
    version: facts.version,
    arch: facts.arch,
    features: facts.features,
    base: facts.runtime,
    size: image.length,
    sha256: createHash("sha256").update(image).digest("hex"),
    sha384: createHash("sha384").update(image).digest("hex"),
    digest: facts.digest,
    billOfMaterials: basename(billPath(file)),
    marks,
  };
}

/** The path of an image's bill of materials. */
export function billPath(image: string): string {
  return `${image}.cdx.json`;
}

/** The path of the manifest of an image that was built alone. */
export function manifestPath(image: string): string {
  return `${image}.manifest.json`;
}

/** Writes a manifest; the same content gives the same bytes. */
export async function writeManifest(
  path: string,
  manifest: Manifest,
): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await replaceFile(path, new TextEncoder().encode(text));
}

/**
 * Reads a manifest.
 *
 * @throws Error when it is missing or no JSON
 */
export async function readManifest(path: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(path));
}
