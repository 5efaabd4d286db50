/**
 * The Debian packages of the machine that runs libkrun, with libkrun's
 * firmware, locked by address and digest in packages.lock.json.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { LockedFile } from "../build_lock.ts";
import { download } from "../download.ts";
import { note } from "../note.ts";
import { mirror, poolTree } from "../pool_file.ts";

/** The content of the lock file: packages by their names. */
export type PackageLock = Readonly<Record<string, LockedFile>>;

/** The lock file's path. */
const lockFile = join(import.meta.dirname as string, "packages.lock.json");

/** libkrunfw: the guests' kernel, in a library. */
export const firmware = "libkrunfw5";

/** What is wanted, with the libraries that it needs; the newest release's. */
const wanted = [firmware, "libgcc-s1", "passt", "dnsmasq-base", "e2fsprogs"];

/** The release that has them, and one whose passt answers DHCP differently. */
const release = "forky";
const older = { release: "bookworm", names: ["passt"] } as const;

/** Reads the lock file. */
export async function readPackageLock(): Promise<PackageLock> {
  return JSON.parse(await Deno.readTextFile(lockFile));
}

/**
 * Fetches the packages.
 *
 * @returns the folder with each package's files, by its name; those of the
 *   older release as NAME/RELEASE
 * @throws Error when one cannot be had
 */
export async function fetchPackages(): Promise<Map<string, string>> {
  const trees = new Map<string, string>();
  for (const [name, locked] of Object.entries(await readPackageLock())) {
    trees.set(name, await poolTree(locked));
  }
  return trees;
}

/**
 * Fetches one of them.
 *
 * @returns the folder with its files
 * @throws Error when it cannot be had
 */
export async function fetchPackage(name: string): Promise<string> {
  const locked = (await readPackageLock())[name];
  if (locked === undefined) throw new Error(`${name} is not locked`);
  return await poolTree(locked);
}

/**
 * Locks the newest packages.
 *
 * @throws Error when one cannot be found; the file is then as it was
 */
export async function updatePackageLock(): Promise<void> {
  const found = new Map<string, Found>();
  const newest = await readIndex(release);
  const add = (name: string): void => {
    const entry = newest.get(name);
    if (entry === undefined) throw new Error(`${release} has no ${name}`);
    found.set(name, entry);
    entry.needs.filter((need) => need.startsWith("lib") && !found.has(need))
      .forEach(add);
  };
  wanted.forEach(add);
  const index = await readIndex(older.release);
  for (const name of older.names) {
    const entry = index.get(name);
    if (entry === undefined) throw new Error(`${older.release} has no ${name}`);
    found.set(`${name}/${older.release}`, entry);
  }
  const lock: Record<string, LockedFile> = {};
  for (const [name, { version, path, sha256 }] of found) {
    const data = await download(`${mirror}/${path}`, sha256);
    const sha1 = createHash("sha1").update(data).digest("hex");
    lock[name] = { version, path, sha256, sha1 };
  }
  await Deno.writeTextFile(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
}

interface Found extends Omit<LockedFile, "sha1"> {
  /** Names of the packages that it depends on, without alternatives. */
  readonly needs: readonly string[];
}

/** Reads a release's list of packages (Debian Policy, deb822(5)). */
async function readIndex(name: string): Promise<Map<string, Found>> {
  const url = `${mirror}/dists/${name}/main/binary-amd64/Packages.gz`;
  note(`Reading ${url}`);
  const { ok, status, body } = await fetch(url);
  if (!ok || body === null) throw new Error(`${url}: HTTP status ${status}`);
  const text = await new Response(
    body.pipeThrough(new DecompressionStream("gzip")),
  ).text();
  const index = new Map<string, Found>();
  for (const paragraph of text.split("\n\n")) {
    const field = (key: string): string =>
      new RegExp(`^${key}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
    index.set(field("Package"), {
      version: field("Version"),
      path: field("Filename"),
      sha256: field("SHA256"),
      needs: [field("Pre-Depends"), field("Depends")].join(",").split(",")
        .map((need) => need.replace(/[(:[|].*$/s, "").trim()),
    });
  }
  return index;
}
