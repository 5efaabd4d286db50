/**
 * The base of an image: the program that runs the pipeline, its shared
 * libraries, and how it is called. Two kinds: the executable of `deno compile`
 * around denort, and the npm package's deno with a bundle beside it.
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { cacheDir } from "./cache.ts";
import { type Architecture, debianPackage } from "./debian.ts";
import type { ImageFile } from "./image.ts";
import type { Arch } from "./native.ts";
import { run } from "./run.ts";

/** A base that can be asked for: `auto` takes denort where it can be had. */
export type RuntimeChoice = "auto" | "denort" | "deno";

/** A base, ready to be composed. */
export interface Runtime {
  readonly kind: "denort" | "deno";
  /** Deno's version. */
  readonly version: string;
  /** Why this kind, in a sentence for people. */
  readonly reason: string;
  /** Runtime, interpreter, libraries and, for deno, the program. */
  readonly files: readonly ImageFile[];
  /** The command line before the program's own arguments. */
  readonly args: readonly string[];
  /** The command line behind them. */
  readonly lastArgs: readonly string[];
}

const encoder = new TextEncoder();

/** The npm packages; the arm64 one may lag a release behind. */
const packages = {
  x86_64: {
    name: "@deno/linux-x64-glibc",
    version: "2.9.6",
    sha256: "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
  },
  aarch64: {
    name: "@deno/linux-arm64-glibc",
    version: "2.9.5",
    sha256: "e1a70c5eb03b0ebaf761077029ef86b9ba22d50e2b54ca45ce5437457f701b63",
  },
};

const debian: Record<Arch, { architecture: Architecture; folder: string }> = {
  x86_64: { architecture: "amd64", folder: "x86_64-linux-gnu" },
  aarch64: { architecture: "arm64", folder: "aarch64-linux-gnu" },
};

/**
 * - Else the first error that is made, and a boot makes some that it expects,
 *   has V8 parse the program again to find out where in it that is: 1 to 5 ms.
 * - V8's helper threads have nothing to do that is worth it in a program of
 *   10 ms; and the first time that two threads want the same lock, the library
 *   behind it measures the processor's clock, for 3.3 ms.
 */
const v8Flags =
  "--v8-flags=--no-enable-lazy-source-positions,--single-threaded";

/**
 * Deno parses the module that it is to run itself, to find its imports, before
 * V8 does. A bundle has none, and that first parse costs a boot 9 ms; so Deno
 * gets this module, which hands the program to V8.
 *
 * The program's path comes behind the program's own four arguments.
 */
const loader = "new Function(Deno.readTextFileSync(Deno.args[4]))();\n";

/** What keeps deno from looking at, or writing, anything but its program. */
export const denoArgs: readonly string[] = [
  "krun-init",
  "run",
  "-q",
  "-A",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--no-code-cache",
  v8Flags,
  "--ext=js",
  "@main.js",
];

/**
 * The runtime's whole environment; nothing of the guest's is in it. DENO_DIR is
 * a name too long for any file system (NAME_MAX), which keeps Deno's databases
 * in memory: a boot saves 0.5 ms, and a person's machine gets no folder.
 */
export const runtimeEnvironment = [
  "HOME=/",
  `DENO_DIR=/${"-".repeat(256)}`,
  "DENO_LOG=error,deno::cache::cache_db=off",
  "DENO_EMIT_CACHE_MODE=disable",
  "DENO_DISABLE_NODE_SHIM=1",
  "DENO_NO_PACKAGE_JSON=1",
  "DENO_NO_UPDATE_CHECK=1",
  "NO_COLOR=1",
];

/**
 * What an image says of its runtime: the kind, the version, and where npm's
 * deno lags behind that of x86_64, that too.
 */
export function runtimeName(kind: Runtime["kind"], version: string): string {
  const newest = packages.x86_64.version;
  const lag = kind === "deno" && version !== newest;
  return `${kind} ${version}${lag ? ` (x86_64 has ${newest})` : ""}`;
}

/**
 * Gets the base for a bundled program.
 *
 * @param bundle the path of the program, one JavaScript file
 * @throws Error when the base that was asked for cannot be had
 */
