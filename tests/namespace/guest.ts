/** Guests on the image itself, and what they say. */

import assert from "#assert";
import { image } from "../fixtures/image.ts";
import {
  type GuestOptions,
  type Outcome,
  runInNamespace,
} from "../fixtures/namespace.ts";

/** What may be chosen of a guest; `init` is another than the image of these sources. */
export type BootOptions = Omit<GuestOptions, "root" | "init"> & {
  readonly init?: string;
};

/** Boots the image, with its arguments and all else as the options have it. */
export async function boot(
  root: string,
  options: BootOptions = {},
): Promise<Outcome> {
  return await runInNamespace({ root, init: await image(), ...options });
}

/** Boots the image with a script of the root's shell as the workload. */
export function bootScript(
  root: string,
  script: string,
  options: BootOptions = {},
): Promise<Outcome> {
  return boot(root, { args: ["/bin/sh", "-c", script], ...options });
}

/**
 * The lines in which the image says that something went wrong: not the exit code, and not that a
 * namespace has no control groups, which nsrun takes care of.
 */
export function complaints({ stderr }: Outcome): string[] {
  return stderr.split("\n").filter((line) =>
    line.startsWith("krun-init: ") &&
    !line.startsWith("krun-init: exit-code ") &&
    !/^krun-init: mounts: mount\("cgroup2", .*: EPERM \(going on without \/sys\/fs\/cgroup\)$/
      .test(line)
  );
}

/** The lines of a text, without the end of the last one. */
export function lines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

/** A number of milliseconds from native/budget.h. */
export async function budget(name: string): Promise<number> {
  const file = new URL("../../native/budget.h", import.meta.url);
  const value = new RegExp(`\\b${name} = (\\d+)\\b`)
    .exec(await Deno.readTextFile(file))?.[1];
  assert(value !== undefined, name);
  return Number(value);
}
