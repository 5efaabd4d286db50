/** libkrun itself, built from the crates registry. */

import { join } from "node:path";
import { cacheDir } from "../cache.ts";
import { sha256 } from "../hash.ts";
import { note } from "../note.ts";
import { ensurePrograms, findProgram } from "../programs.ts";
import { run } from "../run.ts";
import { cachedFile } from "../cached_file.ts";

const crate = join(import.meta.dirname as string, "crate");

/** The crate's library, before it gets libkrun's name. */
const product = "release/libkrun_peer.so";

/** What libkrun's users load. */
export const libkrunName = "libkrun.so.1";

/**
 * Why libkrun cannot be built on this machine, or undefined where it can: that
 * takes cargo, and the crates registry or what it once gave.
 */
export async function whyNoLibkrun(): Promise<string | undefined> {
  try {
    await run(cargo(), ["fetch", "--locked", ...manifest]);
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split("\n").at(-1);
  }
}

/**
 * Returns libkrun, built once for the same crates, toolchain and init.
 *
 * @param init the file that it carries as its init; default: upstream's own,
 *   of its release
 * @returns the path of a libkrun.so.1, alone in its folder
 * @throws Error when it cannot be built, with cargo's messages
 */
export async function buildLibkrun(init?: string): Promise<string> {
  const recipe: string[] = [
    await run(cargo(), ["--version"]),
    init === undefined ? "" : await sha256(await Deno.readFile(init)),
  ];
  for (const name of ["Cargo.toml", "Cargo.lock", "lib.rs"]) {
    recipe.push(await Deno.readTextFile(join(crate, name)));
  }
  const hash = await sha256(new TextEncoder().encode(recipe.join("\0")));
  const folder = cacheDir("libkrun", hash);
  return await cachedFile(join(folder, libkrunName), async (file) => {
    await ensurePrograms([{ program: "gcc", package: "gcc" }]);
    note(
      `Building libkrun ${init === undefined ? "" : `around ${init} `}(cargo)`,
    );
    const target = cacheDir("libkrun", "target");
    await run(cargo(), ["build", "--release", "--locked", ...manifest], {
      live: true,
      env: {
        CARGO_TARGET_DIR: target,
        ...(init !== undefined && { KRUN_INIT_BINARY_PATH: init }),
      },
    });
    await Deno.copyFile(join(target, product), file);
  });
}

/** The version of libkrun, as the crate's manifest pins it. */
export async function libkrunVersion(): Promise<string> {
  const text = await Deno.readTextFile(join(crate, "Cargo.toml"));
  const [, version = ""] = /version = "=([^"]+)", features/.exec(text) ?? [];
  return version;
}

/**
 * Locks the newest libkrun of its major version, and the crates that it needs.
 *
 * @throws Error when the registry does not answer; the files are then as they
 *   were
 */
export async function updateLibkrun(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "krun-crate-" });
  try {
    const text = await Deno.readTextFile(join(crate, "Cargo.toml"));
    const [major = ""] = (await libkrunVersion()).split(".");
    const pinned = (version: string): string =>
      text.replace(/"=[^"]+", features/, `"${version}", features`);
    const file = join(folder, "Cargo.toml");
    await Deno.copyFile(join(crate, "lib.rs"), join(folder, "lib.rs"));
    await Deno.writeTextFile(file, pinned(major));
    await run(cargo(), ["generate-lockfile", "--manifest-path", file]);
    const lock = await Deno.readTextFile(join(folder, "Cargo.lock"));
    const [, version] = /name = "libkrun"\nversion = "([^"]+)"/.exec(lock) ??
      [];
    if (version === undefined) throw new Error("The crates have no libkrun");
    await Deno.writeTextFile(join(crate, "Cargo.toml"), pinned(`=${version}`));
    await Deno.writeTextFile(join(crate, "Cargo.lock"), lock);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const manifest = ["--manifest-path", join(crate, "Cargo.toml")];

/** In PATH, or where its own installer puts it. */
function cargo(): string {
  const home = Deno.env.get("HOME") ?? "";
  const found = [findProgram("cargo"), `${home}/.cargo/bin/cargo`]
    .find((path) => path !== undefined && isFile(path));
  if (found === undefined) throw new Error("There is no cargo");
  return found;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
