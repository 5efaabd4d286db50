import assert from "#assert";
import fc from "fast-check";
import { encodeBytes } from "../../ffi/bytes.ts";
import {
  decodeHandover,
  encodeHandover,
  type Handover,
  newHandover,
} from "../../stages/formats/handover_record.ts";
import { capabilitySets } from "../../stages/formats/capabilities.ts";
import { compile, type Recipe } from "../fixtures/compile.ts";
import { kernelText } from "./arbitraries.ts";

/** A hand-over as the C program prints it: see the head of handover_dump.c. */
type Dump = Record<string, unknown>;

/** The C program, with sanitizers where this machine has them. */
const program = await compileDump();

function compileDump(): Promise<string> {
  const recipe: Recipe = {
    name: "handover_dump",
    sources: ["handover_dump.c", "../../native/handover_record.c"],
  };
  const sanitized = {
    ...recipe,
    name: "handover_dump_sanitized",
    flags: ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"],
  };
  return compile(sanitized).catch(() => compile(recipe));
}

/** What the supervisor's reader says of each record; null: it refuses it. */
async function read(records: readonly Uint8Array[]): Promise<(Dump | null)[]> {
  const child = new Deno.Command(program, {
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(framed(records));
  await writer.close();
  const { code, stdout, stderr } = await output;
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.equal(lines.length, records.length);
  return lines.map((line) => JSON.parse(line));
}

function framed(records: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const sizes = records.map((record) => record.length + 4);
  const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(all.buffer);
  let at = 0;
  for (const record of records) {
    view.setUint32(at, record.length, true);
    all.set(record, at + 4);
    at += record.length + 4;
  }
  return all;
}

function hex(text: string): string {
  return encodeBytes(text).toHex();
}

/** What the C program is to print of a hand-over. */
function dumpOf(handover: Handover): Dump {
  const { identity, ioPriority, scheduler } = handover;
  return {
    replacePid1: handover.replacePid1,
    newSession: handover.newSession,
    identity: identity !== undefined,
    noNewPrivs: handover.noNewPrivs,
    guest: handover.guest,
    hasCapabilities: handover.capabilities !== undefined,
    hasOom: handover.oomScoreAdj !== undefined,
    standard: handover.standard,
    uid: identity?.uid ?? 0,
    gid: identity?.gid ?? 0,
    umask: handover.umask,
    stopTimeout: handover.stopTimeout,
    clock: handover.clock,
    trace: handover.trace,
    root: handover.root,
    console: handover.console,
    stopSignal: handover.stopSignal,
    signalGroup: handover.signalGroup,
    terminal: handover.terminal !== undefined,
    rows: handover.terminal?.rows ?? 0,
    columns: handover.terminal?.columns ?? 0,
    oomScoreAdj: handover.oomScoreAdj ?? 0,
    ioPriority: ioPriority ? ioPriority.class * 0x2000 + ioPriority.level : 0,
    scheduler: scheduler
      ? [
        ...[56, scheduler.policy, `${scheduler.flags}`, scheduler.nice],
        ...[scheduler.priority, `${scheduler.runtime}`],
        ...[`${scheduler.deadline}`, `${scheduler.period}`, 0, 0],
      ]
      : [0, 0, "0", 0, 0, "0", "0", "0", 0, 0],
    capabilities: capabilitySets.map((name) =>
      `${handover.capabilities?.[name] ?? 0n}`
    ),
    limits: handover.limits.map(({ resource, soft, hard }) => [
      resource,
      `${soft}`,
      `${hard}`,
    ]),
    groups: [...identity?.groups ?? []],
    cwd: hex(handover.cwd),
    args: handover.args.map(hex),
    environment: handover.environment.map(hex),
  };
}

/** A hand-over in which every field says something else. */
const full: Handover = {
  args: ["/bin/sh", "", "ä\udcff\u{1f480}"],
  environment: ["HOME=/", "", "A=b=c"],
  cwd: "/srv",
  standard: [3, -1, 2147483647],
  limits: [
    { resource: 7, soft: 1024n, hard: 4096n },
    { resource: 4294967295, soft: 0n, hard: 0xffff_ffff_ffff_ffffn },
  ],
  identity: { uid: 1000, gid: 4294967294, groups: [10, 4294967295, 0] },
  umask: 0o077,
  noNewPrivs: true,
  capabilities: {
    ...{ bounding: 0xffff_ffff_ffff_ffffn, effective: 1n, inheritable: 2n },
    ...{ permitted: 3n, ambient: 1n << 40n },
  },
  oomScoreAdj: -1000,
  ioPriority: { class: 3, level: 7 },
  scheduler: {
    ...{ policy: 6, flags: 0x7f, nice: -20, priority: 99, runtime: 1 },
    ...{ deadline: Number.MAX_SAFE_INTEGER, period: 2 ** 33 },
  },
  newSession: false,
  replacePid1: false,
  guest: true,
  clock: 5,
  trace: 6,
  root: 7,
  console: 8,
  stopSignal: 64,
  signalGroup: true,
  terminal: { rows: 24, columns: 80 },
  stopTimeout: 90,
};

const small: Handover = { ...newHandover(), args: ["a"] };

const handovers: fc.Arbitrary<Handover> = fc.record({
  args: fc.array(kernelText, { minLength: 1, maxLength: 5 }),
  environment: fc.array(kernelText, { maxLength: 5 }),
  cwd: kernelText,
  standard: fc.tuple(descriptor(), descriptor(), descriptor()),
  limits: fc.array(
    fc.record({
      resource: number(),
      soft: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
      hard: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
    }),
    { maxLength: 4 },
  ),
  identity: fc.option(
    fc.record({
      uid: number(),
      gid: number(),
      groups: fc.array(number(), { maxLength: 5 }),
    }),
    { nil: undefined },
  ),
  umask: fc.nat(0o777),
  noNewPrivs: fc.boolean(),
  capabilities: fc.option(
    fc.record({
      ...{ bounding: set(), effective: set(), inheritable: set() },
      ...{ permitted: set(), ambient: set() },
    }),
    { nil: undefined },
  ),
  oomScoreAdj: fc.option(fc.integer({ min: -1000, max: 1000 }), {
    nil: undefined,
  }),
  ioPriority: fc.option(
    fc.record({
      class: fc.integer({ min: 1, max: 3 }),
      level: fc.integer({ min: 0, max: 7 }),
    }),
    { nil: undefined },
  ),
  scheduler: fc.option(
    fc.record({
      policy: fc.nat(6),
      flags: fc.nat(0x7f),
      nice: fc.integer({ min: -20, max: 19 }),
      priority: fc.nat(99),
      ...{ runtime: time(), deadline: time(), period: time() },
    }),
    { nil: undefined },
  ),
  newSession: fc.boolean(),
  replacePid1: fc.boolean(),
  guest: fc.boolean(),
  clock: descriptor(),
  trace: descriptor(),
  root: descriptor(),
  console: descriptor(),
  stopSignal: fc.integer({ min: 1, max: 64 }),
  signalGroup: fc.boolean(),
  terminal: fc.option(fc.record({ rows: number(), columns: number() }), {
    nil: undefined,
  }),
  stopTimeout: number(),
});

function descriptor(): fc.Arbitrary<number> {
  return fc.integer({ min: -1, max: 0x7fff_ffff });
}

function set(): fc.Arbitrary<bigint> {
  return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
}

function time(): fc.Arbitrary<number> {
  return fc.maxSafeNat();
}

function number(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 0xffff_ffff });
}

