/**
 * The base of an image: the program that runs the pipeline, its shared
 * libraries, and how it is called. Three kinds: the executable of `deno compile`
 * around denort, the npm package's deno with a bundle beside it, and the engine
 * of the small image, which has its program inside (tools/engine.ts).
 */

import { join } from "node:path";
import { type BuildLock, readLock } from "./build_lock.ts";
import { codeCache } from "./code_cache.ts";
import { buildEngine, engineOrigins } from "./engine.ts";
import type { ImageFile } from "./image.ts";
import { getLibraries } from "./libraries.ts";
import type { Arch } from "./native.ts";
import { npmDeno } from "./npm_deno.ts";
import type { Origin } from "./origin.ts";
import { run } from "./run.ts";
import type { RuntimeChoice, RuntimeKind } from "./runtime_choice.ts";

/** A base, ready to be composed. */
export interface Runtime {
  readonly kind: RuntimeKind;
  /** Deno's or QuickJS's version. */
  readonly version: string;
  /** Why this kind, in a sentence for people. */
  readonly reason: string;
  /** Runtime, interpreter, libraries and, for deno, the program and its cache. */
  readonly files: readonly ImageFile[];
  /** The command line, with the build's facts as JSON among its words. */
  args(facts: string): readonly string[];
  /** The whole environment, `NAME=VALUE` each. */
  readonly environment: readonly string[];
  /** The command line before a module of one's own, without a code cache. */
  readonly bareArgs: readonly string[];
  /** Where the files come from that this project does not make. */
  readonly origins: readonly Origin[];
  /** What of them is not as the lock file has it. */
  readonly marks: readonly string[];
}

const encoder = new TextEncoder();

/** What a boot and a person's tool run; the launcher knows them apart by these. */
export const programNames = {
  boot: "program.js",
  tool: "command_line.js",
} as const;

/** What the program is told (main.ts). */
function programWords(facts: string): readonly string[] {
  return ["@", "@shim.so", facts, `@${programNames.tool}`];
}

/** A word for the runtime in one of the image's two lives (native/image.h). */
function only(life: keyof typeof programNames, word: string): string {
  return `@${programNames[life]}:${word}`;
}

function v8Flags(...more: readonly string[]): string {
  return `--v8-flags=${[...tunedFlags, ...more].join(",")}`;
}

const tunedFlags = [
  // Else the first error that is made, and a boot makes some that it expects,
  // has V8 parse the program again to find out where in it that is: 1 to 5 ms.
  "--no-enable-lazy-source-positions",
  // V8's helper threads have nothing to do that is worth it in a program of
  // 10 ms; and the first time that two threads want the same lock, the library
  // behind it measures the processor's clock, for 3.3 ms.
  "--single-threaded",
  // Nothing runs so often that V8's baseline compiler pays: 0.25 ms.
  "--no-sparkplug",
  // Nor its next one, which on that single thread stops the boot as soon as a
  // function gets hot, as one does with a config of 6 KB: 8 ms.
  "--no-maglev",
  // Nor would a copy of V8's built-in code near what it compiles: 550 pages,
  // 1.3 ms. Machines with much memory get one where the runtime lies far from
  // other mappings, as a prelinked one does.
  "--no-short-builtin-calls",
];

/**
 * Functions are compiled with the program, not when they are first called: so
 * the code cache has all of them, and a boot compiles none.
 */
const cachedFlags = v8Flags("--no-lazy");

/** The program's name for V8, by which its code is in the cache. */
const programUrl = "file:///program.js";

/**
 * Deno parses the module that it is to run itself, to find its imports, before
 * V8 does. A bundle has none, and that first parse costs a boot 9 ms; so Deno
 * gets this module, which hands the program to V8, by the one function of
 * Deno's that takes code from its code cache.
 *
 * The program's path comes behind the program's own four arguments. A person
 * has no use for it: then there is none, and the fourth, the path of the
 * command-line tool, takes its place.
 */
const loader =
  `const text = Deno.readTextFileSync(Deno.args[4] || Deno.args[3]);
const { core } = Deno[Deno.internal];
const [program, error] = core.evalContext(text, "${programUrl}");
if (error) throw error.thrown;
program();
`;

/** What keeps deno from looking at, or writing, anything but its program. */
function denoArgs(...more: readonly string[]): readonly string[] {
  return [
    "krun-init",
    "run",
    "-q",
    "-A",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    ...more,
    "--ext=js",
    "@main.js",
  ];
}

/** The command line of deno where it has no code cache. */
export const bareDenoArgs: readonly string[] = denoArgs(
  "--no-code-cache",
  v8Flags(),
);

/** A runtime's words as they would be without what was found out about V8. */
export function withoutV8Flags(words: readonly string[]): readonly string[] {
  return words.filter((word) => word !== v8Flags());
}

function denoEnvironment(...folder: readonly string[]): readonly string[] {
  return [
    "HOME=/",
    ...folder,
    "DENO_LOG=error,deno::cache::cache_db=off",
    "DENO_EMIT_CACHE_MODE=disable",
    "DENO_DISABLE_NODE_SHIM=1",
    "DENO_NO_PACKAGE_JSON=1",
    "DENO_NO_UPDATE_CHECK=1",
    "NO_COLOR=1",
  ];
}

