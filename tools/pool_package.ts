/**
 * Debian packages by address and digest: downloaded from Debian's pool, where
 * every release keeps its files, whatever the machine's own release is.
 */

import { join } from "node:path";
import { cacheDir } from "./cache.ts";
import { sha256 } from "./hash.ts";
import { note } from "./note.ts";
import { run } from "./run.ts";
import { cachedFile } from "./vm/cached_file.ts";

/** A file of Debian's pool. */
export interface PoolPackage {
  readonly version: string;
  /** Below the archive's address: `pool/main/…/NAME_VERSION_ARCH.deb`. */
  readonly path: string;
  /** Of the file. */
  readonly sha256: string;
}

/** The archive, and the one of all that it ever held, by date. */
export const archive = "https://deb.debian.org/debian";
const snapshot = "https://snapshot.debian.org/archive/debian";

/** How long an archive may take, in milliseconds. */
const patience = 120_000;

/**
 * Returns the folder with a package's files, which is the cache's: nothing may
 * change it.
 *
 * @param date when the archive had the package, as 20261127T000000Z: where the
 *   mirror has dropped it, the snapshot archive of that time has it still
 * @throws Error when no archive has it, or what it has is another file
 */
export async function poolPackage(
  name: string,
  locked: PoolPackage,
  date: string,
): Promise<string> {
  const folder = cacheDir("pool");
  return await cachedFile(join(folder, locked.sha256), async (tree) => {
    note(`Downloading Debian package ${name} ${locked.version}`);
    const addresses = [archive, `${snapshot}/${date}`];
    const data = await download(addresses, locked);
    const file = `${tree}.deb`;
    try {
      await Deno.writeFile(file, data);
      await run("dpkg-deb", ["--extract", file, tree]);
    } finally {
      await Deno.remove(file);
    }
  });
}

/**
 * Downloads a package.
 *
 * @param addresses of archives, which are tried in turn
 * @throws Error with what each of them said
 */
export async function download(
  addresses: readonly string[],
  { path, sha256: digest }: PoolPackage,
): Promise<Uint8Array<ArrayBuffer>> {
  const reasons: string[] = [];
  for (const address of addresses) {
    const url = `${address}/${path}`;
    try {
      const data = await fetchBytes(url);
      const found = await sha256(data);
      if (found === digest) return data;
      reasons.push(`${url} has SHA-256 ${found}, not ${digest}`);
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(`Cannot download ${path}: ${reasons.join("; ")}`);
}

/**
 * Downloads a file.
 *
 * @throws Error with the status where there is none
 */
export async function fetchBytes(
  url: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const signal = AbortSignal.timeout(patience);
  const response = await fetch(url, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url}: status ${response.status}`);
  }
  return await response.bytes();
}
