/** A running guest: QEMU from its start to its end. */

import type { Arch } from "../native.ts";
import { findProgram } from "../programs.ts";
import { type Child, startChild } from "./child.ts";
import { platforms } from "./platform.ts";

/** What may end a guest before it ends itself. */
export interface Limits {
  /** Milliseconds after QEMU's start; default: never. */
  readonly timeout?: number;
  /** Ends the guest when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Why a machine stopped: the guest ended itself, or what ended it. */
export type End = "guest" | "timeout" | "signal";

/** How many bytes of output may wait on the host before the guest waits. */
const maxBacklog = 64 * 1024 * 1024;

/** How often the backlog is looked at, in milliseconds. */
const step = 100;

/**
 * Starts QEMU.
 *
 * @param arch the guest's architecture
 * @param args its arguments but for `-append`
 * @param line the kernel's command line
 * @param lineFile where the line may be written
 */
export async function startQemu(
  arch: Arch,
  args: readonly string[],
  line: Uint8Array<ArrayBuffer>,
  lineFile: string,
): Promise<Child> {
  const name = platforms[arch].qemu.program;
  const program = findProgram(name) ?? name;
  if (line.every((byte) => byte < 0x80)) {
    const append = ["-append", new TextDecoder().decode(line)];
    return startChild(program, [...args, ...append]);
  }
  // Deno passes arguments as text, a shell passes bytes.
  await Deno.writeFile(lineFile, line);
  const script = 'exec "$@" -append "$(cat "$0")"';
  return startChild("/bin/sh", ["-c", script, lineFile, program, ...args], {
    LC_ALL: "C",
  });
}

/**
 * Waits until the guest ends or is ended, and QEMU is gone.
 *
 * @param backlog how many bytes of output wait to be taken
 * @throws Error with QEMU's messages when it failed by itself
 */
export async function runGuest(
  qemu: Child,
  backlog: () => number,
  { timeout, signal }: Limits,
): Promise<End> {
  const stop = Promise.withResolvers<End>();
  const onAbort = (): void => stop.resolve("signal");
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const timer = timeout === undefined
    ? undefined
    : setTimeout(() => stop.resolve("timeout"), timeout);
  const throttle = setInterval(throttled(qemu, backlog), step);
  try {
    return await Promise.race([ownEnd(qemu), stop.promise]);
  } finally {
    clearInterval(throttle);
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    await qemu.end();
  }
}

async function ownEnd(qemu: Child): Promise<End> {
  const { success, code, signal } = await qemu.status;
  if (success) return "guest";
  await qemu.end();
  throw new Error(
    `QEMU ended with ${signal ?? `status ${code}`}: ${qemu.messages()}`,
  );
}

/** Lets the guest stand still while too much of its output waits. */
function throttled(qemu: Child, backlog: () => number): () => void {
  let stopped = false;
  return () => {
    const full = backlog() > (stopped ? maxBacklog / 2 : maxBacklog);
    if (full === stopped) return;
    stopped = full;
    try {
      qemu.process.kill(full ? "SIGSTOP" : "SIGCONT");
    } catch {
      // It has just ended.
    }
  };
}
