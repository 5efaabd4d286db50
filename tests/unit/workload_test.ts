import assert from "#assert";
import fc from "fast-check";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { workload } from "../../stages/workload.ts";
import { kernelText } from "./arbitraries.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
  type StageRun,
} from "./stage_helper.ts";

const folder = "/sys/class/virtio-ports";
const listPorts = `list("${folder}")`;
const readNamespace = 'readlink("/proc/self/ns/pid")';

/** What the link reads in a virtual machine (PROC_PID_INIT_INO). */
const guestNamespace = "pid:[4026531836]";

/** Runs the stage in a guest with these ports, by their entry; null has no name. */
function runWithPorts(
  names: Readonly<Record<string, string | null>>,
  options: StageOptions = {},
): StageRun {
  let next = 10;
  return runStage(workload, {
    ...options,
    answers: {
      readDirectory: () => Object.keys(names),
      readFile(path) {
        const name = names[path.split("/")[4] ?? ""];
        if (typeof name !== "string") throw new Error("No such port");
        return new TextEncoder().encode(name);
      },
      readLink: () => guestNamespace,
      open: () => next++,
    },
  });
}

function commandOf(options: StageOptions): readonly string[] {
  return runWithPorts({}, options).handover.args;
}

Deno.test("workload runs a shell where nothing else is asked for", () => {
  const { calls, events, handover } = runWithPorts({});
  assert.deepEqual(calls, [readNamespace, listPorts]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, {
    ...newHandover(),
    args: ["/bin/sh"],
    guest: true,
  });
});

Deno.test("workload takes KRUN_INIT, the config, the arguments or the shell, the first that is there", () => {
  const init = fc.option(kernelText, { nil: undefined });
  const words = fc.array(kernelText, { maxLength: 3 });
  fc.assert(
    fc.property(init, words, words, (program, configArgs, more) => {
      const command = commandOf({
        facts: { args: ["/init.krun", ...more] },
        config: { args: configArgs },
        environment: program === undefined
          ? kernelEnvironment
          : [...kernelEnvironment, `KRUN_INIT=${program}`],
      });
      if (program !== undefined) assert.deepEqual(command, [program, ...more]);
      else if (configArgs.length > 0) assert.deepEqual(command, configArgs);
      else if (more.length > 0) assert.deepEqual(command, more);
      else assert.deepEqual(command, ["/bin/sh"]);
    }),
    { numRuns: 200 },
  );
});

Deno.test("workload takes an empty KRUN_INIT as a command", () => {
  const environment = ["KRUN_INIT="];
  const facts = { args: ["/init.krun", "-c"] };
  assert.deepEqual(commandOf({ environment, facts }), ["", "-c"]);
});

Deno.test("workload runs a shell where the kernel gives no argv at all", () => {
  assert.deepEqual(commandOf({ facts: { args: [] } }), ["/bin/sh"]);
});

Deno.test("workload replaces PID 1 where KRUN_INIT_PID1 begins with 1", () => {
  const replaces = (value: string): boolean =>
    runWithPorts({}, { environment: [`KRUN_INIT_PID1=${value}`] })
      .handover.replacePid1;
  for (const value of ["1", "10", "1\n"]) assert.equal(replaces(value), true);
  for (const value of ["0", "true", "01", "", " 1"]) {
    assert.equal(replaces(value), false);
  }
});

Deno.test("workload opens the ports that libkrun named for its stdio", () => {
  const { calls, events, handover } = runWithPorts({
    vport0p0: "krun-stderr\n",
    vport0p1: "krun-stdin\n",
    vport1p2: "krun-stdout\n",
  });
  assert.deepEqual(calls, [
    readNamespace,
    listPorts,
    `read("${folder}/vport0p0/name")`,
    'open("/dev/vport0p0")',
    `read("${folder}/vport0p1/name")`,
    'open("/dev/vport0p1")',
    `read("${folder}/vport1p2/name")`,
    'open("/dev/vport1p2")',
  ]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover.standard, [11, 12, 10]);
});

