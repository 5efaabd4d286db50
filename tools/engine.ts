/**
 * The engine of the small image: QuickJS, linked with musl, what native/engine
 * adds to it, and the program as bytecode. One static ELF file.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { BuildLock } from "./build_lock.ts";
import { cacheDir } from "./cache.ts";
import { freestandingCompiler } from "./compiler.ts";
import { debianArchitectures } from "./debian.ts";
import type { Arch } from "./native.ts";
import { note } from "./note.ts";
import type { Origin } from "./origin.ts";
import { poolTree } from "./pool_file.ts";
import { run } from "./run.ts";
import { cachedFile } from "./cached_file.ts";

/** Of QuickJS: the language, without its own library. */
export const quickjsSources: readonly string[] = [
  "quickjs.c",
  "cutils.c",
  "dtoa.c",
  "libregexp.c",
  "libunicode.c",
];

/** Of native/engine, for the image. */
const engineSources = [
  "main.c",
  "arena.c",
  "host.c",
  "json.c",
  "fail.c",
  "program.S",
];

/** Of native/engine, for the machine that builds: makes the bytecode. */
const compilerSources = ["compile.c"];

const commonFlags = [
  "-std=gnu11",
  "-D_GNU_SOURCE",
  "-Os",
  // Small functions go where they are called, which -Os alone has only where it
  // saves bytes. A boot takes 0.15 ms less for 57 KB; -O2 would take 131 KB.
  "--param=max-inline-insns-size=16",
  "-fwrapv",
  // Who overwrites a return address ends the engine, and so the boot.
  "-fstack-protector-strong",
  "-fno-pie",
  "-ffunction-sections",
  "-fdata-sections",
  "-fno-asynchronous-unwind-tables",
  "-fno-math-errno",
  // Else a source could have the time of its compilation in the image.
  "-Wdate-time",
  "-nostdinc",
];

/** Else GCC's library would ask glibc what the processor has. */
const archFlags: Record<Arch, readonly string[]> = {
  x86_64: [],
  aarch64: ["-mno-outline-atomics"],
};

const ownFlags = ["-Wall", "-Wextra", "-Werror"];

const linkFlags = [
  "-static",
  "-no-pie",
  "-nostdlib",
  "-nostartfiles",
  "-Wl,--gc-sections,--build-id=none",
  "-s",
];

/** Where it lies in memory: below 2 GB, far from the launcher. */
export const engineAddress = 0x1000_0000;

const imageLinkFlags = [
  `-Wl,-Ttext-segment=0x${engineAddress.toString(16)}`,
  "-Wl,-z,noseparate-code,-z,norelro",
];

/** QuickJS and musl, unpacked, for an architecture. */
interface Sources {
  readonly arch: Arch;
  readonly quickjs: string;
  readonly musl: string;
  /** QuickJS's. */
  readonly version: string;
  /** Tells these sources from any others. */
  readonly digests: readonly string[];
}

/**
 * Builds the engine.
 *
 * @param program the path of the bundled program, one script
 * @param native the folder of the native sources
 * @throws Error when sources or a compiler cannot be had, or with the
 *   compiler's messages
 */
