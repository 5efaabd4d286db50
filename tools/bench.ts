/** `deno task bench`: the images beside bare Deno and a minimal C init. */

import { dirname, join, resolve } from "node:path";
import { parseArgs } from "#parse-args";
import { measureGuests } from "./bench/guest.ts";
import { measureLibkrun } from "./bench/libkrun.ts";
import {
  isMet,
  kilobyte,
  type Measure,
  median,
  megabyte,
  type Section,
  table,
} from "./bench/measure.ts";
import { measurePss } from "./bench/memory.ts";
import { measurePlan } from "./bench/plan.ts";
import { runFirst } from "./bench/process.ts";
import { measurePhases, measureStartUp } from "./bench/start_up.ts";
import { measureStreams } from "./bench/streams.ts";
import { build, buildImages, type BuildResult } from "./build_image.ts";
import { type Arch, archs, compileNative } from "./native.ts";
import { note } from "./note.ts";
import { getRuntime, type Runtime } from "./runtime.ts";

const project = resolve(import.meta.dirname as string, "..");

const usage = `Usage: deno task bench [OPTIONS]

Measures the image and the small image beside bare Deno and a minimal C init:
the time from exec to the workload, memory and size. Prints a table and writes
all values.

  --runs N        how often each is started (default: 31, at least 15)
  --no-vm         leave out what needs virtual machines
  --no-libkrun    leave out the guests of libkrun itself (cargo builds it)
  --output FILE   where the values go, as JSON (default: dist/bench.json)
  --help          this text

Example: deno task bench --runs 51 --no-vm
`;

/** Bounds of what the image adds: in MB to its runtime, in KB natively. */
const addedBound = 5;
const nativeBound = 32;
/** In KB: of the small image as a whole, by architecture. */
const smallBounds: Readonly<Record<Arch, number>> = {
  x86_64: 750,
  aarch64: 850,
};

const leastRuns = 15;

interface Options {
  readonly runs: number;
  readonly vm: boolean;
  readonly libkrun: boolean;
  readonly output: string;
}

function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: "31" },
      "no-vm": { type: "boolean", default: false },
      "no-libkrun": { type: "boolean", default: false },
      output: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < leastRuns) {
    throw new Error(`--runs takes a number from ${leastRuns} on`);
  }
  return {
    runs,
    vm: !values["no-vm"],
    libkrun: !values["no-vm"] && !values["no-libkrun"],
    output: resolve(values.output ?? join(project, "dist", "bench.json")),
  };
}

async function main(options: Options): Promise<void> {
  const { runs, output } = options;
  const built = await build();
  const small = await build({ runtime: "quickjs" });
  const first = runFirst(true);
  const folder = await Deno.makeTempDir({ prefix: "krun-bench-" });
  try {
    const conditions = {
      date: new Date().toISOString(),
      kernel: `Linux ${Deno.osRelease()}`,
      processors: navigator.hardwareConcurrency,
      scheduling: first ? "real-time priority" : "usual priority",
      runs,
      image: built.image.sha256,
      runtime: built.facts.runtime,
      smallImage: small.image.sha256,
    };
    print(
      Object.entries(conditions)
        .map(([name, value]) => `${name.padEnd(12)}${value}\n`).join(""),
    );
    const sections: Section[] = [];
    for await (const section of measure(options, folder, built, small)) {
      sections.push(section);
      print(`\n${table([section])}`);
    }
    await Deno.mkdir(dirname(output), { recursive: true });
    const report = { conditions, sections: sections.map(withResults) };
    await Deno.writeTextFile(output, `${JSON.stringify(report, null, 2)}\n`);
    print(`\nAll values: ${output}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** One after the other, what takes longest last. */
async function* measure(
  { runs, vm, libkrun }: Options,
  folder: string,
  built: BuildResult,
  small: BuildResult,
): AsyncGenerator<Section> {
  yield await measureStartUp(
    folder,
    built.file,
    small.file,
    await bareRuntime(built),
    runs,
  );
  yield await measurePhases(folder, "image", built.file, leastRuns);
  yield await measurePhases(folder, "small image", small.file, leastRuns);
  yield await measurePlan(built.file, runs);
  // What follows takes no time that counts.
  runFirst(false);
  yield await measurePss(built.file, small.file);
  yield await measureSize(built, folder);
  if (vm) {
    yield await measureStreams(small.file);
    yield await measureGuests(folder, built.file, small.file);
  }
  if (libkrun) {
    yield* measureLibkrun([
      { name: "libkrun's own init" },
      { name: "image", file: built.file },
      { name: "small image", file: small.file, bound: 1.1 },
    ]);
  }
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** The image's own base with an empty module in the place of the program. */
async function bareRuntime({ facts }: BuildResult): Promise<Runtime> {
  const [kind] = facts.runtime.split(" ");
  const empty = await Deno.makeTempFile({ suffix: ".js" });
  try {
    return await getRuntime(Deno.build.arch, kind as "denort" | "deno", empty);
  } finally {
    await Deno.remove(empty);
  }
}

/** @param folder where the small images of all architectures are built */
async function measureSize(
  { image, baseSize }: BuildResult,
  folder: string,
): Promise<Section> {
  const small = await buildImages(
    archs.map((arch) => ({
      arch,
      runtime: "quickjs",
      features: [],
      output: join(folder, `small-${arch}`),
    })),
    join(folder, "small.json"),
  );
  const { program } = await compileNative(
    Deno.build.arch,
    join(project, "native"),
  );
  return {
    title: "Size",
    measures: [
      {
        name: "image",
        unit: "MB",
        values: [image.size / megabyte],
      },
      {
        name: "beyond its runtime",
        unit: "MB",
        values: [(image.size - baseSize) / megabyte],
        bound: addedBound,
      },
      {
        name: "native program",
        unit: "KB",
        values: [program.length / kilobyte],
        bound: nativeBound,
      },
      ...small.map(({ image, facts }): Measure => ({
        name: `small image, plain, ${facts.arch}`,
        unit: "KB",
        values: [image.size / kilobyte],
        bound: smallBounds[facts.arch as Arch],
      })),
    ],
  };
}

/** Adds to each measure what the table shows of it. */
function withResults({ title, measures }: Section): unknown {
  return {
    title,
    measures: measures.map((measure) => ({
      ...measure,
      median: median(measure.values),
      min: Math.min(...measure.values),
      max: Math.max(...measure.values),
      ...(measure.bound !== undefined && { met: isMet(measure) }),
    })),
  };
}

if (import.meta.main) {
  try {
    const options = parseOptions(Deno.args);
    if (options === undefined) {
      await Deno.stdout.write(new TextEncoder().encode(usage));
    } else {
      await main(options);
    }
  } catch (error) {
    note(`bench: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
