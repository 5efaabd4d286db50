/** The dynamic loader and the shared libraries of an image's runtime. */

import { join } from "node:path";
import {
  type BuildLock,
  type PackageName,
  packageNames,
} from "./build_lock.ts";
import { debianArchitectures } from "./debian.ts";
import type { ImageFile } from "./image.ts";
import { lockedPackage } from "./locked_package.ts";
import type { Arch } from "./native.ts";
import type { Origin } from "./origin.ts";
import { run } from "./run.ts";

/** What a runtime needs beside itself. */
export interface Libraries {
  /** The libraries, and the loader. */
  readonly files: readonly ImageFile[];
  /** The packages that they come from. */
  readonly origins: readonly Origin[];
  /** Which packages are not the locked ones. */
  readonly marks: readonly string[];
}

const licences: Record<PackageName, string> = {
  "libc6": "LGPL-2.1-or-later",
  "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
};

/**
 * Returns what a program names as needed, from the locked packages.
 *
 * @param program its path
 * @throws Error when a package cannot be had, or none holds a file
 */
export async function getLibraries(
  arch: Arch,
  program: string,
  lock: BuildLock,
): Promise<Libraries> {
  const architecture = debianArchitectures[arch];
  const found = await Promise.all(packageNames.map(async (name) => ({
    name,
    used: [] as string[],
    ...await lockedPackage(name, architecture, lock[arch].debian[name]),
  })));
  const read = async (name: string): Promise<Uint8Array> => {
    for (const { package: { tree }, used } of found) {
      try {
        const path = join(tree, "lib", `${arch}-linux-gnu`, name);
        const data = await Deno.readFile(path);
        used.push(name);
        return data;
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    throw new Error(
      `The runtime needs ${name}, which no locked package of Debian ${architecture} holds`,
    );
  };
  const files: ImageFile[] = [];
  for (const name of await neededBy(program)) {
    const role = isLoader(name) ? "interpreter" : "library";
    files.push({ name, role, data: await read(name) });
  }
  return {
    files,
    origins: found.map(({ name, package: { version, sha256 }, used }) => ({
      name,
      version,
      purl: `pkg:deb/debian/${name}@${
        encodeURIComponent(version)
      }?arch=${architecture}`,
      licence: licences[name],
      hashes: { "SHA-256": sha256 },
      files: used,
    })),
    marks: found.flatMap(({ mark }) => mark ?? []),
  };
}

/** The libraries in the program's order, and the loader as the last. */
async function neededBy(program: string): Promise<string[]> {
  const dynamic = await run("readelf", ["--wide", "--dynamic", program]);
  const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)]
    .map((match) => match[1] as string);
  const loader = needed.find(isLoader);
  if (loader === undefined) {
    throw new Error(`${program} needs no dynamic loader`);
  }
  return [...needed.filter((name) => !isLoader(name)), loader];
}

function isLoader(name: string): boolean {
  return name.startsWith("ld-linux");
}
