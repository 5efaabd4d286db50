/** Runs cases, each with each of its inits, in machines side by side. */

import { join } from "node:path";
import { hostWords, shellWord } from "../../tools/libkrun/guest.ts";
import { pinnedLibraries } from "../../tools/libkrun/host.ts";
import { buildLibkrun, libkrunName } from "../../tools/libkrun/library.ts";
import { Machine } from "../../tools/libkrun/machine.ts";
import { makeMachineRoot } from "../../tools/libkrun/machine_root.ts";
import { build } from "../../tools/build_image.ts";
import { run } from "../../tools/run.ts";
import { compile } from "../fixtures/compile.ts";
import { linkOrCopy, makeRoot, placeFiles } from "../fixtures/roots.ts";
import { type Case, type Init, inits, type Outcome } from "./case.ts";
import { differences, expectationOf } from "./compare.ts";

/** An init's images; without them, its cases are left out. */
export type Images = Readonly<Partial<Record<Init, string>>>;

/** What came of a case with one of its inits. */
export interface Result {
  readonly case: Case;
  readonly init: Init;
  readonly outcome: Outcome;
  /** What was not as it must be; nothing where all was. */
  readonly differences: string[];
  /** Of the guest's whole life, in seconds. */
  readonly seconds: number;
}

/** Where the machine has the images, and a libkrun around each. */
const imageFolder = "/images";
const builtInFolder = "/opt/with";

/**
 * Runs cases in two machines, as there are two processors to expect.
 *
 * @param onResult called as the results come
 * @throws Error when a machine cannot be made or booted
 */
export async function runCases(
  cases: readonly Case[],
  images: Images,
  onResult: (result: Result) => void,
): Promise<Result[]> {
  const folder = await Deno.makeTempDir({ prefix: "krun-libkrun-" });
  const remove = (): void => Deno.removeSync(folder, { recursive: true });
  globalThis.addEventListener("unload", remove);
  try {
    const template = join(folder, "template");
    await Deno.mkdir(template);
    await makeMachineRoot(template, await pinnedLibraries());
    await placeImages(template, images, cases);
    if (cases.some((one) => one.project)) await placeProject(template);
    const busybox = await makeRoot({ busybox: true });
    const shared = join(template, "jobs");
    await run("cp", ["-a", busybox, join(shared, "busybox")]);
    await linkOrCopy(
      await compile({ name: "terminal", sources: ["terminal.c"] }),
      join(shared, "terminal"),
    );
    const queue = cases.flatMap((one) =>
      inits.filter((init) =>
        (init === "upstream" || images[init] !== undefined) &&
        (one.only?.includes(init) ?? true)
      ).map((init) => ({ one, init }))
    );
    const results: Result[] = [];
    const work = async (n: number): Promise<void> => {
      const root = join(folder, `machine${n}`);
      await run("cp", ["-a", "--reflink=auto", template, root]);
      let machine = new Machine(root);
      try {
        for (let job = queue.shift(); job; job = queue.shift()) {
          const { one, init } = job;
          const start = performance.now();
          const outcome = await runCase(machine, busybox, one, init)
            .catch((error: Error) => error);
          const seconds = (performance.now() - start) / 1000;
          if (outcome instanceof Error) {
            await machine[Symbol.asyncDispose]();
            machine = new Machine(root);
          }
          const console = machine.takeConsole();
          const result = resultOf(one, init, outcome, seconds);
          if (result.differences.length > 0) {
            result.differences.push(result.outcome.stderr, console);
          }
          results.push(result);
          onResult(result);
        }
      } finally {
        await machine[Symbol.asyncDispose]();
      }
    };
    await Promise.all([work(0), work(1)]);
    return results;
  } finally {
    globalThis.removeEventListener("unload", remove);
    remove();
  }
}

function resultOf(
  one: Case,
  init: Init,
  outcome: Outcome | Error,
  seconds: number,
): Result {
  if (outcome instanceof Error) {
    const nothing = { status: -1, stdout: "", stderr: "" };
    return {
      case: one,
      init,
      outcome: nothing,
      differences: [outcome.message],
      seconds,
    };
  }
  const expected = expectationOf(one, init);
  return {
    case: one,
    init,
    outcome,
    differences: differences(expected, outcome),
    seconds,
  };
}

async function placeImages(
  root: string,
  images: Images,
  cases: readonly Case[],
): Promise<void> {
  const builtIn = cases.some((one) => one.builtIn);
  await Deno.mkdir(join(root, imageFolder));
  for (const { name, features } of cases) {
    if (features === undefined) continue;
    const output = join(root, imageFolder, name);
    await build({ runtime: "quickjs", features, output });
  }
  for (const [init, file] of Object.entries(images)) {
    await Deno.copyFile(file, join(root, imageFolder, init));
    if (!builtIn) continue;
    const folder = join(root, builtInFolder, init);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.copyFile(
      await buildLibkrun(file),
      join(folder, libkrunName),
    );
  }
}

/** What the example of a host (docs/libkrun.md) needs to run as it is. */
async function placeProject(root: string): Promise<void> {
  const project = new URL("../../", import.meta.url).pathname;
  const to = join(root, "project");
  await Deno.mkdir(to);
  const names = ["deno.json", "deno.lock", "ffi", "stages", "tools"];
  const files = names.map((name) => join(project, name));
  await run("cp", ["-a", "--reflink=auto", "-t", to, ...files]);
  await Deno.copyFile(Deno.execPath(), join(root, "usr/bin/deno"));
}

/** Makes the job's folder, runs it, and takes what it left. */
async function runCase(
  machine: Machine,
  busybox: string,
  one: Case,
  init: Init,
): Promise<Outcome> {
  const name = `${one.name}-${init}`;
  const folder = machine.folder(name);
  await Deno.mkdir(folder, { recursive: true });
  if (!one.noRoot) {
    await run("cp", ["-a", "--reflink=auto", busybox, join(folder, "root")]);
    await placeFiles(join(folder, "root"), one.root ?? {});
  }
  await placeFiles(folder, one.files ?? {});
  const built = await one.built?.();
  const config = built?.json ?? one.config;
  if (config !== undefined) {
    await placeFiles(folder, { "/config.json": configText(config) });
  }
  const image = `${imageFolder}/${one.features ? one.name : init}`;
  const words = hostWords({
    ...one.guest,
    env: [...one.guest.env ?? [], ...built?.env ?? []],
    ...(!one.noRoot && { root: "root" }),
    ...(config !== undefined && { config: "config.json" }),
    ...(init !== "upstream" && !one.builtIn && { init: image }),
  });
  const library = one.builtIn && init !== "upstream"
    ? `LD_LIBRARY_PATH=${builtInFolder}/${init} `
    : "";
  await Deno.writeTextFile(
    join(folder, "run"),
    `image=${image}\nguest() { ${library}krun-host ${
      words.map(shellWord).join(" ")
    } "$@"; }\n${one.script ?? "guest"}\n`,
  );
  const status = await machine.run(name, one.limit ?? 120);
  const [stdout, stderr] = await Promise.all(
    ["stdout", "stderr"].map((file) => Deno.readTextFile(join(folder, file))),
  );
  await Deno.remove(folder, { recursive: true });
  return { status, stdout: `${stdout}`, stderr: `${stderr}` };
}

function configText(
  config: NonNullable<Case["config"]>,
): string | Uint8Array {
  if (typeof config === "string" || config instanceof Uint8Array) return config;
  return JSON.stringify(config);
}
