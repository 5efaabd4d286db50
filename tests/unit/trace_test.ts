import assert from "#assert";
import { chartOf } from "../../tools/command_line/trace/chart.ts";
import { findEvents } from "../../tools/command_line/trace/events.ts";
import { tickStep } from "../../tools/command_line/trace/panel.ts";
import { tableOf } from "../../tools/command_line/trace/table.ts";
import {
  type Timeline,
  timelineOf,
} from "../../tools/command_line/trace/timeline.ts";
import { run } from "./command_line_helper.ts";
import { outside, overlaps, readSvg } from "./svg_helper.ts";
import {
  manyStages,
  mark,
  start,
  told,
  traceText,
  wholeBoot,
} from "./trace_helper.ts";

function timeline(text: string): Timeline {
  return timelineOf(findEvents(text, "t.log"), "t.log");
}

const failedBoot = traceText([
  [0, mark("launcher")],
  [2, mark("runtime")],
  [20, mark("pipeline")],
  [1, start("chdir")],
  [1, told("warn", "chdir", "a\u001b[31m & <b>\ud800")],
  [1, told("fail", "chdir", 'chdir("/x"): ENOENT')],
]);

Deno.test("tableOf() aligns every part of a boot, and names the slowest", () => {
  assert.equal(
    tableOf(timeline(wholeBoot)),
    `From launcher to workload in 40.00 ms

              start ms  took ms    share
launcher          0.00     2.00    5.0 %
runtime           2.00    25.00   62.5 %
mounts           28.00     2.00    5.0 %  warning: mount("cgroup2"): EPERM
network          33.00     4.00   10.0 %  slowest stage
hand-over        38.00     2.00    5.0 %
between them               5.00   12.5 %
together                  40.00  100.0 %

Slowest: runtime, 25.00 ms (62.5 %). Slowest stage: network, 4.00 ms (10.0 %)
Skipped: blockRoot (KRUN_BLOCK_ROOT_DEVICE is not set)
The launcher began at 2000.00 ms of CLOCK_BOOTTIME
`,
  );
});

Deno.test("tableOf() shows where and why a boot failed, without control characters", () => {
  const lines = tableOf(timeline(failedBoot)).split("\n");
  assert.equal(
    lines[0],
    'The boot failed after 25.00 ms, in chdir: chdir("/x"): ENOENT',
  );
  assert.deepEqual(lines.slice(5, 8), [
    "chdir            23.00     2.00    8.0 %  slowest stage",
    "                                          warning: a\ufffd[31m & <b>\ud800",
    '                                          failed: chdir("/x"): ENOENT',
  ]);
});

Deno.test("tableOf() says that a trace is cut, also where no time has passed", () => {
  const [first = ""] = wholeBoot.split("\n");
  const text = tableOf(timeline(first));
  assert.match(
    text,
    /^The trace ends after 0\.00 ms, without the workload's start\n/,
  );
  assert.match(text, /^launcher +0\.00 +0\.00 +0\.0 % +its end is missing$/m);
});

for (
  const [what, text, rows] of [
    ["a boot", wholeBoot, 6],
    ["10 stages", manyStages(10), 13],
    ["40 stages", manyStages(40), 43],
    ["a boot that failed", failedBoot, 3],
    ["a trace of one event", wholeBoot.split("\n")[0] ?? "", 1],
    [
      "hours",
      traceText([[0, mark("launcher")], [1e6, mark("runtime")], [
        1e7,
        mark("pipeline"),
      ]]),
      2,
    ],
  ] as const
) {
  Deno.test(`chartOf() draws ${what} with nothing overlapping or cut off`, () => {
    const boot = timeline(text);
    assert.equal(boot.spans.length, rows);
    const svg = chartOf(boot);
    const picture = readSvg(svg);
    assert.equal(picture.width, 1000);
    assert.ok(picture.height <= 1250, `${picture.height} pixels`);
    assert.deepEqual(outside(picture), []);
    const bars = picture.shapes.filter(({ name }) => name !== "background");
    assert.deepEqual(overlaps(picture.texts), []);
    assert.deepEqual(overlaps(bars), []);
    assert.deepEqual(
      overlaps([...picture.texts, ...bars]).filter((pair) =>
        !/^[\d.]+ ms \| gap$/.test(pair)
      ),
      [],
    );
    for (const { name } of boot.spans) {
      const shown = name.slice(0, 17);
      assert.ok(
        picture.texts.some((text) => text.name.includes(shown)),
        name,
      );
    }
  });
}