/**
 * A name too long for any file system (NAME_MAX) keeps Deno's databases in
 * memory: a person's machine gets no folder.
 */
const noFolder = `DENO_DIR=/${"-".repeat(256)}`;

/**
 * The whole environment of a runtime that has no databases; nothing of the
 * guest's is in it.
 */
export const runtimeEnvironment: readonly string[] = denoEnvironment(noFolder);

/**
 * What an image says of its runtime: the kind, the version, and where npm's
 * deno lags behind that of x86_64, that too.
 *
 * @param newest the version of x86_64's deno
 */
export function runtimeName(
  kind: Runtime["kind"],
  version: string,
  newest: string,
): string {
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
  choice: Exclude<RuntimeChoice, "quickjs">,
  bundle: string,
): Promise<Runtime> {
  const lock = await readLock();
  let reason = "asked for";
  if (choice !== "deno") {
    try {
      return await compiled(arch, bundle, lock);
    } catch (error) {
      if (choice === "denort") throw error;
      reason = `no denort: ${(error as Error).message}`;
    }
  }
  const { version, package: name } = lock[arch].deno;
  const deno = await npmDeno(lock[arch].deno);
  const { files, origins, marks } = await getLibraries(arch, deno, lock);
  const program = await asFunction(bundle);
  const cache = await codeCache({
    arch,
    deno,
    libraries: files,
    args: denoArgs(cachedFlags).slice(1, -1),
    environment: denoEnvironment(),
    main: loader,
    names: { main: "file:///main.js", program: programUrl },
    program,
  });
  return {
    kind: "deno",
    version,
    reason,
    files: [
      { name: "main.js", role: "file", data: encoder.encode(loader) },
      { name: programNames.boot, role: "boot", data: program },
      ...cache,
      ...files,
      await runtimeFile(deno),
    ],
    args: (facts) => [
      ...denoArgs(
        only("tool", "--no-code-cache"),
        only("tool", v8Flags()),
        only("boot", cachedFlags),
      ),
      ...programWords(facts),
      `@${programNames.boot}`,
    ],
    environment: denoEnvironment(
      only("boot", "DENO_DIR=/"),
      only("tool", noFolder),
    ),
    bareArgs: bareDenoArgs,
    origins: [
      {
        name: "deno",
        version,
        purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
        licence: "MIT",
        files: ["deno"],
      },
      ...origins,
    ],
    marks,
  };
}

/**
 * Makes the base of the small image for a bundled program.
 *
 * @param bundle the path of the program, one script
 * @param native the folder of the native sources
 * @throws Error when its sources cannot be had or do not compile
 */
export async function smallRuntime(
  arch: Arch,
  bundle: string,
  native: string,
): Promise<Runtime> {
  const lock = await readLock();
  const data = await buildEngine(arch, bundle, native, lock);
  return {
    kind: "quickjs",
    version: lock.quickjs.version,
    reason: "asked for",
    files: [{ name: "engine", role: "runtime", data }],
    args: (facts) => ["krun-init", "#", facts],
    environment: [],
    bareArgs: [],
    origins: engineOrigins(arch, lock),
    marks: [],
  };
}

/**
 * A bundled module as an expression, a function: strict, and without imports but
 * those of `import()`.
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
  return encoder.encode(`(function () {\n"use strict";\n${text}\n})\n`);
}

async function compiled(
  arch: Arch,
  bundle: string,
  lock: BuildLock,
): Promise<Runtime> {
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
      v8Flags(),
      `--target=${arch}-unknown-linux-gnu`,
      `--output=${file}`,
      bundle,
    ], { env: { NO_COLOR: "1" } }).catch((error: Error) => {
      throw new Error(summary(error.message));
    });
    const version = Deno.version.deno;
    const { files, origins, marks } = await getLibraries(arch, file, lock);
    return {
      kind: "denort",
      version,
      reason: Deno.env.get("DENORT_BIN") ? "DENORT_BIN" : "deno compile",
      files: [...files, await runtimeFile(file)],
      args: (facts) => ["krun-init", ...programWords(facts)],
      environment: runtimeEnvironment,
      bareArgs: ["krun-init"],
      origins: [
        {
          name: "denort",
          version,
          purl: `pkg:generic/denort@${version}`,
          licence: "MIT",
          files: ["deno"],
        },
        ...origins,
      ],
      marks: [`denort ${version} is not in the lock file`, ...marks],
    };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

async function runtimeFile(program: string): Promise<ImageFile> {
  const data = await Deno.readFile(program);
  return { name: "deno", role: "runtime", data };
}

/** The first and the last link of deno's chain of causes, in one line. */
function summary(message: string): string {
  const before = message.split("Stack backtrace")[0] ?? message;
  const lines = before.split("\n").map((line) => line.trim()).filter(Boolean);
  const first = /error: (.*)/.exec(lines[0] ?? "")?.[1] ?? lines[0];
  const last = lines.at(-1)?.replace(/^\d+: /, "");
  return first === last ? `${first}` : `${first}: ${last}`;
}
