/** What an init costs a guest of libkrun itself, beside libkrun's own. */

import { join } from "node:path";
import { hostWords, shellWord } from "../libkrun/guest.ts";
import { pinnedLibraries } from "../libkrun/host.ts";
import { Machine } from "../libkrun/machine.ts";
import { makeMachineRoot } from "../libkrun/machine_root.ts";
import { note } from "../note.ts";
import { makeRoot } from "../vm/root.ts";
import { type Measure, median, runByRun, type Section } from "./measure.ts";

/** How often each init is booted. */
const rounds = 9;

/** Seconds; an emulated guest takes ten. */
const patience = 180;

/** Sizes of guests, in MiB, down to which an init is tried. */
const sizes = [128, 96, 80, 72, 64, 56, 48, 44, 40, 36, 32, 28, 24];

/** The guest's uptime, in seconds, at the workload; then PID 1's memory. */
const look = "read up rest </proc/uptime; echo $up; " +
  "sed -n 's/^Pss: *//p' /proc/1/smaps_rollup";

/** The machine's own uptime before and after the guest. */
const timed = `read before rest </proc/uptime
guest || exit
read after rest </proc/uptime
echo $before $after
`;

/** In MiB. */
const usualGuest = 512;

/** An init to be measured; `file` is missing for libkrun's own. */
export interface BenchedInit {
  readonly name: string;
  readonly file?: string;
  /** What its time to the workload may be, as a multiple of libkrun's own. */
  readonly bound?: number;
}

/** What was seen of a guest; times in milliseconds. */
interface Look {
  readonly workload: number;
  readonly whole: number;
  /** In KB. */
  readonly pss: number;
}

/**
 * Boots guests of each init in turn, in one machine: first of a usual size,
 * then ever smaller ones.
 *
 * @param inits the first of them is the one that the others are compared with
 * @throws Error when libkrun cannot be had, or a guest fails
 */
export async function* measureLibkrun(
  inits: readonly BenchedInit[],
): AsyncGenerator<Section> {
  const folder = await Deno.makeTempDir({ prefix: "krun-bench-libkrun-" });
  try {
    await makeMachineRoot(folder, await pinnedLibraries());
    await Deno.mkdir(join(folder, "images"));
    for (const { name, file } of inits) {
      if (file !== undefined) {
        await Deno.copyFile(file, join(folder, "images", name));
      }
    }
    await using machine = new Machine(folder);
    const looks = inits.map(() => [] as Look[]);
    // The first round fills caches.
    for (let round = 0; round <= rounds; round++) {
      note(`Booting guests of libkrun: ${round} of ${rounds}`);
      for (const [n, init] of inits.entries()) {
        const seen = await lookInto(machine, init);
        if (round > 0) looks[n]?.push(seen);
      }
    }
    yield {
      title: "Guests of libkrun, emulated",
      measures: rows(inits, looks),
    };
    note("Looking for the smallest guests of libkrun that boot");
    const smallest: Measure[] = [];
    for (const init of inits) {
      smallest.push({
        name: init.name,
        unit: "MB",
        values: [await smallestGuest(machine, init)],
      });
    }
    yield { title: "The smallest guests of libkrun", measures: smallest };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** In MiB, of the listed sizes; a guest that does not boot may stand still. */
async function smallestGuest(
  machine: Machine,
  init: BenchedInit,
): Promise<number> {
  let smallest = Infinity;
  for (const memory of sizes) {
    const { status } = await runGuest(machine, init, {
      memory,
      script: "guest",
      limit: 60,
    });
    if (status !== 0) break;
    smallest = memory;
  }
  return smallest;
}

async function lookInto(machine: Machine, init: BenchedInit): Promise<Look> {
  const { status, text } = await runGuest(machine, init, {
    memory: usualGuest,
    script: timed,
    limit: patience,
  });
  const [, up, pss, before, after] =
    /^([\d.]+)\n(\d+) kB\n([\d.]+) ([\d.]+)\n$/.exec(text) ?? [];
  if (status !== 0 || after === undefined) {
    throw new Error(`A guest of ${init.name} ended with ${status}: ${text}`);
  }
  return {
    workload: Number(up) * 1000,
    whole: (Number(after) - Number(before)) * 1000,
    pss: Number(pss),
  };
}

/** A guest to be run. */
interface BenchedGuest {
  /** In MiB. */
  readonly memory: number;
  /** What the machine runs; `guest` is the guest. */
  readonly script: string;
  /** Seconds until all is killed. */
  readonly limit: number;
}

/** How many guests have been run. */
let guests = 0;

/**
 * Runs a guest that shows its uptime and its PID 1's memory.
 *
 * @returns the script's status and standard output
 */
async function runGuest(
  machine: Machine,
  { name, file }: BenchedInit,
  { memory, script, limit }: BenchedGuest,
): Promise<{ status: number; text: string }> {
  // A name of its own: the machine may still know the folder before it.
  const job = `bench-${++guests}`;
  const folder = machine.folder(job);
  await Deno.mkdir(folder);
  await makeRoot(join(folder, "root"), { arch: "x86_64" });
  // As every container runtime leaves it.
  await Deno.writeTextFile(
    join(folder, "root/etc/hosts"),
    "127.0.0.1\tlocalhost\n::1\tlocalhost\n",
  );
  const words = hostWords({
    root: "root",
    ...(file !== undefined && { init: `/images/${name}` }),
    exec: ["/bin/sh", "-c", `${look}; exit 0`],
    env: ["PATH=/bin"],
    memory,
  });
  await Deno.writeTextFile(
    join(folder, "run"),
    `guest() { krun-host ${words.map(shellWord).join(" ")}; }\n${script}\n`,
  );
  const status = await machine.run(job, limit);
  const text = await Deno.readTextFile(join(folder, "stdout"));
  await Deno.remove(folder, { recursive: true });
  // A guest whose kernel panics has status 0 as well, but has shown nothing.
  return { status: text === "" ? 1 : status, text };
}

function rows(
  inits: readonly BenchedInit[],
  looks: readonly (readonly Look[])[],
): Measure[] {
  const of = (n: number, key: keyof Look): number[] =>
    (looks[n] ?? []).map((look) => look[key]);
  const first = of(0, "workload");
  return [
    ...inits.map(({ name }, n): Measure => ({
      name: `to the workload: ${name}`,
      unit: "ms",
      values: of(n, "workload"),
    })),
    ...inits.map(({ name, bound }, n): Measure => ({
      name: `run by run: ${name}`,
      unit: "times",
      values: runByRun(of(n, "workload"), first),
      ...(bound !== undefined && { bound }),
    })).slice(1),
    ...inits.map(({ name }, n): Measure => ({
      name: `the whole life: ${name}`,
      unit: "ms",
      values: of(n, "whole"),
    })),
    ...inits.map(({ name }, n): Measure => ({
      name: `PID 1: ${name}`,
      unit: "KB",
      values: [median(of(n, "pss"))],
    })),
  ];
}
