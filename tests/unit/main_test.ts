import assert from "#assert";
import { encodeBytes } from "../../ffi/bytes.ts";
import type { BuildFacts } from "../../stages/formats/build_facts.ts";
import { compileNative } from "../../tools/native.ts";
import { asFunction } from "../../tools/runtime.ts";
import { outcomeOf, type ProgramOutcome } from "../fixtures/outcome.ts";

const main = new URL("../../main.ts", import.meta.url);

const native = new URL("../../native", import.meta.url).pathname;
const shim = await Deno.makeTempFile({ suffix: ".so" });
await Deno.writeFile(
  shim,
  (await compileNative(Deno.build.arch, native)).shim,
);
Deno.test.afterAll(() => Deno.remove(shim));

const facts: BuildFacts = {
  version: "1.2.3",
  arch: "aarch64",
  features: ["nested-kvm", "timesync"],
  runtime: "deno 9.9.9",
  digest: "abcd",
};

/** Runs the program as the launcher starts it for a person. */
async function command(words: readonly string[]): Promise<ProgramOutcome> {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-main-" });
  const [start, tool] = [`${folder}/start`, `${folder}/tool.js`];
  await Deno.writeFile(
    start,
    encodeBytes(words.map((word) => `${word}\0`).join("")),
  );
  const text = "console.log(Deno.args[2]); Deno.exit(3);";
  await Deno.writeTextFile(tool, text);
  await Deno.writeFile(tool, await asFunction(tool));
  const outcome = await outcomeOf(Deno.execPath(), [
    ...["run", "-q", "-A", main.pathname],
    ...[start, shim, JSON.stringify(facts), tool],
  ], { env: { NO_COLOR: "1" } });
  await Deno.remove(folder, { recursive: true });
  return outcome;
}

Deno.test("krun-init is its command-line tool where no guest boots", async () => {
  const words = ["started=1", "arguments=1", "krun-init"];
  assert.deepEqual(await command(words), {
    code: 3,
    stdout: `${JSON.stringify(facts)}\n`,
    stderr: "",
  });
});

Deno.test("krun-init ends with 125 and its reason on a start record that is none", async () => {
  assert.deepEqual(await command(["nonsense"]), {
    code: 125,
    stdout: "",
    stderr: "krun-init: Not a start record: word 1 is nonsense\n",
  });
});

// Without descriptors nothing is touched but the process' own file system state.
Deno.test("krun-init ends with 125 and its reason where a boot lacks its descriptors", async () => {
  assert.deepEqual(await command(["root=5", "started=1", "arguments=0"]), {
    code: 125,
    stdout: "",
    stderr: "krun-init: The start record lacks the descriptors of a boot\n",
  });
});
