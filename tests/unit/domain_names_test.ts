import assert from "#assert";
import fc from "fast-check";
import {
  decodeDomainNames,
  splitDomainNames,
} from "../../stages/formats/domain_names.ts";

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

/** A name as labels, each behind its length; without the zero at the end. */
const labels = (name: string): number[] =>
  name.split(".").flatMap((label) => [label.length, ...ascii(label)]);

const name = (text: string): number[] => [...labels(text), 0];

const decode = (...bytes: readonly number[]): string[] =>
  decodeDomainNames(new Uint8Array(bytes));

const split = (text: string): string[] =>
  splitDomainNames(new Uint8Array(ascii(text)));

Deno.test("decodeDomainNames() reads names one after the other", () => {
  assert.deepEqual(decode(), []);
  assert.deepEqual(decode(...name("example.org")), ["example.org"]);
  assert.deepEqual(
    decode(...name("eng.apple.com"), ...name("a"), ...name("x-y_z.1")),
    ["eng.apple.com", "a", "x-y_z.1"],
  );
});

Deno.test("decodeDomainNames() follows pointers (RFC 3397's example)", () => {
  assert.deepEqual(
    decode(
      ...name("eng.apple.com"),
      ...labels("marketing"),
      ...[0xc0, 0x04],
      ...[0xc0, 0x0f],
      ...name("b"),
    ),
    ["eng.apple.com", "marketing.apple.com", "marketing.apple.com", "b"],
  );
});

Deno.test("decodeDomainNames() stops at a pointer that leads nowhere or round", () => {
  const first = name("a.example");
  for (
    const pointer of [
      [0xc0, first.length], // itself
      [0xc0, first.length + 2], // behind it
      [0xff, 0xff],
      [0xc0], // half of one
      [1, 98, 0xc0, first.length], // into the name that it ends
      // A kind of label that there isn't, and that could be read as two.
      [0x40, ...ascii(`${"a".repeat(31)}.${"b".repeat(32)}`), 0],
    ]
  ) {
    assert.deepEqual(
      decode(...first, ...pointer, ...name("z")),
      ["a.example"],
      `${pointer}`,
    );
  }
});

Deno.test("decodeDomainNames() stops at pointers that lead to one another", () => {
  // Within a label of the first name, which is no name to put into a file.
  assert.deepEqual(decode(...[4, 0xc0, 3, 0xc0, 1, 0], 0xc0, 1), []);
});

Deno.test("decodeDomainNames() stops at a name that is cut off", () => {
  assert.deepEqual(decode(...name("a.example"), 0xc0), ["a.example"]);
  const whole = [...name("a.example"), ...name("b.example")];
  for (let size = 11; size < whole.length; size++) {
    assert.deepEqual(decode(...whole.slice(0, size)), ["a.example"], `${size}`);
  }
});

Deno.test("decodeDomainNames() drops names that could not stand in a file", () => {
  const raw = (...label: readonly number[]): number[] => [
    label.length,
    ...label,
    0,
  ];
  assert.deepEqual(
    decode(
      ...raw(...ascii("a\nnameserver")),
      ...raw(...ascii("a b")),
      ...raw(...ascii("a.b")),
      ...raw(0),
      ...raw(0xe4),
      0, // The root.
      ...name("good"),
    ),
    // A dot within a label reads like one between two, and does no harm.
    ["a.b", "good"],
  );
});

Deno.test("decodeDomainNames() takes names of up to 253 characters", () => {
  const long = [...Array(3).fill("a".repeat(63)), "b".repeat(61)].join(".");
  assert.equal(long.length, 253);
  assert.deepEqual(decode(...name(long)), [long]);
  assert.deepEqual(decode(...name(`${long}b`), ...name("c")), ["c"]);
});

Deno.test("decodeDomainNames() comes to an end, whatever the bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 1500 }),
    fc.array(fc.constantFrom(0xc0, 0, 1, 2, 3, 97), { maxLength: 400 })
      .map((list) => new Uint8Array(list)),
  );
  fc.assert(
    fc.property(bytes, (bytes) => {
      for (const name of decodeDomainNames(bytes)) {
        assert.match(name, /^[A-Za-z0-9_.-]{1,253}$/);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("decodeDomainNames() reads back what was written", () => {
  const label = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  const names = fc.array(
    fc.array(label, { minLength: 1, maxLength: 5 }).map((all) => all.join(".")),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(names, (names) => {
      assert.deepEqual(decode(...names.flatMap(name)), names);
    }),
  );
});

Deno.test("splitDomainNames() takes one name, or several between blanks", () => {
  assert.deepEqual(split("example.org"), ["example.org"]);
  assert.deepEqual(split("example.org."), ["example.org"]);
  assert.deepEqual(split("example.org\0\0"), ["example.org"]);
  assert.deepEqual(split("a.example b.example\tc"), [
    "a.example",
    "b.example",
    "c",
  ]);
  assert.deepEqual(split(""), []);
});

Deno.test("splitDomainNames() takes nothing of a text that is not names", () => {
  for (
    const text of [
      "good.example\nnameserver 10.0.0.1",
      "good.example b..c",
      "good.example \u00e4",
      "good.example ",
      `good.example ${"a".repeat(64)}`,
      "good\0.example",
    ]
  ) assert.deepEqual(split(text), [], text);
});
