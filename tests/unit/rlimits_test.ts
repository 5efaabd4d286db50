import assert from "#assert";
import fc from "fast-check";
import {
  type Limit,
  parseLimit,
  parseRlimits,
  unlimited,
} from "../../stages/formats/rlimits.ts";

const nofile = (soft: bigint, hard: bigint): Limit => ({
  resource: 7,
  soft,
  hard,
});

function limitsOf(text: string): readonly Limit[] {
  const { limits, problems } = parseRlimits(text);
  assert.deepEqual(problems, []);
  return limits;
}

function problemsOf(text: string): readonly string[] {
  const { limits, problems } = parseRlimits(text);
  assert.deepEqual(limits, []);
  return problems;
}

Deno.test("parseRlimits() takes both separators, and quotes anywhere outside", () => {
  const same = [
    "7=1024:4096",
    "7:1024:4096",
    "7=1024=4096",
    "7:1024=4096",
    '"7=1024:4096"',
    '""7=1024:4096"',
    '7=1024:4096"',
    "+7=+1024:+4096",
    "007=01024:4096",
  ];
  for (const text of same) {
    assert.deepEqual(limitsOf(text), [nofile(1024n, 4096n)]);
  }
});

Deno.test("parseRlimits() keeps the order of its items, duplicates included", () => {
  assert.deepEqual(limitsOf('7=1:2,"11=512:1024","7=3:4"'), [
    nofile(1n, 2n),
    { resource: 11, soft: 512n, hard: 1024n },
    nofile(3n, 4n),
  ]);
  assert.deepEqual(limitsOf('7=1:2,11=512:1024"'), [
    nofile(1n, 2n),
    { resource: 11, soft: 512n, hard: 1024n },
  ]);
});

Deno.test("parseRlimits() takes the largest numbers there are", () => {
  assert.deepEqual(
    limitsOf("4294967295=9007199254740993:18446744073709551615"),
    [{ resource: 4294967295, soft: 9007199254740993n, hard: unlimited }],
  );
  assert.equal(unlimited, 18446744073709551615n);
});

Deno.test("parseRlimits() takes unlimited and -1 as no limit", () => {
  for (const text of ["unlimited", "-1", "18446744073709551615"]) {
    assert.deepEqual(limitsOf(`7=${text}:${text}`), [
      nofile(unlimited, unlimited),
    ]);
    assert.deepEqual(limitsOf(`7=5:${text}`), [nofile(5n, unlimited)]);
  }
});

Deno.test("parseRlimits() knows every resource by its name", () => {
  // asm-generic/resource.h
  const resources = [
    ...["CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE"],
    ...["MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO"],
    "RTTIME",
  ];
  resources.forEach((name, resource) => {
    for (const text of [name, `RLIMIT_${name}`, name.toLowerCase()]) {
      assert.deepEqual(limitsOf(`${text}=1:2`), [{
        resource,
        soft: 1n,
        hard: 2n,
      }]);
    }
  });
});

Deno.test("parseRlimits() says of every item that it skips what is wrong", () => {
  const bad: Record<string, string> = {
    "7:1024": '"7:1024": not RESOURCE=SOFT:HARD',
    "7": '"7": not RESOURCE=SOFT:HARD',
    "x=1:2": '"x=1:2": unknown resource x',
    "=1:2": '"=1:2": unknown resource ',
    " 7=1:2": '" 7=1:2": unknown resource  7',
    "-7=1:2": '"-7=1:2": unknown resource -7',
    "4294967296=1:2": '"4294967296=1:2": unknown resource 4294967296',
    "RLIMIT_=1:2": '"RLIMIT_=1:2": unknown resource RLIMIT_',
    "RLIMIT_RLIMIT_CPU=1:2":
      '"RLIMIT_RLIMIT_CPU=1:2": unknown resource RLIMIT_RLIMIT_CPU',
    "7=1:2:3": '"7=1:2:3": bad hard limit 2:3',
    "7=1:": '"7=1:": bad hard limit ',
    "7=:1": '"7=:1": bad soft limit ',
    "7=a:1": '"7=a:1": bad soft limit a',
    "7=1:0x2": '"7=1:0x2": bad hard limit 0x2',
    "7=1: 2": '"7=1: 2": bad hard limit  2',
    "7=1:2\n": '"7=1:2\\n": bad hard limit 2\n',
    "7=-2:-1": '"7=-2:-1": bad soft limit -2',
    "7=++1:2": '"7=++1:2": bad soft limit ++1',
    "7=1:18446744073709551616":
      '"7=1:18446744073709551616": bad hard limit 18446744073709551616',
    "7=2:1": '"7=2:1": the soft limit is above the hard limit',
    "7=unlimited:1": '"7=unlimited:1": the soft limit is above the hard limit',
    "7=Unlimited:1": '"7=Unlimited:1": bad soft limit Unlimited',
  };
  for (const [item, problem] of Object.entries(bad)) {
    assert.deepEqual(problemsOf(item), [problem]);
  }
});

Deno.test("parseRlimits() finds nothing in nothing, and nothing good in empty items", () => {
  assert.deepEqual(problemsOf(""), []);
  assert.deepEqual(problemsOf('""'), []);
  assert.deepEqual(problemsOf(","), [
    '"": not RESOURCE=SOFT:HARD',
    '"": not RESOURCE=SOFT:HARD',
  ]);
});

