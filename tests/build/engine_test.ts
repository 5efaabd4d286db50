/**
 * Tests that a boot is the same on both engines: whatever the guest is, the same
 * operations, messages and hand-over record.
 */

import assert from "#assert";
import { join, resolve } from "node:path";
import { decodeBytes } from "../../ffi/bytes.ts";
import { fuzz } from "../../tools/fuzz.ts";
import { run } from "../../tools/run.ts";
import { encodeInput, runScenario } from "../differential/scenario.ts";
import { engineWith } from "../fixtures/engine.ts";
import { PipeDriver } from "../fixtures/pipe_driver.ts";
import { boots, engine, module } from "../fuzz/boots.ts";
import { Random } from "../fuzz/random.ts";

Deno.test("3,000 random boots are the same on Deno and on QuickJS", async () => {
  await fuzz(boots, 1, 3000);
});

Deno.test("300 random boots do nothing that the sanitizers see", async () => {
  await fuzz(engine, 1, 300);
});

/** A guest that reads a config of JavaScript's that is not JSON. */
function lenientGuest(): Uint8Array<ArrayBuffer> {
  for (let seed = 0; seed < 100; seed++) {
    const input = encodeInput({
      seed,
      config: new TextEncoder().encode('{"args": ["\\x41"]}'),
      packet: new Uint8Array(),
    });
    if (runScenario(input).includes("a bad escape")) return input;
  }
  throw new Error("No guest reads the config");
}

/** A boot on an engine whose native sources are those of a folder. */
async function bootOn(
  native: string,
  guest: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "krun-engine-test-" });
  try {
    const program = await engineWith(module, folder, native);
    await using driver = new PipeDriver(program);
    return decodeBytes(await driver.ask(guest));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a boot that differs is noticed", async () => {
  const native = resolve(import.meta.dirname as string, "../../native");
  const guest = lenientGuest();
  const expected = runScenario(guest);
  assert.equal(await bootOn(native, guest), expected);
  const folder = await Deno.makeTempDir({ prefix: "krun-engine-native-" });
  await run("cp", ["-r", native, folder]);
  const changed = join(folder, "native");
  const file = join(changed, "engine/host.c");
  const parts = (await Deno.readTextFile(file))
    .split("is_strict = json_is_strict(text, text + size);");
  assert.equal(parts.length, 2);
  await Deno.writeTextFile(file, parts.join("is_strict = true;"));
  assert.notEqual(await bootOn(changed, guest), expected);
  await Deno.remove(folder, { recursive: true });
});

/** The transcripts of some boots. */
function transcripts(count: number): string[] {
  return Array.from(
    { length: count },
    (_, seed) =>
      runScenario(new Uint8Array(boots.make(new Random(seed * 7919)))),
  );
}

Deno.test("random boots differ, go everywhere and end in every way", () => {
  const all = transcripts(400);
  assert.ok(new Set(all).size > 350);
  for (
    const part of [
      ...["send(", "rtnetlink(", "sethostname(", "makeMount(", "chmod("],
      ...['"stage":"timesync"', '"stage":"initramfs"', "No config file at"],
      ...[
        "not JSON",
        "ended with 0",
        "ended with 125",
        "threw ",
      ],
      ...["(going on without an address)", "5a94efe40cee"],
    ]
  ) {
    assert.ok(all.some((text) => text.includes(part)), part);
  }
});
