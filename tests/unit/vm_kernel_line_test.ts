import assert from "#assert";
import fc from "fast-check";
import { kernelLine, type Word } from "../../tools/vm/kernel_line.ts";

const encoder = new TextEncoder();

function text(...args: Parameters<typeof kernelLine>): string {
  return new TextDecoder().decode(kernelLine(...args));
}

/** Splits a line as Linux' next_arg() does (lib/cmdline.c): quotes toggle. */
function linuxWords(line: Uint8Array): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let inQuotes = false;
  for (const char of [...line].map((byte) => String.fromCharCode(byte))) {
    if (char === '"') inQuotes = !inQuotes;
    if (char === " " && !inQuotes) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + (char === '"' ? "" : char);
  }
  return word === undefined ? words : [...words, word];
}

function latin1(word: Word): string {
  const bytes = typeof word === "string" ? encoder.encode(word) : word;
  return [...bytes].map((byte) => String.fromCharCode(byte)).join("");
}

Deno.test("kernelLine() puts environment and arguments where libkrun does", () => {
  assert.equal(
    text(["quiet"], {
      env: ["A=b c", "EMPTY="],
      command: ["/bin/sh", "-c", "", "exit  7"],
    }),
    'quiet KRUN_INIT=/bin/sh "A=b c" "EMPTY=" -- "-c" "" "exit  7"',
  );
});

Deno.test("kernelLine() leaves KRUN_INIT out when only arguments are given", () => {
  assert.equal(text(["quiet"], { args: ["ls", "/"] }), 'quiet -- "ls" "/"');
  assert.equal(text(["quiet"], {}), "quiet --");
});

Deno.test("kernelLine() makes a line that Linux splits into the same words", () => {
  const safe = fc.integer({ min: 0x20, max: 0xff })
    .filter((byte) => byte !== 0x22 && byte !== 0x7f);
  const bytes = fc.array(safe, { maxLength: 20 })
    .map((list) => Uint8Array.from(list));
  const printable = fc.string({ maxLength: 20 })
    .filter((word) => !word.includes('"'));
  const word: fc.Arbitrary<Word> = fc.oneof(bytes, printable);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      fc.pre(words.every((item) => latin1(item) !== "--"));
      const line = kernelLine(["quiet"], { args: words });
      assert.deepEqual(
        linuxWords(line),
        ["quiet", "--", ...words.map(latin1)],
      );
    }),
  );
});

Deno.test("kernelLine() takes bytes that are not UTF-8 only as bytes", () => {
  const item = Uint8Array.of(0x41, 0x3d, 0xff, 0xa0, 0x80);
  const line = kernelLine([], { env: [item] });
  assert.deepEqual(line, encoderLine('"', item, '" --'));
  assert.throws(
    () => kernelLine([], { env: ["A=ä"] }),
    /variable A=ä: it has a character that is not ASCII/,
  );
});

function encoderLine(...parts: (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [
    ...(typeof part === "string" ? encoder.encode(part) : part),
  ]));
}

Deno.test("kernelLine() refuses what cannot be passed and names it", () => {
  const refusals: [Parameters<typeof kernelLine>[1], RegExp][] = [
    [{ env: ['A="'] }, /variable A=": it has a double quote/],
    [{ env: ["A=\n"] }, /variable A=\n: it has a control character/],
    [{ env: [Uint8Array.of(0x41, 0x3d, 0)] }, /control character/],
    [{ env: ["A"] }, /variable A: it is not NAME=VALUE/],
    [{ env: ["=b"] }, /variable =b: it is not NAME=VALUE/],
    [{ env: ["a.b=c"] }, /variable a\.b=c: Linux drops names with a dot/],
    [{ command: ["/a b"] }, /program \/a b: it has a space/],
    [
      { command: [""] },
      /program : it has a space or is empty/,
    ],
    [{ args: ['say "hi"'] }, /argument say "hi": it has a double quote/],
    [
      { args: ["x".repeat(2040)] },
      /line of 2051 bytes.* longest item has 2042 bytes and begins with "xxx/,
    ],
  ];
  for (const [words, message] of refusals) {
    assert.throws(() => kernelLine(["quiet"], words), message);
  }
});

Deno.test("kernelLine() counts as Linux does", () => {
  const many = (n: number): string[] =>
    Array.from({ length: n }, (_, i) => `V${i}=`);
  kernelLine([], { env: many(30), args: many(31) });
  kernelLine([], { env: [...many(30), "HOME=/root", "TERM=dumb", "V1=x"] });
  assert.throws(() => kernelLine([], { env: many(31) }), /Cannot pass 33/);
  assert.throws(
    () => kernelLine([], { env: many(30), command: ["/bin/sh"] }),
    /Cannot pass 33 environment variables/,
  );
  assert.throws(() => kernelLine([], { args: many(32) }), /pass 32 arguments/);
});
