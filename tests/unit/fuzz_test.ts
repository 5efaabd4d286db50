import assert from "#assert";
import { Random } from "../fuzz/random.ts";
import { fuzz, targets } from "../../tools/fuzz.ts";

for (const target of targets) {
  Deno.test(`${target.name} takes 5,000 random and broken inputs`, async () => {
    await fuzz(target, 1, 5000);
  });

  Deno.test(`${target.name} is tried on inputs that differ, the same for a seed`, () => {
    const make = (seed: number): string =>
      target.make(new Random(seed)).toHex();
    const inputs = Array.from({ length: 100 }, (_, seed) => make(seed));
    assert.ok(new Set(inputs).size > 90);
    assert.equal(make(42), inputs[42]);
  });
}

Deno.test("fuzz() names the input that does harm", async () => {
  const target = {
    name: "harmful",
    count: 1,
    make: (random: Random) => random.bytes(2),
    attempt(input: Uint8Array) {
      if (input[0] === 7) throw new Error("Seven");
    },
  };
  await assert.rejects(fuzz(target, 1, 10_000), {
    message: /^harmful, seed 1, input \d+: Seven\n07[0-9a-f]{2}$/,
  });
});