export async function getRuntime(
  arch: Arch,
  choice: RuntimeChoice,
  bundle: string,
): Promise<Runtime> {
  let reason = "asked for";
  if (choice !== "deno") {
    try {
      return await compiled(arch, bundle);
    } catch (error) {
      if (choice === "denort") throw error;
      reason = `no denort: ${(error as Error).message}`;
    }
  }
  const { version } = packages[arch];
  const deno = await npmDeno(arch);
  return {
    kind: "deno",
    version,
    reason,
    files: [
      { name: "main.js", role: "file", data: encoder.encode(loader) },
      { name: "program.js", role: "file", data: await asFunction(bundle) },
      ...await withLibraries(arch, deno),
    ],
    args: denoArgs,
    lastArgs: ["@program.js"],
  };
}

/**
 * A bundled module as a function's body: strict, and without imports but those
 * of `import()`.
 *
 * @param bundle its path
 * @throws Error when it has imports or exports
 */
export async function asFunction(
  bundle: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = await Deno.readTextFile(bundle);
  if (/^(import|export)\b(?!\()/m.test(text)) {
    throw new Error(`${bundle} still has imports or exports`);
  }
  return encoder.encode(`"use strict";\n${text}`);
}

async function compiled(arch: Arch, bundle: string): Promise<Runtime> {
  const out = await Deno.makeTempDir({ prefix: "krun-denort-" });
  const file = join(out, "krun-init");
  try {
    await run(Deno.execPath(), [
      "compile",
      "-q",
      "-A",
      "--no-config",
      "--no-lock",
      "--no-check",
      v8Flags,
      `--target=${arch}-unknown-linux-gnu`,
      `--output=${file}`,
      bundle,
    ], { env: { NO_COLOR: "1" } }).catch((error: Error) => {
      throw new Error(summary(error.message));
    });
    return {
      kind: "denort",
      version: Deno.version.deno,
      reason: Deno.env.get("DENORT_BIN") ? "DENORT_BIN" : "deno compile",
      files: await withLibraries(arch, file),
      args: ["krun-init"],
      lastArgs: [],
    };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

/** The first and the last link of deno's chain of causes, in one line. */
function summary(message: string): string {
  const before = message.split("Stack backtrace")[0] ?? message;
  const lines = before.split("\n").map((line) => line.trim()).filter(Boolean);
  const first = /error: (.*)/.exec(lines[0] ?? "")?.[1] ?? lines[0];
  const last = lines.at(-1)?.replace(/^\d+: /, "");
  return first === last ? `${first}` : `${first}: ${last}`;
}

/** Returns the path of the pinned deno: this very program, or npm's. */
async function npmDeno(arch: Arch): Promise<string> {
  const { name, version, sha256 } = packages[arch];
  if (await hasDigest(Deno.execPath(), sha256)) return Deno.execPath();
  const folder = cacheDir("deno");
  await run(Deno.execPath(), [
    "cache",
    "-q",
    "--no-config",
    "--no-lock",
    `npm:${name}@${version}`,
  ], { env: { DENO_DIR: folder } });
  const registries = [...Deno.readDirSync(join(folder, "npm"))];
  for (const registry of registries) {
    const file = join(folder, "npm", registry.name, name, version, "deno");
    if (await hasDigest(file, sha256)) return file;
  }
  throw new Error(
    `The npm package ${name}@${version} holds no deno with SHA-256 ${sha256}`,
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

/** The program with the loader and the libraries that it names as needed. */
async function withLibraries(
  arch: Arch,
  program: string,
): Promise<ImageFile[]> {
  const { architecture, folder } = debian[arch];
  const trees = await Promise.all(
    ["libc6", "libgcc-s1"].map((name) => debianPackage(name, { architecture })),
  );
  const read = async (name: string): Promise<Uint8Array> => {
    for (const { tree } of trees) {
      const file = join(tree, "lib", folder, name);
      try {
        return await Deno.readFile(file);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    throw new Error(
      `The runtime needs ${name}, which neither libc6 nor libgcc-s1 of Debian ${architecture} holds`,
    );
  };
  const dynamic = await run("readelf", ["--wide", "--dynamic", program]);
  const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)]
    .map((match) => match[1] as string);
  const libraries = needed.filter((name) => !name.startsWith("ld-linux"));
  const interpreter = needed.find((name) => name.startsWith("ld-linux"));
  if (interpreter === undefined) {
    throw new Error(`${dirname(program)} needs no dynamic loader`);
  }
  return [
    ...await Promise.all(
      libraries.map(async (name): Promise<ImageFile> => ({
        name,
        role: "library",
        data: await read(name),
      })),
    ),
    {
      name: interpreter,
      role: "interpreter",
      data: await read(interpreter),
    },
    {
      name: "deno",
      role: "runtime",
      data: await Deno.readFile(program),
    },
  ];
}
