import assert from "#assert";
import { Random } from "../fuzz/random.ts";
import { fuzz, targets } from "../../tools/fuzz.ts";

// The others are in tests/build.
for (const target of targets.filter(({ needsEngine }) => !needsEngine)) {
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

Deno.test("fuzz() names the input that another process dies of", async () => {
  const died = (): Promise<never> => Promise.reject(new Error("Died"));
  const target = {
    name: "elsewhere",
    count: 1,
    prepare: () => Promise.resolve({ [Symbol.asyncDispose]: died }),
    make: (random: Random) => random.bytes(2),
    async attempt(input: Uint8Array) {
      if (input[0] === 7) await died();
    },
  };
  await assert.rejects(fuzz(target, 1, 10_000), {
    message: /^elsewhere, seed 1, input \d+: Died\n07[0-9a-f]{2}$/,
  });
});

Deno.test("fuzz() fails where a target finds something at its end", async () => {
  const target = {
    name: "leaking",
    count: 1,
    prepare: () =>
      Promise.resolve({
        [Symbol.asyncDispose]: () => Promise.reject(new Error("A leak")),
      }),
    make: (random: Random) => random.bytes(2),
    attempt() {},
  };
  await assert.rejects(fuzz(target, 1, 10), { message: "A leak" });
});
