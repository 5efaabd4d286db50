import assert from "#assert";
import { outcome, readVectors } from "./config_vectors.ts";

const vectors = readVectors();

Deno.test("the vectors are 60, each with a name of its own", () => {
  assert.equal(vectors.length, 60);
  assert.equal(new Set(vectors.map(({ name }) => name)).size, 60);
});

for (const { name, calls, expected } of vectors) {
  Deno.test(`ConfigBuilder gives what its vector says: ${name}`, () => {
    assert.deepEqual(outcome(calls), expected);
  });
}
