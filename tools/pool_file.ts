/**
 * Files of Debian's archive, by their place in its pool, whatever the release
 * is that this machine takes its own packages from.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { LockedFile } from "./build_lock.ts";
import { cacheDir } from "./cache.ts";
import { download } from "./download.ts";
import { note } from "./note.ts";
import { ensurePrograms } from "./programs.ts";
import { run } from "./run.ts";
import { cachedFile } from "./cached_file.ts";

/** A mirror of the archive. */
export const mirror = "https://deb.debian.org/debian";

/** Where such files are looked for. */
export interface PoolSources {
  /** The address of a mirror of the archive. */
  readonly mirror: string;
  /** The address of the archive of all that a mirror ever had. */
  readonly snapshot: string;
}

const debian: PoolSources = {
  mirror,
  snapshot: "https://snapshot.debian.org",
};

/**
 * Returns a file of the lock file: from the cache, from Debian's mirror, or
 * where that has dropped it, from Debian's snapshot archive.
 *
 * @returns its path
 * @throws Error when none of them has it
 */
export async function poolFile(
  locked: LockedFile,
  sources: PoolSources = debian,
): Promise<string> {
  const { path, sha1, sha256 } = locked;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const file = join(cacheDir("pool", sha256), name);
  if (await isThere(file, sha256)) return file;
  const reasons: string[] = [];
  for (
    const url of [
      `${sources.mirror}/${path}`,
      `${sources.snapshot}/file/${sha1}`,
    ]
  ) {
    try {
      note(`Downloading ${url}`);
      const aside = `${file}.${crypto.randomUUID()}`;
      await Deno.writeFile(aside, await download(url, sha256));
      await Deno.rename(aside, file);
      return file;
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(
    `Cannot get ${name} ${locked.version}: ${reasons.join("; ")}`,
  );
}

/**
 * Returns the folder of what is in such a file, a package or an archive of
 * sources. It is the cache's: nothing may change it.
 *
 * @throws Error when none of them has it, or it cannot be unpacked
 */
export async function poolTree(
  locked: LockedFile,
  sources: PoolSources = debian,
): Promise<string> {
  const tree = join(cacheDir("pool", locked.sha256), "tree");
  return await cachedFile(tree, async (aside) => {
    const file = await poolFile(locked, sources);
    await Deno.mkdir(aside);
    if (file.endsWith(".deb")) {
      await run("dpkg-deb", ["--extract", file, aside]);
      return;
    }
    await ensurePrograms([
      { program: "tar", package: "tar" },
      { program: "xz", package: "xz-utils" },
    ]);
    await run("tar", ["-xf", file, "-C", aside, "--strip-components=1"]);
  });
}

async function isThere(file: string, sha256: string): Promise<boolean> {
  try {
    const data = await Deno.readFile(file);
    return createHash("sha256").update(data).digest("hex") === sha256;
  } catch {
    return false;
  }
}
