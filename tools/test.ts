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

/** Runs deno, shows what it prints, and returns its status and the text. */
async function deno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
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
    Deno.stdout.writeSync(piece);
    text += decoder.decode(piece, { stream: true });
  }
  const { success } = await child.status;
  return { success, text };
}

/** Runs the tests of some folders and adds up what their last line says. */
async function runTests(
  counts: Counts,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  const { success, text } = await deno(["test", "-A", ...args], env);
  const [, passed = "0", failed = "0"] =
    /^(?:ok|FAILED) \| (\d+) passed[^|]*\| (\d+) failed/m.exec(text) ?? [];
  counts.passed += Number(passed);
  counts.failed += Number(failed);
  if (!success && failed === "0") {
    throw new Error(`deno test ${args.join(" ")} did not finish`);
  }
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
  // One after the other: they measure time, and two processors are few.
  for (const folder of ["tests/namespace", "tests/vm"]) {
    await runTests(counts, [folder]);
    await runTests(counts, [folder], { KRUN_TEST_BASE: "small" });
  }
  await runTests(counts, ["tests/servers"]);
  // Beside its workload the small image is the same program: one will do.
  await runTests(counts, ["tests/servers/nginx_test.ts"], {
    KRUN_TEST_BASE: "small",
  });
  await runLibkrun(counts);
  note("");
  Deno.stdout.writeSync(
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