/** A record with other numbers at its front, by their place in the header. */
function patched(
  record: Uint8Array,
  words: Readonly<Record<number, number>>,
): Uint8Array {
  const copy = record.slice();
  const view = new DataView(copy.buffer);
  for (const [n, value] of Object.entries(words)) {
    view.setUint32(Number(n) * 4, value, true);
  }
  return copy;
}

/** The header's fields by their place (native/handover_record.h). */
const Word = {
  magic: 0,
  version: 1,
  size: 2,
  limits: 11,
  groups: 12,
  arguments: 13,
  environment: 14,
} as const;

Deno.test("newHandover() asks for what a plain init would do", () => {
  assert.deepEqual(newHandover(), {
    args: [],
    environment: [],
    cwd: "/",
    standard: [-1, -1, -1],
    limits: [],
    identity: undefined,
    umask: 0o022,
    noNewPrivs: false,
    capabilities: undefined,
    oomScoreAdj: undefined,
    ioPriority: undefined,
    scheduler: undefined,
    newSession: false,
    replacePid1: false,
    guest: false,
    clock: -1,
    trace: -1,
    root: -1,
    console: -1,
    stopSignal: 15,
    signalGroup: false,
    terminal: undefined,
    stopTimeout: 10,
  });
});

Deno.test("encodeHandover() writes the bytes that native/handover_record.h declares", () => {
  const record = encodeHandover({
    ...newHandover(),
    args: ["/a"],
    environment: ["B=1"],
    standard: [-1, 4, 5],
    limits: [{ resource: 7, soft: 0x0102030405060708n, hard: 2n }],
    identity: { uid: 1, gid: 2, groups: [3] },
    stopTimeout: 10,
    newSession: true,
  });
  assert.equal(
    record.toHex(),
    [
      "4b52484f" + "06000000" + "e5000000" + "06000000",
      "ffffffff" + "04000000" + "05000000",
      "01000000" + "02000000" + "12000000",
      "0a000000",
      "01000000" + "01000000" + "01000000" + "01000000",
      "ffffffff" + "ffffffff" + "ffffffff" + "ffffffff",
      "0f000000" + "00000000" + "00000000",
      "00000000" + "00000000",
      "0000000000000000".repeat(5),
      "0000000000000000".repeat(7),
      "07000000" + "00000000" + "0807060504030201" + "0200000000000000",
      "03000000",
      "2f00" + "2f6100" + "423d3100",
    ].join(""),
  );
});