Deno.test("the look at a chart finds what overlaps, sticks out or is no XML", () => {
  const svg = chartOf(timeline(wholeBoot));
  const moved = readSvg(svg.replace(/(>runtime<[^]*?) x="884"/, '$1 x="960"'));
  assert.deepEqual(overlaps(moved.texts), ["25.00 | 62.5 %"]);
  const narrow = readSvg(svg.replace("0 0 1000", "0 0 960"));
  assert.ok(outside(narrow).includes("62.5 %"));
  for (const [from, to] of [["</g>", ""], ["&quot;", '"<'], ["&quot;", "&"]]) {
    assert.throws(() => readSvg(svg.replace(from as string, to as string)));
  }
});

Deno.test("chartOf() draws bars to scale, gaps, and the slowest stage apart", () => {
  const { shapes } = readSvg(chartOf(timeline(wholeBoot)));
  const widths = (name: string): number[] =>
    shapes.filter((shape) => shape.name === name && shape.top > 110)
      .map(({ left, right }) => Math.round(right - left));
  // 596 pixels are 40 ms above, and the stages' 9 ms below.
  assert.deepEqual(widths("native"), [30, 30]);
  assert.deepEqual(widths("runtime"), [372]);
  assert.deepEqual(widths("stage"), [134, 132]);
  assert.deepEqual(widths("slowest"), [265]);
  assert.deepEqual(widths("gap"), [14, 14, 198]);
});

Deno.test("chartOf() is a document of its own, for light and dark screens", () => {
  const svg = chartOf(timeline(failedBoot));
  assert.doesNotMatch(svg, /(?:href|src|url\(|@import|<script)/);
  assert.deepEqual(svg.match(/https?:[^"]*/g), ["http://www.w3.org/2000/svg"]);
  const [light = "", dark = ""] = svg.split(
    "@media(prefers-color-scheme:dark)",
  );
  const colours = (text: string): string[] =>
    [...text.matchAll(/\.(\w+)\{(?:fill|stroke):#/g)].map(([, name = ""]) =>
      name
    );
  assert.ok(colours(light).length > 10);
  assert.deepEqual(colours(dark), colours(light));
  assert.match(svg, /a\ufffd\[31m &amp; &lt;b&gt;\ufffd/);
});

Deno.test("tickStep() gives at most seven ticks, each of a round number", () => {
  for (let whole = 1; whole < 1e15; whole *= 1.37) {
    const ticks = whole / tickStep(whole);
    assert.ok(
      whole < 10 || (ticks >= 2 && ticks <= 6.01),
      `${whole}: ${ticks}`,
    );
  }
  assert.equal(tickStep(40_000_000), 10_000_000);
  assert.equal(tickStep(9_000_000), 2_000_000);
});

Deno.test("krun-init trace shows a file as a table, and draws it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-trace-" });
  const file = `${folder}/console.log`;
  const svg = `${folder}/boot.svg`;
  try {
    const console = new Uint8Array([
      ...[0xff, 0x0a],
      ...new TextEncoder().encode(wholeBoot.replaceAll("\n", "\r\n")),
    ]);
    await Deno.writeFile(file, console);
    const { status, stdout, stderr } = await run(["trace", file, "--svg", svg]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(stdout, tableOf(timeline(wholeBoot)));
    assert.equal(await Deno.readTextFile(svg), chartOf(timeline(wholeBoot)));

    await Deno.writeTextFile(file, 'hello\n{"kind":"mark"}\n');
    assert.deepEqual(await run(["trace", file]), {
      status: 2,
      stdout: "",
      stderr:
        `krun-init: trace: ${file}:2: The event's time is not a number of nanoseconds: undefined\n`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("krun-init trace says what is wrong with a call", async () => {
  for (
    const [args, reason] of [
      [[], "No FILE is named"],
      [["a", "b"], "One FILE at a time, so not b"],
      [["--png", "a"], "Unknown option '--png'"],
      [["a", "--svg"], "Option '--svg <value>' argument missing"],
      [["/missing/t.log"], "No such file or directory"],
    ] as const
  ) {
    const { status, stdout, stderr } = await run(["trace", ...args]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.ok(stderr.startsWith(`krun-init: trace: ${reason}`), stderr);
  }
});
