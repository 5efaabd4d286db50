/** What an image knows about its own making. */

import type { Feature } from "../features.ts";

/** Written by the build, read by the program that it is built into. */
export interface BuildFacts {
  /** The project's version. */
  readonly version: string;
  /** The guest's processor, as `uname -m` names it. */
  readonly arch: string;
  /** The features whose gates are open. */
  readonly features: readonly Feature[];
  /** The runtime base and its version, and a newer one of other images. */
  readonly runtime: string;
  /** SHA-256 over the native program and all files of the image. */
  readonly digest: string;
}

/** What a person is told of an image, with the end of the line. */
export function versionLine(facts: BuildFacts): string {
  const features = facts.features.join(" ") || "none";
  return `krun-init ${facts.version} (${facts.arch}, ${facts.runtime}, features: ${features}, digest ${facts.digest})\n`;
}