Deno.test("encodeHandover() gives every flag a bit of its own", () => {
  const flagsOf = (handover: Partial<Handover>): number =>
    new DataView(encodeHandover({ ...small, ...handover }).buffer)
      .getUint32(12, true);
  assert.equal(flagsOf({}), 0);
  assert.equal(flagsOf({ replacePid1: true }), 1);
  assert.equal(flagsOf({ newSession: true }), 2);
  assert.equal(flagsOf({ identity: { uid: 0, gid: 0, groups: [] } }), 4);
  assert.equal(flagsOf({ noNewPrivs: true }), 8);
  assert.equal(flagsOf({ guest: true }), 16);
  assert.equal(flagsOf({ signalGroup: true }), 32);
  assert.equal(flagsOf({ terminal: { rows: 0, columns: 0 } }), 64);
  const { capabilities } = full;
  assert.equal(flagsOf({ capabilities }), 128);
  assert.equal(flagsOf({ oomScoreAdj: 0 }), 256);
});

Deno.test("encodeHandover() refuses a string with a NUL in it, and an empty argv", () => {
  for (
    const part of [{ cwd: "/\0" }, { args: ["a\0"] }, {
      environment: ["A=\0"],
    }]
  ) {
    assert.throws(
      () => encodeHandover({ ...small, ...part }),
      /^Error: A string with a NUL in it: "/,
    );
  }
  assert.throws(() => encodeHandover(newHandover()), {
    message: "The workload has no command",
  });
});

Deno.test("the supervisor reads what encodeHandover() writes", async () => {
  const samples = [full, small, ...fc.sample(handovers, 200)];
  const dumps = await read(samples.map((handover) => encodeHandover(handover)));
  samples.forEach((handover, n) => {
    assert.deepEqual(dumps[n], dumpOf(handover));
  });
});