export async function buildEngine(
  arch: Arch,
  program: string,
  native: string,
  lock: BuildLock,
): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "krun-engine-" });
  try {
    const own = join(native, "engine");
    await makeBytecode(program, join(folder, bytecodeName), native, lock);
    const sources = await getSources(arch, lock);
    const file = join(folder, "engine");
    const compiler = await freestandingCompiler(arch);
    // In the folder itself: a path on the command line may reach the output.
    await run(compiler, [
      ...commonFlags,
      ...archFlags[arch],
      ...ownFlags,
      ...await includes(sources, compiler),
      `-Wa,-I${folder}`,
      ...engineSources,
      ...await link(sources, compiler, [
        ...await quickjsObjects(sources, compiler),
        ...imageLinkFlags,
      ]),
      "-o",
      file,
    ], { cwd: own });
    return await Deno.readFile(file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Under which name native/engine/program.S takes it. */
export const bytecodeName = "program.bin";

/**
 * Compiles a program to bytecode, with the QuickJS that is to run it.
 *
 * @param program the path of one script
 * @param output the path of the bytecode
 * @param native the folder of the native sources
 * @throws Error with the compiler's messages
 */
export async function makeBytecode(
  program: string,
  output: string,
  native: string,
  lock: BuildLock,
): Promise<void> {
  const compiler = await bytecodeCompiler(join(native, "engine"), lock);
  await run(compiler, [program, output]);
}

/** Returns the folder of QuickJS's sources. */
export async function quickjsFolder({ quickjs }: BuildLock): Promise<string> {
  return await poolTree(quickjs);
}

/** Where the engine's parts come from. */
export function engineOrigins(arch: Arch, lock: BuildLock): Origin[] {
  const { quickjs } = lock;
  const { musl } = lock[arch];
  return [
    {
      name: "quickjs",
      version: quickjs.version,
      purl: `pkg:deb/debian/quickjs@${quickjs.version}?arch=source`,
      licence: "MIT",
      hashes: { "SHA-256": quickjs.sha256 },
      files: ["engine"],
      changes:
        "Compiled from the upstream sources in Debian's source package, linked with musl, with parts of this project and with its program",
    },
    {
      name: "musl",
      version: musl.version,
      purl: `pkg:deb/debian/musl-dev@${encodeURIComponent(musl.version)}?arch=${
        debianArchitectures[arch]
      }`,
      licence: "MIT",
      hashes: { "SHA-256": musl.sha256 },
      files: [],
    },
  ];
}

async function getSources(arch: Arch, lock: BuildLock): Promise<Sources> {
  const { quickjs } = lock;
  const { musl } = lock[arch];
  const folder = await poolTree(musl);
  return {
    arch,
    quickjs: await quickjsFolder(lock),
    musl: join(folder, "usr"),
    version: quickjs.version,
    digests: [quickjs.sha256, musl.sha256],
  };
}

/** What the compiler needs to find headers, and nothing of the machine's. */
async function includes(
  { arch, quickjs, musl, version }: Sources,
  compiler: string,
): Promise<string[]> {
  const builtin = await run(compiler, ["-print-file-name=include"]);
  return [
    "-isystem",
    join(musl, "include", `${arch}-linux-musl`),
    "-isystem",
    builtin.trim(),
    // As a system's, whose warnings are not ours.
    "-isystem",
    quickjs,
    `-DCONFIG_VERSION="${version}"`,
  ];
}

async function link(
  { arch, musl }: Sources,
  compiler: string,
  words: readonly string[],
): Promise<string[]> {
  const library = join(musl, "lib", `${arch}-linux-musl`);
  const support = await run(compiler, ["-print-libgcc-file-name"]);
  return [
    ...linkFlags,
    join(library, "crt1.o"),
    join(library, "crti.o"),
    ...words,
    join(library, "libc.a"),
    support.trim(),
    join(library, "crtn.o"),
  ];
}

/** QuickJS's own files, compiled once for the same sources and compiler. */
async function quickjsObjects(
  sources: Sources,
  compiler: string,
): Promise<string[]> {
  const flags = [...commonFlags, ...archFlags[sources.arch]];
  const folder = join(
    cacheDir("engine"),
    await keyOf(sources, compiler, flags),
  );
  await cachedFile(folder, async (aside) => {
    note(`Compiling QuickJS for ${sources.arch}`);
    await Deno.mkdir(aside);
    const options = [...flags, "-w", ...await includes(sources, compiler)];
    await Promise.all(quickjsSources.map((source) =>
      run(compiler, [
        ...options,
        "-c",
        source,
        "-o",
        join(aside, objectOf(source)),
      ], { cwd: sources.quickjs })
    ));
  });
  return quickjsSources.map((source) => join(folder, objectOf(source)));
}

/** The program that makes bytecode on this machine; its path. */
async function bytecodeCompiler(
  own: string,
  lock: BuildLock,
): Promise<string> {
  const arch = Deno.build.arch;
  const sources = await getSources(arch, lock);
  const compiler = await freestandingCompiler(arch);
  const text = await Promise.all(
    compilerSources.map((name) => Deno.readTextFile(join(own, name))),
  );
  const flags = [...commonFlags, ...archFlags[arch]];
  const key = await keyOf(sources, compiler, [...flags, ...text]);
  const file = join(cacheDir("engine"), `${key}-compile`);
  await cachedFile(file, async (aside) => {
    await run(compiler, [
      ...flags,
      ...ownFlags,
      ...await includes(sources, compiler),
      ...compilerSources,
      ...await link(
        sources,
        compiler,
        await quickjsObjects(sources, compiler),
      ),
      "-o",
      aside,
    ], { cwd: own });
  });
  return file;
}

async function keyOf(
  { digests }: Sources,
  compiler: string,
  words: readonly string[],
): Promise<string> {
  const hash = createHash("sha256");
  const version = await run(compiler, ["--version"]);
  for (const word of [compiler, version, ...digests, ...words]) {
    hash.update(`${word}\0`);
  }
  return hash.digest("hex");
}

function objectOf(source: string): string {
  return source.replace(/\.c$/, ".o");
}
