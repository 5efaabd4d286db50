/** Arbitrary inputs that more than one test draws from. */

import fc from "fast-check";
import { decodeBytes } from "../../ffi/bytes.ts";

/** Bytes as kernels and hosts give them: text, with stray bytes in it now and then. */
export const mixedBytes: fc.Arbitrary<Uint8Array> = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }).map((text) =>
      new TextEncoder().encode(text)
    ),
    fc.uint8Array({ maxLength: 4 }),
    // Every length of UTF-8, cut short, overlong, beyond Unicode; surrogates.
    fc.constantFrom(
      [0xc3],
      [0xe2, 0x82],
      [0xf0, 0x9f, 0x92],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xef, 0xbb, 0xbf],
      // Characters with a half of their pair in the range of the escapes.
      [0xf0, 0x9f, 0x92, 0x80],
      [0xf0, 0x9f, 0x93, 0xbf],
    ).map((bytes) => new Uint8Array(bytes)),
  ),
  { maxLength: 8 },
).map((pieces) => new Uint8Array(pieces.flatMap((piece) => [...piece])));

/** A string as the kernel gives one: any bytes but NUL. */
export const kernelText: fc.Arbitrary<string> = mixedBytes.map((bytes) =>
  decodeBytes(bytes.filter((byte) => byte !== 0))
);

/** A variable's name, few enough that lists of them have duplicates. */
export const variableName: fc.Arbitrary<string> = fc.constantFrom(
  "HOME",
  "TERM",
  "KRUN_HOME",
  "KRUN_TERM",
  "PATH",
  "A",
  "AB",
  "ä",
);