Deno.test("the supervisor refuses every record that is cut short or too long", async () => {
  for (const handover of [full, small]) {
    const record = encodeHandover(handover);
    const cut = Array.from(record, (_, size) => record.slice(0, size));
    // A record that is cut short where the header says nothing of it.
    const adjusted = cut.filter(({ length }) => length >= 88)
      .map((bytes) => patched(bytes, { [Word.size]: bytes.length }));
    const longer = new Uint8Array([...record, 0]);
    const wrong = [
      ...cut,
      ...adjusted,
      longer,
      patched(longer, { [Word.size]: longer.length }),
    ];
    const dumps = await read(wrong);
    assert.deepEqual(dumps, dumps.map(() => null));
  }
});

Deno.test("the supervisor refuses another magic, version, size, and counts that do not fit", async () => {
  const record = encodeHandover(full);
  const { limits, groups, args, environment } = {
    limits: full.limits.length,
    groups: full.identity?.groups.length ?? 0,
    args: full.args.length,
    environment: full.environment.length,
  };
  const wrong = [
    { [Word.magic]: 0x4f48524c },
    { [Word.version]: 0 },
    { [Word.version]: 1 },
    { [Word.size]: record.length - 1 },
    { [Word.size]: record.length + 1 },
    { [Word.arguments]: 0 },
    { [Word.arguments]: 0, [Word.environment]: args + environment },
    { [Word.arguments]: args + 1 },
    { [Word.environment]: environment - 1 },
    { [Word.environment]: environment + 1 },
    { [Word.limits]: limits + 100 },
    { [Word.limits]: 0xffff_ffff },
    { [Word.groups]: 0xffff_ffff },
    { [Word.limits]: 0xffff_ffff, [Word.groups]: 0xffff_ffff },
    // 2^32 bytes of groups, and 2^32 of limits and groups.
    { [Word.groups]: 0x4000_0000 },
    { [Word.limits]: 0x0aaa_aaaa, [Word.groups]: 4 },
    { [Word.groups]: groups + 1000 },
  ];
  const dumps = await read(wrong.map((words) => patched(record, words)));
  assert.deepEqual(dumps, dumps.map(() => null));
  // Strings may move from the one list to the other.
  const [moved] = await read([
    patched(record, {
      [Word.arguments]: args + 1,
      [Word.environment]: environment - 1,
    }),
  ]);
  assert.deepEqual(moved?.args, [...full.args, "HOME=/"].map(hex));
});

Deno.test("the supervisor reads no byte beyond a record with any one byte changed", async () => {
  const record = encodeHandover({
    ...full,
    args: ["/a", ""],
    environment: ["B=1"],
    limits: full.limits.slice(1),
    identity: { uid: 1, gid: 2, groups: [3] },
  });
  // The reader counts as far as these say, which takes it seconds.
  const slow = [Word.arguments, Word.environment].flatMap((word) => [
    word * 4 + 2,
    word * 4 + 3,
  ]);
  const mutants: Uint8Array[] = [];
  record.forEach((byte, at) => {
    for (let value = 0; value < 256; value++) {
      if (value === byte || (slow.includes(at) && value > 1)) continue;
      const mutant = record.slice();
      mutant[at] = value;
      mutants.push(mutant);
    }
  });
  const dumps = await read(mutants);
  // Some are fine: another descriptor, another letter.
  const taken = dumps.filter((dump) => dump !== null).length;
  assert.ok(taken > 0 && taken < mutants.length);
});

Deno.test("decodeHandover() gives back what was encoded", () => {
  fc.assert(
    fc.property(handovers, (handover) => {
      const decoded = decodeHandover(encodeHandover(handover));
      // Those of fast-check have no prototype.
      assert.deepEqual(decoded, structuredClone(handover));
    }),
  );
});

Deno.test("decodeHandover() refuses what is no record, or one cut short", () => {
  const record = encodeHandover(full);
  for (
    const bytes of [
      patched(record, { 0: 0 }),
      patched(record, { 1: 99 }),
      record.subarray(0, record.length - 1),
      record.subarray(0, 2),
      new Uint8Array(),
    ]
  ) {
    assert.throws(() => decodeHandover(bytes), /^Error: Not a hand-over/);
  }
});
