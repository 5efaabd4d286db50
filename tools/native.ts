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
  "person.c",
  "elf.c",
  "handover.c",
  "supervisor.c",
  "out_of_memory.c",
  "stop_request.c",
  "clock.c",
  "message.c",
  "signals.c",
  "relay.c",
  "streams.c",
  "terminal.c",
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
  // Else a source could have the time of its compilation in the image.
  "-Wdate-time",
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

/** The shim's other convention for errors; see native/arch/freebsd.h. */
const freebsdFlags = ["-DKRUN_FREEBSD"];

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
  return {
    program: await compile(arch, folder, [...programSources, ...programFlags]),
    shim: await compile(arch, folder, ["shim.c", ...shimFlags]),
  };
}

/**
 * Compiles the syscall shim for FreeBSD.
 *
 * @param folder where the sources are
 * @throws Error when no compiler is to be had, or with the compiler's messages
 */
export function compileFreebsdShim(
  arch: Arch,
  folder: string,
): Promise<Uint8Array> {
  return compile(arch, folder, ["shim.c", ...shimFlags, ...freebsdFlags]);
}

/** @param words sources and flags */
async function compile(
  arch: Arch,
  folder: string,
  words: readonly string[],
): Promise<Uint8Array> {
  const compiler = await freestandingCompiler(arch);
  await ensurePrograms([
    { program: "ld", package: "binutils" },
    { program: "readelf", package: "binutils" },
  ]);
  const out = await Deno.makeTempDir({ prefix: "krun-native-" });
  const file = join(out, "compiled");
  try {
    // In the folder itself: a path on the command line may reach the output.
    await run(compiler, [...commonFlags, ...words, "-o", file], {
      cwd: folder,
    });
    return await Deno.readFile(file);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}
