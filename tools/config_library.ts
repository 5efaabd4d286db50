/**
 * `deno task config-library`: builds libkrun_init_config, the C library that
 * makes configurations, with its headers and its pkg-config file.
 */

import { join, resolve } from "node:path";
import { parseArgs } from "#parse-args";
import project from "../deno.json" with { type: "json" };
import { note } from "./note.ts";
import { ensurePrograms } from "./programs.ts";
import { run } from "./run.ts";

/** Where the library's sources are. */
export const sourceFolder = resolve(
  import.meta.dirname as string,
  "../native/config",
);

/** The library's name for the dynamic loader; see the header about its number. */
export const soname = "libkrun_init_config.so.0";

const headers = ["krun_init_config.h", "krun_init_config_weak.h"];

/** How its sources are compiled, whatever they become. */
export const compilerFlags = [
  "-std=c11",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-fvisibility=hidden",
];

const usage = `Usage: deno task config-library [OPTIONS]

Builds libkrun_init_config for this machine's processor, to be copied to /usr
or to any other prefix: include/, lib/ and lib/pkgconfig/.

  --output DIR   default: dist/config-library
  --help         this text
`;

/** The library's C files. */
export async function librarySources(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(sourceFolder));
  return entries.map(({ name }) => name)
    .filter((name) => name.endsWith(".c"))
    .sort();
}

/** Makes sure that there is a C compiler and whatever it needs. */
export async function ensureCompiler(): Promise<void> {
  await ensurePrograms([
    { program: "gcc", package: "gcc" },
    // The headers of libc6-dev can't be found in PATH, a program that comes with them can.
    { program: "gencat", package: "libc6-dev" },
  ]);
}

/**
 * Builds the library into a folder, which is made when it is missing.
 *
 * @throws Error with the compiler's messages
 */
export async function buildConfigLibrary(output: string): Promise<void> {
  await ensureCompiler();
  const [include, lib, pkgconfig] = ["include", "lib", "lib/pkgconfig"]
    .map((part) => join(output, part)) as [string, string, string];
  await Deno.mkdir(include, { recursive: true });
  await Deno.mkdir(pkgconfig, { recursive: true });
  const file = `libkrun_init_config.so.${project.version}`;
  await compileShared(join(lib, file));
  await replaceLink(file, join(lib, soname));
  await replaceLink(soname, join(lib, "libkrun_init_config.so"));
  for (const header of headers) {
    await Deno.copyFile(join(sourceFolder, header), join(include, header));
  }
  const template = join(sourceFolder, "krun_init_config.pc.in");
  await Deno.writeTextFile(
    join(pkgconfig, "krun_init_config.pc"),
    (await Deno.readTextFile(template)).replace("@VERSION@", project.version),
  );
}

async function compileShared(file: string): Promise<void> {
  const args = [
    ...compilerFlags,
    "-O2",
    "-D_FORTIFY_SOURCE=2",
    "-fstack-protector-strong",
    "-shared",
    "-fPIC",
    `-Wl,-soname,${soname}`,
    "-Wl,--version-script,libkrun_init_config.map",
    "-Wl,-z,defs,-z,relro,-z,now",
    "-s",
    ...await librarySources(),
    "-o",
    file,
  ];
  await run("gcc", args, { cwd: sourceFolder });
}

async function replaceLink(target: string, link: string): Promise<void> {
  await Deno.remove(link).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.symlink(target, link);
}

async function main(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return usage;
  const output = values.output ??
    join(import.meta.dirname as string, "../dist/config-library");
  await buildConfigLibrary(resolve(output));
  return `${resolve(output)}\n`;
}

if (import.meta.main) {
  try {
    const text = await main(Deno.args);
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  } catch (error) {
    note(`config-library: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
