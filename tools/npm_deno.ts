/** The official deno executable, from npm. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { LockedDeno } from "./build_lock.ts";
import { cacheDir } from "./cache.ts";
import { run } from "./run.ts";

/**
 * Returns the path of the locked deno: this very program, or npm's.
 *
 * @throws Error when npm does not have it, or has another
 */
export async function npmDeno(
  { package: name, version, sha256 }: LockedDeno,
): Promise<string> {
  if (await hasDigest(Deno.execPath(), sha256)) return Deno.execPath();
  const folder = cacheDir("deno");
  for (const file of await downloadDeno(name, version, folder)) {
    if (await hasDigest(file, sha256)) return file;
  }
  throw new Error(
    `The npm package ${name}@${version} holds no deno with SHA-256 ${sha256}`,
  );
}

/**
 * Downloads a package of npm's that holds a deno.
 *
 * @param version an exact one, or the beginning of one: the newest of these
 * @param folder Deno's cache; what is there is not downloaded
 * @returns the paths of all deno executables of that package in the cache that
 *   the version is the beginning of
 * @throws Error when npm does not have it
 */
export async function downloadDeno(
  name: string,
  version: string,
  folder: string,
): Promise<string[]> {
  await run(Deno.execPath(), [
    "cache",
    "-q",
    "--no-config",
    "--no-lock",
    `npm:${name}@${version}`,
  ], { env: { DENO_DIR: folder } });
  const folders = [...Deno.readDirSync(join(folder, "npm"))]
    .map((registry) => join(folder, "npm", registry.name, name));
  return folders.filter((path) => existsSync(path)).flatMap((versions) =>
    [...Deno.readDirSync(versions)]
      .filter((found) => found.isDirectory && found.name.startsWith(version))
      .map((found) => join(versions, found.name, "deno"))
  );
}

async function hasDigest(file: string, sha256: string): Promise<boolean> {
  try {
    const data = await Deno.readFile(file);
    return createHash("sha256").update(data).digest("hex") === sha256;
  } catch {
    return false;
  }
}
