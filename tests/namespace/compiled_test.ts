/** Tests that V8 compiles nothing while a guest waits for its workload. */

import assert from "#assert";
import { changedImage, runtimeKind } from "../fixtures/image.ts";
import { makeRoot } from "../fixtures/namespace.ts";
import { bootScript } from "./guest.ts";

const root = await makeRoot({ busybox: true });

/** A config with what makes functions hot: texts with escapes. */
const configOf = (length: number) => ({
  args: ["/bin/sh", "-c", "exit 7"],
  env: Array.from({ length }, (_, n) => `NAME_${n}="quoted" \\ ${n} \n`),
  x: "x".repeat(3000),
});

/** What V8 says of the functions that it compiles once more, in a boot. */
async function compiledOn(
  config: unknown,
  flags: readonly string[],
): Promise<string[]> {
  const init = await changedImage({
    file: "tools/runtime.ts",
    from: '  "--no-maglev",\n',
    to: flags.map((flag) => `  "${flag}",\n`).join(""),
  }, {
    // So that V8 writes out what it has said.
    file: "main.ts",
    from: "sys.exit(boot(",
    to: "Deno.exit(boot(",
  });
  const { stdout, status } = await bootScript(root, "", {
    init,
    config,
    args: [],
    // What libkrun's guests with TSI have, and no others.
    env: ["HOME=/", "TERM=linux", `LONG=${"x".repeat(400)}`],
  });
  assert.equal(status, 7);
  return stdout.split("\n").filter((line) => line.includes("compiling method"));
}

// Denort has its flags built in.
if (await runtimeKind() !== "denort") {
  Deno.test("V8 compiles nothing in a boot with a config of 10 KB", async () => {
    const config = configOf(250);
    assert.ok(JSON.stringify(config).length > 10_000);
    const flags = ["--no-maglev", "--trace-opt"];
    assert.deepEqual(await compiledOn(config, flags), []);
  });

  Deno.test("V8 would with Maglev and a larger one, and does not without", async () => {
    const config = configOf(2500);
    assert.notDeepEqual(await compiledOn(config, ["--trace-opt"]), []);
    const flags = ["--no-maglev", "--trace-opt"];
    assert.deepEqual(await compiledOn(config, flags), []);
  });
}
