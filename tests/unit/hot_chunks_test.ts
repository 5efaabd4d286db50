import assert from "#assert";
import fc from "fast-check";
import {
  formatRanges,
  hotChunks,
  parseRanges,
  recordPath,
} from "../../tools/hot_chunks.ts";

Deno.test("formatRanges() and parseRanges() give back any chunks", () => {
  assert.equal(formatRanges([0, 1, 2, 3, 7, 9, 10]), "0-3 7 9-10");
  assert.deepEqual(parseRanges(""), []);
  fc.assert(fc.property(fc.uniqueArray(fc.nat(4095)), (numbers) => {
    const sorted = numbers.toSorted((a, b) => a - b);
    assert.deepEqual(parseRanges(formatRanges(sorted)), sorted);
  }));
});

Deno.test("hotChunks() knows nothing of a runtime that was not recorded", async () => {
  const data = new Uint8Array(10);
  assert.deepEqual(await hotChunks([{ name: "r", role: "runtime", data }]), []);
  assert.deepEqual(await hotChunks([{ name: "f", role: "file", data }]), []);
});

Deno.test("the record has digests, and chunks in their order", () => {
  const record: Record<string, string> = JSON.parse(
    Deno.readTextFileSync(recordPath),
  );
  for (const [digest, ranges] of Object.entries(record)) {
    assert.match(digest, /^[0-9a-f]{64}$/);
    assert.equal(formatRanges(parseRanges(ranges)), ranges);
    assert.ok(parseRanges(ranges).length > 100);
  }
});
