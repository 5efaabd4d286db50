/**
 * One guest of libkrun's: on this machine's KVM, or where that runs no guests,
 * in a machine that QEMU emulates.
 */

import { join } from "node:path";
import { note } from "../note.ts";
import { makeRoot } from "../vm/root.ts";
import type { Sink } from "../vm/sink.ts";
import { Tail } from "../vm/tail.ts";
import { type Guest, hostWords, shellWord } from "./guest.ts";
import { compileHost, findLibraries, type Libraries } from "./host.ts";
import { Machine } from "./machine.ts";
import { makeMachineRoot } from "./machine_root.ts";

/** What to boot; every path is one of this machine. */
export interface LibkrunBoot {
  /** A folder to copy; default: a root with busybox. */
  readonly rootfs?: string;
  readonly init: string;
  readonly config?: string | Uint8Array;
  readonly command: readonly string[];
  readonly env: readonly string[];
  /** In MiB. */
  readonly memory: number;
  readonly cpus: number;
  readonly readOnly: boolean;
  readonly onStdout: Sink;
  readonly onStderr: Sink;
  /** Ends the guest when it is aborted. */
  readonly signal: AbortSignal;
}

/** The name of the only job. */
const job = "guest";

/** Seconds; a person ends a guest that takes too long. */
const noLimit = 1_000_000;

/**
 * Boots a guest and waits for its end. Its standard input is this process' own
 * on KVM, and empty in an emulated machine.
 *
 * @returns the status of the host program, which is the guest's
 * @throws Error when a part is missing or cannot be had
 */
export async function bootOnLibkrun(options: LibkrunBoot): Promise<number> {
  const libraries = await findLibraries();
  const folder = await Deno.makeTempDir({ prefix: "krun-libkrun-" });
  try {
    if (await runsGuests()) {
      note(`Booting on /dev/kvm, with ${libraries.origin}`);
      return await bootHere(folder, libraries, options);
    }
    note(
      `Booting on an emulated KVM (this machine's runs no guests), with ${libraries.origin}`,
    );
    return await bootEmulated(folder, libraries, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Whether /dev/kvm is there for us and the processor has what it takes: some
 * machines have the device only.
 */
async function runsGuests(): Promise<boolean> {
  try {
    (await Deno.open("/dev/kvm", { read: true, write: true })).close();
    if (Deno.build.arch !== "x86_64") return true;
    return /\b(vmx|svm)\b/.test(await Deno.readTextFile("/proc/cpuinfo"));
  } catch {
    return false;
  }
}

async function bootHere(
  folder: string,
  { libkrun, firmware }: Libraries,
  options: LibkrunBoot,
): Promise<number> {
  const guest = await placeGuest(folder, folder, options);
  const found = [libkrun, firmware].map((path) => join(path, ".."));
  const { code } = await new Deno.Command(await compileHost(libkrun), {
    args: hostWords(guest),
    env: { LD_LIBRARY_PATH: found.join(":") },
    signal: options.signal,
  }).spawn().status;
  return code;
}

async function bootEmulated(
  folder: string,
  libraries: Libraries,
  options: LibkrunBoot,
): Promise<number> {
  const root = join(folder, "machine");
  await Deno.mkdir(root);
  await makeMachineRoot(root, libraries);
  await using machine = new Machine(root);
  const place = machine.folder(job);
  await Deno.mkdir(place);
  const words = hostWords(await placeGuest(place, ".", options));
  await Deno.writeTextFile(
    join(place, "run"),
    `exec krun-host ${words.map(shellWord).join(" ")}\n`,
  );
  const outputs = [
    new Tail(join(place, "stdout"), options.onStdout),
    new Tail(join(place, "stderr"), options.onStderr),
  ];
  try {
    const aborted = Promise.withResolvers<number>();
    options.signal.addEventListener("abort", () => aborted.resolve(125));
    return await Promise.race([machine.run(job, noLimit), aborted.promise]);
  } finally {
    for (const output of outputs) output.end();
    await Promise.all(outputs.map((output) => output.done));
  }
}

/**
 * Puts a guest's files into a folder.
 *
 * @param name of the folder where libkrun runs
 */
async function placeGuest(
  folder: string,
  name: string,
  { rootfs, init, config, command, env, ...rest }: LibkrunBoot,
): Promise<Guest> {
  await makeRoot(join(folder, "root"), {
    arch: Deno.build.arch,
    ...(rootfs !== undefined && { rootfs }),
  });
  await Deno.copyFile(init, join(folder, "init"));
  if (typeof config === "string") {
    await Deno.copyFile(config, join(folder, "config"));
  } else if (config !== undefined) {
    await Deno.writeFile(join(folder, "config"), config);
  }
  const { memory, cpus, readOnly } = rest;
  return {
    root: `${name}/root`,
    init: `${name}/init`,
    ...(config !== undefined && { config: `${name}/config` }),
    ...(command.length > 0 && { exec: command }),
    env,
    memory,
    cpus,
    readOnly,
  };
}
