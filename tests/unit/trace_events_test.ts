import assert from "#assert";
import { findEvents } from "../../tools/command_line/trace/events.ts";
import {
  gapBefore,
  slowest,
  type Timeline,
  timelineOf,
} from "../../tools/command_line/trace/timeline.ts";
import {
  done,
  mark,
  start,
  told,
  traceText,
  wholeBoot,
} from "./trace_helper.ts";

function timeline(text: string): Timeline {
  return timelineOf(findEvents(text, "t.log"), "t.log");
}

/** Each span as its name, its begin and length in ms, and how it ended. */
function summary({ spans, start }: Timeline): string[] {
  return spans.map((span) =>
    `${span.name} ${(span.start - start) / 1e6} ${
      (span.end - span.start) / 1e6
    } ${span.outcome}`
  );
}

const launcher = '{"kind":"mark","name":"launcher","time":1}';

Deno.test("findEvents() finds events among whatever a console shows", () => {
  const skip =
    '{"kind":"skip","stage":"a","message":"a \\"}\\" and {\\"kind\\":\\"","time":2}';
  const text = [
    "[    0.512] Run /init.krun as init process\r",
    `${launcher}\r`,
    "{ not an event }",
    `hello ${skip}[    2.1] random: crng init done${
      launcher.replace("1}", "3}")
    }\r`,
  ].join("\n");
  assert.deepEqual(findEvents(text, "t.log"), [
    { event: { kind: "mark", name: "launcher", time: 1 }, line: 2 },
    {
      event: {
        kind: "skip",
        stage: "a",
        message: 'a "}" and {"kind":"',
        time: 2,
      },
      line: 4,
    },
    { event: { kind: "mark", name: "launcher", time: 3 }, line: 4 },
  ]);
});

Deno.test("findEvents() names file and line of an event that is damaged", () => {
  const wrong = {
    '{"kind":"mark","name":"laun[ 1.2] random: crng':
      "An event is cut or mixed with others",
    '{"kind":"mark","name":"a","time":-}':
      "An event is cut or mixed with others",
    '{"kind":"mark","name":"a\tb","time":1}': "Not JSON: ",
    '{"kind":"mark","name":"a","time":1.5}':
      "The event's time is not a number of nanoseconds: 1.5",
    '{"kind":"mark","name":"a","time":-5}':
      "The event's time is not a number of nanoseconds: -5",
    '{"kind":"mark","name":"a"}':
      "The event's time is not a number of nanoseconds: undefined",
    '{"kind":"marks","name":"a","time":1}': "Unknown kind of event: marks",
    '{"kind":"toString","name":"a","time":1}':
      "Unknown kind of event: toString",
    '{"kind":"mark","stage":"a","time":1}': "The event has no name",
    '{"kind":"warn","stage":"a","message":1,"time":1}':
      "The event has no message",
  };
  for (const [line, reason] of Object.entries(wrong)) {
    assert.throws(
      () => findEvents(`${launcher}\n\n${line}\n`, "t.log"),
      (error: Error) => error.message.startsWith(`t.log:3: ${reason}`),
      line,
    );
  }
});

Deno.test("findEvents() says how a file without events would have some", () => {
  for (const text of ["", "[    1.0] Linux\n", "{}\n"]) {
    assert.throws(() => findEvents(text, "t.log"), {
      message:
        "t.log: There is no event in it; a boot writes them with KRUN_INIT_TRACE=1",
    });
  }
});

Deno.test("timelineOf() gives every part of a boot its time", () => {
  const boot = timeline(wholeBoot);
  assert.deepEqual(summary(boot), [
    "launcher 0 2 done",
    "runtime 2 25 done",
    "blockRoot 28 0 skipped",
    "mounts 28 2 done",
    "network 33 4 done",
    "hand-over 38 2 done",
  ]);
  const { spans } = boot;
  assert.deepEqual(spans.map((_, n) => gapBefore(spans, n) / 1e6), [
    0,
    0,
    1,
    0,
    3,
    1,
  ]);
  assert.deepEqual([boot.start, boot.end], [2_000_000_000, 2_040_000_000]);
  assert.equal(boot.complete, true);
  assert.equal(slowest(spans)?.name, "runtime");
  assert.equal(slowest(spans, "stage")?.name, "network");
  const mounts = spans[3];
  assert.deepEqual(mounts?.messages, ['mount("cgroup2"): EPERM']);
  assert.deepEqual(spans.filter((span) => span.warned), [mounts]);
});

Deno.test("timelineOf() takes the last boot of several", () => {
  const second = wholeBoot.replaceAll('"time":2', '"time":7');
  assert.equal(timeline(wholeBoot + second).start, 7_000_000_000);
  // A guest's clock begins anew.
  assert.equal(timeline(second + wholeBoot).start, 2_000_000_000);
});

Deno.test("timelineOf() shows a boot that failed up to its failure", () => {
  const boot = timeline(traceText([
    [0, mark("launcher")],
    [2, mark("runtime")],
    [20, mark("pipeline")],
    [1, start("chdir")],
    [1, told("warn", "chdir", "hm")],
    [1, told("fail", "chdir", 'chdir("/x"): ENOENT')],
  ]));
  assert.deepEqual(summary(boot), [
    "launcher 0 2 done",
    "runtime 2 20 done",
    "chdir 23 2 failed",
  ]);
  assert.equal(boot.complete, false);
  assert.deepEqual(boot.spans[2]?.messages, ["hm", 'chdir("/x"): ENOENT']);
});

Deno.test("timelineOf() leaves open what the trace does not see the end of", () => {
  const lines = wholeBoot.trimEnd().split("\n");
  const cut = (count: number): string[] =>
    summary(timeline(lines.slice(0, count).join("\n")));
  assert.deepEqual(cut(1), ["launcher 0 0 open"]);
  assert.deepEqual(cut(2), ["launcher 0 2 done", "runtime 2 0 open"]);
  assert.deepEqual(cut(9).at(-1), "network 33 0.25 open");
  assert.deepEqual(cut(11).at(-1), "hand-over 38 0 open");
});

Deno.test("timelineOf() refuses events that are not those of a boot", () => {
  const wrong: Record<string, string> = {
    "t.log:1: The boot's beginning is missing: no event is the launcher's mark":
      traceText([[0, start("a")]]),
    "t.log:2: Time goes back, from 2000000000 to 1999000000 ns": traceText([
      [0, mark("launcher")],
      [-1, mark("runtime")],
    ]),
    "t.log:3: The stage a has not ended": traceText([
      [0, mark("launcher")],
      [1, start("a")],
      [1, start("b")],
    ]),
    "t.log:3: The stage a has not ended ": traceText([
      [0, mark("launcher")],
      [1, start("a")],
      [1, done("b")],
    ]),
    "t.log: a begins before runtime has ended": traceText([
      [0, mark("launcher")],
      [1, mark("runtime")],
      [1, start("a")],
      [1, mark("pipeline")],
    ]),
    "t.log:2: The stage b has not begun": traceText([
      [0, mark("launcher")],
      [1, done("b")],
    ]),
  };
  for (const [message, text] of Object.entries(wrong)) {
    assert.throws(() => timeline(text), { message: message.trimEnd() });
  }
});
