/** `deno task boot`: a virtual machine on a libkrun init, from one command. */

import { checkDirectory, look } from "./command_line/options.ts";
import { note } from "./note.ts";
import { type BootResult, bootVm } from "./vm/boot_vm.ts";
import { isTraceLine, lineReader, messageOf } from "./vm/console.ts";
import { currentImage } from "./vm/current_image.ts";
import { greeting } from "./vm/greeting.ts";
import type { StreamOptions } from "./vm/guest_streams.ts";
import { type CommandLine, parseCommandLine, usage } from "./vm/options.ts";
import { consoleInput, rawTerminal, writeTo } from "./vm/terminal.ts";
import { shareVolumes } from "./vm/volume_config.ts";

/** Exit statuses of the tool itself: a wrong call, and 128 + N for signal N. */
const failed = 125;
const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const brokenPipe = 141;

/** For so many milliseconds a signal that comes again is no other request. */
const sameRequest = 500;

async function main(args: readonly string[]): Promise<number> {
  const options = parseCommandLine(args);
  if (options === undefined) {
    await Deno.stdout.write(new TextEncoder().encode(usage));
    return 0;
  }
  await checkFiles(options);
  const ending = new AbortController();
  let endStatus = failed;
  let asked = 0;
  const end = (status: number): void => {
    if (ending.signal.aborted) {
      // Who asks again does not want to wait for what is under way. Not so a
      // terminal and `deno task`, both of which pass on the same ^C.
      if (performance.now() - asked > sameRequest) Deno.exit(status);
      return;
    }
    asked = performance.now();
    endStatus = status;
    ending.abort();
  };
  for (const [name, status] of Object.entries(signals)) {
    Deno.addSignalListener(name as Deno.Signal, () => end(status));
  }
  const init = options.init ??
    await currentImage(options.arch ?? Deno.build.arch, options.runtime);
  if (options.libkrun) {
    const status = await libkrunStatus(options, init, ending.signal, end);
    return ending.signal.aborted ? endStatus : status;
  }
  using _terminal = options.consoleOnly ? rawTerminal() : undefined;
  const result = await bootVm({
    ...options,
    ...(options.volumes.length > 0 &&
      await shareVolumes(options.volumes, options)),
    init,
    command: commandOf(options),
    signal: ending.signal,
    ...(options.consoleOnly ? consoleStreams(end) : portStreams(options, end)),
  });
  if (ending.signal.aborted) return endStatus;
  if (result.reported === "none") showFailure(result, options);
  return result.status;
}

/** Before anything is built or copied. */
async function checkFiles(
  { init, config, kernel, rootfs, disks = [], volumes }: CommandLine,
): Promise<void> {
  for (const path of [init, config, kernel, rootfs, ...disks]) {
    if (path !== undefined) await look(path);
  }
  for (const { folder } of volumes) await checkDirectory(folder);
}

/** Its console comes out of libkrun's log, on the standard error. */
async function libkrunStatus(
  options: CommandLine,
  init: string,
  signal: AbortSignal,
  end: (status: number) => void,
): Promise<number> {
  const { rootfs, config, env = [], memory = 512, cpus = 1 } = options;
  const { bootOnLibkrun } = await import("./libkrun/boot.ts");
  const onGone = (): void => end(brokenPipe);
  return await bootOnLibkrun({
    init,
    memory,
    cpus,
    signal,
    command: commandOf(options).map(String),
    env: env.map(String),
    readOnly: options.readOnly ?? false,
    ...(rootfs !== undefined && { rootfs }),
    ...(config !== undefined && { config }),
    onStdout: writeTo(Deno.stdout, onGone),
    onStderr: writeTo(Deno.stderr, onGone),
  });
}

/** A guest that is told nothing greets; else its init decides. */
function commandOf(
  { command = [], rootfs, config }: CommandLine,
): NonNullable<CommandLine["command"]> {
  const silent = command.length === 0 && rootfs === undefined &&
    config === undefined;
  return silent ? [greeting.path] : command;
}

function consoleStreams(end: (status: number) => void): StreamOptions {
  const onEscape = (): void => end(signals.SIGINT);
  if (Deno.stdin.isTerminal()) note("Ctrl-] ends the guest\r");
  return {
    stdin: consoleInput(
      Deno.stdin.readable,
      Deno.stdin.isTerminal() ? onEscape : undefined,
    ),
    onConsole: writeTo(Deno.stdout, () => end(brokenPipe)),
  };
}

/** The workload has the tool's streams; of the console, messages are shown. */
function portStreams(
  { trace }: CommandLine,
  end: (status: number) => void,
): StreamOptions {
  const onGone = (): void => end(brokenPipe);
  return {
    stdin: Deno.stdin.readable,
    onStdout: writeTo(Deno.stdout, onGone),
    onStderr: writeTo(Deno.stderr, onGone),
    onConsole: lineReader((line) => {
      const text = trace && isTraceLine(line) ? line : messageOf(line);
      if (text !== undefined) note(text);
    }),
  };
}

function showFailure(result: BootResult, options: CommandLine): void {
  note("The guest ended without an exit status");
  if (options.consoleOnly) return;
  note(
    result.console === ""
      ? "Its console was silent"
      : `Its console:\n${result.console.replaceAll("\r", "").trimEnd()}`,
  );
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    note(`boot: ${(error as Error).message}`);
    Deno.exit(failed);
  }
}
