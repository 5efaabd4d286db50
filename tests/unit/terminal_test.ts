import assert from "#assert";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { terminal } from "../../stages/terminal.ts";
import { runStage, type StageRun } from "./stage_helper.ts";

const active = (name: string): string => `/sys/class/tty/${name}/active`;
const look = (name: string): string => `read("${active(name)}")`;

/** Runs the stage where terminals stand for others, as sysfs tells it. */
function runWith(
  terminals: Readonly<Record<string, string>>,
  failures: Readonly<Record<string, "ENOENT" | "EIO">> = {},
): StageRun {
  return runStage(terminal, {
    failures,
    answers: {
      readFile(path) {
        const name = Object.keys(terminals).find((it) => active(it) === path);
        if (name === undefined) throw new Error("No such file");
        return new TextEncoder().encode(terminals[name]);
      },
      open: () => 10,
    },
  });
}

Deno.test("terminal opens the device that the console is, not as anyone's terminal", () => {
  const ways: unknown[] = [];
  const { calls, events, handover } = runStage(terminal, {
    answers: {
      readFile(path) {
        if (path !== active("console")) throw new Error("No such file");
        return new TextEncoder().encode("ttyS0 hvc0\n");
      },
      open: (path, flags) => ways.push([path, flags]),
    },
  });
  assert.deepEqual(calls, [
    look("console"),
    look("hvc0"),
    'open("/dev/hvc0")',
  ]);
  // O_RDWR, O_NOCTTY, O_CLOEXEC.
  assert.deepEqual(ways, [["/dev/hvc0", 2 | 0o400 | 0o2000000]]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, { ...newHandover(), console: 1 });
});

Deno.test("terminal opens the terminal in front where the console is that", () => {
  const { calls } = runWith({ console: "tty0\n", tty0: "tty2\n" });
  assert.equal(calls.at(-1), 'open("/dev/tty2")');
});

Deno.test("terminal opens /dev/console where no device is known, or it can't be opened", () => {
  const opens = (calls: readonly string[]): string[] =>
    calls.filter((call) => call.startsWith("open"));
  assert.deepEqual(opens(runWith({}).calls), ['open("/dev/console")']);
  assert.deepEqual(opens(runWith({ console: "\n" }).calls), [
    'open("/dev/console")',
  ]);
  const { calls, handover } = runWith({ console: "hvc0\n" }, {
    'open("/dev/hvc0")': "ENOENT",
  });
  assert.deepEqual(opens(calls), ['open("/dev/hvc0")', 'open("/dev/console")']);
  assert.equal(handover.console, 10);
});

Deno.test("terminal leaves the console as the kernel has opened it where none has a name", () => {
  const { events, handover } = runWith({}, { 'open("/dev/console")': "EIO" });
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(handover.console, -1);
});

Deno.test("terminal is for Linux only", () => {
  assert.deepEqual(
    runStage(terminal, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
