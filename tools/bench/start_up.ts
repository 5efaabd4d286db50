/** How long it takes until the workload runs, beside others of its kind. */

import { join } from "node:path";
import {
  makeRoot,
  minimalInit,
  type Outcome,
  type RootFile,
  runInNamespace,
} from "../../tests/fixtures/namespace.ts";
import { note } from "../note.ts";
import { run } from "../run.ts";
import {
  type Runtime,
  runtimeEnvironment,
  withoutV8Flags,
} from "../runtime.ts";
import { type Measure, runByRun, type Section } from "./measure.ts";
import { childrensTime } from "./process.ts";
import { firstInstruction } from "./programs.ts";

/** The image may take so many times what its runtime takes for nothing. */
const ratioBound = 1.15;
/** The small image may take so many times what Deno takes for nothing. */
const smallRatioBound = 0.25;
/** In ms: how much longer than the minimal init it may take. */
const smallExtraBound = 2;

const nanosecondsPerMs = 1e6;

/** What is started, and what of it is looked at. */
interface Contestant {
  readonly name: string;
  run(): Promise<Outcome>;
  /** Milliseconds from the exec to the moment that counts. */
  duration(outcome: Outcome): number;
}

/** What one run took, in milliseconds. */
interface Times {
  readonly wall: number;
  /** Of all processes, until the last one's end. */
  readonly processor: number;
}

/**
 * Starts the image, the small image, the image's bare runtime and a minimal
 * init in turn, in the same namespaces and from the same file system. The
 * runtime is started as it comes and with the V8 flags that the image gives it.
 *
 * @param folder where they are started from; the roots' file system
 * @param image the path of the image
 * @param smallImage the path of the small image
 * @param bare the image's runtime
 * @param runs how often each is started
 */
export async function measureStartUp(
  folder: string,
  image: string,
  smallImage: string,
  bare: Runtime,
  runs: number,
): Promise<Section> {
  const ours = await imageContestant(folder, "image", image);
  const small = await imageContestant(folder, "small image", smallImage);
  const bareArgs = withoutV8Flags(bare.bareArgs);
  const plain = await bareContestant(folder, { ...bare, bareArgs });
  // Denort has them built in: there is no other way to start it.
  const tuned = bareArgs.length < bare.bareArgs.length
    ? await bareContestant(folder, bare, ", V8 tuned")
    : undefined;
  const least = await minimalContestant();
  const contestants = [ours, small, plain, ...tuned ? [tuned] : [], least];
  const times = new Map<Contestant, Times[]>(
    contestants.map((contestant) => [contestant, []]),
  );
  for (let n = 1; n <= runs; n++) {
    note(`Starting each in turn: ${n} of ${runs}`);
    for (const [contestant, list] of times) {
      list.push(await measure(contestant));
    }
  }
  const values = (contestant: Contestant, key: keyof Times): number[] =>
    (times.get(contestant) ?? []).map((time) => time[key]);
  const ratios = (
    divisor: Contestant,
    key: keyof Times,
    dividend: Contestant = ours,
  ): number[] => runByRun(values(dividend, key), values(divisor, key));
  const leastTimes = values(least, "wall");
  const wall = (contestant: Contestant): Measure => ({
    name: contestant.name,
    unit: "ms",
    values: values(contestant, "wall"),
  });
  return {
    title: "Start-up in namespaces, all from a warm page cache",
    measures: [
      ...contestants.map(wall),
      {
        name: `image / bare ${bare.kind}, run by run`,
        unit: "times",
        values: ratios(plain, "wall"),
        bound: ratioBound,
      },
      {
        name: "by processor time, to its end",
        unit: "times",
        values: ratios(plain, "processor"),
      },
      {
        name: `small image / bare ${bare.kind}, run by run`,
        unit: "times",
        values: ratios(plain, "wall", small),
        bound: smallRatioBound,
      },
      {
        name: "small image beyond the minimal C init",
        unit: "ms",
        values: values(small, "wall").map((time, n) =>
          time - (leastTimes[n] ?? NaN)
        ),
        bound: smallExtraBound,
      },
      ...tuned
        ? [
          {
            name: `image / bare ${bare.kind}, V8 tuned`,
            unit: "times",
            values: ratios(tuned, "wall"),
            bound: ratioBound,
          } as const,
        ]
        : [],
    ],
  };
}

/**
 * Measures the parts of an image's start by its own trace, in runs of their
 * own, since tracing takes time too.
 *
 * @param name what the image is called
 */
