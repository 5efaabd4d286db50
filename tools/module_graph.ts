/** What a program of this project imports, as Deno resolves it. */

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Origin } from "./origin.ts";
import { run } from "./run.ts";

/** The modules of some programs. */
export interface ModuleGraph {
  /** Paths of the project's own modules, sorted. */
  readonly files: readonly string[];
  /** The npm packages, sorted by name. */
  readonly packages: readonly Origin[];
}

/** The part of `deno info --json` that is read. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly npmPackage?: string;
  }[];
  readonly npmPackages: Readonly<
    Record<string, {
      readonly name: string;
      readonly version: string;
      readonly localPath: string;
    }>
  >;
}

/** The part of deno.lock that is read. */
interface DenoLock {
  readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
}

const project = resolve(import.meta.dirname as string, "..");

/**
 * Follows the imports of some modules.
 *
 * @param roots their paths in the project
 * @throws Error when a module or a package is missing, or names no licence
 */
export async function moduleGraph(
  roots: readonly string[],
): Promise<ModuleGraph> {
  const lock: DenoLock = JSON.parse(
    await Deno.readTextFile(join(project, "deno.lock")),
  );
  const files = new Set<string>();
  const packages = new Map<string, Origin>();
  for (const root of roots) {
    const info: Info = JSON.parse(
      await run(Deno.execPath(), ["info", "--json", root], { cwd: project }),
    );
    for (const { specifier, npmPackage } of info.modules) {
      if (specifier.startsWith("file:")) files.add(fileURLToPath(specifier));
      if (npmPackage === undefined) continue;
      packages.set(npmPackage, await npmOrigin(npmPackage, info, lock));
    }
  }
  return {
    files: [...files].sort(),
    packages: [...packages.keys()].sort()
      .map((id) => packages.get(id) as Origin),
  };
}

async function npmOrigin(
  id: string,
  { npmPackages }: Info,
  { npm }: DenoLock,
): Promise<Origin> {
  const found = npmPackages[id];
  const integrity = /^sha512-(.*)$/.exec(npm[id]?.integrity ?? "")?.[1];
  if (found === undefined || integrity === undefined) {
    throw new Error(`Cannot find the npm package ${id} in deno.lock`);
  }
  const { name, version, localPath } = found;
  const text = await Deno.readTextFile(join(localPath, "package.json"));
  const { license } = JSON.parse(text);
  if (typeof license !== "string") {
    throw new Error(`The npm package ${id} does not name its licence`);
  }
  return {
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    licence: license,
    hashes: { "SHA-512": Uint8Array.fromBase64(integrity).toHex() },
    files: [],
  };
}
