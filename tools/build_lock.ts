/**
 * build.lock.json: every input of a build that does not come with the sources.
 * Deno, QuickJS and Debian's files are part of an image; the programs of the
 * machine that make the rest of it are named by their versions.
 */

import { join, resolve } from "node:path";
import { type Arch, archs } from "./native.ts";

/** The executable of Deno in an npm package. */
export interface LockedDeno {
  readonly package: string;
  readonly version: string;
  /** Of the executable. */
  readonly sha256: string;
}

/** A .deb file. */
export interface LockedPackage {
  readonly version: string;
  readonly sha256: string;
  /** The name of the file in Debian's snapshot archive. */
  readonly sha1: string;
}

/** A file of Debian's archive that is fetched by its place there. */
export interface LockedFile extends LockedPackage {
  /** Below the address of a mirror. */
  readonly path: string;
}

/** The names of the Debian packages whose files an image carries. */
export type PackageName = "libc6" | "libgcc-s1";

/** Every {@linkcode PackageName}. */
export const packageNames: readonly PackageName[] = ["libc6", "libgcc-s1"];

/** What an image for one architecture is made of, and with. */
export interface ArchLock {
  readonly deno: LockedDeno;
  readonly debian: Readonly<Record<PackageName, LockedPackage>>;
  /** The package musl-dev. */
  readonly musl: LockedFile;
  /** Versions of the compiler and of the linker, as they tell them. */
  readonly tools: Readonly<Record<string, string>>;
}

/** The content of the lock file. */
export interface BuildLock {
  /** The version of the Deno that bundles the program. */
  readonly deno: string;
  /** The upstream sources in Debian's source package. */
  readonly quickjs: LockedFile;
  readonly x86_64: ArchLock;
  readonly aarch64: ArchLock;
}

/** The lock file's path. */
export const lockFile = join(
  resolve(import.meta.dirname as string, ".."),
  "build.lock.json",
);

function requiredOfFile(name: string): [string, RegExp][] {
  return [
    [`${name}.version`, /./],
    [`${name}.path`, /^pool\/./],
    [`${name}.sha256`, /^[\da-f]{64}$/],
    [`${name}.sha1`, /^[\da-f]{40}$/],
  ];
}

/** What must be there for an architecture, with what it looks like. */
const requiredOfArch: readonly (readonly [string, RegExp])[] = [
  ["deno.package", /./],
  ["deno.version", /^\d+\.\d+\.\d+/],
  ["deno.sha256", /^[\da-f]{64}$/],
  ...packageNames.flatMap((name): [string, RegExp][] => [
    [`debian.${name}.version`, /./],
    [`debian.${name}.sha256`, /^[\da-f]{64}$/],
    [`debian.${name}.sha1`, /^[\da-f]{40}$/],
  ]),
  ...requiredOfFile("musl"),
  ["tools.gcc", /./],
  ["tools.ld", /./],
];

const required: readonly (readonly [string, RegExp])[] = [
  ...requiredOfFile("quickjs"),
  ...archs.flatMap((arch) =>
    requiredOfArch.map(([field, pattern]): [string, RegExp] => [
      `${arch}.${field}`,
      pattern,
    ])
  ),
];

/**
 * Reads a lock file.
 *
 * @throws Error when it is missing or no JSON, or that names what it lacks
 */
export async function readLock(path: string = lockFile): Promise<BuildLock> {
  const lock: BuildLock = JSON.parse(await Deno.readTextFile(path));
  for (const [field, pattern] of required) {
    const value = field.split(".").reduce(fieldOf, lock);
    if (typeof value !== "string" || !pattern.test(value)) {
      throw new Error(
        `${path}: ${field} is wrong or missing: run deno task build --update-lock`,
      );
    }
  }
  return lock;
}

function fieldOf(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[name];
}

/**
 * Says which programs of this machine are not the locked ones; with these an
 * image may have other bytes.
 *
 * @param tools the versions of deno, gcc and ld
 */
export function toolMarks(
  lock: BuildLock,
  arch: Arch,
  tools: Readonly<Record<string, string>>,
): string[] {
  const locked: Record<string, string> = {
    deno: lock.deno,
    ...lock[arch].tools,
  };
  return Object.entries(tools).flatMap(([name, version]) =>
    locked[name] === version
      ? []
      : [notLocked(`the building ${name}`, version, locked[name])]
  );
}

/** The mark of an input that is not the locked one. */
export function notLocked(
  name: string,
  version: string,
  locked: string | undefined,
): string {
  return `${name} ${version} is not the locked version ${locked}`;
}
