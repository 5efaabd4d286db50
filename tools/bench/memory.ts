/** How much memory an init has while its workload runs. */

import {
  makeRoot,
  minimalInit,
  runInNamespace,
} from "../../tests/fixtures/namespace.ts";
import { note } from "../note.ts";
import { kilobyte, type Measure, type Section } from "./measure.ts";
import { guestLook } from "./programs.ts";

/** In KB, of all processes but the workload. */
const pssBound = 64;

/** Seconds after which an init has settled down. */
const settled = 1;

/** What guest_look.c writes, in bytes. */
export interface GuestMemory {
  /** Of the image, in the page cache when the workload began; or -1. */
  readonly cached: number;
  readonly free: number;
  /** All but the workload's. */
  readonly processes: readonly {
    readonly name: string;
    readonly pss: number;
  }[];
}

/** Finds what guest_look wrote between whatever else there is. */
export function readGuestMemory(text: string): GuestMemory | undefined {
  const line = /^\{"cached":.*\}\r?$/m.exec(text)?.[0];
  return line === undefined ? undefined : JSON.parse(line);
}

/** Measures the images' supervisor and a minimal init, in namespaces. */
export async function measurePss(
  image: string,
  small: string,
): Promise<Section> {
  note("Looking at the memory of the inits");
  return {
    title: "Pss of all processes but the workload's",
    measures: [
      { ...await pss("image", image), bound: pssBound },
      { ...await pss("small image", small), bound: pssBound },
      await pss("minimal C init", await minimalInit()),
    ],
  };
}

async function pss(name: string, init: string): Promise<Measure> {
  const root = await makeRoot({
    files: { "/bin/guest_look": { from: await guestLook() } },
  });
  const args = ["/bin/guest_look", `${settled}`];
  const { stdout, stderr } = await runInNamespace({ root, init, args });
  const memory = readGuestMemory(stdout);
  if (memory === undefined) throw new Error(`No look at the guest: ${stderr}`);
  const sum = memory.processes.reduce((sum, { pss }) => sum + pss, 0);
  return { name, unit: "KB", values: [sum / kilobyte] };
}
