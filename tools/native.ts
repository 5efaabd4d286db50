/** Compiles what is in native/: the launcher and supervisor, and the shim. */

import { join } from "node:path";
import { freestandingCompiler } from "./compiler.ts";
import { ensurePrograms } from "./programs.ts";
import { run } from "./run.ts";

/** A processor architecture, as `uname -m` names it. */
export type Arch = "x86_64" | "aarch64";

/** Every architecture that an image can be built for. */
export const archs: readonly Arch[] = ["x86_64", "aarch64"];

/** The compiled native parts. */
export interface NativeParts {
  /** Launcher and supervisor: one static program. */
  readonly program: Uint8Array;
  /** The syscall shim: a shared object. */
  readonly shim: Uint8Array;
}

const programSources = [
  "main.c",
  "launcher.c",
  "elf.c",
  "handover.c",
  "supervisor.c",
  "clock.c",
  "signals.c",
  "process.c",
  "workload.c",
  "trace.c",
  "try.c",
  "try_root.c",
  "shutdown.c",
  "unmount.c",
  "handover_record.c",
  "system.c",
];

const commonFlags = [
  "-std=gnu11",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Os",
  "-ffreestanding",
  "-nostdlib",
  "-fno-stack-protector",
  "-fno-asynchronous-unwind-tables",
  // Else GCC turns the loop inside memcpy into a call of memcpy.
  "-fno-tree-loop-distribute-patterns",
  "-mgeneral-regs-only",
  "-ffunction-sections",
  "-fdata-sections",
  "-Wl,--gc-sections,--build-id=none",
  "-s",
];

const programFlags = [
  "-static",
  "-fno-pie",
  "-no-pie",
  // Fewer segments, so fewer pages for PID 1 to keep.
  "-Wl,-z,noseparate-code,-z,norelro",
];

const shimFlags = ["-shared", "-fPIC", "-fvisibility=hidden"];

/**
 * Compiles the native parts. The same sources and compiler give the same bytes.
 *
 * @param folder where the sources are: native/ or a changed copy of it
 * @throws Error when no compiler is to be had, or with the compiler's messages
 */
export async function compileNative(
  arch: Arch,
  folder: string,
): Promise<NativeParts> {
  const compiler = await freestandingCompiler(arch);
  await ensurePrograms([
    { program: "ld", package: "binutils" },
    { program: "readelf", package: "binutils" },
  ]);
  const out = await Deno.makeTempDir({ prefix: "krun-native-" });
  const compile = async (
    name: string,
    sources: readonly string[],
    flags: readonly string[],
  ): Promise<Uint8Array> => {
    const file = join(out, name);
    // In the folder itself: a path on the command line may reach the output.
    await run(compiler, [
      ...commonFlags,
      ...flags,
      ...sources,
      "-o",
      file,
    ], { cwd: folder });
    return await Deno.readFile(file);
  };
  try {
    return {
      program: await compile("krun-init", programSources, programFlags),
      shim: await compile("shim.so", ["shim.c"], shimFlags),
    };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}