export async function measurePhases(
  folder: string,
  name: string,
  image: string,
  runs: number,
): Promise<Section> {
  const traced = { HOME: "/", TERM: "linux", KRUN_INIT_TRACE: "1" };
  const contestant = await imageContestant(folder, name, image, traced);
  const phases = new Map<string, number[]>();
  for (let n = 1; n <= runs; n++) {
    note(`Tracing the ${name}: ${n} of ${runs}`);
    for (const [phase, duration] of phasesOf(await contestant.run())) {
      phases.set(phase, [...phases.get(phase) ?? [], duration]);
    }
  }
  return {
    title: `The ${name}'s start by its own trace, part by part`,
    measures: [...phases].map(([phase, values]) => ({
      name: phase,
      unit: "ms",
      values,
    })),
  };
}

async function measure(contestant: Contestant): Promise<Times> {
  const before = childrensTime();
  const outcome = await contestant.run();
  return {
    wall: contestant.duration(outcome),
    processor: childrensTime() - before,
  };
}

async function imageContestant(
  folder: string,
  name: string,
  image: string,
  env?: Readonly<Record<string, string>>,
): Promise<Contestant> {
  const init = join(folder, name.replace(" ", "-"));
  await Deno.copyFile(image, init);
  const root = await workloadRoot();
  return {
    name: `${name}: exec to the workload`,
    async run() {
      await warm(init);
      const args = ["/bin/workload"];
      return await runInNamespace({ root, init, args, ...(env && { env }) });
    },
    duration: untilFirstInstruction,
  };
}

async function minimalContestant(): Promise<Contestant> {
  const root = await workloadRoot();
  const init = await minimalInit();
  return {
    name: "minimal C init: exec to the workload",
    run: () => runInNamespace({ root, init, args: ["/bin/workload"] }),
    duration: untilFirstInstruction,
  };
}

/** The runtime with the launcher's own words, in a root with its libraries. */
async function bareContestant(
  folder: string,
  { kind, files, bareArgs }: Runtime,
  how = "",
): Promise<Contestant> {
  const init = join(folder, "runtime");
  const contents: Record<string, RootFile> = {};
  for (const { name, role, data } of files) {
    if (role === "runtime") {
      await Deno.writeFile(init, data, { mode: 0o755 });
    } else if (role === "interpreter") {
      contents[`${interpreterFolder}/${name}`] = { content: data, mode: 0o755 };
    } else {
      contents[`/${name}`] = role === "library" ? data : "";
    }
  }
  const root = await makeRoot({ files: contents });
  const [argv0 = "", ...words] = bareArgs;
  return {
    name: `bare ${kind}${how}: exec to its end`,
    async run() {
      await warm(init);
      return await runInNamespace({
        root,
        init,
        argv0,
        args: words.map((word) => word.replace(/^@/, "/")),
        env: [...runtimeEnvironment, "LD_LIBRARY_PATH=/"],
        // As in a guest, nothing is left of the run before.
        readOnly: true,
      });
    },
    duration: ({ nanoseconds }) => nanoseconds / nanosecondsPerMs,
  };
}

/** Where programs name their loader (PT_INTERP). */
const interpreterFolder = Deno.build.arch === "x86_64" ? "/lib64" : "/lib";

async function workloadRoot(): Promise<string> {
  return await makeRoot({
    files: { "/bin/workload": { from: await firstInstruction() } },
  });
}

/**
 * Has a file in the page cache, and read anew each time: the image drops
 * itself from it at the end of a boot, so the others must not fare better.
 */
async function warm(file: string): Promise<void> {
  const quiet = "status=none";
  await run("dd", [`if=${file}`, "iflag=nocache", "count=0", quiet]);
  await run("dd", [`if=${file}`, "of=/dev/null", "bs=1M", quiet]);
}

function untilFirstInstruction({ stdout, stderr, started }: Outcome): number {
  const first = Number(stdout);
  if (!(first > started)) {
    throw new Error(`The workload did not run: ${stdout}${stderr}`);
  }
  return (first - started) / nanosecondsPerMs;
}

/** The time that each part took, by a trace's lines (stages/boot_log.ts). */
function phasesOf(outcome: Outcome): [name: string, duration: number][] {
  const moments = outcome.stderr.split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => ["mark", "done", "skip"].includes(kind))
    .map(({ kind, name, stage, time }): [name: string, time: number] => [
      kind === "mark" ? marks[name as string] ?? name : stage,
      time,
    ]);
  moments.push(["workload's exec", Number(outcome.stdout)]);
  let before = outcome.started;
  return moments.map(([name, time]) => {
    const duration = (time - before) / nanosecondsPerMs;
    before = time;
    return [name, duration];
  });
}

/** What ends at a mark of stages/boot.ts. */
const marks: Readonly<Record<string, string>> = {
  launcher: "launcher's exec",
  runtime: "launcher",
  pipeline: "runtime, program's start",
  handover: "hand-over record",
  exec: "runtime's end, workload's process",
};
