/** `deno task fuzz`: random and broken inputs for whatever reads foreign bytes. */

import { parseArgs } from "#parse-args";
import { boots, engine } from "../tests/fuzz/boots.ts";
import { config } from "../tests/fuzz/config.ts";
import { configLibrary } from "../tests/fuzz/config_library.ts";
import { dhcp } from "../tests/fuzz/dhcp.ts";
import { Random } from "../tests/fuzz/random.ts";
import type { FuzzTarget } from "../tests/fuzz/target.ts";
import { note } from "./note.ts";

/** All that can be fuzzed. */
export const targets: readonly FuzzTarget[] = [
  dhcp,
  config,
  configLibrary,
  boots,
  engine,
];

/** An input that takes longer than this, in ms, does harm too; a busy machine does not. */
const longestAttempt = 5000;

/** So many attempts at once, of those that wait for something. */
const together = 100;

/** So many inputs between two signs of life: where they end, one hangs. */
const progress = 100_000;

const usage = `Usage: deno task fuzz [OPTIONS] [TARGET]...

Tries random and broken inputs, and stops at the first that does harm.

  --count N   how many inputs for each target
              (default: ${
  targets.map(({ name, count }) => `${count} for ${name}`).join(", ")
})
  --seed N    where to begin; the same seed gives the same inputs
              (default: another one every time)
  --help      this text

Targets: ${targets.map(({ name }) => name).join(", ")} (default: all)

Example: deno task fuzz --count 20000 --seed 7 dhcp
`;

/**
 * Tries inputs on a target.
 *
 * @param seed which inputs
 * @param count how many
 * @throws Error that names seed, number and bytes of the first input that
 *   fails or takes too long; or what the target finds at its end
 */
export async function fuzz(
  target: FuzzTarget,
  seed: number,
  count: number,
): Promise<void> {
  const prepared = await target.prepare?.();
  try {
    await tryInputs(target, seed, count);
  } catch (error) {
    // Of what it finds at its end the input is the reason.
    await prepared?.[Symbol.asyncDispose]().then(undefined, () => {});
    throw error;
  }
  await prepared?.[Symbol.asyncDispose]();
}

async function tryInputs(
  target: FuzzTarget,
  seed: number,
  count: number,
): Promise<void> {
  const running: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    if (n % progress === 0 && n > 0) note(`${target.name}: ${n} inputs`);
    const input = target.make(new Random(seed + Math.imul(n, 0x9e3779b1)));
    const fail = (error: unknown): never => {
      const reason = error instanceof Error ? error.message : error;
      throw new Error(
        `${target.name}, seed ${seed}, input ${n}: ${reason}\n${input.toHex()}`,
        { cause: error },
      );
    };
    const start = performance.now();
    try {
      const attempt = target.attempt(input);
      if (attempt !== undefined) running.push(attempt.catch(fail));
      const duration = Math.round(performance.now() - start);
      if (duration > longestAttempt) throw new Error(`Took ${duration} ms`);
    } catch (error) {
      fail(error);
    }
    if (running.length >= together) await Promise.all(running.splice(0));
  }
  await Promise.all(running);
}

function wholeNumber(option: string, text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value <= 0xffff_ffff) return value;
  throw new Error(`Not a number for --${option}: ${text}`);
}

function chosenTargets(names: readonly string[]): readonly FuzzTarget[] {
  if (names.length === 0) return targets;
  return names.map((name) => {
    const target = targets.find((target) => target.name === name);
    if (target === undefined) throw new Error(`No such target: ${name}`);
    return target;
  });
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      count: { type: "string" },
      seed: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    Deno.stdout.writeSync(new TextEncoder().encode(usage));
    return;
  }
  const seed = values.seed === undefined
    ? Math.floor(Math.random() * 2 ** 32)
    : wholeNumber("seed", values.seed);
  for (const target of chosenTargets(positionals)) {
    const count = values.count === undefined
      ? target.count
      : wholeNumber("count", values.count);
    const start = performance.now();
    await fuzz(target, seed, count);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    note(`${target.name}: ${count} inputs from seed ${seed}, ${seconds} s: ok`);
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    note(`fuzz: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
