/**
 * Tests that a boot is the same on both engines: whatever the guest is, the same
 * operations, messages and hand-over record.
 */

import assert from "#assert";
import { boots, engine } from "../fuzz/boots.ts";
import { Random } from "../fuzz/random.ts";
import { runScenario } from "../differential/scenario.ts";
import { fuzz } from "../../tools/fuzz.ts";

Deno.test("3,000 random boots are the same on Deno and on QuickJS", async () => {
  await fuzz(boots, 1, 3000);
});

Deno.test("300 random boots do nothing that the sanitizers see", async () => {
  await fuzz(engine, 1, 300);
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
      ...["broadcast(", "rtnetlink(", "sethostname(", "makeMount(", "chmod("],
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
