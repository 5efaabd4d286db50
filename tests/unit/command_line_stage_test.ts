import assert from "#assert";
import { commandLine } from "../../stages/command_line.ts";
import { runStage, type StageOptions, type StageRun } from "./stage_helper.ts";

const read = 'read("/proc/cmdline")';

/** Runs the stage with a line, and the arguments that Linux makes of it. */
function runWith(
  line: string,
  args: readonly string[],
  options: StageOptions = {},
): StageRun {
  return runStage(commandLine, {
    ...options,
    facts: { args: ["/init.krun", ...args] },
    answers: { readFile: () => new TextEncoder().encode(`${line}\n`) },
  });
}

Deno.test("commandLine adds what Linux leaves out behind a second --", () => {
  const cases: readonly (readonly [string, string[], string[]])[] = [
    ['quiet -- "-c" "x" a -- b c', ["-c", "x", "a"], ["--", "b", "c"]],
    ['-- "a" "--" "b c" -- ""', ["a"], ["--", "b c", "--", ""]],
    // Words before them can be the init's, too.
    ["stray -- a -- b", ["stray", "a"], ["--", "b"]],
    ["-- -- a", [], ["--", "a"]],
    ["x -- --", ["x"], ["--"]],
    ["quiet -- a b", ["a", "b"], []],
    ["--x -- --a b -- --c", ["--a", "b"], ["--", "--c"]],
    ["--x --y\t--\t--a --b ---- c", ["--a", "--b", "----", "c"], []],
    ["quiet", [], []],
    // The arguments are not this line's: those of a container, say.
    ["-- a -- b", ["other"], []],
    ["-- a b -- c", ["b"], []],
  ];
  for (const [line, args, added] of cases) {
    const { calls, events, args: all } = runWith(line, args);
    assert.deepEqual(calls, [read]);
    assert.deepEqual(events, ["start", "done"]);
    assert.deepEqual(all, ["/init.krun", ...args, ...added], line);
  }
});

Deno.test("commandLine ends the boot where the line is as long as it can be", () => {
  const fits = "x".repeat(2046);
  assert.deepEqual(runWith(fits, []).events, ["start", "done"]);
  for (const line of [`${fits}x`, `KRUN_INIT=/bin/a ${fits}`.slice(0, 2047)]) {
    assert.deepEqual(runWith(line, []).events, [
      "start",
      "fail: The kernel's command line has been cut at 2047 bytes, and the command may be missing: give it by a config file",
    ]);
  }
});

Deno.test("commandLine does not look where the config has the command", () => {
  const config = { args: ["/bin/app"] };
  const { calls, events } = runWith("x".repeat(2047), ["a"], { config });
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["start", "done"]);
  const environment = ["KRUN_INIT=/bin/app"];
  assert.deepEqual(runWith("", [], { config, environment }).calls, [read]);
});

Deno.test("commandLine reports a line that it can't read", () => {
  const { events, args } = runStage(commandLine, {
    facts: { args: ["/init.krun", "a"] },
    failures: { [read]: "EIO" },
  });
  assert.deepEqual(events, [
    "start",
    `warn: ${read}: EIO (taking the kernel's arguments as they are)`,
    "done",
  ]);
  assert.deepEqual(args, ["/init.krun", "a"]);
});

Deno.test("commandLine is for Linux only", () => {
  assert.deepEqual(
    runStage(commandLine, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