/** An item and the limit that it stands for; undefined where it is bad. */
type Item = readonly [text: string, limit: Limit | undefined];

const goodItem: fc.Arbitrary<Item> = fc.tuple(
  fc.nat({ max: 20 }),
  fc.bigInt({ min: 0n, max: unlimited }),
  fc.bigInt({ min: 0n, max: unlimited }),
  fc.constantFrom("=", ":"),
  fc.constantFrom("=", ":"),
).map(([resource, a, b, first, second]) => {
  const [soft, hard] = a < b ? [a, b] : [b, a];
  return [
    `${resource}${first}${soft}${second}${hard}`,
    { resource, soft, hard },
  ];
});

const badItem: fc.Arbitrary<Item> = fc.oneof(
  fc.constantFrom("", "7", "7=1", "7=2:1", "7=1:2:3", "x=1:2", "7=0x1:2"),
  fc.string().filter((text) => !/[,"\d]/.test(text) && !text.includes("-1")),
).filter((text) => !text.includes("unlimited")).map((
  text,
) => [text, undefined]);

Deno.test("parseRlimits() gives the good items in their order, whatever stands between them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(goodItem, badItem), { minLength: 1 }),
      (items) => {
        const text = items.map(([item]) => item).join(",");
        fc.pre(text !== "");
        const { limits, problems } = parseRlimits(text);
        const good = items.map(([, limit]) => limit).filter((limit) => limit);
        assert.deepEqual(limits, good);
        assert.equal(problems.length, items.length - good.length);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("parseRlimits() never throws, and never gives what can't be a limit", () => {
  const piece = fc.constantFrom(...'0179=:,"+- xu', "unlimited", "NOFILE");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
      ),
      (text) => {
        for (const { resource, soft, hard } of parseRlimits(text).limits) {
          assert.ok(Number.isInteger(resource));
          assert.ok(resource >= 0 && resource <= 0xffff_ffff);
          assert.ok(soft >= 0n && soft <= hard && hard <= unlimited);
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("parseLimit() takes the runtime specification's entries", () => {
  const large = Number.MAX_SAFE_INTEGER;
  const values: readonly (readonly [number, bigint])[] = [
    [0, 0n],
    [1, 1n],
    [large, BigInt(large)],
    // JSON has no exact number for what is higher: it means no limit.
    [large + 1, unlimited],
    [18446744073709551615, unlimited],
    [-1, unlimited],
  ];
  for (const [value, bytes] of values) {
    assert.deepEqual(parseLimit("RLIMIT_NOFILE", 0, value), nofile(0n, bytes));
    assert.deepEqual(
      parseLimit("RLIMIT_NOFILE", value, value),
      nofile(bytes, bytes),
    );
  }
});

Deno.test("parseLimit() says what is wrong with an entry", () => {
  const wrong: readonly (readonly [unknown, unknown, unknown, string])[] = [
    ["NOFILE", 1, 2, 'unknown resource "NOFILE"'],
    ["RLIMIT_X", 1, 2, 'unknown resource "RLIMIT_X"'],
    [7, 1, 2, "unknown resource 7"],
    ["RLIMIT_NOFILE", "1", 2, 'bad soft limit "1"'],
    ["RLIMIT_NOFILE", 1.5, 2, "bad soft limit 1.5"],
    ["RLIMIT_NOFILE", -2, 2, "bad soft limit -2"],
    ["RLIMIT_NOFILE", null, 2, "bad soft limit null"],
    ["RLIMIT_NOFILE", 1, undefined, "bad hard limit undefined"],
    ["RLIMIT_NOFILE", 2, 1, "the soft limit is above the hard limit"],
    ["RLIMIT_NOFILE", -1, 1, "the soft limit is above the hard limit"],
  ];
  for (const [type, soft, hard, problem] of wrong) {
    assert.equal(parseLimit(type, soft, hard), problem);
  }
});

Deno.test("parseRlimits() takes FreeBSD's names, and its infinity for all above", () => {
  const text = "NOFILE=1:2,nproc=3:unlimited,RLIMIT_MEMLOCK=4:-1," +
    "8=9223372036854775806:9223372036854775807,KQUEUES=5:18446744073709551615";
  const infinity = 0x7fff_ffff_ffff_ffffn;
  assert.deepEqual(parseRlimits(text, "freebsd"), {
    limits: [
      { resource: 8, soft: 1n, hard: 2n },
      { resource: 7, soft: 3n, hard: infinity },
      { resource: 6, soft: 4n, hard: infinity },
      { resource: 8, soft: infinity - 1n, hard: infinity },
      { resource: 13, soft: 5n, hard: infinity },
    ],
    problems: [],
  });
  assert.deepEqual(parseRlimits("SIGPENDING=1:2", "freebsd").problems, [
    '"SIGPENDING=1:2": unknown resource SIGPENDING',
  ]);
});

Deno.test("parseLimit() takes FreeBSD's names", () => {
  assert.deepEqual(parseLimit("RLIMIT_SWAP", 1, -1, "freebsd"), {
    resource: 12,
    soft: 1n,
    hard: 0x7fff_ffff_ffff_ffffn,
  });
});
