import assert from "#assert";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { console } from "../../stages/console.ts";
import {
  freebsdGuest,
  runStage,
  type StageOptions,
  type StageRun,
} from "./stage_helper.ts";

const open = 'open("/dev/console")';

/** Runs the stage where files get the next of these descriptors. */
function runWith(
  descriptors: readonly number[],
  options: StageOptions = {},
): StageRun & { readonly flags: readonly unknown[] } {
  const rest = [...descriptors];
  const flags: unknown[] = [];
  const next = (): number => rest.shift() ?? 99;
  const run = runStage(console, {
    ...options,
    facts: freebsdGuest,
    answers: {
      open(path, ways) {
        flags.push([path, ways]);
        return next();
      },
      openAppending: next,
    },
  });
  return { ...run, flags };
}

/** What login_tty(3) does with an open terminal. */
const login = (descriptor: number): string[] => [
  'revoke("/dev/console")',
  open,
  `fcntl(${descriptor}, blocking)`,
  "setsid()",
  `ioctl(${descriptor}, TIOCSCTTY)`,
  ...[0, 1, 2].map((standard) => `dup2(${descriptor}, ${standard})`),
];

Deno.test("console makes /dev/console the terminal, and all three standard files", () => {
  const { calls, events, flags, handover } = runWith([5]);
  assert.deepEqual(calls, [...login(5), "close(5)"]);
  assert.deepEqual(events, ["start", "done"]);
  // O_RDWR | O_NONBLOCK, by FreeBSD's numbers.
  assert.deepEqual(flags, [["/dev/console", 2 | 4]]);
  assert.deepEqual(handover, newHandover());
});

Deno.test("console keeps a descriptor that is a standard one itself", () => {
  for (const descriptor of [0, 1, 2]) {
    assert.deepEqual(runWith([descriptor]).calls, login(descriptor));
  }
});

Deno.test("console says nothing where PID 1 leads a session already", () => {
  const { calls, events } = runWith([5], { failures: { "setsid()": "EPERM" } });
  assert.deepEqual(calls, [...login(5), "close(5)"]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("console reads nothing and writes to the log where there is no terminal", () => {
  const failures = { [open]: "ENXIO" };
  const { calls, events } = runWith([5, 6], { failures });
  assert.deepEqual(calls, [
    'revoke("/dev/console")',
    open,
    "setsid()",
    'open("/dev/null")',
    "dup2(5, 0)",
    "close(5)",
    'open("/init.log", append)',
    "dup2(6, 1)",
    "close(6)",
    "dup2(1, 2)",
  ]);
  assert.deepEqual(events, [
    "start",
    `warn: ${open}: ENXIO (going on without that step)`,
    "done",
  ]);
});

Deno.test("console keeps what gets the right descriptor at once, for want of another", () => {
  const { calls, flags } = runWith([0, 1], { failures: { [open]: "ENXIO" } });
  assert.deepEqual(calls.slice(3), [
    'open("/dev/null")',
    "dup2(0, 0)",
    'open("/init.log", append)',
    "dup2(1, 1)",
    "dup2(1, 2)",
  ]);
  assert.deepEqual(flags, [["/dev/null", 2]]);
});

Deno.test("console writes to /dev/null where there can be no log", () => {
  const log = 'open("/init.log", append)';
  const { calls, events } = runWith([0], {
    failures: { [open]: "ENXIO", [log]: "EROFS" },
  });
  assert.deepEqual(calls.slice(-3), [log, "dup2(0, 1)", "dup2(1, 2)"]);
  assert.deepEqual(events, [
    "start",
    `warn: ${open}: ENXIO (going on without that step)`,
    `warn: ${log}: EROFS (going on without that step)`,
    "done",
  ]);
});

Deno.test("console survives the failure of any call, and tells of it in the end", () => {
  for (const text of [...login(5), "close(5)"]) {
    const { events, calls } = runWith([5], { failures: { [text]: "EIO" } });
    assert.deepEqual(events, [
      "start",
      `warn: ${text}: EIO (going on without that step)`,
      "done",
    ]);
    if (text !== open) assert.equal(calls.length, login(5).length + 1);
  }
  for (const text of ['open("/dev/null")', "dup2(1, 2)"]) {
    const failures = { [open]: "ENXIO", [text]: "EIO" };
    assert.deepEqual(runWith([5, 6], { failures }).events.slice(1), [
      `warn: ${open}: ENXIO (going on without that step)`,
      `warn: ${text}: EIO (going on without that step)`,
      "done",
    ]);
  }
});

Deno.test("console is for FreeBSD only", () => {
  assert.deepEqual(runStage(console).events, ["skip: not on linux"]);
});
