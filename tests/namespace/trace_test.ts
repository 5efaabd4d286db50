/** Tests of KRUN_INIT_TRACE: what a boot tells of itself, and when it was. */

import assert from "#assert";
import { join } from "node:path";
import type { BootEvent } from "../../stages/runner.ts";
import { firstInstruction } from "../../tools/bench/programs.ts";
import { changedImage } from "../fixtures/image.ts";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import { boot, bootScript, complaints } from "./guest.ts";

const root = await makeRoot({ busybox: true });
await Deno.copyFile(await firstInstruction(), join(root, "first"));

const onConsole = { env: ["KRUN_INIT_TRACE=1"] };
const inFile = { env: ["KRUN_INIT_TRACE=/tmp/trace"] };
const file = join(root, "tmp", "trace");

/** The events among a text's lines. */
function eventsOf(text: string): BootEvent[] {
  return text.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** Reads and removes the trace that a boot has left. */
async function takeFile(): Promise<string> {
  const text = await Deno.readTextFile(file);
  await Deno.remove(file);
  return text;
}

function marks(events: readonly BootEvent[]): string[] {
  return events.filter((event) => event.kind === "mark")
    .map(({ name }) => name);
}

/** Each event after the one before, from who started the init to the workload's own clock. */
function assertInOrder({ started, stderr, stdout }: Outcome): void {
  const stamps = eventsOf(stderr).map(({ time }) => time);
  const times = [started, ...stamps, Number(stdout)];
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  // Hand-over, exec and the workload's first instruction take their time.
  assert.equal(new Set(times.slice(-3)).size, 3);
}

const allMarks = ["launcher", "runtime", "pipeline", "handover", "exec"];

Deno.test("a traced boot tells of every moment in its order, up to the workload's exec", async () => {
  const outcome = await boot(root, { ...onConsole, args: ["/first"] });
  const events = eventsOf(outcome.stderr);
  assert.deepEqual(marks(events), allMarks);
  const stages = events.flatMap((event) =>
    "stage" in event ? [`${event.kind} ${event.stage}`] : []
  );
  assert.ok(
    stages.includes("start mounts") && stages.includes("done workload"),
  );
  assertInOrder(outcome);
});

Deno.test("a stamp that is too late is noticed", async () => {
  const init = await changedImage({
    file: "native/trace.c",
    from: "exec_time = boot_time();",
    // By a second: more than a busy machine needs for the exec.
    to: "exec_time = boot_time() + 1000000000;",
  });
  const outcome = await boot(root, { ...onConsole, init, args: ["/first"] });
  assert.deepEqual(marks(eventsOf(outcome.stderr)), allMarks);
  assert.throws(() => assertInOrder(outcome), assert.AssertionError);
});

Deno.test("a trace in a file is the same, and leaves the console alone", async () => {
  const outcome = await boot(root, { ...inFile, args: ["/first"] });
  assert.deepEqual(eventsOf(outcome.stderr), []);
  assert.deepEqual(complaints(outcome), []);
  const text = await takeFile();
  const events = eventsOf(text);
  assert.equal(events.length, text.trimEnd().split("\n").length);
  assert.deepEqual(marks(events), allMarks);
  const exec = events.at(-1)?.time ?? 0;
  assert.ok(Number(outcome.stdout) > exec && exec > outcome.started);
});

Deno.test("a boot that is not traced tells nothing", async () => {
  const { stderr, status } = await bootScript(root, "exit 7");
  assert.deepEqual(eventsOf(stderr), []);
  assert.equal(status, 7);
});

Deno.test("a workload without a program has no exec in the trace", async () => {
  const outcome = await boot(root, { ...onConsole, args: ["/missing"] });
  assert.equal(outcome.status, 127);
  assert.deepEqual(marks(eventsOf(outcome.stderr)), allMarks.slice(0, -1));
});

Deno.test("a boot that fails is traced up to its failure", async () => {
  const outcome = await bootScript(root, "exit 7", {
    env: ["KRUN_INIT_TRACE=/tmp/trace", "KRUN_WORKDIR=/missing"],
  });
  assert.equal(outcome.status, 125);
  const last = eventsOf(await takeFile()).at(-1);
  assert.ok(last?.kind === "fail" && last.stage === "chdir");
});

Deno.test("a trace that can't be written is told and costs nothing else", async () => {
  const outcome = await bootScript(root, "exit 7", {
    env: ["KRUN_INIT_TRACE=/missing/trace"],
  });
  assert.deepEqual(complaints(outcome), [
    'krun-init: trace: write("/missing/trace", 0 bytes): ENOENT',
  ]);
  assert.equal(outcome.status, 7);
});

// The last descriptor is the one by which the shell looks.
const onlyStandard = 'cd /proc/$$/fd; set -- *; [ "$*" = "0 1 2 3" ] && exit 7';

Deno.test("the workload sees nothing of the trace, and its limits do not cut it", async () => {
  const outcome = await bootScript(root, onlyStandard, {
    env: [...inFile.env, "KRUN_RLIMITS=FSIZE=0:0"],
  });
  assert.equal(outcome.status, 7);
  assert.deepEqual(complaints(outcome), []);
  assert.deepEqual(marks(eventsOf(await takeFile())), allMarks);
});

Deno.test("a workload in the place of PID 1 is traced too", async () => {
  const outcome = await bootScript(root, onlyStandard, {
    env: [...inFile.env, "KRUN_INIT_PID1=1"],
  });
  assert.equal(outcome.ended, "exit 7");
  assert.deepEqual(marks(eventsOf(await takeFile())), allMarks);
});