Deno.test("workload opens stdin to read, stdout and stderr to write, for itself alone", () => {
  const cloexec = 0o2000000;
  const ways: unknown[] = [];
  runStage(workload, {
    answers: {
      readDirectory: () => ["krun-stdin", "krun-stdout", "krun-stderr"],
      readFile: (path) => new TextEncoder().encode(path.split("/")[4] ?? ""),
      open: (path, flags) => ways.push([path, flags]),
    },
  });
  assert.deepEqual(ways, [
    ["/dev/krun-stdin", cloexec],
    ["/dev/krun-stdout", cloexec | 1],
    ["/dev/krun-stderr", cloexec | 1],
  ]);
});

Deno.test("workload leaves all other ports alone", () => {
  const names = {
    vport0p0: null,
    vport0p1: "\n",
    vport0p2: "krun-console",
    vport0p3: "Krun-stdin",
    vport0p4: "krun-stdin2",
    // What every JavaScript object has.
    vport0p5: "constructor",
    vport0p6: "__proto__",
  };
  const { calls, events, handover } = runWithPorts(names);
  assert.deepEqual(calls, [
    readNamespace,
    listPorts,
    ...Object.keys(names).map((entry) => `read("${folder}/${entry}/name")`),
  ]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover.standard, [-1, -1, -1]);
});

Deno.test("workload keeps the console where a port can't be opened, and says so", () => {
  const { events, handover } = runWithPorts(
    { vport0p0: "krun-stdin\n", vport0p1: "krun-stdout\n" },
    { failures: { 'open("/dev/vport0p0")': "EBUSY" } },
  );
  assert.deepEqual(events, [
    "start",
    'warn: krun-stdin stays on the console: open("/dev/vport0p0"): EBUSY',
    "done",
  ]);
  assert.deepEqual(handover.standard, [-1, 10, -1]);
});

Deno.test("workload ends the boot of a guest that has no folder of ports", () => {
  const { calls, events } = runStage(workload, {
    answers: { readLink: () => guestNamespace },
  });
  assert.deepEqual(calls, [readNamespace, listPorts]);
  assert.deepEqual(events, ["start", `fail: ${listPorts}: ENOENT`]);
});

Deno.test("workload ends the boot where it can't list the ports", () => {
  for (const namespace of [guestNamespace, "pid:[4026532440]"]) {
    const { events } = runStage(workload, {
      failures: { [listPorts]: "EACCES" },
      answers: { readLink: () => namespace },
    });
    assert.deepEqual(events, ["start", `fail: ${listPorts}: EACCES`]);
  }
});

Deno.test("workload needs no folder of ports in a namespace of a host", () => {
  for (const namespace of ["pid:[4026532440]", "pid:[40265318360]", ""]) {
    const { calls, events, handover } = runStage(workload, {
      answers: { readLink: () => namespace },
    });
    assert.deepEqual(calls, [readNamespace, listPorts]);
    assert.deepEqual(events, ["start", "done"]);
    assert.deepEqual(handover.standard, [-1, -1, -1]);
    assert.equal(handover.guest, false);
  }
});

Deno.test("workload takes itself for no guest where it can't tell: a host's file systems stay mounted", () => {
  const { events, handover } = runStage(workload, {
    failures: { [readNamespace]: "EACCES" },
  });
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(handover.guest, false);
});

Deno.test("workload hands over KRUN_STOP_TIMEOUT in seconds, 10 by default", () => {
  const timeoutOf = (environment: readonly string[]): number => {
    const { events, handover } = runWithPorts({}, { environment });
    assert.deepEqual(events, ["start", "done"]);
    return handover.stopTimeout;
  };
  assert.equal(timeoutOf([]), 10);
  assert.equal(timeoutOf(["KRUN_STOP_TIMEOUT=0"]), 0);
  assert.equal(timeoutOf(["KRUN_STOP_TIMEOUT=90"]), 90);
  assert.equal(timeoutOf(["KRUN_STOP_TIMEOUT=999999999"]), 999_999_999);
});

Deno.test("workload reports a KRUN_STOP_TIMEOUT that is no number of seconds", () => {
  for (const value of ["", "-1", "1.5", "1s", " 1", "1\n", "1000000000"]) {
    const { events, handover } = runWithPorts({}, {
      environment: [`KRUN_STOP_TIMEOUT=${value}`],
    });
    assert.deepEqual(events, [
      "start",
      `warn: KRUN_STOP_TIMEOUT: ${value} is not a number of seconds (ignored)`,
      "done",
    ]);
    assert.equal(handover.stopTimeout, 10);
  }
});
