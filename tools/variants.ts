/** Every image that can be built. */

import type { Feature } from "../stages/features.ts";
import { type Arch, archs } from "./native.ts";

/** What kind of guest an image boots. */
export type Variant = "plain" | "amd-sev" | "tdx";

/** Every {@linkcode Variant}. */
export const variants: readonly Variant[] = ["plain", "amd-sev", "tdx"];

/** An image by what it is for. */
export interface ImageKind {
  /** Its file name. */
  readonly name: string;
  readonly arch: Arch;
  /** On QuickJS. */
  readonly isSmall: boolean;
  readonly variant: Variant;
  readonly features: readonly Feature[];
}

/** The features that any variant may have. */
const options: readonly (readonly Feature[])[] = [
  [],
  ["timesync"],
  ["nested-kvm"],
  ["timesync", "nested-kvm"],
];

/**
 * Every image: on both kinds of base, three variants, with and without each
 * option, for every architecture.
 */
export const imageKinds: readonly ImageKind[] = [false, true].flatMap((
  isSmall,
) =>
  archs.flatMap((arch) =>
    variants.flatMap((variant) =>
      options.map((option): ImageKind => ({
        name: [
          isSmall ? "krun-init-small" : "krun-init",
          arch,
          variant,
          ...option,
        ].join("-"),
        arch,
        isSmall,
        variant,
        features: variant === "plain" ? option : [variant, ...option],
      }))
    )
  )
);
