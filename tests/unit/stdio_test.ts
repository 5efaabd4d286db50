import assert from "#assert";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { stdio } from "../../stages/stdio.ts";
import { runStage, type StageOptions, type StageRun } from "./stage_helper.ts";

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
  return runStage(stdio, {
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

Deno.test("stdio stays on the console of a guest without ports", () => {
  const { calls, events, handover } = runWithPorts({});
  assert.deepEqual(calls, [readNamespace, listPorts]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, { ...newHandover(), guest: true });
});

Deno.test("stdio opens the ports that libkrun named", () => {
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

Deno.test("stdio opens stdin to read, stdout and stderr to write, for the workload alone", () => {
  const cloexec = 0o2000000;
  const ways: unknown[] = [];
  runStage(stdio, {
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

Deno.test("stdio leaves all other ports alone", () => {
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

Deno.test("stdio keeps the console where a port can't be opened, and says so", () => {
  const { events, handover } = runWithPorts(
    { vport0p0: "krun-stdin\n", vport0p1: "krun-stdout\n" },
    { failures: { 'open("/dev/vport0p0")': "EBUSY" } },
  );
  assert.deepEqual(events, [
    "start",
    'warn: open("/dev/vport0p0"): EBUSY (krun-stdin stays on the console)',
    "done",
  ]);
  assert.deepEqual(handover.standard, [-1, 10, -1]);
});

Deno.test("stdio ends the boot of a guest that has no folder of ports", () => {
  const { calls, events } = runStage(stdio, {
    answers: { readLink: () => guestNamespace },
  });
  assert.deepEqual(calls, [readNamespace, listPorts]);
  assert.deepEqual(events, ["start", `fail: ${listPorts}: ENOENT`]);
});

Deno.test("stdio ends the boot where it can't list the ports", () => {
  for (const namespace of [guestNamespace, "pid:[4026532440]"]) {
    const { events } = runStage(stdio, {
      failures: { [listPorts]: "EACCES" },
      answers: { readLink: () => namespace },
    });
    assert.deepEqual(events, ["start", `fail: ${listPorts}: EACCES`]);
  }
});

Deno.test("stdio needs no folder of ports in a namespace of a host", () => {
  for (const namespace of ["pid:[4026532440]", "pid:[40265318360]", ""]) {
    const { calls, events, handover } = runStage(stdio, {
      answers: { readLink: () => namespace },
    });
    assert.deepEqual(calls, [readNamespace, listPorts]);
    assert.deepEqual(events, ["start", "done"]);
    assert.deepEqual(handover.standard, [-1, -1, -1]);
    assert.equal(handover.guest, false);
  }
});

Deno.test("stdio takes itself for no guest where it can't tell: a host's file systems stay mounted", () => {
  const { events, handover } = runStage(stdio, {
    failures: { [readNamespace]: "EACCES" },
  });
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(handover.guest, false);
});

Deno.test("stdio takes itself for a guest where the kernel has no PID namespaces", () => {
  const { handover } = runStage(stdio, {
    failures: { [readNamespace]: "ENOENT" },
    answers: { readDirectory: () => [] },
  });
  assert.equal(handover.guest, true);
});

Deno.test("stdio is for Linux only", () => {
  assert.deepEqual(
    runStage(stdio, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
