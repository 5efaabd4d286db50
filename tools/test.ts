/**
 * `deno task test`: everything that can fail, from the format of the sources
 * to boots in virtual machines.
 */

import { resolve } from "node:path";
import { build } from "./build_image.ts";
import { hostedCompiler } from "./compiler.ts";
import { whyNoLibkrun } from "./libkrun/library.ts";
import { archs } from "./native.ts";
import { note } from "./note.ts";

const project = resolve(import.meta.dirname as string, "..");

interface Counts {
  passed: number;
  failed: number;
}

interface Options {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what is printed; default: shows it. */
  readonly show?: (piece: Uint8Array) => void;
}

function toStdout(piece: Uint8Array): void {
  for (let at = 0; at < piece.length;) {
    at += Deno.stdout.writeSync(piece.subarray(at));
  }
}

/** Runs deno, shows what it prints, and returns its status and the text. */
async function deno(
  args: readonly string[],
  { env = {}, show = toStdout }: Options = {},
): Promise<{ success: boolean; text: string }> {
  note(`deno ${args.join(" ")}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: project,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of child.stdout) {
    show(piece);
    text += decoder.decode(piece, { stream: true });
  }
  const { success } = await child.status;
  return { success, text };
}

/** Runs the tests of some folders and adds up what their last line says. */
async function runTests(
  counts: Counts,
  args: readonly string[],
  options?: Options,
): Promise<void> {
  const { success, text } = await deno(["test", "-A", ...args], options);
  const [, passed = "0", failed = "0"] =
    /^(?:ok|FAILED) \| (\d+) passed[^|]*\| (\d+) failed/m.exec(text) ?? [];
  counts.passed += Number(passed);
  counts.failed += Number(failed);
  if (!success && failed === "0") {
    throw new Error(`deno test ${args.join(" ")} did not finish`);
  }
}

/**
 * Runs tests on both images at once: each guest keeps one processor busy. What
 * those on the small one print is shown when the others are over.
 */
async function runOnBoth(
  counts: Counts,
  onDeno: readonly string[],
  onSmall = onDeno,
): Promise<void> {
  let pieces: Uint8Array[] | undefined = [];
  const showLater = (piece: Uint8Array): void => {
    if (pieces === undefined) toStdout(piece);
    else pieces.push(piece);
  };
  await Promise.all([
    runTests(counts, onDeno).finally(() => {
      pieces?.forEach(toStdout);
      pieces = undefined;
    }),
    runTests(counts, onSmall, {
      env: { KRUN_TEST_BASE: "small" },
      show: showLater,
    }),
  ]);
}

/** Guests of libkrun itself, where that can be built; CI has to. */
async function runLibkrun(counts: Counts): Promise<void> {
  const reason = await whyNoLibkrun();
  if (reason !== undefined) {
    note(`Left out, the guests of libkrun itself: ${reason}`);
    if (Deno.env.get("CI") === "true") counts.failed++;
    return;
  }
  const { text } = await deno([
    "run",
    "-A",
    "tools/test_libkrun.ts",
    "--short",
  ]);
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(text) ?? [];
  if (passed === undefined) throw new Error("test_libkrun.ts did not finish");
  counts.passed += Number(passed);
  counts.failed += Number(failed);
}

async function main(): Promise<number> {
  // Not to run for minutes when somebody wants to know what it does.
  if (Deno.args.length > 0) throw new Error("It takes no arguments");
  for (const args of [["fmt", "--check"], ["lint"], ["check"]]) {
    const { success } = await deno(args);
    if (!success) throw new Error(`deno ${args.join(" ")} found problems`);
  }
  // Else the unit tests would leave out the architecture that has none.
  for (const arch of archs) await hostedCompiler(arch);
  const counts: Counts = { passed: 0, failed: 0 };
  await runTests(counts, ["--parallel", "tests/unit"]);
  await build();
  await build({ runtime: "quickjs" });
  await runTests(counts, ["tests/build"]);
  await runOnBoth(counts, ["tests/namespace"]);
  await runOnBoth(counts, ["tests/vm"]);
  // Beside its workload the small image is the same program: one will do.
  await runOnBoth(counts, ["tests/servers"], ["tests/servers/nginx_test.ts"]);
  await runLibkrun(counts);
  note("");
  toStdout(
    new TextEncoder().encode(
      `${counts.passed} passed, ${counts.failed} failed\n`,
    ),
  );
  return counts.passed > 0 && counts.failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    note(`test: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
