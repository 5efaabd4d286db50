/** `deno task build --update-lock`: the newest inputs become the locked ones. */

import { createHash } from "node:crypto";
import {
  type ArchLock,
  type BuildLock,
  type LockedDeno,
  type LockedPackage,
  lockFile,
  type PackageName,
} from "./build_lock.ts";
import { compilerVersions } from "./compiler.ts";
import {
  type Architecture,
  debianArchitectures,
  debianPackage,
} from "./debian.ts";
import { type Stable, withStable } from "./debian_stable.ts";
import type { Arch } from "./native.ts";
import { updateLibkrun } from "./libkrun/library.ts";
import { updatePackageLock } from "./libkrun/packages.ts";
import { note } from "./note.ts";
import { downloadDeno } from "./npm_deno.ts";

const denoPackages: Record<Arch, string> = {
  x86_64: "@deno/linux-x64-glibc",
  aarch64: "@deno/linux-arm64-glibc",
};

/**
 * Writes the lock file anew: the newest Debian packages (looked up at most a
 * day ago), QuickJS and musl of Debian's stable release, the Deno that runs this
 * or else npm's newest of its major version, and the compilers of this machine;
 * then the locks of libkrun and of the machine that it is tested in.
 *
 * @throws Error when one of them cannot be had; the file is then as it was
 */
export async function updateLock(): Promise<void> {
  const lock = await withStable(async (stable): Promise<BuildLock> => ({
    deno: Deno.version.deno,
    quickjs: await stable.source("quickjs"),
    x86_64: await lockArch("x86_64", stable),
    aarch64: await lockArch("aarch64", stable),
  }));
  await Deno.writeTextFile(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
  await updatePackageLock();
  await updateLibkrun();
}

async function lockArch(arch: Arch, stable: Stable): Promise<ArchLock> {
  note(`Looking up the inputs for ${arch}`);
  const architecture = debianArchitectures[arch];
  return {
    deno: await lockDeno(denoPackages[arch]),
    debian: {
      "libc6": await lockPackage("libc6", architecture),
      "libgcc-s1": await lockPackage("libgcc-s1", architecture),
    },
    musl: await stable.package("musl-dev", architecture),
    tools: await compilerVersions(arch),
  };
}

async function lockDeno(name: string): Promise<LockedDeno> {
  const version = Deno.version.deno;
  try {
    return await findDeno(name, version);
  } catch (error) {
    note(`${name}: ${(error as Error).message}`);
    return await findDeno(name, `${version.split(".")[0]}`);
  }
}

async function findDeno(name: string, version: string): Promise<LockedDeno> {
  // A cache of its own, since the newest in an old one may not be the newest.
  const folder = await Deno.makeTempDir({ prefix: "krun-lock-" });
  try {
    const [file] = await downloadDeno(name, version, folder);
    const [, found] = /([^/]+)\/deno$/.exec(file ?? "") ?? [];
    if (file === undefined || found === undefined) {
      throw new Error(`The npm package ${name}@${version} holds no deno`);
    }
    const sha256 = digest("sha256", await Deno.readFile(file));
    return { package: name, version: found, sha256 };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function lockPackage(
  name: PackageName,
  architecture: Architecture,
): Promise<LockedPackage> {
  const { version, file, sha256 } = await debianPackage(name, {
    architecture,
  });
  return { version, sha256, sha1: digest("sha1", await Deno.readFile(file)) };
}

function digest(algorithm: string, data: Uint8Array): string {
  return createHash(algorithm).update(data).digest("hex");
}
