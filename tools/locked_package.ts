/** The Debian packages of the lock file, from wherever they can still be had. */

import {
  type LockedPackage,
  notLocked,
  type PackageName,
} from "./build_lock.ts";
import {
  type Architecture,
  type DebianPackage,
  debianPackage,
  keepPackage,
  type PackageOptions,
} from "./debian.ts";
import { download } from "./download.ts";
import { note } from "./note.ts";

/** Where packages are looked for. */
export interface PackageSources {
  /** One that Debian's mirror offers; without a version, the newest. */
  mirror(name: string, options: PackageOptions): Promise<DebianPackage>;
  /** The address of the archive of all that a mirror ever offered. */
  readonly snapshot: string;
}

/** A package, and how it differs from the locked one. */
export interface FoundPackage {
  readonly package: DebianPackage;
  /** Undefined where it is the locked one. */
  readonly mark?: string;
}

const debian: PackageSources = {
  mirror: debianPackage,
  snapshot: "https://snapshot.debian.org",
};

/**
 * Returns a package of the lock file: from the cache or Debian's mirror, else
 * from Debian's snapshot archive, since a mirror drops what was superseded.
 * Where neither has it, it is the newest, which is said and marked.
 *
 * @throws Error when no version at all can be had
 */
export async function lockedPackage(
  name: PackageName,
  architecture: Architecture,
  locked: LockedPackage,
  sources: PackageSources = debian,
): Promise<FoundPackage> {
  const { version, sha256 } = locked;
  const reasons: string[] = [];
  try {
    const found = await sources.mirror(name, { architecture, version });
    if (found.sha256 === sha256) return { package: found };
    reasons.push(`the mirror's has SHA-256 ${found.sha256}`);
  } catch (error) {
    reasons.push((error as Error).message);
  }
  try {
    // The archive's names are SHA-1 digests.
    const url = `${sources.snapshot}/file/${locked.sha1}`;
    const data = await download(url, sha256);
    return {
      package: await keepPackage(data, name, { architecture, version }),
    };
  } catch (error) {
    reasons.push((error as Error).message);
  }
  const newest = await sources.mirror(name, { architecture });
  if (newest.sha256 === sha256) return { package: newest };
  const mark = notLocked(`${name}:${architecture}`, newest.version, version);
  note(`WARNING: Cannot get ${name} ${version}: ${reasons.join("; ")}`);
  return { package: newest, mark };
}
