import assert from "#assert";
import fc from "fast-check";
import { encodeBytes } from "../../ffi/bytes.ts";
import { readStartRecord } from "../../stages/formats/start_record.ts";
import { kernelText } from "./arbitraries.ts";

/** A record of these words, as native/launcher.c writes it. */
function record(...words: readonly string[]): Uint8Array {
  return encodeBytes(words.map((word) => `${word}\0`).join(""));
}

const boot = [
  ...["started=1234567890123", "runtime=1234567890456"],
  ...["root=7", "handover=9"],
];

Deno.test("readStartRecord() reads what the launcher of a boot writes", () => {
  const bytes = record(
    ...boot,
    "arguments=3",
    ...["/init.krun", "-c", ""],
    ...["HOME=/", "A=b=c"],
  );
  assert.deepEqual(readStartRecord(bytes), {
    started: 1_234_567_890_123,
    runtime: 1_234_567_890_456,
    root: 7,
    handover: 9,
    args: ["/init.krun", "-c", ""],
    environment: ["HOME=/", "A=b=c"],
  });
});

Deno.test("readStartRecord() reads what the launcher of a command writes", () => {
  const bytes = record(
    ...["started=5", "runtime=6", "arguments=1", "krun-init"],
  );
  assert.deepEqual(readStartRecord(bytes), {
    started: 5,
    runtime: 6,
    args: ["krun-init"],
    environment: [],
  });
});

Deno.test("readStartRecord() takes words for facts only before arguments=N", () => {
  const { root, args, environment } = readStartRecord(
    record("arguments=1", "root=5", "handover=6"),
  );
  assert.equal(root, undefined);
  assert.deepEqual(args, ["root=5"]);
  assert.deepEqual(environment, ["handover=6"]);
});

Deno.test("readStartRecord() takes nothing for a boot that does not say so", () => {
  assert.deepEqual(readStartRecord(record("arguments=0")), {
    started: 0,
    runtime: 0,
    args: [],
    environment: [],
  });
});

Deno.test("readStartRecord() gives back any arguments and environment, byte for byte", () => {
  fc.assert(
    fc.property(
      fc.array(kernelText),
      fc.array(kernelText),
      (args, environment) => {
        const start = readStartRecord(
          record(...boot, `arguments=${args.length}`, ...args, ...environment),
        );
        assert.deepEqual(start.args, args);
        assert.deepEqual(start.environment, environment);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("readStartRecord() refuses what is no start record", () => {
  const malformed: Record<string, Uint8Array> = {
    "word 1 is undefined": new Uint8Array(),
    "word 2 is undefined": record("root=1"),
    "word 1 is /init.krun": record("/init.krun"),
    "word 1 is root=": record("root="),
    "word 1 is root=-1": record("root=-1"),
    "word 1 is root=1 ": record("root=1 "),
    "word 1 is root=0x1": record("root=0x1"),
    "word 2 is started=x": record("root=1", "started=x", "arguments=0"),
  };
  for (const [reason, bytes] of Object.entries(malformed)) {
    assert.throws(() => readStartRecord(bytes), {
      message: `Not a start record: ${reason}`,
    });
  }
});

Deno.test("readStartRecord() refuses a record that is cut short", () => {
  for (const text of ["root=1\0arguments=0", "arguments=2\0a\0", "a"]) {
    assert.throws(() => readStartRecord(encodeBytes(text)), {
      message: "Not a start record: cut short",
    });
  }
  const bytes = record(...boot, "arguments=2", "/init.krun", "-c");
  for (let size = 0; size < bytes.length; size++) {
    assert.throws(
      () => readStartRecord(bytes.subarray(0, size)),
      /^Error: Not a start record: /,
    );
  }
});
