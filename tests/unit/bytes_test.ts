import assert from "#assert";
import fc from "fast-check";
import { decodeBytes, encodeBytes, isUnicode } from "../../ffi/bytes.ts";
import { mixedBytes } from "./arbitraries.ts";

/** The 0xdc80 of a byte 0x80 and so on, by the module's own description. */
const escapes: readonly (readonly [readonly number[], string])[] = [
  [[0x80], "\udc80"],
  [[0xff], "\udcff"],
  [[0x61, 0xff, 0x62], "a\udcffb"],
  // Cut short: every byte of it.
  [[0xe2, 0x82], "\udce2\udc82"],
  [[0xe2, 0x82, 0x41], "\udce2\udc82A"],
  // Overlong, a surrogate, beyond U+10FFFF.
  [[0xc0, 0x80], "\udcc0\udc80"],
  [[0xed, 0xb2, 0x80], "\udced\udcb2\udc80"],
  [[0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
  // Characters beside a stray byte; U+1F480 is d83d dc80 in UTF-16.
  [[0xc3, 0xa4, 0xff], "ä\udcff"],
  [[0xf0, 0x9f, 0x92, 0x80, 0xff], "\u{1f480}\udcff"],
  [[0xff, 0xf0, 0x9f, 0x93, 0xbf], "\udcff\u{1f4ff}"],
];

Deno.test("decodeBytes() gives a low surrogate for every byte that is not UTF-8", () => {
  for (const [bytes, text] of escapes) {
    assert.equal(decodeBytes(new Uint8Array(bytes)), text);
  }
});

Deno.test("encodeBytes() turns the surrogates into the bytes again", () => {
  for (const [bytes, text] of escapes) {
    assert.deepEqual([...encodeBytes(text)], bytes);
  }
});

Deno.test("decodeBytes() and encodeBytes() lose nothing of any bytes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), mixedBytes), (bytes) => {
      assert.deepEqual([...encodeBytes(decodeBytes(bytes))], [...bytes]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("decodeBytes() decodes UTF-8 as TextDecoder does", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const bytes = new TextEncoder().encode(text);
      assert.equal(decodeBytes(bytes), decoder.decode(bytes));
    }),
    { numRuns: 500 },
  );
});

Deno.test("decodeBytes() and encodeBytes() treat long texts as short ones", () => {
  for (const size of [0, 100, 509, 510, 511, 5000]) {
    for (const last of ["z", "ä", "\udcff"]) {
      const text = `\0${"a".repeat(size)}${last}`;
      const bytes = encodeBytes(text);
      const end = last === "z" ? [0x7a] : last === "ä" ? [0xc3, 0xa4] : [0xff];
      assert.deepEqual([...bytes], [
        0,
        ...new Array(size).fill(0x61),
        ...end,
      ]);
      assert.equal(decodeBytes(bytes), text);
    }
  }
});

Deno.test("decodeBytes() keeps a byte order mark", () => {
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x41]);
  assert.equal(decodeBytes(bytes), "\ufeffA");
  assert.deepEqual(encodeBytes("\ufeffA"), bytes);
});

Deno.test("encodeBytes() encodes Unicode as TextEncoder does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.deepEqual(encodeBytes(text), new TextEncoder().encode(text));
    }),
    { numRuns: 500 },
  );
});

Deno.test("isUnicode() is true for what TextDecoder takes for UTF-8, and for nothing else", () => {
  fc.assert(
    fc.property(mixedBytes, (bytes) => {
      assert.equal(isUnicode(decodeBytes(bytes)), isUtf8(bytes));
    }),
    { numRuns: 300 },
  );
});

Deno.test("isUnicode() is false for half a surrogate pair of any kind", () => {
  for (const half of ["\ud800", "\udbff", "\udc00", "\udc80", "\udfff"]) {
    assert.equal(isUnicode(half), false);
    assert.equal(isUnicode(`a${half}b`), false);
  }
  assert.equal(isUnicode("\ud83d\udc80"), true);
});

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
