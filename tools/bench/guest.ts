/** What the image costs a guest: measured in virtual machines. */

import { join } from "node:path";
import { makeRoot, minimalInit } from "../../tests/fixtures/namespace.ts";
import { build, type BuildOptions } from "../build_image.ts";
import { note } from "../note.ts";
import type { RuntimeChoice } from "../runtime_choice.ts";
import { type BootResult, bootVm } from "../vm/boot_vm.ts";
import { median, megabyte, type Section } from "./measure.ts";
import { type GuestMemory, readGuestMemory } from "./memory.ts";
import { guestLook } from "./programs.ts";
import { watchServed } from "./served.ts";

/**
 * In MB: how much of the image may be in the page cache at the hand-over, and
 * may be read for it from the host.
 */
const cachedBound = 25;
/** The same of the small image. */
const smallCachedBound = 1.3;
/** In MB: how much less memory may be free than with a minimal init. */
const freeBound = 4;
/**
 * In MB: how much more a guest must have for the small image than for a
 * minimal init.
 */
const leastBound = 4;

/** How often each init is booted. */
const boots = 3;
/** Seconds after the workload's start when free memory is looked at. */
const settled = 3;
/** In MB. */
const usualGuest = 512;
const smallGuest = 96;
/** No kernel of these has so little. */
const smallest = 16;

/** Milliseconds; software emulation takes seconds for a boot. */
const patience = 180_000;

const native = join(import.meta.dirname as string, "..", "..", "native");

/**
 * Measures free memory beside a minimal init, what of the images is in the page
 * cache before it is dropped, and in how small a guest they boot.
 *
 * @param folder a new folder for changed images
 */
export async function measureGuests(
  folder: string,
  image: string,
  smallImage: string,
): Promise<Section> {
  const minimal = await minimalInit();
  const servedMinimal: number[] = [];
  const free = {
    image: [] as number[],
    small: [] as number[],
    minimal: [] as number[],
  };
  for (let n = 1; n <= boots; n++) {
    note(`Booting virtual machines: ${n} of ${boots}`);
    free.image.push((await lookInto(image)).free / megabyte);
    free.small.push((await lookInto(smallImage)).free / megabyte);
    const look = await lookInto(minimal);
    free.minimal.push(look.free / megabyte);
    servedMinimal.push(look.served);
  }
  note("Booting images that stay in the page cache");
  const staying = await lookAtStaying(join(folder, "staying"), "auto");
  const stayingSmall = await lookAtStaying(
    join(folder, "staying-small"),
    "quickjs",
  );
  const leastMinimal = await leastMemory("minimal C init", minimal);
  const leastSmall = await leastMemory("small image", smallImage);
  note(`Booting a guest of ${smallGuest} MB`);
  const small = await bootLook(image, smallGuest, 0);
  return {
    title:
      `Virtual machines; memory free ${settled} s after the workload's start, of ${usualGuest} MB`,
    measures: [
      { name: "free: image", unit: "MB", values: free.image },
      { name: "free: small image", unit: "MB", values: free.small },
      { name: "free: minimal C init", unit: "MB", values: free.minimal },
      {
        name: "less than with the minimal C init",
        unit: "MB",
        values: free.minimal.map((bytes, n) => bytes - (free.image[n] ?? NaN)),
        bound: freeBound,
      },
      {
        name: "image in page cache, at hand-over",
        unit: "MB",
        values: [staying.cached / megabyte],
        bound: cachedBound,
      },
      {
        name: "read from the host for it",
        unit: "MB",
        values: [(staying.served - median(servedMinimal)) / megabyte],
        bound: cachedBound,
      },
      {
        name: "small image: in page cache",
        unit: "MB",
        values: [stayingSmall.cached / megabyte],
        bound: smallCachedBound,
      },
      {
        name: "small image: read from the host",
        unit: "MB",
        values: [(stayingSmall.served - median(servedMinimal)) / megabyte],
        bound: smallCachedBound,
      },
      { name: "least guest: small image", unit: "MB", values: [leastSmall] },
      {
        name: "least guest: minimal C init",
        unit: "MB",
        values: [leastMinimal],
      },
      {
        name: "more than with the minimal C init",
        unit: "MB",
        values: [leastSmall - leastMinimal],
        bound: leastBound,
      },
      {
        name: `failed boots of a guest of ${smallGuest} MB`,
        unit: "boots",
        values: [small.reported !== "none" && small.status === 0 ? 0 : 1],
        bound: 0,
      },
    ],
  };
}

/** What is looked at of an image that its supervisor leaves in the page cache. */
async function lookAtStaying(
  folder: string,
  runtime: RuntimeChoice,
): Promise<{ readonly cached: number; readonly served: number }> {
  await Deno.mkdir(folder);
  const look = await lookInto(await buildStaying(folder, { runtime }));
  if (look.cached < 0) throw new Error("PID 1 does not have the image open");
  return look;
}

/** In MB: the smallest guest that an init boots, to the MB. */
async function leastMemory(name: string, init: string): Promise<number> {
  let [fails, boots] = [smallest, smallGuest];
  while (boots - fails > 1) {
    const memory = Math.floor((fails + boots) / 2);
    note(`Booting a guest of ${memory} MB: ${name}`);
    const result = await bootLook(init, memory, 0).catch(() => undefined);
    const isUp = readGuestMemory(result?.console ?? "") !== undefined;
    if (isUp) boots = memory;
    else fails = memory;
  }
  return boots;
}

/** What a guest has in memory, and has read from the host's files by then. */
async function lookInto(
  init: string,
): Promise<GuestMemory & { readonly served: number }> {
  const ending = new AbortController();
  const watch = watchServed(ending.signal);
  const { console } = await bootLook(init, usualGuest, settled);
  ending.abort();
  const memory = readGuestMemory(console);
  if (memory === undefined) throw new Error(`No look at the guest: ${console}`);
  return { ...memory, served: await watch };
}

/** All on the console, since the minimal init knows no other streams. */
export async function bootLook(
  init: string,
  memory: number,
  seconds: number,
  ...words: readonly string[]
): Promise<BootResult> {
  const rootfs = await makeRoot({
    files: { "/bin/guest_look": { from: await guestLook() } },
  });
  return await bootVm({
    rootfs,
    init,
    memory,
    args: ["/bin/guest_look", `${seconds}`, ...words],
    consoleOnly: true,
    timeout: patience,
  });
}

/** Builds an image whose supervisor leaves it open and in the page cache. */
export async function buildStaying(
  folder: string,
  options: BuildOptions = {},
): Promise<string> {
  const changed = join(folder, "native");
  await copyFolder(native, changed);
  const file = join(changed, "supervisor.c");
  const source = await Deno.readTextFile(file);
  const call = "\tforget_image(number(argv[ARGUMENT_IMAGE]));\n";
  const parts = source.split(call);
  if (parts.length !== 2) {
    throw new Error(`supervisor.c has ${parts.length - 1} times: ${call}`);
  }
  await Deno.writeTextFile(file, parts.join(""));
  const output = join(folder, "staying");
  await build({ ...options, native: changed, output });
  return output;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyFolder(source, target);
    else await Deno.copyFile(source, target);
  }
}
