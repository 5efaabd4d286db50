/** The C compilers: this machine's own, and Debian's for another architecture. */

import type { Arch } from "./native.ts";
import { ensurePrograms, isThere, type Need } from "./programs.ts";
import { run } from "./run.ts";

/** Debian's name for an architecture in the names of its cross packages. */
const crossNames: Record<Arch, { package: string; libc: string }> = {
  x86_64: { package: "x86-64-linux-gnu", libc: "amd64" },
  aarch64: { package: "aarch64-linux-gnu", libc: "arm64" },
};

/**
 * Returns the compiler for programs that need no C library.
 *
 * @param arch the architecture that the programs are for
 * @throws Error when it is not there and cannot be installed
 */
export async function freestandingCompiler(arch: Arch): Promise<string> {
  const compiler = compilerOf(arch);
  await ensurePrograms([compiler]);
  return compiler.program;
}

/**
 * Returns the compiler for programs that need a C library, which is there too.
 *
 * @param arch the architecture that the programs are for
 * @throws Error when one of both is not there and cannot be installed
 */
export async function hostedCompiler(arch: Arch): Promise<string> {
  const compiler = compilerOf(arch);
  await ensurePrograms([compiler, libraryOf(arch)]);
  return compiler.program;
}

/**
 * Asks the compiler and its linker for their versions, without the names under
 * which they are called here.
 *
 * @throws Error when they are not there and cannot be installed
 */
export async function compilerVersions(
  arch: Arch,
): Promise<Record<"gcc" | "ld", string>> {
  const compiler = await freestandingCompiler(arch);
  const linker = await run(compiler, ["-print-prog-name=ld"]);
  const [gcc, ld] = await Promise.all(
    [compiler, linker.trim()].map(async (program) => {
      const [first = ""] = (await run(program, ["--version"])).split("\n");
      return /\(.*/.exec(first)?.[0] ?? first;
    }),
  );
  return { gcc: `${gcc}`, ld: `${ld}` };
}

/** Whether {@linkcode hostedCompiler} would have to install nothing. */
export function hasHostedCompiler(arch: Arch): boolean {
  return [compilerOf(arch), libraryOf(arch)].every(isThere);
}

function compilerOf(arch: Arch): Need {
  return arch === Deno.build.arch ? { program: "gcc", package: "gcc" } : {
    program: `${arch}-linux-gnu-gcc`,
    package: `gcc-${crossNames[arch].package}`,
  };
}

function libraryOf(arch: Arch): Need {
  return arch === Deno.build.arch
    // Its headers are elsewhere on every distribution, this is in PATH.
    ? { program: "gencat", package: "libc6-dev" }
    : {
      program: `/usr/${arch}-linux-gnu/lib/libc.a`,
      package: `libc6-dev-${crossNames[arch].libc}-cross`,
    };
}
