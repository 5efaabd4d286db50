/** Where parts of an image come from that this project does not make. */

/** A published work, in the version that an image has of it. */
export interface Origin {
  readonly name: string;
  readonly version: string;
  /** Its package URL (ECMA-427), such as `pkg:npm/fast-check@4.3.0`. */
  readonly purl: string;
  /** Its SPDX licence expression. */
  readonly licence: string;
  /** Digests of the package as it is published, in hexadecimal digits. */
  readonly hashes?: Readonly<Partial<Record<"SHA-256" | "SHA-512", string>>>;
  /** The names that its files have in the image; none where it is bundled. */
  readonly files: readonly string[];
  /** What was done to them, in a sentence; nothing where they are as published. */
  readonly changes?: string;
}
