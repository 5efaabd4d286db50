import assert from "#assert";
import fc from "fast-check";
import { run } from "./command_line_helper.ts";
import { fileBuilder, settings } from "./config_settings.ts";
import { outcome, readVectors } from "./config_vectors.ts";

/** What `krun-init check` says of a config. */
async function check(json: string): Promise<{ status: number; text: string }> {
  const file = await Deno.makeTempFile({ prefix: "krun-check-" });
  try {
    await Deno.writeTextFile(file, json);
    const { status, stdout, stderr } = await run(["check", file]);
    return { status, text: `${stdout}${stderr}` };
  } finally {
    await Deno.remove(file);
  }
}

const accepted = { status: 0, text: "" };

Deno.test("krun-init check accepts the config of every vector", async () => {
  for (const { name, calls } of readVectors()) {
    const result = outcome(calls);
    if ("error" in result) continue;
    assert.deepEqual(await check(result.json), accepted, name);
  }
});

Deno.test("krun-init check accepts whatever ConfigBuilder writes", async () => {
  await fc.assert(
    fc.asyncProperty(settings, async (wanted) => {
      const { json } = fileBuilder(wanted).build();
      assert.deepEqual(await check(json), accepted);
    }),
    { numRuns: 100 },
  );
});

Deno.test("krun-init check accepts no config that has been spoiled", async () => {
  const { json } = fileBuilder(fc.sample(settings, 1)[0]!).build();
  const spoilt = json.replace('"args":[', '"args":[5,');
  const { status, text } = await check(spoilt);
  assert.equal(status, 1);
  assert.match(text, /process\.args\[0\]: a number, not a string/);
});
